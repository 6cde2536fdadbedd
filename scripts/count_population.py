"""Count the analysis population by arm: the N of every column header."""

import argparse
from pathlib import Path

from trial.analysis.config import PopulationSpec
from trial.analysis.descriptive import population_rows
from trial.study.ard import ARD
from trial.study.command import run
from trial.study.files import read_table, write_table
from trial.study.load import read_slice
from trial.subjects.schema import ADSL


def main(argv: list[str] | None = None) -> None:
    """Read ADSL, count, write result rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "adsl", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, PopulationSpec)
    rows = population_rows(read_table(args.adsl, ADSL), spec.arms, spec.population, spec.treatment)
    write_table(args.out, rows, list(ARD))


if __name__ == "__main__":
    run(main)
