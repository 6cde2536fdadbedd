"""The one place that writes and reads the pipeline's own files, in one canonical form.

CSV: UTF-8, ``\\n``, columns in the declared order, floats as their shortest exact text (`repr`),
missing values empty. JSON: UTF-8, sorted keys, two spaces. Each file is written under a temporary
name beside its target and renamed, so that a killed run leaves no half-written output; how it was written
stands in the ledger of its folder (`ledger.py`), and a file that is not so any more is not read.
"""

import csv
import errno
import hashlib
import io
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trial.study.errors import DataError, FileError
from trial.study.ledger import NAME, Ledger, Written, forget, ledger_of

if TYPE_CHECKING:  # the Snakefile uses this module at every start and must not wait for pandas
    import pandas as pd

# A spreadsheet runs a cell that starts with one of these; such a text gets an apostrophe before it, which
# reading takes away again. A text that begins with such an apostrophe itself gets one more.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")
# How pandas reads every cell as the text that was written.
AS_WRITTEN: dict[str, Any] = {
    "dtype": str, "keep_default_na": False, "encoding": "utf-8", "skip_blank_lines": False,
}  # fmt: skip
GO_ON = "run `make results` again: what was finished is kept"
AGAIN = "run `make results` again, which makes it anew (or delete it and run snakemake)"


@contextmanager
def replacing(path: Path, rows: int | None = None) -> Iterator[Path]:
    """Yield a temporary path beside `path` that replaces it when the block ends without error.

    Parameters
    ----------
    path : Path
    rows : int, optional
        Data rows, where the file is a table: they stand in the ledger.

    Raises
    ------
    FileError
        If the file cannot be written: the disk is full, the folder read-only. What stood there still does.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        if ledger := ledger_of(path):
            ledger.record(path, Written(sha256(temporary), temporary.stat().st_size, rows))
        temporary.replace(path)
    except OSError as error:
        raise unwritten(path, error) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def begin_ledger(folder: Path) -> None:
    """Have every file that is written below `folder` from now on remembered as it was written.

    Raises
    ------
    FileError
        If the folder cannot be written.
    """
    try:
        Ledger(Path(folder).absolute()).begin()
    except OSError as error:
        raise unwritten(folder / NAME, error) from None


def unwritten(path: Path, error: OSError) -> FileError:
    """Return the error of a file that could not be written: why, and what to do."""
    reason = f"cannot be written: {error.strerror or error}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FileError(str(path), reason, hint=f"free some space on that disk and {GO_ON}")
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return FileError(str(path), reason, hint=f"make the folder {Path(path).parent} writable and {GO_ON}")
    return FileError(str(path), reason, hint=f"remove the cause and {GO_ON}")


def remove(path: Path) -> None:
    """Remove a file of the pipeline's own, and the word of it."""
    forget([path])
    Path(path).unlink(missing_ok=True)


def write_text(path: Path, text: str, rows: int | None = None) -> None:
    """Write `text` as UTF-8 with ``\\n`` line ends; `rows` are those of a table."""
    with replacing(path, rows) as temporary:
        temporary.write_bytes(text.encode("utf-8"))


def write_if_changed(path: Path, text: str) -> None:
    """Write `text` unless the file already holds it: an unchanged file must not look new to Snakemake."""
    content = text.encode("utf-8")
    if not path.is_file() or path.read_bytes() != content:
        write_text(path, text)
    elif (ledger := ledger_of(path)) and _difference(ledger, path, content) != "":
        ledger.record(path, Written(hashlib.sha256(content).hexdigest(), len(content)))


def read_bytes(path: Path) -> bytes:
    """Return the content of a file of the pipeline's own.

    Raises
    ------
    FileError
        If it is not there, cannot be read, or is not as it was written.
    """
    try:
        content = Path(path).read_bytes()
        ledger = ledger_of(path)
        difference = _difference(ledger, path, content) if ledger else ""
    except FileNotFoundError:
        raise FileError(str(path), "expected this file of the results, found none", hint=AGAIN) from None
    except OSError as error:
        raise FileError(
            str(path), f"cannot be read: {error.strerror or error}", hint=f"make it readable and {GO_ON}"
        ) from None
    if difference:
        raise FileError(str(path), f"not as it was written: {difference}", hint=AGAIN)
    return content


def _difference(ledger: Ledger, path: Path, content: bytes) -> str | None:
    """Return in what the content of a file differs from what was written; None where nothing is known."""
    written = ledger.get(path)
    return written.difference(content) if written else None


def read_text(path: Path) -> str:
    """Return the text of a file of the pipeline's own (`read_bytes`)."""
    with readable(path):
        return read_bytes(path).decode("utf-8")


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say what is to be done about a file of which no ledger knows anything and that makes no sense."""
    try:
        yield
    except ValueError as error:
        raise FileError(str(path), f"cannot be read: {error}", hint=AGAIN) from None


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
    with readable(path):
        return json.loads(read_bytes(path))


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
    write_text(path, "\n".join(lines) + "\n", len(table))


def write_printed(path: Path, table: "pd.DataFrame") -> None:
    """Write a table of printed texts: every heading and cell in quotes, exactly as printed.

    A text that begins like a formula gets an apostrophe before it (`FORMULA`); a number never does.
    """
    rows = (list(table.columns), *table.itertuples(index=False, name=None))
    lines = [",".join('"' + _neutral(text).replace('"', '""') + '"' for text in row) for row in rows]
    write_text(path, "\n".join(lines) + "\n", len(table))


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

    content = read_bytes(path)
    with readable(path):
        table = pd.read_csv(io.BytesIO(content), **AS_WRITTEN)
    if list(table.columns) != list(columns):
        raise DataError(
            str(path),
            f"expected columns {list(columns)}, found {list(table.columns)}",
            hint="the file was made by another version of the pipeline: delete it and run again",
        )
    return _typed(path, content, table, columns)


def read_tables(paths: Sequence[Path], columns: Mapping[str, str]) -> "pd.DataFrame":
    """Read canonical CSVs of the same columns as one table, in the order given (`read_table`).

    They are parsed in one piece: of hundreds of small files most of the time goes to beginning anew.

    Raises
    ------
    DataError
        As for each of them by itself.
    """
    import pandas as pd

    head = (",".join(columns) + "\n").encode("utf-8")
    contents = [read_bytes(path) for path in paths]
    if contents and all(content.startswith(head) and content.endswith(b"\n") for content in contents):
        whole = head + b"".join(content[len(head) :] for content in contents)
        with suppress(ValueError, DataError):  # whichever it is in says so below
            return _typed(paths[0], whole, pd.read_csv(io.BytesIO(whole), **AS_WRITTEN), columns)
    return pd.concat([read_table(path, columns) for path in paths], ignore_index=True)


def read_columns(path: Path, needed: Mapping[str, str]) -> "pd.DataFrame":
    """Read some columns of a canonical CSV, in the order of `needed` (name to kind, as in `read_table`).

    Raises
    ------
    DataError
        If a column is not there, or a number does not parse.
    """
    import pandas as pd

    content = read_bytes(path)
    with readable(path):
        there = next(csv.reader([content.partition(b"\n")[0].decode("utf-8")]), [])
    absent = [name for name in needed if name not in there]
    if absent:
        raise DataError(
            str(path),
            f"expected the columns {', '.join(absent)}, found only {', '.join(there) or 'an empty file'}",
            hint="declare the column in config.yaml, or name one that is there",
        )
    with readable(path):
        table = pd.read_csv(io.BytesIO(content), usecols=list(needed), **AS_WRITTEN)
    return _typed(path, content, table, needed)


def _typed(path: Path, content: bytes, table: "pd.DataFrame", columns: Mapping[str, str]) -> "pd.DataFrame":
    """Return the columns, read as text, with numbers as numbers and texts as they were."""
    import numpy as np
    import pandas as pd

    neutralised = b"'" in content
    # All at once: to put one column after the other into a table takes pandas longer than to read the file.
    typed: dict[str, Any] = {}
    for name, kind in columns.items():
        typed[name] = table[name]
        if kind == "text" and neutralised:
            typed[name] = [text[1:] if NEUTRALISED.match(text) else text for text in table[name].tolist()]
        if kind == "number":
            try:  # Python's float reads back exactly what `repr` wrote
                numbers = [float(text) if text else math.nan for text in table[name].tolist()]
            except ValueError as error:
                raise DataError(f"{path}, column {name}", f"expected numbers: {error}") from None
            typed[name] = np.array(numbers, dtype=float)
    return pd.DataFrame(typed, index=table.index)


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_as_written(path: Path) -> str:
    """Return the SHA-256 of a file of the pipeline's own, which is refused if it is not as it was written."""
    return hashlib.sha256(read_bytes(path)).hexdigest()


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
