"""Fit the MMRM of one endpoint along its covariance ladder; write the fit, its evidence and its results."""

import argparse
from pathlib import Path

from trial.analysis.config import ModelSpec
from trial.analysis.model import fit_endpoint
from trial.endpoints.schema import ANALYSIS
from trial.study.ard import ARD
from trial.study.command import run
from trial.study.files import read_table, write_json, write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read the analysis data, fit, write fit.json and result rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "analysis", "fit", "estimates"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    fitted = fit_endpoint(read_table(args.analysis, ANALYSIS), read_slice(args.spec, ModelSpec))
    write_json(args.fit, fitted.record)
    write_table(args.estimates, fitted.rows, list(ARD))


if __name__ == "__main__":
    run(main)
