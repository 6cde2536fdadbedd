"""Time the engine, and R's nlme::gls + emmeans beside it, in one run on one machine.

``python tests/benchmarks/run.py [--out DIR] [--repeats N] [--r-limit SECONDS] [--quick]``

Prints a Markdown report; with ``--out`` writes ``benchmarks.md`` and ``benchmarks.json`` there. One thread;
medians of processor time over repeats, which on an idle machine is elapsed time. R is left out where it is not
installed, and stopped after ``--r-limit`` seconds for each problem.
"""

import argparse
import json
import os
import sys
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is imported

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "scripts")]

import machine  # noqa: E402
import measure  # noqa: E402
import report  # noqa: E402


def main(argv: list[str] | None = None) -> None:
    """Run every measurement and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="folder for benchmarks.md and benchmarks.json")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--r-limit", type=float, default=600.0, help="seconds for R per problem")
    parser.add_argument(
        "--quick", action="store_true", help="leave out R on the large problem and n = 100,000"
    )
    options = parser.parse_args(argv)
    results = {
        "machine": machine.describe(),
        "fev": measure.compare_fev(options.repeats, options.r_limit),
        "large": measure.compare_large(options.repeats, 0.0 if options.quick else options.r_limit),
        "iteration": measure.time_iterations((1_000, 10_000) if options.quick else (1_000, 10_000, 100_000)),
        "replicate": measure.time_replicates(options.repeats),
    }
    if not options.quick:
        results["larger"] = measure.time_larger(options.repeats)
        results["memory"] = measure.measure_memory()
    text = report.write_markdown(results)
    print(text)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "benchmarks.md").write_text(text + "\n")
        (options.out / "benchmarks.json").write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
