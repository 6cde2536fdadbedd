"""Put all tables of the study into one RTF document in the order of ICH E3, with a list of contents."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from trial.delivery.config import DeliverySpec
from trial.display.files import load_entry, load_page, load_stamp, save_page
from trial.display.rtf_document import Part, join_tables
from trial.study.command import run
from trial.study.load import read_slice

PROGRAM = "scripts/join_tables.py"


def main(argv: Sequence[str] | None = None) -> None:
    """Read the entries of all outputs and the RTF of tables and listings, write the document."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "lock", "label", "outputs", "tables", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, DeliverySpec)
    entries = [load_entry(args.outputs / f"{output.id}.json") for output in spec.outputs]
    parts = [
        Part(one["id"], one["e3"], one["number"], one["title"], load_page(args.tables / f"{one['id']}.rtf"))
        for one in entries
        if one["kind"] != "figure"
    ]
    save_page(join_tables(parts, load_stamp(args.lock, args.label, spec.study, PROGRAM)), args.out)


if __name__ == "__main__":
    run(main)
