"""Derive subject-level data (ADSL, populations, ADSV, ADAE) from the EDC files."""

import argparse
from pathlib import Path

from trial.study.books import ACCOUNTING, QUERIES
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice
from trial.subjects.books import open_books
from trial.subjects.conditions import derive_populations
from trial.subjects.config import SubjectsSpec
from trial.subjects.derive import account_key, derive_adae, derive_adsl, derive_adsv
from trial.subjects.edc import read_cut, read_edc
from trial.subjects.schema import ADAE, ADSV, POPULATIONS, adsl


def main(argv: list[str] | None = None) -> None:
    """Read the EDC files, derive, write the tables and their books."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "raw", "adsl", "populations", "adsv", "adae", "queries", "accounting"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, SubjectsSpec)
    own = spec.edc.subject_columns
    more = {"subjects": tuple(own)}
    files = {kind: read_edc(args.raw, n, kind, more.get(kind, ())) for kind, n in spec.edc.files().items()}
    books = open_books(files, read_cut(args.lock))
    subjects = derive_adsl(files, spec.arms, own, books)
    account_key(files["subject_key"], books)
    subjects, members = derive_populations(subjects, spec.populations)
    write_table(args.adsl, subjects, list(adsl(spec.populations, own)))
    write_table(args.populations, members, list(POPULATIONS))
    write_table(args.adsv, derive_adsv(files.get("visits"), books), list(ADSV))
    write_table(args.adae, derive_adae(files.get("adverse_events"), subjects, books), list(ADAE))
    queries, accounting = books.tables()
    write_table(args.queries, queries, list(QUERIES))
    write_table(args.accounting, accounting, list(ACCOUNTING))


if __name__ == "__main__":
    run(main)
