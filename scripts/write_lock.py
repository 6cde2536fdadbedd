"""Lock the raw files of a study (`make lock`): describe and sign them; earlier locks and a log are kept."""

import argparse
from datetime import datetime
from pathlib import Path

from trial.plan.locking import Asked, lock_study
from trial.study.command import run


def main(argv: list[str] | None = None) -> None:
    """Write LOCK.yaml below data/raw, its copy in LOCKS, a line of LOCKLOG.csv; or say what forbids it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=Path(), help="folder with config.yaml and data/raw")
    for name, meaning in (
        ("id", "name of the lock: DBL-1"),
        ("state", "dry-run, soft, hard, unlocked or relocked"),
        ("cut", "YYYY-MM-DD, that of the lock in force where not given"),
        ("signed", "roles that sign, with ; between them"),
        ("parent", "the lock in force, where files or cut differ from it"),
        ("reason", "why"),
        ("synthetic", "yes where the data are made by a program; as before where not given"),
    ):
        parser.add_argument(f"--{name}", default="", help=meaning)
    given = vars(parser.parse_args(argv))
    folder = given.pop("study")
    # The day of a lock is that of the data manager's own calendar.
    for line in lock_study(folder, Asked(**given), datetime.now().astimezone()):
        print(line)


if __name__ == "__main__":
    run(main)
