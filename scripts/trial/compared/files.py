"""The one module of this room that opens files: a comparison, the figures of two runs, and the pages."""

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trial.study.errors import DataError
from trial.study.files import NEUTRALISED, read_bytes, read_json, read_text, write_json, write_text

ROOM = Path(__file__).parent
Row = dict[str, str]


def load_asset(name: str) -> str:
    """Return the text of a template of this room."""
    return (ROOM / name).read_text(encoding="utf-8")


def load_summary(folder: Path) -> dict[str, Any]:
    """Read what a comparison says of both runs.

    Raises
    ------
    DataError
        If the folder holds no comparison.
    """
    return dict(read_json(_there(folder / "compare.json")))


def load_part(path: Path, names: Sequence[str]) -> tuple[Row, ...]:
    """Read one of the comparison's tables as text, every column of `names` being there.

    Raises
    ------
    DataError
        If the file is absent or a column is.
    """
    reader = csv.DictReader(io.StringIO(read_text(_there(path)), newline=""))
    missing = [name for name in names if name not in (reader.fieldnames or ())]
    if missing:
        raise DataError(str(path), f"expected the columns {list(names)}, missing {missing}")
    return tuple({name: _plain(text or "") for name, text in row.items()} for row in reader)


def _plain(text: str) -> str:
    """Return a text without the sign that keeps a spreadsheet from running it."""
    return text[1:] if NEUTRALISED.match(text) else text


def load_drawn(path: Path) -> tuple[list[str], list[list[str]]]:
    """Read names and rows of the data of a figure."""
    names, *rows = csv.reader(io.StringIO(read_text(path), newline=""))
    return names, rows


def load_bytes(path: Path) -> bytes:
    """Return the content of a picture.

    Raises
    ------
    DataError
        If the run that should have it has not.
    """
    return read_bytes(_there(path))


def _there(path: Path) -> Path:
    if not path.is_file():
        raise DataError(
            str(path), "a comparison needs this file, found none", hint="make compare OLD=locks/<id> again"
        )
    return path


def load_entries(results: Path) -> list[dict[str, Any]]:
    """Read what each output of a run says of itself, in order of their ids."""
    return [dict(read_json(path)) for path in sorted((results / "outputs").glob("*.json"))]


def clear_folder(folder: Path) -> None:
    """Remove the pages of an earlier call: what is no difference any more would be taken for one."""
    if folder.is_dir():
        shutil.rmtree(folder)


def save_text(text: str, path: Path) -> None:
    """Write a page or a picture in letters."""
    write_text(path, text)


def save_copy(source: Path, target: Path) -> None:
    """Write a copy of a file beside the pages, so that these stand without the archive."""
    write_text(target, read_text(source))


def save_summary(content: Mapping[str, Any], path: Path) -> None:
    """Write what the list of comparisons says of this one."""
    write_json(path, content)
