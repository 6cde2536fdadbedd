"""Put the records of all endpoints into one table with their labels, and their questions into one book."""

import argparse
from pathlib import Path

from trial.endpoints.adlb import EndpointData
from trial.endpoints.collect import collect_adlb
from trial.endpoints.config_plan import CollectAdlbSpec
from trial.endpoints.schema import ENDPOINT_QUERIES, LINEAGE, adlb, endpoint_adlb
from trial.study.books import QUERIES
from trial.study.command import run
from trial.study.files import read_columns, read_table, write_table
from trial.study.load import read_slice
from trial.subjects.schema import ADSL


def main(argv: list[str] | None = None) -> None:
    """Read the folder of each endpoint below --endpoints, and ADSL; write ADLB, lineage and queries."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "adsl", "endpoints", "adlb", "lineage", "queries"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, CollectAdlbSpec)
    flags = dict.fromkeys(spec.flags, "flag")
    tables = {"adlb": endpoint_adlb(flags), "lineage": LINEAGE, "queries": ENDPOINT_QUERIES}
    parts = [
        EndpointData(**{
            name: read_table(args.endpoints / endpoint.paramcd / f"{name}.csv", columns)
            for name, columns in tables.items()
        })
        for endpoint in spec.endpoints
    ]  # fmt: skip
    adsl = read_columns(args.adsl, ADSL.only("USUBJID", "DISCDT") | {spec.population: "text"})
    data = collect_adlb(parts, adsl, spec)
    write_table(args.adlb, data.adlb, list(adlb(flags)))
    write_table(args.lineage, data.lineage, list(LINEAGE))
    write_table(args.queries, data.queries, list(QUERIES))


if __name__ == "__main__":
    run(main)
