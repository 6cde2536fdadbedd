"""Derive subject-level data (ADSL, populations, visits, events, medicines and others) from the EDC files."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from trial.study.command import run
from trial.study.files import read_json, write_table
from trial.study.load import read_slice
from trial.study.raw_files import open_raw
from trial.study.unblinding import record_unblinding
from trial.subjects.build import derive_subjects
from trial.subjects.config import SubjectsSpec
from trial.subjects.edc import read_cut


def main(argv: list[str] | None = None) -> None:
    """Read the EDC files, derive, write every table into one folder and the books beside them."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "raw", "out", "queries", "accounting", "unblinded"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    tables = derive_subjects(
        read_slice(args.spec, SubjectsSpec), open_raw(args.lock, args.raw), read_cut(args.lock)
    )
    arms = dict(zip(tables["assigned"]["USUBJID"], tables["assigned"]["ARMCD"], strict=True))
    record_unblinding(args.unblinded, read_json(args.lock), arms, datetime.now(UTC))
    for name, table in tables.items():
        books = {"queries": args.queries, "accounting": args.accounting}
        write_table(books.get(name, args.out / f"{name}.csv"), table, list(table))


if __name__ == "__main__":
    run(main)
