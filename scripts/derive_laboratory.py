"""Derive the safety laboratory from usable lab results: visits, limits, grades, worst values, Hy's law."""

import argparse
from pathlib import Path

from trial.endpoints.adlb import TREATMENTS
from trial.endpoints.config import DeriveLaboratorySpec
from trial.endpoints.safety import derive_laboratory
from trial.endpoints.schema import laboratory_data
from trial.labs.schema import LABS
from trial.study.command import run
from trial.study.files import read_columns, read_table, write_table
from trial.study.load import read_slice
from trial.subjects.schema import ADSL


def main(argv: list[str] | None = None) -> None:
    """Read labs and ADSL, derive, write the records."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("spec", "labs", "adsl", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args(argv)
    spec = read_slice(args.spec, DeriveLaboratorySpec)
    flags = dict.fromkeys(spec.flags, "text")
    adsl = read_columns(args.adsl, ADSL.only("USUBJID", "INDEXDT", *TREATMENTS) | flags)
    data = derive_laboratory(read_table(args.labs, LABS), adsl, spec)
    write_table(args.out, data, list(laboratory_data(flags)))


if __name__ == "__main__":
    run(main)
