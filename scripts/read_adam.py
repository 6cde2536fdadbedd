"""Read the ADaM data sets of a study: subjects, and records of declared parameters, each row with a fate."""

import argparse
from pathlib import Path

import pandas as pd

from trial.adam.books import Books
from trial.adam.cells import read_cells
from trial.adam.config import AdamSpec
from trial.adam.records import take_records
from trial.adam.schema import RECORDS, adsl
from trial.adam.subjects import DATASET, subject_columns, take_subjects
from trial.study.books import ACCOUNTING, QUERIES
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice
from trial.subjects.edc import read_cut
from trial.subjects.schema import POPULATIONS


def main(argv: list[str] | None = None) -> None:
    """Read the data sets below --raw, write subjects, populations, records and their books."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "raw", "adsl", "populations", "records", "queries", "accounting"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, AdamSpec)
    books, file = Books(read_cut(args.lock)), spec.adam.adsl
    cells = read_cells(args.raw, "adam.adsl", DATASET, file, subject_columns(file), books)
    subjects = take_subjects(cells, file, spec.arms, spec.populations)
    known, parts = set(subjects.adsl["USUBJID"]), []
    index_dates = dict(zip(subjects.adsl["USUBJID"], subjects.adsl["INDEXDT"], strict=True))
    for name, bds in spec.adam.bds.items():
        cells = read_cells(args.raw, f"adam.bds.{name}", name, bds, dict(bds.columns), books)
        parts.append(take_records(cells, bds, spec.parameters[name], known, subjects.screened, index_dates))
    write_table(args.adsl, subjects.adsl, list(adsl(spec.populations, file.subject_columns)))
    write_table(args.populations, subjects.populations, list(POPULATIONS))
    write_table(args.records, pd.concat(parts, ignore_index=True), list(RECORDS))
    queries, accounting = books.tables()
    write_table(args.queries, queries, list(QUERIES))
    write_table(args.accounting, accounting, list(ACCOUNTING))


if __name__ == "__main__":
    run(main)
