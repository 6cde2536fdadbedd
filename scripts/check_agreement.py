"""Compute the primary analysis a second time by independent code; a disagreement stops the report."""

import argparse
from pathlib import Path

from trial.recompute.agreement import check_results, finding_table, refuse_differences
from trial.recompute.config import AgreementSpec
from trial.recompute.files import read_results, read_sources
from trial.study.agreement import AGREEMENT
from trial.study.command import named_path, run
from trial.study.files import write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Write the findings; those of a failing run stand in `--kept`, which outlives it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "adsl", "out", "kept"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--events", type=Path, nargs="*", default=[], help="where one sets values aside")
    for name, text in (("records", "records"), ("rows", "result rows of the analysis")):
        parser.add_argument(f"--{name}", type=named_path, nargs="*", default=[], help=f"PARAMCD=PATH: {text}")
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, AgreementSpec)
    sources = read_sources(spec, args.adsl, dict(args.records), args.events)
    findings = check_results(spec, sources, {code: read_results(path) for code, path in args.rows})
    table = finding_table(findings)
    write_table(args.kept, table, list(AGREEMENT))
    refuse_differences(findings, str(args.kept))
    write_table(args.out, table, list(AGREEMENT))


if __name__ == "__main__":
    run(main)
