"""Check all finished outputs against each other, the results and the data; a difference stops the report."""

import argparse
from pathlib import Path

import pandas as pd

from trial.delivery.book import Book
from trial.delivery.checks import COLUMNS, finding_rows, refuse_differences, run_checks
from trial.delivery.config import DeliverySpec
from trial.delivery.reading import read_output, read_results, read_subjects
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Write the findings; those of a failing run stand in `--kept`, which outlives it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "ard", "adsl", "results", "out", "kept"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, DeliverySpec)
    outputs = [read_output(output, args.results) for output in spec.outputs]
    book = Book(spec, read_results(args.ard), read_subjects(args.adsl), outputs)
    findings = run_checks(book)
    table = pd.DataFrame(finding_rows(findings), columns=list(COLUMNS))
    write_table(args.kept, table, COLUMNS)
    refuse_differences(findings, str(args.kept))
    write_table(args.out, table, COLUMNS)


if __name__ == "__main__":
    run(main)
