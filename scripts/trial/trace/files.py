"""The one module of this room that opens files: canonical tables as rows of text, and the shards."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from trial.study.errors import DataError
from trial.study.files import read_json, read_text, write_text

NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")
PLACE = ("FILE", "SHEET", "ROW", "COLUMN")
ASSETS = Path(__file__).parent / "page"


def read_rows(path: Path, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the texts of some columns of a canonical CSV, in the order of `names`.

    Raises
    ------
    DataError
        If a column is not there.
    """
    content = read_text(path)
    reader = csv.reader(io.StringIO(content, newline=""))
    header = next(reader, [])
    lost = [name for name in names if name not in header]
    if lost:
        raise DataError(str(path), f"expected the columns {list(names)}, missing {lost}")
    wanted = [header.index(name) for name in names]
    neutralised = "'" in content
    for row in reader:
        texts = [row[at] for at in wanted]
        yield tuple(map(_as_it_was, texts) if neutralised else texts)


def _as_it_was(text: str) -> str:
    """Return a text without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if NEUTRALISED.match(text) else text


def read_header(path: Path) -> list[str]:
    """Return the columns of a canonical CSV."""
    return next(csv.reader(io.StringIO(read_text(path), newline="")), [])


def read_texts(path: Path) -> dict[tuple[str, ...], list[list[str]]]:
    """Return the cells of every raw record, each `[role, column of the file, text]`, by place."""
    return {(file, sheet, row, column): cells for file, sheet, row, column, cells in read_json(path)}


def read_records(folder: Path) -> dict[tuple[str, str], Any]:
    """Return the record of each analysis job by its folders: analysis, and endpoint or `study`."""
    found = sorted(Path(folder).glob("*/*/record.json"))
    return {(path.parts[-3], path.parts[-2]): read_json(path) for path in found}


def write_shard(folder: Path, name: str, content: Any) -> None:
    """Write one data file of the page: a script that hands over its content, so that no server is needed."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    write_text(folder / f"{name}.js", f'trace.put("{name}",{body});\n')


def load_asset(name: str) -> str:
    """Return the text of an asset of the page."""
    return (ASSETS / name).read_text(encoding="utf-8")
