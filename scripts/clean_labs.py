"""Read and clean every laboratory export; each raw row gets one fate."""

import argparse
from pathlib import Path

from trial.labs.clean import clean
from trial.labs.config import CleanLabsSpec
from trial.labs.files import read_key, read_subjects
from trial.labs.schema import ACCOUNTING, LABS, QUALITY, QUERIES
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice
from trial.study.raw_files import open_raw
from trial.subjects.edc import read_cut


def main(argv: list[str] | None = None) -> None:
    """Read the exports below --raw, write usable results, queries, accounting and data quality."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=Path, required=True)
    parser.add_argument("--lock", type=Path, required=True)
    parser.add_argument("--raw", type=Path, required=True)
    parser.add_argument("--labs", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--accounting", type=Path, required=True)
    parser.add_argument("--quality", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, CleanLabsSpec)
    raw = open_raw(args.lock, args.raw)
    key, arms = read_key(raw, spec.subject_key), read_subjects(raw, spec.subjects)
    sexes = spec.sex_of(read_subjects(raw, spec.subjects, "SEX")) if spec.sexes else {}
    cleaned = clean(spec, raw, key, arms, spec.screened(arms), sexes, read_cut(args.lock))
    write_table(args.labs, cleaned.labs, list(LABS))
    write_table(args.queries, cleaned.queries, list(QUERIES))
    write_table(args.accounting, cleaned.accounting, list(ACCOUNTING))
    write_table(args.quality, cleaned.quality, list(QUALITY))


if __name__ == "__main__":
    run(main)
