"""Render the queries to the site and the accounting of raw rows as HTML, RTF and CSV."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.files import load_accounting, load_queries, load_spec, load_stamp
from trial.display.listings import build_accounting_listing, build_queries_listing
from trial.display.pages.outputs import save_table
from trial.study.command import run

PROGRAM = "scripts/render_listings.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the books of the intake, write both listings."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "queries", "accounting", "queries-out", "accounting-out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    stamp = load_stamp(args.lock, load_spec(args.spec), PROGRAM)
    queries = build_queries_listing(load_queries(args.queries), stamp, args.queries_out.name)
    save_table(queries, args.queries_out)
    accounting = build_accounting_listing(load_accounting(args.accounting), stamp, args.accounting_out.name)
    save_table(accounting, args.accounting_out)


if __name__ == "__main__":
    run(main)
