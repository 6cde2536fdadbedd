"""Put the answers of simulated trials together into a table of operating characteristics and its page."""

import argparse
from pathlib import Path

import pandas as pd

from trial.characteristics.config import Simulation
from trial.characteristics.page import write_page
from trial.characteristics.tabulate import ANSWERS, TABLE, tabulate
from trial.study.command import run
from trial.study.files import read_table, write_table, write_text
from trial.study.load import parse, read_yaml


def main(argv: list[str] | None = None) -> None:
    """Read plan and answers, write table and page."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("plan", "table", "page"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--answers", type=Path, nargs="+", required=True)
    parser.add_argument("--command", default="make characteristics", help="what the page says it is made by")
    args = parser.parse_args(argv)
    plan = parse(Simulation, read_yaml(args.plan), str(args.plan))
    table = tabulate(pd.concat([read_table(path, ANSWERS) for path in args.answers], ignore_index=True), plan)
    write_table(args.table, table, list(TABLE))
    write_text(args.page, "\n".join([*write_page(table, plan, args.command), ""]))


if __name__ == "__main__":
    run(main)
