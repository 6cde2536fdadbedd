"""Derive subject-level data (ADSL, populations, ADSV, ADAE) from the EDC files."""

import argparse
from pathlib import Path

from trial.study.books import ACCOUNTING, QUERIES
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice
from trial.subjects.books import open_books
from trial.subjects.cells import refuse_other_dates
from trial.subjects.conditions import derive_populations
from trial.subjects.config import SubjectsSpec
from trial.subjects.derive import derive_adsl
from trial.subjects.edc import read_cut, read_files
from trial.subjects.events import account_key, derive_adae, derive_adsv
from trial.subjects.schema import ADAE, ADSV, POPULATIONS, adsl


def main(argv: list[str] | None = None) -> None:
    """Read the EDC files, derive, write the tables and their books."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "raw", "adsl", "populations", "adsv", "adae", "queries", "accounting"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, SubjectsSpec)
    edc, own = spec.edc, spec.edc.subject_columns
    files = read_files(args.raw, edc)
    books = open_books(files, edc.screen_failures, read_cut(args.lock))
    refuse_other_dates(files, edc, books)
    subjects = derive_adsl(files, spec.arms, edc, books)
    account_key(files.get("subject_key"), edc, books)
    subjects, members = derive_populations(subjects, spec.populations)
    write_table(args.adsl, subjects, list(adsl(spec.populations, own)))
    write_table(args.populations, members, list(POPULATIONS))
    write_table(args.adsv, derive_adsv(files.get("visits"), edc, books), list(ADSV))
    write_table(args.adae, derive_adae(files.get("adverse_events"), subjects, edc, books), list(ADAE))
    queries, accounting = books.tables()
    write_table(args.queries, queries, list(QUERIES))
    write_table(args.accounting, accounting, list(ACCOUNTING))


if __name__ == "__main__":
    run(main)
