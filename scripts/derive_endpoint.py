"""Select exactly what the model of one endpoint sees."""

import argparse
from pathlib import Path

from trial.analysis.config import EndpointSpec
from trial.endpoints.adlb import analysis_data
from trial.endpoints.schema import ADLB, ANALYSIS
from trial.study.command import run
from trial.study.files import read_table, write_table
from trial.study.load import read_slice
from trial.subjects.schema import ADSL


def main(argv: list[str] | None = None) -> None:
    """Read ADLB and ADSL, select, write analysis data."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "adlb", "adsl", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, EndpointSpec)
    adlb, adsl = read_table(args.adlb, ADLB), read_table(args.adsl, ADSL)
    data = analysis_data(adlb, adsl, spec.paramcd, spec.endpoint, spec.population, spec.treatment)
    write_table(args.out, data, list(ANALYSIS))


if __name__ == "__main__":
    run(main)
