"""Recompute a study in a clean folder; compare every file with its results and with the committed list."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from trial.review.verify import VerifyError, compare_list, compare_results, recompute, summary
from trial.study.command import run

ROOT = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str] | None = None) -> None:
    """Run, compare, and end with 1 where something differs: then the clean folder stays to be looked at."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, required=True)
    parser.add_argument("--list", type=Path, help="a list of hashes that `make checksums` wrote")
    parser.add_argument("--cores", type=int, default=1)
    args = parser.parse_args(argv)
    results = args.study.resolve() / "results"
    finished = (results / "manifest.json").is_file()
    if not finished and args.list is None:
        raise VerifyError(str(results), "no finished run to compare with", hint="make results")
    clean = Path(tempfile.mkdtemp(prefix="verify-"))
    print(f"Recomputing {args.study} in {clean}", flush=True)
    study = recompute(ROOT, args.study.resolve(), clean, args.cores)
    lines, differs = compare_list(args.list, study) if args.list else ([], False)
    findings = compare_results(results, study / "results") if finished else []
    print(*(summary(findings) if finished else []), *lines, sep="\n")
    if differs or any(one.verdict == "different" for one in findings):
        sys.exit(f"Something differs. The clean folder was left to be looked at: {clean}")
    shutil.rmtree(clean)


if __name__ == "__main__":
    run(main)
