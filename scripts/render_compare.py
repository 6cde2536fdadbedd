"""Write the pages of a comparison with an earlier data lock, old and new figures laid over each other."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.compared.changes import read_changes
from trial.compared.figures import Figures, compare_figures
from trial.compared.folder import write_folder
from trial.compared.pages import Comparison
from trial.display.files import load_stamp, save_page
from trial.display.pages.comparisons import comparisons_page
from trial.display.pages.frame import Frame
from trial.display.spec import ReportSpec
from trial.study.command import run
from trial.study.load import read_slice

PROGRAM = "scripts/render_compare.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the comparison, draw the figures that differ, write the pages and the list of comparisons."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--old", type=Path, required=True, help="an archive, from the study's folder or from here"
    )
    parser.add_argument("--study", type=Path, default=Path(), help="folder of the study")
    args = parser.parse_args(argv)
    old = args.study / args.old if (args.study / args.old).is_dir() else args.old
    results, name = args.study / "results", old.name
    data = results / "compare" / name
    changes = read_changes(data, (old / "results", results))
    spec = read_slice(results / "spec" / "report.json", ReportSpec)
    label = results / "spec" / "label.json"
    frame = Frame(spec.study, load_stamp(results / "lock.json", label, spec.study, PROGRAM))
    figures = Figures(old / "results", results, changes.old, changes.new)
    comparison = Comparison(frame, changes, tuple(compare_figures(figures)), f"../../../compare/{name}")
    write_folder(comparison, figures, results / "report" / "compare" / name)
    list_of_all = results / "report" / "compare"
    save_page(comparisons_page(frame, list_of_all), list_of_all / "index.html")


if __name__ == "__main__":
    run(main)
