"""Derive subject-level data (ADSL, populations, visits, events, medicines) from the EDC files."""

import argparse
from pathlib import Path

from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice
from trial.subjects.build import derive_subjects
from trial.subjects.config import SubjectsSpec
from trial.subjects.edc import read_cut

TABLES = ("adsl", "populations", "adsv", "adae", "adcm", "adice", "queries", "accounting")


def main(argv: list[str] | None = None) -> None:
    """Read the EDC files, derive, write the tables and their books."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "raw", *TABLES):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    tables = derive_subjects(read_slice(args.spec, SubjectsSpec), args.raw, read_cut(args.lock))
    for name in TABLES:
        write_table(getattr(args, name), tables[name], list(tables[name]))


if __name__ == "__main__":
    run(main)
