"""Write the present data lock into every output that was made under another; list all outputs."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.display.files import load_stamp
from trial.display.pages.places import Places
from trial.display.spec import ReportSpec
from trial.display.stamping import stamp_outputs
from trial.study.command import run
from trial.study.files import write_json
from trial.study.load import read_slice

PROGRAM = "scripts/stamp_outputs.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the lock and the entries of all outputs, renew what is of an earlier lock, write the index."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "label", "results", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, ReportSpec)
    places = Places(*(args.results / name for name in ("outputs", "tables", "figures", "analyses", "report")))
    ids = tuple(output.id for section in spec.sections for output in section.outputs)
    write_json(args.out, stamp_outputs(ids, places, load_stamp(args.lock, args.label, spec.study, PROGRAM)))


if __name__ == "__main__":
    run(main)
