"""Weigh the subjects by their propensity of treatment, from the covariates at baseline alone."""

import argparse
from pathlib import Path

from trial.analysis.design.config import WeighSubjectsSpec
from trial.analysis.design.schema import BALANCE, MATRIX, WEIGHTS
from trial.analysis.design.stage import covariate_kinds, weigh_subjects
from trial.study.command import run
from trial.study.files import read_table, write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read the covariates, write weights, the model's columns, and the balance of the arms."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "covariates", "weights", "matrix", "balance"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, WeighSubjectsSpec)
    stage = weigh_subjects(read_table(args.covariates, covariate_kinds(spec)), spec)
    write_table(args.weights, stage.weights, list(WEIGHTS))
    write_table(args.matrix, stage.matrix, list(MATRIX))
    write_table(args.balance, stage.balance, list(BALANCE))


if __name__ == "__main__":
    run(main)
