"""The one module of this room that opens files: inputs of the display programs, and its own assets."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from trial.display.provenance import Stamp, read_stamp
from trial.display.results import Results
from trial.display.spec import OutputSpec, ReportSpec
from trial.endpoints.schema import endpoint_adlb
from trial.study.ard import ARD
from trial.study.books import ACCOUNTING, QUALITY, QUERIES
from trial.study.errors import DataError
from trial.study.files import (
    read_columns,
    read_json,
    read_table,
    replacing,
    write_json,
    write_table,
    write_text,
)
from trial.subjects.schema import ADAE, ADSL

ROOM = Path(__file__).parent
TABLES = {
    "queries": {"QUERYID": "text"} | QUERIES,
    "accounting": dict(ACCOUNTING),
    "quality": dict(QUALITY),
    "adae": dict(ADAE),
}


def load_stamp(path: Path, spec: OutputSpec | ReportSpec, program: str) -> Stamp:
    """Read the verified lock and return the stamp of an output of `program`."""
    return read_stamp(read_json(path), spec.study, program, str(path))


def load_results(parts: Iterable[tuple[str, Path]]) -> Results:
    """Read result rows by the role of their analysis into one look-up."""
    tables = [read_table(path, ARD).assign(analysis=role) for role, path in parts]
    return Results(pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(ARD)))


def load_data(name: str, path: Path, spec: OutputSpec) -> pd.DataFrame:
    """Read a data set that a template asks for, by its name in `trial.display.config.DATA`."""
    flags = {analysis.population: "text" for shown in spec.analyses.values() for analysis in shown}
    if name == "adlb":
        # A study has the flags of its own populations; a display reads those of its analyses.
        return read_columns(path, dict(endpoint_adlb({})) | flags)
    if name == "adsl":
        return read_columns(path, dict(ADSL) | flags)
    return read_table(path, TABLES[name])


def load_queries(path: Path) -> pd.DataFrame:
    """Read the numbered queries of all rooms."""
    return read_table(path, TABLES["queries"])


def load_accounting(path: Path) -> pd.DataFrame:
    """Read the fates of all raw rows."""
    return read_table(path, TABLES["accounting"])


def load_asset(name: str) -> str:
    """Return the text of a template or style sheet of this room; `name` starts with its folder."""
    return (ROOM / name).read_text(encoding="utf-8")


def load_fragment(path: Path, begin: str, end: str) -> str:
    """Return the part of a page between two marker comments.

    Raises
    ------
    DataError
        If the file is absent or has not both markers.
    """
    if not path.is_file():
        raise DataError(str(path), "expected this output for the report, found no such file")
    text = path.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1:
        raise DataError(
            str(path), "expected one marked output in the page", hint="delete the file, run again"
        )
    return text.split(begin)[1].split(end)[0]


def missing_files(paths: Iterable[Path]) -> list[str]:
    """Return the names of the files that do not exist."""
    return [path.name for path in paths if not path.is_file()]


def suffixed(base: Path, suffix: str) -> Path:
    """Return the output path of one format: `base` is the path without suffix."""
    return base.with_name(base.name + suffix)


def save_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a data file of a figure."""
    write_table(path, frame, list(frame.columns))


def save_bytes(content: bytes, path: Path) -> None:
    """Write a file of bytes, as a picture is."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def save_page(text: str, path: Path) -> None:
    """Write a page."""
    write_text(path, text)


def load_record(path: Path) -> dict[str, Any]:
    """Read the record of an analysis, or the entry of an output."""
    return dict(read_json(path))


def save_entry(entry: dict[str, Any], path: Path) -> None:
    """Write the entry of an output, from which the report is made."""
    write_json(path, entry)
