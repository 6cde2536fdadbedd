"""Draw trials of one design under one effect and analyse each by every method of the plan."""

import argparse
from pathlib import Path

import pandas as pd

from trial.characteristics.config import Simulation
from trial.characteristics.tabulate import ANSWERS, analyse_chunk
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import parse, read_yaml


def main(argv: list[str] | None = None) -> None:
    """Read the plan, analyse a run of chunks, write the answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, kind in (("plan", Path), ("design", str), ("effect", str), ("first", int), ("chunks", int)):
        parser.add_argument(f"--{name}", type=kind, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    simulation = parse(Simulation, read_yaml(args.plan), str(args.plan))
    mine = [
        chunk for chunk in simulation.chunks(args.effect) if args.first <= chunk < args.first + args.chunks
    ]
    parts = [analyse_chunk(simulation, args.design, args.effect, chunk) for chunk in mine]
    write_table(args.out, pd.concat(parts, ignore_index=True), list(ANSWERS))


if __name__ == "__main__":
    run(main)
