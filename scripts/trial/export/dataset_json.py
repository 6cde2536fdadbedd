"""CDISC Dataset-JSON 1.1: one object (.json), one line per record (.ndjson), and that compressed (.dsjc).

UTF-8: text stands as it was collected. Dates are ISO text of which a receiver makes SAS numbers. CDISC's
schema looks at no cell, so `faults` does, at every export.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trial.export.datasets import Column, Exported
from trial.export.files import write_bytes
from trial.export.oids import group_oid, item_oid, metadata_oid, study_oid
from trial.export.package import Export
from trial.export.transliteration import to_ascii
from trial.study.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

FOLDER, VERSION, COMPRESSION = "dataset-json", "1.1.0", 9
TIMES = ("date", "datetime", "time")
DATA_TYPES = {"text": "string", "integer": "integer", "float": "float", "date": "date"}


def write(export: Export, folder: Path) -> None:
    """Write every data set three times, `dataset-json/<name>.json`, `.ndjson` and `.dsjc`.

    Raises
    ------
    DataError
        If what was written is not what the format asks for.
    """
    for dataset in export.datasets:
        head = metadata(export, dataset)
        rows = list(records(dataset, export.tables[dataset.name]))
        path = folder / FOLDER / dataset.name.lower()
        if found := faults(head | {"rows": rows}):
            raise DataError(str(path.with_suffix(".json")), "not what Dataset-JSON 1.1 asks for", found)
        lines = b"".join(line(item) for item in (head, *rows))
        write_bytes(path.with_suffix(".json"), line(head | {"rows": rows}))
        write_bytes(path.with_suffix(".ndjson"), lines)
        write_bytes(path.with_suffix(".dsjc"), zlib.compress(lines, COMPRESSION))


def line(value: Any) -> bytes:
    """Return compact JSON as a line of UTF-8; a number that JSON has no word for is an error."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return f"{text}\n".encode()


def metadata(export: Export, dataset: Exported) -> dict[str, Any]:
    """Return what a file says of itself, in the order of the specification, without the records."""
    study = export.study.study
    return {
        "datasetJSONCreationDateTime": export.cut.isoformat(),
        "datasetJSONVersion": VERSION,
        "originator": study.sponsor,
        "studyOID": study_oid(study.id),
        "metaDataVersionOID": metadata_oid(study.id),
        "metaDataRef": "../datasets/define.xml",
        "itemGroupOID": group_oid(dataset.name),
        "records": len(export.tables[dataset.name]),
        "name": dataset.name,
        "label": to_ascii(dataset.label),
        "columns": [_column(dataset, column) for column in dataset.columns],
    }


def _column(dataset: Exported, column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "itemOID": item_oid(dataset.name, column.name),
        "name": column.name,
        "label": to_ascii(column.label),
        "dataType": DATA_TYPES[column.type],
    }
    if column.type == "date":
        found |= {"targetDataType": "integer", "displayFormat": column.display_format}
    if column.type == "text":
        found["length"] = column.length
    if column.name in dataset.keys:
        found["keySequence"] = dataset.keys.index(column.name) + 1
    return found


def records(dataset: Exported, table: "pd.DataFrame") -> Iterator[list[Any]]:
    """Yield the records: missing text is empty, as ADaM knows no other; anything else missing is null."""
    columns = [_values(column, table[column.name].tolist()) for column in dataset.columns]
    yield from (list(row) for row in zip(*columns, strict=True))


def _values(column: Column, values: list[Any]) -> list[Any]:
    if column.type == "text":
        return values
    if column.type == "date":
        return [value or None for value in values]
    if column.type == "integer":
        return [None if value != value else int(value) if value == int(value) else value for value in values]
    return [None if value != value else value for value in values]


def faults(document: Mapping[str, Any]) -> list[str]:
    """Return what CDISC's schema does not see: cells, length of records, names that stand twice."""
    columns, rows = document["columns"], document.get("rows", [])
    found = [
        f"columns: two of one {key}"
        for key in ("name", "itemOID")
        if len({column[key] for column in columns}) < len(columns)
    ]
    found += [
        f"{column['name']}: targetDataType integer goes with dates"
        for column in columns
        if column.get("targetDataType") == "integer" and column["dataType"] not in TIMES
    ]
    keys = sorted(column["keySequence"] for column in columns if "keySequence" in column)
    if keys != list(range(1, len(keys) + 1)):
        found.append("keySequence: not 1, 2, 3 and so on")
    if document["records"] != len(rows):
        found.append(f"records: {document['records']} said, {len(rows)} there")
    for number, row in enumerate(rows, 1):
        if len(row) != len(columns):
            found.append(f"record {number}: {len(row)} values for {len(columns)} variables")
            continue
        found += [
            f"record {number}, {column['name']}: {value!r} is no {column['dataType']}"
            for column, value in zip(columns, row, strict=True)
            if not _fits(column["dataType"], value)
        ]
    return found


def _fits(kind: str, value: Any) -> bool:
    """Return whether a cell may stand under a data type."""
    if kind == "string":
        return isinstance(value, str)
    if value is None:
        return True
    if kind == "date":
        return isinstance(value, str) and _is_date(value)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole or (kind == "float" and isinstance(value, float))


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
