"""Write the manifest of the run: inputs, configuration, code, environment and outputs with their hashes."""

import argparse
from pathlib import Path

from trial.display.files import load_stamp, save_page
from trial.display.pages.frame import Frame
from trial.display.pages.manifest import write_manifest_page
from trial.display.spec import ReportSpec
from trial.review.manifest import code_files, make_manifest
from trial.study.command import run
from trial.study.files import read_json, write_json
from trial.study.load import read_slice

PROGRAM = "scripts/write_manifest.py"


def main(argv: list[str] | None = None) -> None:
    """Hash what ran and what came out, write manifest.json and the page that shows it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("lock", "label", "specs", "code", "out", "page"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--outputs", type=Path, nargs="+", required=True)
    args = parser.parse_args(argv)
    root = args.code.resolve()
    code = [root / "Snakefile", *code_files(root / "scripts"), *(root / "workflow").rglob("*.smk")]
    specs = list(args.specs.glob("*.json"))
    # The rules name the first of the review pages; all the others stand beside it.
    outputs = {*args.outputs, *(path for path in args.page.parent.rglob("*") if path.is_file())} - {args.page}
    manifest = make_manifest(read_json(args.lock), specs, sorted(outputs), code, root)
    spec = read_slice(args.specs / "report.json", ReportSpec)
    frame = Frame(spec.study, load_stamp(args.lock, args.label, spec.study, PROGRAM))
    save_page(write_manifest_page(frame, manifest), args.page)
    write_json(args.out, manifest)


if __name__ == "__main__":
    run(main)
