"""Put every table and figure of the study on one page that opens offline."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.files import (
    load_accounting,
    load_queries,
    load_results,
    load_spec,
    load_stamp,
    save_page,
)
from trial.display.pages.report import Places, build_sections, count_intake, write_report
from trial.study.command import run

PROGRAM = "scripts/render_report.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the results and the books of the intake, check that every output exists, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "ard", "queries", "accounting", "tables", "figures", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = load_spec(args.spec)
    stamp = load_stamp(args.lock, spec, PROGRAM)
    results = load_results([args.ard])
    intake = count_intake(load_queries(args.queries), load_accounting(args.accounting))
    places = Places(args.tables, args.figures, args.out.parent)
    sections = build_sections(spec, results, places)
    save_page(write_report(spec, results, stamp, intake, sections, places), args.out)


if __name__ == "__main__":
    run(main)
