"""Make the synthetic demonstration study: raw exports, their lock, and the truth behind them."""

import argparse
from pathlib import Path

from simulation import demo, file_traps, lis_traps
from simulation.planting import Planter


def main() -> None:
    """Write the exports to `--out` and what is true about them to `--truth`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the raw exports")
    parser.add_argument("--truth", type=Path, required=True, help="folder of true values and planted defects")
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    study = demo.build(arguments.seed)
    planter = Planter(study)
    lis_traps.plant(planter, arguments.seed)
    file_traps.plant(planter)
    demo.write(study, arguments.out, arguments.truth, arguments.seed)


if __name__ == "__main__":
    main()
