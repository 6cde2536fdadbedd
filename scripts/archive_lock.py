"""Store the finished run of a study under locks/<lock id>/, read-only. Not part of a run of the pipeline."""

import argparse
import tempfile
from pathlib import Path

from trial.compare.archive import archive
from trial.compare.files import hashes
from trial.compare.run import study_run
from trial.plan.load import load_study
from trial.plan.slices import write_slices
from trial.study.command import run
from trial.study.load import read_yaml

CODE = Path(__file__).resolve().parents[1]


def main(argv: list[str] | None = None) -> None:
    """Check that the results are those of the present inputs, copy them, say where."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=Path(), help="folder of the study")
    study = parser.parse_args(argv).study
    with tempfile.TemporaryDirectory() as folder:
        write_slices(load_study(read_yaml(study / "config.yaml")), Path(folder))
        done = archive(study_run(study, CODE), hashes(Path(folder)))
    said = "stored" if done.new else "is there already, with the same content"
    print(f"{done.folder.as_posix()}: {said}")


if __name__ == "__main__":
    run(main)
