"""Make a synthetic study: raw exports and, apart, the truth behind them; `make lock` locks them."""

import argparse
from pathlib import Path

from simulation.studies import STUDIES


def main(argv: list[str] | None = None) -> None:
    """Write the exports to `--out` and what is true about them to `--truth`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the raw exports")
    parser.add_argument("--truth", type=Path, required=True, help="folder of true values and planted defects")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--study", choices=sorted(STUDIES), default="demo")
    arguments = parser.parse_args(argv)
    STUDIES[arguments.study](arguments.out, arguments.truth, arguments.seed)


if __name__ == "__main__":
    main()
