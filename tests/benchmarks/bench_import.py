"""Processor time of `import mmrm` on top of `import numpy, pandas`, each start an interpreter of its own.

    python tests/benchmarks/bench_import.py [--repeats 15]

The bar is 0.6 s. Processor time of a fresh process, without the compilation of the modules: the first start is left out.
"""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
BAR = 0.6
PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
import numpy, pandas
before = time.process_time()
import mmrm
print(before, time.process_time() - before)
"""


def main() -> None:
    """Print medians, and fail above the bar."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    starts = [start() for _ in range(repeats + 1)][1:]
    base, own = (statistics.median(column) for column in zip(*starts, strict=True))
    print(f"interpreter, numpy, pandas   {base:.3f} s of processor time (median of {repeats})")
    print(
        f"mmrm on top of them          {own:.3f} s (bar: {BAR} s; {min(s[1] for s in starts):.3f} at least)"
    )
    sys.exit(own > BAR)


def start() -> tuple[float, float]:
    """Processor seconds until numpy and pandas are there, and of `import mmrm` after them."""
    command = [sys.executable, "-c", PROGRAM, str(SCRIPTS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    base, own = map(float, done.stdout.split())
    return base, own


if __name__ == "__main__":
    main()
