"""The one module of this room that opens files: inputs of the display programs, and its own assets."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from trial.display.provenance import Stamp, read_stamp
from trial.display.results import Results
from trial.display.spec import DisplaySpec, parse_spec
from trial.endpoints.schema import ADLB
from trial.study.ard import ARD
from trial.study.books import ACCOUNTING, QUALITY, QUERIES
from trial.study.errors import DataError
from trial.study.files import read_json, read_table, replacing, write_table, write_text

ROOM = Path(__file__).parent


def load_spec(path: Path) -> DisplaySpec:
    """Read the slice of the configuration a display program works from."""
    return parse_spec(read_json(path), str(path))


def load_stamp(path: Path, spec: DisplaySpec, program: str) -> Stamp:
    """Read the verified lock and return the stamp of an output of `program`."""
    return read_stamp(read_json(path), spec.study, program, str(path))


def load_results(paths: Iterable[Path]) -> Results:
    """Read results rows from one or more files into one look-up."""
    return Results(pd.concat([read_table(path, ARD) for path in paths], ignore_index=True))


def load_adlb(path: Path) -> pd.DataFrame:
    """Read the analysis data of all endpoints."""
    return read_table(path, ADLB)


def load_queries(path: Path) -> pd.DataFrame:
    """Read the numbered queries of all rooms."""
    return read_table(path, {"QUERYID": "text"} | QUERIES)


def load_accounting(path: Path) -> pd.DataFrame:
    """Read the fates of all raw rows."""
    return read_table(path, ACCOUNTING)


def load_quality(path: Path) -> pd.DataFrame:
    """Read the counts per source and analyte."""
    return read_table(path, QUALITY)


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


def load_fit(path: Path) -> dict[str, Any]:
    """Read the record of a fit."""
    return dict(read_json(path))
