"""Read the raw text of every row of the ADaM data sets once more, as the trace shows it."""

import argparse
from pathlib import Path

from trial.adam.config import AdamSpec
from trial.adam.texts import read_texts
from trial.study.command import run
from trial.study.files import write_text
from trial.study.load import read_slice
from trial.study.raw_files import open_raw
from trial.study.texts import texts_json


def main(argv: list[str] | None = None) -> None:
    """Read the data sets below --raw by the slice of their room, write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "raw", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    write_text(
        args.out,
        texts_json(read_texts(read_slice(args.spec, AdamSpec), open_raw(args.lock, args.raw), args.lock)),
    )


if __name__ == "__main__":
    run(main)
