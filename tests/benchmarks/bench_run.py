"""Wall time of the demonstration run, and of a run with nothing to do, as ratios to `import pandas`.

    python tests/benchmarks/bench_run.py [--cores 2]

Machines differ, the import of pandas with them: each of its times stands beside those of the runs. The study is
copied into a folder of its own; results of the checkout are not touched.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPEATS = 5


def main() -> None:
    """Print the seconds and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, default=2)
    cores = parser.parse_args().cores
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        study.mkdir()
        shutil.copy(ROOT / "config.yaml", study)
        shutil.copytree(ROOT / "data", study / "data")
        run = ["make", "-C", str(ROOT), "results", f"STUDY={study}", f"CORES={cores}"]
        pandas = [seconds([sys.executable, "-c", "import pandas"]) for _ in range(REPEATS)]
        full = seconds(run)
        nothing = [seconds(run) for _ in range(REPEATS)]
        pandas += [seconds([sys.executable, "-c", "import pandas"]) for _ in range(REPEATS)]
    unit = statistics.median(pandas)
    print(f"load average before the end: {os.getloadavg()[0]:.1f}")
    print(
        f"import pandas     {unit:6.2f} s (median of {len(pandas)}, {min(pandas):.2f} to {max(pandas):.2f})"
    )
    print(f"whole run         {full:6.2f} s  {full / unit:5.1f} ratios")
    print(
        f"nothing to do     {statistics.median(nothing):6.2f} s  {statistics.median(nothing) / unit:5.1f} ratios"
    )


def seconds(command: list[str]) -> float:
    """Return the wall time of a command."""
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
