"""Run one analysis of one endpoint (or of the whole study) by the method that its slice names."""

import argparse
from importlib import import_module
from pathlib import Path

import pandas as pd

from trial.analysis.config import AnalysisSpec
from trial.analysis.data import ABSENCE, ENDPOINT_COLUMNS, AnalysisData, absence_of, subject_columns
from trial.study.ard import ARD, RECORDS
from trial.study.command import run
from trial.study.files import read_columns, write_json, write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read ADSL and the records of the endpoints, run the method, write rows, record and record sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "adsl", "rows-out", "record-out", "records-out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--records", type=Path, nargs="*", default=[], help="its own, then others'")
    parser.add_argument("--queries", type=Path, nargs="*", default=[], help="those of its endpoint")
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, AnalysisSpec)
    method = import_module(f"trial.analysis.methods.{spec.method}")
    config = method.Config.model_validate(spec.settings)
    tables = [read_columns(path, ENDPOINT_COLUMNS) for path in args.records]
    records = tables[0] if spec.endpoint else pd.DataFrame(columns=list(ENDPOINT_COLUMNS))
    others = dict(zip(config.baselines(), tables[1:], strict=True))
    adsl = read_columns(args.adsl, subject_columns(config))
    absence = "".join(absence_of(read_columns(path, ABSENCE)) for path in args.queries)
    outcome = method.run(AnalysisData.of(spec, config, adsl, records, others, absence), config)
    write_table(args.rows_out, outcome.rows, list(ARD))
    write_json(args.record_out, outcome.record)
    write_table(args.records_out, outcome.records, list(RECORDS))


if __name__ == "__main__":
    run(main)
