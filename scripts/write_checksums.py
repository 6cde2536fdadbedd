"""Write the hash of every result of a finished study, as `sha256sum` does."""

import argparse
from pathlib import Path

from trial.review.checksums import list_checksums, write_checksums
from trial.study.command import run


def main(argv: list[str] | None = None) -> None:
    """Hash the inputs and every result."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("study", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    write_checksums(args.out, list_checksums(args.study))


if __name__ == "__main__":
    run(main)
