"""Write the manifest of the run: inputs, configuration, code, environment and outputs with their hashes."""

import argparse
from pathlib import Path

from trial.review.manifest import code_files, make_manifest
from trial.study.command import run
from trial.study.files import read_json, write_json


def main(argv: list[str] | None = None) -> None:
    """Hash what ran and what came out, write manifest.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("lock", "specs", "code", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--outputs", type=Path, nargs="+", required=True)
    args = parser.parse_args(argv)
    root = args.code.resolve()
    code = [root / "Snakefile", *code_files(root / "scripts"), *(root / "workflow").rglob("*.smk")]
    specs = list(args.specs.glob("*.json"))
    write_json(args.out, make_manifest(read_json(args.lock), specs, args.outputs, code, root))


if __name__ == "__main__":
    run(main)
