"""Render the descriptive table and the MMRM table of one endpoint as HTML, RTF and CSV."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.descriptive import build_descriptive_table
from trial.display.files import load_fit, load_results, load_spec, load_stamp
from trial.display.model_table import build_model_table
from trial.display.notes import model_sentence
from trial.display.pages.outputs import save_table
from trial.study.command import run

PROGRAM = "scripts/render_endpoint_tables.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the endpoint's results rows and write both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "population", "descriptives", "estimates", "fit"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("descriptive-out", "mmrm-out"):
        parser.add_argument(
            f"--{name}", type=Path, required=True, help="path without suffix, named by the output id"
        )
    args = parser.parse_args(argv)
    spec = load_spec(args.spec)
    stamp = load_stamp(args.lock, spec, PROGRAM)
    results = load_results([args.population, args.descriptives, args.estimates])
    model = model_sentence(load_fit(args.fit), str(args.fit))
    (endpoint,) = spec.endpoints
    descriptive_id, mmrm_id = args.descriptive_out.name, args.mmrm_out.name
    save_table(build_descriptive_table(spec, endpoint, results, stamp, descriptive_id), args.descriptive_out)
    save_table(build_model_table(spec, endpoint, results, model, stamp, mmrm_id), args.mmrm_out)


if __name__ == "__main__":
    run(main)
