"""Derive the records of one endpoint from usable lab results: indices, visits, baseline, change, flags."""

import argparse
from pathlib import Path

from trial.endpoints.adlb import TREATMENTS, derive_endpoint
from trial.endpoints.config import DeriveEndpointSpec
from trial.endpoints.schema import ENDPOINT_QUERIES, LINEAGE, endpoint_adlb
from trial.labs.schema import LABS
from trial.study.books import ABSENCE, QUERIES
from trial.study.command import run
from trial.study.files import read_columns, read_table, write_table
from trial.study.load import read_slice
from trial.subjects.schema import ADSL, ADSV


def main(argv: list[str] | None = None) -> None:
    """Read labs, ADSL and ADSV, derive, write records, lineage, queries, and what took its rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "labs", "adsl", "adsv", "asked", "adlb", "lineage", "queries", "absence"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, DeriveEndpointSpec)
    flags = dict.fromkeys(spec.flags, "text")
    adsl = read_columns(args.adsl, ADSL.only("USUBJID", "INDEXDT", *TREATMENTS) | flags)
    labs, adsv = read_table(args.labs, LABS), read_table(args.adsv, ADSV)
    asked = read_table(args.asked, QUERIES)
    data = derive_endpoint(labs, adsl, adsv, asked, spec)
    write_table(args.adlb, data.adlb, list(endpoint_adlb(flags)))
    write_table(args.lineage, data.lineage, list(LINEAGE))
    write_table(args.queries, data.queries, list(ENDPOINT_QUERIES))
    write_table(args.absence, data.absence, list(ABSENCE))


if __name__ == "__main__":
    run(main)
