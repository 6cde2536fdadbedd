"""Compare a study's finished run with an archived one: what changed and why. Not part of a run of the pipeline."""

import argparse
import tempfile
from pathlib import Path
from time import monotonic

from trial.compare.archive import check_finished, open_archive
from trial.compare.compare import compare
from trial.compare.files import hashes
from trial.compare.refit import Job
from trial.compare.run import study_run
from trial.compare.write import summary, write_comparison
from trial.plan.jobs import analysis_jobs
from trial.plan.load import load_study
from trial.plan.slices import write_slices
from trial.study.command import run
from trial.study.load import read_yaml

CODE = Path(__file__).resolve().parents[1]


def main(argv: list[str] | None = None) -> None:
    """Check both runs, compare them, write results/compare/<lock id>/ and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--old", type=Path, required=True, help="an archive, from the study's folder or from here"
    )
    parser.add_argument("--study", type=Path, default=Path(), help="folder of the study")
    parser.add_argument("--cores", type=int, default=2, help="for runs that tell causes apart")
    args = parser.parse_args(argv)
    begun, study = monotonic(), load_study(read_yaml(args.study / "config.yaml"))
    old = open_archive(args.study / args.old if (args.study / args.old).is_dir() else args.old)
    with tempfile.TemporaryDirectory() as folder:
        scratch, new = Path(folder), study_run(args.study, CODE)
        write_slices(study, scratch / "spec")
        check_finished(new, hashes(scratch / "spec"))
        found = compare(old, new, {place: Job.of(job) for place, job in analysis_jobs(study).items()
                                   if study.analyses[place[0]].primary}, scratch, args.cores)  # fmt: skip
    written = write_comparison(found, new.results)
    print("\n".join(summary(found)))
    print(f"{written.as_posix()}: written in {monotonic() - begun:.1f} s")


if __name__ == "__main__":
    run(main)
