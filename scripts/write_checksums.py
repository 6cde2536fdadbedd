"""Write the hash of every result of a finished study, as `sha256sum` does, and what they were made in."""

import argparse
from pathlib import Path

from trial.review.checksums import list_checksums, write_checksums
from trial.study.command import run
from trial.study.files import read_json, write_json


def main(argv: list[str] | None = None) -> None:
    """Hash the inputs and every result; keep what the jobs ran in."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("study", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    write_checksums(args.out, list_checksums(args.study))
    write_json(
        args.out.with_name("environment.json"), read_json(args.study / "results/spec/environment.json")
    )


if __name__ == "__main__":
    run(main)
