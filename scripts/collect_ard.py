"""Put all result rows of the study into one table."""

import argparse
from pathlib import Path

import pandas as pd

from trial.study.ard import ARD
from trial.study.command import run
from trial.study.files import read_table, write_table


def main(argv: list[str] | None = None) -> None:
    """Read the parts in the order given, write ard.csv."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    write_table(args.out, pd.concat([read_table(path, ARD) for path in args.parts]), list(ARD))


if __name__ == "__main__":
    run(main)
