"""Run one analysis of one endpoint (or of the whole study) by the method that its slice names."""

import argparse
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from trial.analysis.collected import with_decimals
from trial.analysis.config import AnalysisSpec
from trial.analysis.detectability import withhold
from trial.analysis.load import load_data, load_recorded
from trial.study.ard import ARD, RECORDS
from trial.study.command import named_path, run
from trial.study.files import write_json, write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read ADSL and the records of the endpoints, run the method, write rows, record and record sets."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "adsl", "rows-out", "record-out", "records-out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name, kind, text in (
        ("records", Path, "those of its endpoint, then of others"),
        ("absence", Path, "what took the rows of its endpoint"),
        ("data", named_path, "NAME=PATH of further data sets"),
        ("results", Path, "result rows of other analyses"),
        ("recorded", named_path, "NAME=PATH of the records of other analyses"),
    ):
        parser.add_argument(f"--{name}", type=kind, nargs="*", default=[], help=text)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, AnalysisSpec)
    method = import_module(f"trial.analysis.methods.{spec.method}")
    config = method.Config.model_validate(spec.settings)
    read = load_data(spec, config, args.adsl, args.records, args.absence, args.data, args.results)
    data = replace(read, recorded=load_recorded(args.recorded))
    outcome = with_decimals(withhold(method.run(data, config), data), data)
    write_table(args.rows_out, outcome.rows, list(ARD))
    write_json(args.record_out, outcome.record)
    write_table(args.records_out, outcome.records, list(RECORDS))


if __name__ == "__main__":
    run(main)
