"""Store the finished run of a study under locks/<lock id>/, read-only. Not part of a run of the pipeline."""

import argparse
from pathlib import Path

from trial.compare.archive import archive
from trial.compare.run import study_run
from trial.study.command import run

CODE = Path(__file__).resolve().parents[1]


def main(argv: list[str] | None = None) -> None:
    """Check that the results are those of the present inputs, copy them, say where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=Path(), help="folder of the study")
    done = archive(study_run(parser.parse_args(argv).study, CODE))
    said = "stored" if done.new else "is there already, with the same content"
    print(f"{done.folder.as_posix()}: {said}")


if __name__ == "__main__":
    run(main)
