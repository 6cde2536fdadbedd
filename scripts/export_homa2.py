"""Write the inputs for a licensed user of the HOMA2 calculator; nothing of HOMA2 is computed."""

import argparse
from pathlib import Path

from trial.endpoints.config import Homa2Spec
from trial.endpoints.homa2 import export_inputs
from trial.endpoints.schema import HOMA2_INPUT, HOMA2_LINEAGE
from trial.labs.schema import LABS
from trial.study.command import run
from trial.study.files import read_table, write_table
from trial.study.load import read_slice
from trial.subjects.schema import ADSV


def main(argv: list[str] | None = None) -> None:
    """Read labs and ADSV, pair and screen the draws, write the table to hand over."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "labs", "adsv", "out", "lineage"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, Homa2Spec)
    labs, adsv = read_table(args.labs, LABS), read_table(args.adsv, ADSV)
    inputs, lineage = export_inputs(labs, adsv, spec.fasting_hours, spec.indices, spec.homa2)
    write_table(args.out, inputs, list(HOMA2_INPUT))
    write_table(args.lineage, lineage, list(HOMA2_LINEAGE))


if __name__ == "__main__":
    run(main)
