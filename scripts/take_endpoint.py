"""Take the records of one endpoint as its ADaM data set has them, and derive again what can be compared."""

import argparse
from pathlib import Path

from trial.adam.config import TakeEndpointSpec
from trial.adam.endpoint import take_endpoint
from trial.adam.schema import ADSL, RECORDS
from trial.endpoints.adlb import TREATMENTS
from trial.endpoints.schema import ENDPOINT_QUERIES, LINEAGE, endpoint_adlb
from trial.study.books import ABSENCE
from trial.study.command import run
from trial.study.files import read_columns, read_table, write_table
from trial.study.load import read_slice


def main(argv: list[str] | None = None) -> None:
    """Read the records and ADSL, write the endpoint's records, lineage, queries, and what took its rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "records", "adsl", "adlb", "lineage", "queries", "absence"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, TakeEndpointSpec)
    flags = dict.fromkeys(spec.flags, "text")
    adsl = read_columns(args.adsl, ADSL.only("USUBJID", "INDEXDT", *TREATMENTS) | flags)
    data = take_endpoint(read_table(args.records, RECORDS), adsl, spec)
    write_table(args.adlb, data.adlb, list(endpoint_adlb(flags)))
    write_table(args.lineage, data.lineage, list(LINEAGE))
    write_table(args.queries, data.queries, list(ENDPOINT_QUERIES))
    write_table(args.absence, data.absence, list(ABSENCE))


if __name__ == "__main__":
    run(main)
