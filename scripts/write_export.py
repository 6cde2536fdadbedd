"""Export the finished results of a study, checked: what leaves the project. No part of a run."""

import argparse
from collections import Counter
from pathlib import Path

from trial.compare.archive import check_finished
from trial.compare.run import study_run
from trial.export.build import make_export, write_export
from trial.plan.load import load_study
from trial.study.command import run
from trial.study.load import read_yaml

CODE = Path(__file__).resolve().parents[1]


def main(argv: list[str] | None = None) -> None:
    """Check that the results are those of the present inputs, check the data sets, write results/export/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=Path(), help="folder of the study")
    folder = parser.parse_args(argv).study
    found = study_run(folder, CODE)
    check_finished(found)
    export = make_export(load_study(read_yaml(found.config)), folder, CODE)
    written = write_export(export)
    counts = Counter(finding.severity for finding in export.findings)
    said = ", ".join(f"{counts[kind]} {kind}s" for kind in ("error", "warning"))
    print(
        f"{written.as_posix()}: {len(export.datasets)} data sets; the checks found {said}, errors explained"
    )


if __name__ == "__main__":
    run(main)
