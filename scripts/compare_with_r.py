"""Compare the primary analysis of finished results with R, which is no part of a run: `make agreement`."""

import argparse
from pathlib import Path

from trial.recompute.agreement import finding_table, refuse_differences, require_agreement
from trial.recompute.config import AgreementSpec
from trial.recompute.files import read_run
from trial.recompute.with_r import compare_with_r
from trial.study.agreement import AGREEMENT
from trial.study.command import run
from trial.study.files import write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Write the findings; a disagreement, or nothing to compare with, is an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.results / "spec" / "check_agreement.json", AgreementSpec)
    findings = compare_with_r(spec, *read_run(spec, args.results))
    written = args.results / "logs" / "agreement_r.csv"
    write_table(written, finding_table(findings), list(AGREEMENT))
    refuse_differences(findings, str(written))
    print(require_agreement(findings, str(written)))


if __name__ == "__main__":
    run(main)
