"""List which results each output prints, for the trace."""

import argparse
from pathlib import Path

from trial.study.command import run
from trial.study.files import read_json
from trial.trace.files import write_shard
from trial.trace.printed import list_printed
from trial.trace.shards import PRINTED


def main(argv: list[str] | None = None) -> None:
    """Read the entry of every output, in the order of the catalogue, write the data file."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("ard", "folder"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--entries", type=Path, nargs="*", default=[])
    args = parser.parse_args(argv)
    write_shard(args.folder, PRINTED, list_printed(args.ard, [read_json(path) for path in args.entries]))


if __name__ == "__main__":
    run(main)
