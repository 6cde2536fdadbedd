"""Read the raw text of every row once more, as the trace shows it: without what names a patient."""

import argparse
from pathlib import Path

from trial.labs import texts as labs
from trial.labs.config import CleanLabsSpec
from trial.labs.files import read_key
from trial.study.command import run
from trial.study.files import write_text
from trial.study.load import read_slice
from trial.study.raw_files import open_raw
from trial.study.texts import texts_json
from trial.subjects import texts as subjects
from trial.subjects.config import SubjectsSpec


def main(argv: list[str] | None = None) -> None:
    """Read the laboratory exports and EDC files below --raw by the slices of their rooms, write one JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("lock", "raw", "labs", "subjects", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.labs, CleanLabsSpec)
    raw = open_raw(args.lock, args.raw)
    found = labs.read_texts(spec, raw, read_key(raw, spec.subject_key))
    found += subjects.read_texts(read_slice(args.subjects, SubjectsSpec), raw, args.lock)
    write_text(args.out, texts_json(found))


if __name__ == "__main__":
    run(main)
