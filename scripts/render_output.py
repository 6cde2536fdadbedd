"""Write one output of the catalogue, table, listing or figure, by the template that its slice names."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from trial.display.entry import output_entry
from trial.display.files import load_context, save_entry
from trial.study.command import named_path, run

PROGRAM = "scripts/render_output.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the slice, the results and the data of one output, write its files and its entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, text in (
        ("spec", "the slice of the output"),
        ("lock", "the verified data lock"),
        ("label", "what every output says of the data"),
        ("base", "path without suffix of the files written"),
        ("entry", "what the output says of itself, for the report"),
    ):
        parser.add_argument(f"--{name}", type=Path, required=True, help=text)
    for name, form in (("rows", "ROLE=PATH"), ("records", "ROLE=PATH"), ("data", "NAME=PATH")):
        parser.add_argument(f"--{name}", type=named_path, action="append", default=[], metavar=form)
    args = parser.parse_args(argv)
    context = load_context(args.spec, args.lock, args.label, PROGRAM, *(args.rows, args.records, args.data))
    template = import_module(f"trial.display.templates.{context.spec.template}")
    output = template.build(context)
    output.save(args.base)
    save_entry(output_entry(output, context.spec, template.TEMPLATE, context.stamp), args.entry)


if __name__ == "__main__":
    run(main)
