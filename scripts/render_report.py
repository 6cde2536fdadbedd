"""Write the review pages: contents, gallery, one page per output, methods and data. They open offline."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.files import load_book, load_records, load_stamp, remove_pages, save_page
from trial.display.pages.frame import Frame
from trial.display.pages.intake import Books
from trial.display.pages.places import Places, build_sections
from trial.display.pages.report import OUTPUT_PAGE, Report, write_report
from trial.display.spec import ReportSpec
from trial.study.command import run
from trial.study.load import read_slice

PROGRAM = "scripts/render_report.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the entries of all outputs, the records of all analyses and the books, write the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "queries", "accounting", "outputs", "tables", "figures", "analyses", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--quality", type=Path)
    parser.add_argument("--links", type=Path, nargs="*", default=[])
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, ReportSpec)
    places = Places(args.outputs, args.tables, args.figures, args.analyses, args.out)
    report = Report(
        spec=spec,
        frame=Frame(spec.study, load_stamp(args.lock, spec.study, PROGRAM)),
        places=places,
        sections=build_sections(spec, places),
        books=Books(
            load_book("queries", args.queries),
            load_book("accounting", args.accounting),
            load_book("quality", args.quality) if args.quality else None,
        ),
        records={
            one.id: load_records(args.analyses, one.id, (code for code, _ in one.places))
            for one in spec.analyses
        },
        links=args.links,
        data=args.queries.parent,
    )
    files = dict(write_report(report))
    remove_pages(args.out, OUTPUT_PAGE, files)
    for name, text in files.items():
        save_page(text, args.out / name)


if __name__ == "__main__":
    run(main)
