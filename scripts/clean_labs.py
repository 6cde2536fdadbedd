"""Read and clean every laboratory export; each raw row gets one fate."""

import argparse
from pathlib import Path

from trial.labs.clean import clean
from trial.labs.config import LabsSpec
from trial.labs.files import read_key, read_subjects
from trial.labs.schema import ACCOUNTING, LABS, QUALITY, QUERIES
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read the exports below --raw, write usable results, queries, accounting and data quality."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=Path, required=True)
    people = parser.add_mutually_exclusive_group(required=True)
    people.add_argument("--key", type=Path, help="hospital numbers and their subjects")
    people.add_argument("--subjects", type=Path, help="the subjects file, where exports have study ids")
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--labs", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--accounting", type=Path, required=True)
    parser.add_argument("--quality", type=Path, required=True)
    args = parser.parse_args(argv)
    key = read_key(args.key) if args.key else {}
    subjects = read_subjects(args.subjects) if args.subjects else ()
    cleaned = clean(read_slice(args.spec, LabsSpec), args.raw, key, subjects)
    write_table(args.labs, cleaned.labs, list(LABS))
    write_table(args.queries, cleaned.queries, list(QUERIES))
    write_table(args.accounting, cleaned.accounting, list(ACCOUNTING))
    write_table(args.quality, cleaned.quality, list(QUALITY))


if __name__ == "__main__":
    run(main)
