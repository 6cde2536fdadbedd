"""The one place that writes and reads the pipeline's own files, in one canonical form.

CSV: UTF-8, ``\\n``, columns in the declared order, floats as their shortest exact text (`repr`),
missing values empty. JSON: UTF-8, sorted keys, two spaces. Each file is written under a temporary
name beside its target and renamed, so that a killed run leaves no half-written output.
"""

import csv
import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trial.study.errors import DataError

if TYPE_CHECKING:  # the Snakefile uses this module at every start and must not wait for pandas
    import pandas as pd

# A spreadsheet runs a cell that starts with one of these; such a text gets an apostrophe before it, which
# reading takes away again. A text that begins with such an apostrophe itself gets one more.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces it when the block ends without error."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 with ``\\n`` line ends."""
    with replacing(path) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def write_if_changed(path: Path, text: str) -> None:
    """Write `text` unless the file already holds it: an unchanged file must not look new to Snakemake."""
    if not path.is_file() or path.read_bytes() != text.encode("utf-8"):
        write_text(path, text)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON-able value; NaN and infinities become null, since JSON has no word for them."""
    write_text(path, json_text(value))


def json_text(value: Any) -> str:
    """Return the canonical JSON text of a value."""
    return json.dumps(_jsonable(value), ensure_ascii=False, indent=2, sort_keys=True, allow_nan=False) + "\n"


def compact_json(value: Any) -> str:
    """Return JSON without spaces, keys in the order given: for files of many thousand small objects.

    `value` holds no number that JSON has no word for.
    """
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"


def read_json(path: Path) -> Any:
    """Read a JSON file of the pipeline."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def write_table(path: Path, table: "pd.DataFrame", columns: Sequence[str]) -> None:
    """Write `table` as canonical CSV with exactly `columns`, in that order.

    Raises
    ------
    DataError
        If the table's columns are not exactly the declared ones.
    """
    if set(table.columns) != set(columns):
        missing = sorted(set(columns) - set(table.columns))
        extra = sorted(set(table.columns) - set(columns))
        raise DataError(str(path), f"columns missing {missing}, not declared {extra}")
    cells = [_cells(table[name].tolist()) for name in columns]
    lines = [",".join(row) for row in (_cells(list(columns)), *zip(*cells, strict=True))]
    write_text(path, "\n".join(lines) + "\n")


def write_printed(path: Path, table: "pd.DataFrame") -> None:
    """Write a table of printed texts: every heading and cell in quotes, exactly as printed.

    A text that begins like a formula gets an apostrophe before it (`FORMULA`); a number never does.
    """
    rows = (list(table.columns), *table.itertuples(index=False, name=None))
    lines = [",".join('"' + _neutral(text).replace('"', '""') + '"' for text in row) for row in rows]
    write_text(path, "\n".join(lines) + "\n")


def read_table(path: Path, columns: Mapping[str, str]) -> "pd.DataFrame":
    """Read a canonical CSV and check it against its declared columns.

    Parameters
    ----------
    path : Path
    columns : mapping of name to kind
        Kind is ``"text"`` (missing becomes ``""``), ``"number"`` (float64) or ``"date"``
        (text kept as ISO 8601; missing ``""``).

    Raises
    ------
    DataError
        If columns differ from the declared ones or a number does not parse.
    """
    import pandas as pd

    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", skip_blank_lines=False)
    if list(table.columns) != list(columns):
        raise DataError(
            str(path),
            f"expected columns {list(columns)}, found {list(table.columns)}",
            hint="the file was made by another version of the pipeline: delete it and run again",
        )
    return _typed(path, table, columns)


def read_columns(path: Path, needed: Mapping[str, str]) -> "pd.DataFrame":
    """Read some columns of a canonical CSV, in the order of `needed` (name to kind, as in `read_table`).

    Raises
    ------
    DataError
        If a column is not there, or a number does not parse.
    """
    import pandas as pd

    with Path(path).open(encoding="utf-8", newline="") as stream:
        there = next(csv.reader(stream), [])
    absent = [name for name in needed if name not in there]
    if absent:
        raise DataError(
            str(path),
            f"expected the columns {', '.join(absent)}, found only {', '.join(there) or 'an empty file'}",
            hint="declare the column in config.yaml, or name one that is there",
        )
    table = pd.read_csv(
        path, dtype=str, keep_default_na=False, encoding="utf-8", skip_blank_lines=False, usecols=list(needed)
    )
    return _typed(path, table[list(needed)].copy(), needed)


def _typed(path: Path, table: "pd.DataFrame", columns: Mapping[str, str]) -> "pd.DataFrame":
    """Turn the columns of numbers, read as text, into numbers; give texts back as they were."""
    neutralised = b"'" in Path(path).read_bytes()
    for name, kind in columns.items():
        if kind == "text" and neutralised:
            table[name] = [text[1:] if NEUTRALISED.match(text) else text for text in table[name]]
        if kind == "number":
            try:  # Python's float reads back exactly what `repr` wrote
                table[name] = [float(text) if text else math.nan for text in table[name]]
            except ValueError as error:
                raise DataError(f"{path}, column {name}", f"expected numbers: {error}") from None
            table[name] = table[name].astype(float)
    return table


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _cells(values: list[Any]) -> list[str]:
    """Return the text of each value; a text that repeats is looked at once."""
    kinds = set(map(type, values))
    if kinds == {str}:
        known = {text: _cell(text) for text in set(values)}
        return [known[text] for text in values]
    if kinds == {float}:
        return [repr(value) if value == value else "" for value in values]
    return [_cell(value) for value in values]


def _cell(value: Any) -> str:
    if value is None or type(value).__name__ in ("NAType", "NaTType") or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(float(value))
    text = _neutral(value) if isinstance(value, str) else str(value)
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def _neutral(text: str) -> str:
    """Return a text that no spreadsheet runs: one that begins like a formula gets an apostrophe before it."""
    return f"'{text}" if FORMULA.match(text) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(item) for item in value]
    if hasattr(value, "tolist"):
        return _jsonable(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
