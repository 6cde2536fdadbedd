"""Write the manifest of the run: inputs, configuration, code, environment and outputs with their hashes."""

import argparse
from pathlib import Path

from trial.display.files import load_stamp, save_page
from trial.display.pages.frame import Frame
from trial.display.pages.manifest import write_manifest_page
from trial.display.spec import ReportSpec
from trial.review.environment import computing, run_block
from trial.review.manifest import make_manifest
from trial.study.command import run
from trial.study.files import read_json, write_json
from trial.study.load import read_slice

PROGRAM = "scripts/write_manifest.py"


def main(argv: list[str] | None = None) -> None:
    """Hash what came out, write manifest.json and the page that shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("lock", "label", "specs", "results", "out", "page"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    manifest = make_manifest(read_json(args.lock), args.specs, args.results, computing(), run_block())
    spec = read_slice(args.specs / "report.json", ReportSpec)
    frame = Frame(spec.study, load_stamp(args.lock, args.label, spec.study, PROGRAM))
    save_page(write_manifest_page(frame, manifest), args.page)
    write_json(args.out, manifest)


if __name__ == "__main__":
    run(main)
