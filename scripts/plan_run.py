"""Say what a run would do and why, and change nothing: the raw data are read in a copy of the study."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from trial.plan.announcement import announce_run, what_changed
from trial.plan.forecast import what_rules_do
from trial.plan.load import load_study
from trial.plan.scratch import ask, copy_study, state_of
from trial.study.command import run
from trial.study.files import read_json
from trial.study.load import read_yaml

ROOT = Path(__file__).resolve().parents[1]


def main(argv: Sequence[str] | None = None) -> None:
    """Copy the study, make its analysis data there, ask for the rest, and say all of it."""
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
        first = ask(ROOT, scratch, args.cores, "prepared")
        second = ask(ROOT, scratch, args.cores, "--dry-run")
        changes = what_changed(read_json(manifest), state_of(scratch)) or ["nothing"]
        print("Changed since the last whole run:", *changes, sep="\n  ")
        words = what_rules_do(ROOT / "workflow" / "rules")
        plan = load_study(read_yaml(scratch / "config.yaml"))
        print(*announce_run(plan, first, second, words, (study, scratch)), sep="\n")


if __name__ == "__main__":
    run(main)
