"""Collect the covariates at baseline for the design stage: arm, ADSL and baseline records, nothing later."""

import argparse
from pathlib import Path

from trial.analysis.design.config import CollectCovariatesSpec
from trial.analysis.design.covariates import RECORDS, collect_covariates, subject_columns
from trial.study.command import named_path, run
from trial.study.files import read_columns, write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read ADSL and the baseline records, write the covariates."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "adsl", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--records", type=named_path, nargs="*", default=[], help="PARAMCD=PATH of records")
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, CollectCovariatesSpec)
    adsl = read_columns(args.adsl, subject_columns(spec))
    records = {code: read_columns(path, RECORDS) for code, path in args.records}
    table = collect_covariates(adsl, records, spec)
    write_table(args.out, table, list(table.columns))


if __name__ == "__main__":
    run(main)
