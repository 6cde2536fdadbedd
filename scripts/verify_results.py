"""Recompute a study in a clean folder; compare every file with its results and with the committed list."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from trial.review.checksums import compare_checksums, list_checksums, read_checksums
from trial.review.clean_run import copy_code, copy_inputs, start_command
from trial.review.verify import VerifyError, compare_results, summary
from trial.study.command import run

ROOT = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str] | None = None) -> None:
    """Copy inputs and code, run, compare, and end with 1 where something differs.

    The clean folder stays only where something differs, to be looked at.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, required=True)
    parser.add_argument("--list", type=Path, help="a list of hashes that `make checksums` wrote")
    parser.add_argument("--cores", type=int, default=1)
    args = parser.parse_args(argv)
    study = args.study.resolve()
    finished = (study / "results" / "manifest.json").is_file()
    if not finished and args.list is None:
        raise VerifyError(
            str(study / "results"), "there is no finished run to compare with", hint="make results"
        )
    clean = Path(tempfile.mkdtemp(prefix="verify-"))
    print(f"Recomputing {study} in {clean}", flush=True)
    copy_code(ROOT, clean / "code")
    copy_inputs(study, clean / "study")
    if subprocess.run(start_command(clean / "code", clean / "study", args.cores), check=False).returncode:
        raise VerifyError(str(clean / "study"), "the clean run failed: its messages stand above")
    lines, differs = [], False
    if finished:
        findings = compare_results(study / "results", clean / "study" / "results")
        lines += summary(findings)
        differs = any(one.verdict == "different" for one in findings)
    if args.list is not None:
        off = compare_checksums(read_checksums(args.list), list_checksums(clean / "study"))
        lines += [f"{args.list}: {len(off) or 'no'} differences", *(f"  {line}" for line in off)]
        differs = differs or bool(off)
    print("\n".join(lines))
    if differs:
        sys.exit(f"Something differs. The clean folder was left to be looked at: {clean}")
    shutil.rmtree(clean)


if __name__ == "__main__":
    run(main)
