"""Decide eligibility, find deviations, and finish ADSL with its populations."""

import argparse
from pathlib import Path

from trial.eligibility.build import decide
from trial.eligibility.config import PopulationsSpec
from trial.eligibility.load import read_tables
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice
from trial.subjects.edc import read_cut

OUTPUTS = ("adsl", "populations", "adie", "addv", "queries")


def main(argv: list[str] | None = None) -> None:
    """Read the data sets of the subjects and, for criteria, laboratory results; write what follows."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "subjects", *OUTPUTS):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--labs", type=Path, nargs="?", help="usable laboratory results")
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, PopulationsSpec)
    tables = read_tables(args.subjects, args.labs, spec.columns)
    for name, table in decide(spec, tables, read_cut(args.lock)).items():
        write_table(getattr(args, name), table, list(table))


if __name__ == "__main__":
    run(main)
