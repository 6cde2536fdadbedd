"""Dataset-JSON 1.1 (CDISC): one JSON object, NDJSON, or NDJSON compressed (.dsjc), as text cells.

The published schema checks no cell, so what the cells must be is checked here.
"""

import json
import zlib
from typing import Any

import numpy as np

from trial.labs.grid import Grid, Wanted, collect
from trial.study.errors import DataError

NUMERIC = ("integer", "float", "double", "decimal")
MOST_BYTES = 2_000_000_000


def read_dataset_json(data: bytes, name: str, wanted: Wanted, decimal: str) -> Grid:
    """Return the wanted columns; the names of the variables are the header, and row 2 is the first record.

    Raises
    ------
    DataError
        If the file is no Dataset-JSON, or has another number of records, or of values in one, than it says.
    """
    meta, rows = _parse(_inflate(data, name), name)
    columns = meta.get("columns")
    if not isinstance(columns, list) or not all(isinstance(c, dict) and "name" in c for c in columns):
        raise DataError(name, "no 'columns' with names", hint="is this a Dataset-JSON 1.1 file?")
    if meta.get("records") != len(rows):
        raise DataError(
            name, f"the file says {meta.get('records')} records and holds {len(rows)}",
            hint="the export is incomplete: ask for it again",
        )  # fmt: skip
    kinds = [str(column.get("dataType", "string")) for column in columns]
    cells = [[str(column["name"]) for column in columns]]
    for at, row in enumerate(rows, 2):
        if not isinstance(row, list) or len(row) != len(kinds):
            raise DataError(
                f"{name}, row {at}", f"a record needs {len(kinds)} values",
                hint="ask for the export again",
            )  # fmt: skip
        cells.append([_text(value, kind, decimal) for value, kind in zip(row, kinds, strict=True)])
    return collect(iter([(np.arange(1, len(cells) + 1), cells)]), name, (name, ""), (1,), wanted)


def _inflate(data: bytes, name: str) -> str:
    """Return the text; a .dsjc is a zlib stream by the specification and gzip in CDISC's own examples."""
    if data[:1] == b"\x78" or data[:2] == b"\x1f\x8b":
        stream = zlib.decompressobj(47)
        try:
            data = stream.decompress(data, MOST_BYTES)
        except zlib.error:
            raise DataError(name, "the compressed file is damaged", hint="ask for it again") from None
        if stream.unconsumed_tail or not stream.eof:
            raise DataError(name, "the compressed file is incomplete or too large", hint="ask for it again")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(name, "not UTF-8", hint="Dataset-JSON is always in UTF-8: ask for it again") from None


def _parse(text: str, name: str) -> tuple[dict[str, Any], list[Any]]:
    lines = text.splitlines()
    try:
        if len(lines) > 1 and '"rows"' not in lines[0] and lines[0].rstrip().endswith("}"):
            meta, *rows = (_loads(line) for line in lines if line.strip())
        else:
            meta = _loads(text)
            rows = meta.pop("rows", []) if isinstance(meta, dict) else []
    except (ValueError, RecursionError) as error:
        row = getattr(error, "lineno", 1)
        raise DataError(f"{name}, row {row}", "not JSON", hint="is this a Dataset-JSON 1.1 file?") from None
    if not isinstance(meta, dict) or not isinstance(rows, list):
        raise DataError(name, "not a data set", hint="is this a Dataset-JSON 1.1 file?")
    return meta, rows


def _loads(text: str) -> Any:
    """Return parsed JSON; numbers stay as they are printed."""
    return json.loads(text, parse_float=str)


def _text(value: Any, kind: str, decimal: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (dict, list)):
        return json.dumps(value)
    text = str(value)
    # A decimal is text with a point, and may have commas between its thousands.
    return text.replace(",", "").replace(".", decimal) if kind in NUMERIC else text
