"""Derive the ADLB-like analysis data of all endpoints from usable lab results."""

import argparse
from pathlib import Path

import pandas as pd

from trial.endpoints.adlb import derive_adlb
from trial.endpoints.config import AdlbSpec
from trial.endpoints.questions import list_absences, list_queries
from trial.endpoints.records import Rules
from trial.endpoints.schema import ADLB
from trial.labs.schema import LABS
from trial.study.books import QUERIES
from trial.study.command import run
from trial.study.files import read_table, write_table
from trial.study.load import read_slice
from trial.subjects.schema import ADSL, ADSV


def main(argv: list[str] | None = None) -> None:
    """Read labs, ADSL and ADSV, derive, write ADLB and its queries."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "labs", "adsl", "adsv", "adlb", "queries"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, AdlbSpec)
    labs, adsl, adsv = read_table(args.labs, LABS), read_table(args.adsl, ADSL), read_table(args.adsv, ADSV)
    rules = Rules(spec.indices, spec.below_limit)
    adlb = derive_adlb(labs, adsl, adsv, spec.endpoints, spec.visits, spec.selection, rules)
    write_table(args.adlb, adlb, list(ADLB))
    absences = list_absences(adlb, adsl, spec.endpoints, spec.population)
    write_table(args.queries, pd.concat([list_queries(adlb, spec.endpoints), absences]), list(QUERIES))


if __name__ == "__main__":
    run(main)
