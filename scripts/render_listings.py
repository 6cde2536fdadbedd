"""Render the listings of the intake: queries, row accounting, data quality, endpoint records by visit."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.files import (
    load_accounting,
    load_adlb,
    load_quality,
    load_queries,
    load_spec,
    load_stamp,
)
from trial.display.listings import build_accounting_listing, build_queries_listing
from trial.display.pages.outputs import save_table
from trial.display.quality import build_quality_listing, build_records_listing
from trial.study.command import run

PROGRAM = "scripts/render_listings.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the books of the intake and the analysis data, write the listings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = ("queries", "accounting", "quality", "adlb")
    for name in ("spec", "lock", *parts, *(f"{part}-out" for part in parts)):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = load_spec(args.spec)
    stamp = load_stamp(args.lock, spec, PROGRAM)
    queries, accounting = load_queries(args.queries), load_accounting(args.accounting)
    save_table(build_queries_listing(queries, stamp, args.queries_out.name), args.queries_out)
    save_table(build_accounting_listing(accounting, stamp, args.accounting_out.name), args.accounting_out)
    save_table(
        build_quality_listing(load_quality(args.quality), stamp, args.quality_out.name), args.quality_out
    )
    save_table(build_records_listing(spec, load_adlb(args.adlb), stamp, args.adlb_out.name), args.adlb_out)


if __name__ == "__main__":
    run(main)
