"""Draw the LS-mean profile and the individual courses of one endpoint as SVG and PNG with their data."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.figures.frame import project_style
from trial.display.figures.outputs import save_figure
from trial.display.figures.profile import draw_profile, profile_frame, profile_heading
from trial.display.figures.spaghetti import draw_spaghetti, spaghetti_frame, spaghetti_heading
from trial.display.files import load_adlb, load_fit, load_results, load_spec, load_stamp
from trial.display.notes import model_sentence
from trial.study.command import run

PROGRAM = "scripts/plot_endpoint.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the endpoint's results and analysis data, write both figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "estimates", "descriptives", "fit", "adlb", "profile-out", "spaghetti-out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = load_spec(args.spec)
    stamp = load_stamp(args.lock, spec, PROGRAM)
    results = load_results([args.descriptives, args.estimates])
    model = model_sentence(load_fit(args.fit), str(args.fit))
    (endpoint,) = spec.endpoints
    with project_style():
        frame = profile_frame(spec, endpoint, results)
        heading = profile_heading(spec, endpoint, results, model, stamp, args.profile_out.name)
        save_figure(draw_profile(spec, endpoint, frame, heading), frame, heading, args.profile_out)
        frame = spaghetti_frame(spec, endpoint, load_adlb(args.adlb), results)
        heading = spaghetti_heading(spec, endpoint, results, stamp, args.spaghetti_out.name)
        save_figure(draw_spaghetti(spec, endpoint, frame, heading), frame, heading, args.spaghetti_out)


if __name__ == "__main__":
    run(main)
