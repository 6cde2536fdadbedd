"""Write the review pages: contents, gallery, one page per output, methods and data. They open offline."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.files import load_stamp, save_page
from trial.display.pages.frame import Frame
from trial.display.pages.places import Places
from trial.display.pages.report import read_report, write_report
from trial.display.spec import ReportSpec
from trial.study.command import run
from trial.study.load import read_slice

PROGRAM = "scripts/render_report.py"
BOOKS = ("queries", "accounting", "agreement")
READ = ("spec", "lock", "label", *BOOKS, "outputs", "tables", "figures", "analyses")


def main(argv: Sequence[str] | None = None) -> None:
    """Read the entries of all outputs, the records of all analyses and the books, write the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in (*READ, "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--quality", type=Path)
    parser.add_argument("--links", type=Path, nargs="*", default=[])
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, ReportSpec)
    places = Places(args.outputs, args.tables, args.figures, args.analyses, args.out)
    frame = Frame(spec.study, load_stamp(args.lock, args.label, spec.study, PROGRAM))
    books = {name: getattr(args, name) for name in (*BOOKS, "quality")}
    pages = dict(write_report(read_report(spec, frame, places, books, args.links)))
    # The first page, by which the rules know that the report is made, is the last one written.
    for name, text in pages.items():
        save_page(text, args.out / name)


if __name__ == "__main__":
    run(main)
