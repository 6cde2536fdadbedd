"""Read the raw text of every row once more, as the trace shows it: without what names a patient."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from trial.study.command import run
from trial.study.files import write_text
from trial.study.load import read_slice
from trial.study.texts import RawText, texts_json


def main(argv: list[str] | None = None) -> None:
    """Read the files below --raw by the slices of the rooms that read them first, write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("lock", "raw", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in ("labs", "subjects", "adam"):
        parser.add_argument(f"--{name}", type=Path, help="slice of the room, where the study has it")
    args = parser.parse_args(argv)
    write_text(args.out, texts_json(read(args)))


def read(args: argparse.Namespace) -> Iterable[RawText]:
    """Return the texts of the study's rooms; each room is imported where the study has it."""
    if args.adam:
        from trial.adam import texts as adam
        from trial.adam.config import AdamSpec

        return adam.read_texts(read_slice(args.adam, AdamSpec), args.raw, args.lock)
    from trial.labs import texts as labs
    from trial.labs.config import CleanLabsSpec
    from trial.labs.files import read_key
    from trial.subjects import texts as subjects
    from trial.subjects.config import SubjectsSpec

    spec = read_slice(args.labs, CleanLabsSpec)
    key = read_key(args.raw / spec.subject_key) if spec.subject_key else {}
    found = labs.read_texts(spec, args.raw, key)
    return found + subjects.read_texts(read_slice(args.subjects, SubjectsSpec), args.raw, args.lock)


if __name__ == "__main__":
    run(main)
