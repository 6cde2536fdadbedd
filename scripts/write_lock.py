"""Write data/raw/LOCK.yaml: the data manager locks the raw files. Not part of a run of the pipeline."""

import argparse
from datetime import date
from pathlib import Path

from trial.review.lock import make_lock
from trial.study.command import run
from trial.study.errors import LockError
from trial.study.files import write_text


def main(argv: list[str] | None = None) -> None:
    """Hash every file below --raw and write the lock; an existing lock is never overwritten."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, default=Path("data/raw"), help="folder of the raw files")
    parser.add_argument("--lock-id", required=True, help="for example NCT01234567-1; new for every lock")
    parser.add_argument("--state", choices=("dry-run", "soft", "hard", "relocked"), required=True)
    parser.add_argument("--cut-date", type=date.fromisoformat, required=True, help="YYYY-MM-DD")
    parser.add_argument("--created-by", required=True, help="the role that locks")
    parser.add_argument("--synthetic", action="store_true", help="label every output as synthetic")
    args = parser.parse_args(argv)
    path = args.raw / "LOCK.yaml"
    if path.exists():
        raise LockError(str(path), "a lock is there already", hint="move the old lock to your records first")
    head = (args.lock_id, args.state, args.synthetic, args.cut_date, args.created_by)
    write_text(path, make_lock(args.raw, *head))


if __name__ == "__main__":
    run(main)
