"""Compare a study's finished run with an archived one: what changed, and why. No part of a run."""

import argparse
import tempfile
from pathlib import Path
from time import monotonic

from trial.compare.archive import check_finished, open_archive
from trial.compare.compare import compare
from trial.compare.refit import Job
from trial.compare.run import study_run
from trial.compare.write import summary, write_comparison
from trial.plan.jobs import analysis_jobs
from trial.plan.load import load_study
from trial.study.command import run
from trial.study.load import read_yaml

CODE = Path(__file__).resolve().parents[1]


def main(argv: list[str] | None = None) -> None:
    """Check both runs, compare them, write results/compare/<lock id>/ and say what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--old", type=Path, required=True, help="archive, from the study's folder or from here"
    )
    parser.add_argument("--study", type=Path, default=Path(), help="folder of the study")
    parser.add_argument("--cores", type=int, default=2, help="for runs that tell causes apart")
    args = parser.parse_args(argv)
    begun, new = monotonic(), study_run(args.study, CODE)
    old = open_archive(args.study / args.old if (args.study / args.old).is_dir() else args.old)
    check_finished(new)
    study = load_study(read_yaml(new.config))
    primary = [job for job in analysis_jobs(study).values() if study.analyses[job.analysis].primary]
    jobs = {(job.analysis, job.place): Job.of(job) for job in primary}
    with tempfile.TemporaryDirectory() as scratch:
        found = compare(old, new, jobs, Path(scratch), args.cores)
    folder = write_comparison(found, new.results)
    print("\n".join(summary(found)))
    print(f"{folder.as_posix()}: written in {monotonic() - begun:.1f} s")


if __name__ == "__main__":
    run(main)
