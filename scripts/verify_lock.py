"""Compare every raw file with the data lock and write the lock's identity."""

import argparse
from pathlib import Path

from trial.review.config import load_lock
from trial.review.lock import verify_lock
from trial.study.command import run
from trial.study.files import write_json


def main(argv: list[str] | None = None) -> None:
    """Read LOCK.yaml, hash the raw files, write lock.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("lock", "raw", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    write_json(args.out, verify_lock(load_lock(args.lock), args.raw))


if __name__ == "__main__":
    run(main)
