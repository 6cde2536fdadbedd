"""Say what a run would do and why, and change nothing: the raw data are read in a copy of the study."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trial.plan.announcement import endpoints_affected, other_files, what_changed, what_runs
from trial.plan.forecast import Job, read_jobs, what_rules_do
from trial.plan.load import load_study
from trial.review.clean_run import copy_inputs, start_command
from trial.study.command import run
from trial.study.files import read_json
from trial.study.load import read_yaml

ROOT = Path(__file__).resolve().parents[1]
# What a scratch copy needs not: it tells of runs and is no input of any.
LEFT_OUT = ("logs", "benchmarks", "set_aside", "compare")


def main(argv: Sequence[str] | None = None) -> None:
    """Copy the study, read its raw data there, ask snakemake for the rest, and say all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, required=True)
    parser.add_argument("--cores", type=int, default=1)
    args = parser.parse_args(argv)
    study = args.study.resolve()
    manifest = study / "results" / "manifest.json"
    if not manifest.is_file():
        print("There is no finished run yet: make results runs everything.")
        return
    with tempfile.TemporaryDirectory(prefix="plan-") as folder:
        scratch = Path(folder) / "study"
        copy_study(study, scratch)
        first = ask(scratch, args.cores, "prepared")
        second = ask(scratch, args.cores, "--dry-run")
        changes = what_changed(read_json(manifest), state_of(scratch))
        say(changes, first, second, (study, scratch))


def copy_study(study: Path, scratch: Path) -> None:
    """Copy a study with its results, their time stamps, and what snakemake remembers of them."""
    copy_inputs(study, scratch)
    shutil.copytree(study / "results", scratch / "results", ignore=shutil.ignore_patterns(*LEFT_OUT))
    memory = study / ".snakemake"
    for name in ("metadata", "incomplete"):
        if (memory / name).is_dir():
            shutil.copytree(memory / name, scratch / ".snakemake" / name)
    if (memory / "imports.json").is_file():
        shutil.copy2(memory / "imports.json", scratch / ".snakemake" / "imports.json")


def ask(scratch: Path, cores: int, *options: str) -> list[Job]:
    """Run snakemake in the scratch copy and return its jobs; where it fails, its words are the answer."""
    command = [*start_command(ROOT, scratch, cores), *options, "--quiet", "progress"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    text = done.stdout + done.stderr
    if done.returncode:
        print(text, file=sys.stderr)
        sys.exit("The run would end here. Nothing was changed.")
    return read_jobs(text)


def state_of(study: Path) -> dict[str, Any]:
    """Return what a run of the study stands on now, as the Snakefile left it."""
    files = {"lock": "lock", "config": "spec/config", "code": "spec/code/everything"}
    files |= {"environment": "spec/environment"}
    return {name: read_json(study / "results" / f"{file}.json") for name, file in files.items()}


def say(changes: list[str], first: list[Job], second: list[Job], studies: tuple[Path, Path]) -> None:
    """Print changes, jobs and endpoints."""
    words = what_rules_do(ROOT / "workflow" / "rules")
    print("Changed since the last whole run:", *(changes or ["nothing"]), sep="\n  ")
    if not first and not second:
        print("Nothing will run.")
        return
    if first:
        print("\nAnalysis data, made in a scratch copy:")
        print(*(f"  {line}" for line in what_runs(first, words, studies)), sep="\n")
        came = sorted(name for job in first for name in other_files(job, studies))
        print(f"  Came out otherwise: {', '.join(came) or 'nothing'}. All other files are the same.")
    print("\nWill run after that:" if first else "\nWill run:")
    print(*(f"  {line}" for line in what_runs(second, words, studies)), sep="\n")
    print()
    study = load_study(read_yaml(studies[1] / "config.yaml"))
    otherwise = [job for job in first if other_files(job, studies)]
    for heading, codes in endpoints_affected(study, [*otherwise, *second]).items():
        print(f"{heading}: {', '.join(codes) or 'none'}")
    print(f"{len(first) + len(second)} jobs in all. Nothing was changed; make results runs them.")


if __name__ == "__main__":
    run(main)
