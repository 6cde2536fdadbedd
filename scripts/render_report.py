"""Put every output of the catalogue on one page that opens offline."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.files import load_accounting, load_queries, load_stamp, save_page
from trial.display.pages.report import Places, build_sections, count_intake, write_report
from trial.display.spec import ReportSpec
from trial.study.command import run
from trial.study.load import read_slice

PROGRAM = "scripts/render_report.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the entries of the outputs and the books of the intake, write the page; no output may lack."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "queries", "accounting", "outputs", "tables", "figures", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, ReportSpec)
    stamp = load_stamp(args.lock, spec, PROGRAM)
    intake = count_intake(load_queries(args.queries), load_accounting(args.accounting))
    places = Places(args.tables, args.figures, args.outputs, args.out.parent)
    sections = build_sections(spec, places)
    save_page(write_report(spec, stamp, intake, sections, places), args.out)


if __name__ == "__main__":
    run(main)
