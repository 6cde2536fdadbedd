"""Draw the forest of all endpoints at the primary visit as SVG and PNG with its data."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.figures.forest import draw_forest, forest_frame, forest_heading
from trial.display.figures.frame import project_style
from trial.display.figures.outputs import save_figure
from trial.display.files import load_results, load_spec, load_stamp
from trial.study.command import run

PROGRAM = "scripts/plot_forest.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the estimates of every endpoint, write the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spec", type=Path, required=True)
    parser.add_argument("--lock", type=Path, required=True)
    parser.add_argument("--estimates", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True, help="path without suffix, named by the output id")
    args = parser.parse_args(argv)
    spec = load_spec(args.spec)
    results = load_results(args.estimates)
    heading = forest_heading(spec, results, load_stamp(args.lock, spec, PROGRAM), args.out.name)
    frame = forest_frame(spec, results)
    with project_style():
        save_figure(draw_forest(spec, frame, heading), frame, heading, args.out)


if __name__ == "__main__":
    run(main)
