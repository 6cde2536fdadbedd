"""Write one output of the catalogue, a table, listing or figure, by the template that its slice names."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from trial.display.context import Context
from trial.display.files import load_data, load_record, load_results, load_stamp
from trial.display.outputs import render
from trial.display.spec import OutputSpec
from trial.study.command import run
from trial.study.load import read_slice

PROGRAM = "scripts/render_output.py"


def named_path(text: str) -> tuple[str, Path]:
    """Return the name and the path of an argument `name=path`."""
    name, _, path = text.partition("=")
    return name, Path(path)


def main(argv: Sequence[str] | None = None) -> None:
    """Read what the template asks for, build the output, write its files and its entry for the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "base", "entry"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("rows", "records", "data"):
        parser.add_argument(f"--{name}", type=named_path, action="append", default=[], help="NAME=PATH")
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, OutputSpec)
    records: dict[str, list[dict[str, object]]] = {}
    for role, path in args.records:
        records.setdefault(role, []).append(load_record(path))
    data = {name: load_data(name, path, spec) for name, path in args.data}
    stamp = load_stamp(args.lock, spec, PROGRAM)
    template = import_module(f"trial.display.templates.{spec.template}")
    render(template, Context(spec, load_results(args.rows), records, data, stamp), args.base, args.entry)


if __name__ == "__main__":
    run(main)
