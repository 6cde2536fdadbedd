"""Describe one endpoint by visit and arm."""

import argparse
from pathlib import Path

from trial.analysis.config import EndpointSpec
from trial.analysis.descriptive import describe
from trial.endpoints.schema import ADLB
from trial.study.ard import ARD
from trial.study.command import run
from trial.study.files import read_table, write_table
from trial.study.load import read_slice
from trial.subjects.schema import ADSL


def main(argv: list[str] | None = None) -> None:
    """Read ADLB and ADSL, describe, write result rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "adlb", "adsl", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, EndpointSpec)
    write_table(args.out, describe(read_table(args.adlb, ADLB), read_table(args.adsl, ADSL), spec), list(ARD))


if __name__ == "__main__":
    run(main)
