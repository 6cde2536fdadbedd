"""The files that eligibility, deviations and populations are decided from."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from trial.labs.schema import LABS
from trial.study.files import read_columns, read_table
from trial.subjects.config_edc import SubjectColumn
from trial.subjects.record_files import RECORD_FILES
from trial.subjects.schema import ADCM, ADSV, assigned

# What is read of a laboratory result.
READ = LABS.only(
    "USUBJID", "ANALYTE", "VALUE", "CENSOR", "LIMIT", "WORD", "UNIT", "ANRHI", "COLLECTED", "FASTING",
    "SPECIMEN", "FILE", "SHEET", "ROW", "COLUMN",
)  # fmt: skip


def read_tables(
    folder: Path, labs: Path | None, columns: Mapping[str, SubjectColumn]
) -> dict[str, pd.DataFrame]:
    """Return the data sets by name; without laboratory results theirs is empty.

    Parameters
    ----------
    folder : Path
        Where the data sets of the subjects lie.
    columns : mapping
        The study's own columns of ADSL.
    """
    kinds = {"assigned": assigned(columns), "adcm": ADCM, "adsv": ADSV}
    kinds |= {file.table: file.dataset for file in RECORD_FILES}
    tables = {name: read_table(folder / f"{name}.csv", kind) for name, kind in kinds.items()}
    empty = pd.DataFrame(columns=list(READ))
    return tables | {"labs": read_columns(labs, READ) if labs else empty}
