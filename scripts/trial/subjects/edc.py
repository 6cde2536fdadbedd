"""The EDC files as the site delivers them: the only module of this room that opens files."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from trial.study.errors import DataError

# What each file must hold; other columns are left alone.
COLUMNS = {
    "subject_key": ("USUBJID", "MA_BN"),
    "subjects": (
        "USUBJID",
        "ARM",
        "SEX",
        "BRTHYR",
        "CONSENT_DT",
        "ENROL_DT",
        "ALLOC_DT",
        "INFUSION_DT",
        "DIAG_YEAR",
        "WEIGHT_KG",
        "HEIGHT_CM",
    ),
    "visits": ("USUBJID", "VISIT", "VISIT_DT", "DONE", "FASTING_H", "REASON_NOT_DONE"),
    "medications": ("USUBJID", "CMTRT", "CMCLASS", "CMDOSE", "CMDOSU", "CMSTDTC", "CMENDTC", "CMREASON"),
    "adverse_events": (
        "USUBJID",
        "AETERM",
        "AESOC",
        "AEDECOD",
        "AESTDTC",
        "AEENDTC",
        "AESEV",
        "AESER",
        "AERELPROD",
        "AERELPROC",
        "AEOUT",
        "AEACN",
    ),
    "discontinuation": ("USUBJID", "DSDTC", "DSDECOD", "DSTERM"),
}
_ISO_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True)
class EdcFile:
    """One EDC file: its name below the raw folder and its rows as text, `ROW` being the physical line."""

    name: str
    rows: pd.DataFrame


def read_edc(raw: Path, name: str, kind: str) -> EdcFile:
    """Read an EDC file (UTF-8, comma, header in line 1) as text.

    Raises
    ------
    DataError
        If the file is absent, is not UTF-8, lacks a declared column or has a ragged row.
    """
    path = raw / name
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False)
    except FileNotFoundError:
        raise DataError(
            f"data/raw/{name}", "the file does not exist", hint=f"mend edc.{kind} in config.yaml"
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(f"data/raw/{name}", f"not UTF-8: {error}", hint="export it again as UTF-8") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(
            f"data/raw/{name}", f"not a table: {error}", hint="mend the row named above"
        ) from None
    _check_columns(name, kind, list(table.columns))
    table = table.apply(lambda column: column.str.strip())
    table["ROW"] = range(2, len(table) + 2)
    return EdcFile(name, table)


def parse_dates(column: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return ISO dates (`""` where empty or impossible) and which non-empty texts were not a date."""
    filled = column != ""
    wellformed = filled & column.str.match(_ISO_DATE)
    real = pd.to_datetime(column.where(wellformed), format="%Y-%m-%d", errors="coerce").notna()
    return column.where(real, ""), filled & ~real


def _check_columns(name: str, kind: str, found: list[str]) -> None:
    missing = [column for column in COLUMNS[kind] if column not in found]
    if missing:
        near = {column: get_close_matches(column, found, n=1) for column in missing}
        lines = [
            f"{column}" + (f" (the file has '{near[column][0]}')" if near[column] else "")
            for column in missing
        ]
        raise DataError(
            f"data/raw/{name}",
            f"{len(missing)} of the expected columns are missing",
            lines,
            hint="the header stands in line 1; rename the columns or name another file in config.yaml",
        )
