"""Check what a licensed user of the HOMA2 calculator returned, and write it as a table of the study."""

import argparse
from pathlib import Path

from trial.endpoints.config import Homa2Spec
from trial.endpoints.homa2 import read_results
from trial.endpoints.schema import HOMA2, HOMA2_INPUT
from trial.labs.files import read_text
from trial.study.command import run
from trial.study.errors import DataError
from trial.study.files import read_table, write_table
from trial.study.load import read_slice
from trial.study.raw_files import open_raw


def main(argv: list[str] | None = None) -> None:
    """Read the locked file of results below --raw and the export that it answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("lock", "spec", "inputs", "raw", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, Homa2Spec).homa2
    file, where = open_raw(args.lock, args.raw).file(spec.results or ""), f"data/raw/{spec.results}"
    if file is None:
        hint = "put the file there and lock it, or set homa2.results to null"
        raise DataError(where, "the file that homa2.results names does not exist", hint=hint)
    text = read_text(file, "utf-8", ())
    table = read_results(text, read_table(args.inputs, HOMA2_INPUT), spec, where)
    write_table(args.out, table, list(HOMA2))


if __name__ == "__main__":
    run(main)
