"""Read the ADaM data sets of a study: subjects, and records of declared parameters, each row with a fate."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from trial.adam.books import Books
from trial.adam.config import AdamSpec
from trial.adam.records import read_records
from trial.adam.schema import RECORDS, adsl
from trial.adam.subjects import read_subjects, take_subjects
from trial.study.books import ACCOUNTING, QUERIES
from trial.study.command import run
from trial.study.files import read_json, write_table
from trial.study.load import read_slice
from trial.study.raw_files import open_raw
from trial.study.unblinding import record_unblinding
from trial.subjects.edc import read_cut
from trial.subjects.schema import POPULATIONS


def main(argv: list[str] | None = None) -> None:
    """Read the data sets below --raw, write subjects, populations, records and their books."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = "spec lock raw adsl populations records queries accounting unblinded"
    for name in names.split():
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, AdamSpec)
    raw = open_raw(args.lock, args.raw)
    books, file = Books(read_cut(args.lock)), spec.adam.adsl
    subjects = take_subjects(read_subjects(raw, file, books), file, spec.arms, spec.populations)
    records = read_records(raw, spec, subjects, books)
    arms = dict(zip(subjects.adsl["USUBJID"], subjects.adsl["ARMCD"], strict=True))
    record_unblinding(args.unblinded, read_json(args.lock), arms, datetime.now(UTC))
    write_table(args.adsl, subjects.adsl, list(adsl(spec.populations, file.subject_columns)))
    write_table(args.populations, subjects.populations, list(POPULATIONS))
    write_table(args.records, records, list(RECORDS))
    queries, accounting = books.tables()
    write_table(args.queries, queries, list(QUERIES))
    write_table(args.accounting, accounting, list(ACCOUNTING))


if __name__ == "__main__":
    run(main)
