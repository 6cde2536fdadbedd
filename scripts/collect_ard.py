"""Put all result rows of the study, and the record sets they point to, into one table each."""

import argparse
from pathlib import Path

from trial.analysis.collect import collect_rows
from trial.analysis.config import CollectSpec
from trial.study.ard import ARD, RECORDS
from trial.study.command import run
from trial.study.files import read_tables, write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read the parts in the order given, name the output of each row, write ard.csv and records.csv."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "out", "records-out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("rows", "records"):
        parser.add_argument(f"--{name}", type=Path, nargs="+", required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, CollectSpec)
    rows = collect_rows(read_tables(args.rows, ARD), spec)
    records = read_tables(args.records, RECORDS)
    write_table(args.out, rows, list(ARD))
    write_table(args.records_out, records, list(RECORDS))


if __name__ == "__main__":
    run(main)
