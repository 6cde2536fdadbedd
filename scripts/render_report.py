"""Put every table and figure of the study on one page that opens offline."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.files import load_book, load_stamp, save_page
from trial.display.pages.report import Places, build_sections, count_intake, write_report
from trial.display.spec import ReportSpec
from trial.study.command import run
from trial.study.load import read_slice

PROGRAM = "scripts/render_report.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the entries of all outputs and the books of the intake, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "queries", "accounting", "outputs", "tables", "figures", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, ReportSpec)
    stamp = load_stamp(args.lock, spec.study, PROGRAM)
    intake = count_intake(load_book("queries", args.queries), load_book("accounting", args.accounting))
    places = Places(args.outputs, args.tables, args.figures, args.out.parent)
    save_page(write_report(spec, stamp, intake, build_sections(spec, places), places), args.out)


if __name__ == "__main__":
    run(main)
