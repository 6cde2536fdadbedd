"""Write the analysis results of the study in the shape of CDISC's Analysis Results Standard."""

import argparse
from pathlib import Path

from trial.delivery.config import DeliverySpec
from trial.delivery.reading import read_output, read_results
from trial.delivery.reporting_event import reporting_event
from trial.study.command import run
from trial.study.files import compact_json, read_json, write_text
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read ard.csv and every output, write ard.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "ard", "results", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, DeliverySpec)
    rows = [row for same in read_results(args.ard).values() for row in same]
    outputs = [read_output(output, args.results) for output in spec.outputs]
    write_text(args.out, compact_json(reporting_event(spec, rows, outputs, read_json(args.lock))))


if __name__ == "__main__":
    run(main)
