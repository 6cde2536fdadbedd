"""Records from files with a structure of their own: each file is parsed whole, element by element."""

from collections.abc import Callable, Mapping
from typing import Any

from trial.labs.config import Message, Source
from trial.labs.files import find_files, read_text
from trial.labs.raw import RawRecords, from_dicts
from trial.study.errors import DataError
from trial.study.raw_files import RawFolder

Parsed = tuple[list[dict[str, str]], list[int]]


def read_messages(
    name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...],
    parse: Callable[[str, str], Parsed], nothing: tuple[str, str], identifiers: frozenset[str] = frozenset(),
) -> list[RawRecords]:  # fmt: skip
    """Return the records of every file of the source.

    Parameters
    ----------
    parse : callable
        `(text, file)` to (records, row of each).
    nothing : (str, str)
        What is said, and what to do, when a file holds no record.
    """
    parts = []
    for file in find_files(raw, source.files, f"sources.{name}.files"):
        records, rows = parse(read_text(file, encoding_of(source), vocabulary), file.name)
        if not records:
            raise DataError(file.name, nothing[0], hint=nothing[1])
        parts.append(from_dicts(records, rows, file.name, identifiers))
    return parts


def encoding_of(source: Source) -> str:
    """Return the encoding of the files of a message layout."""
    assert isinstance(source.table, Message)
    return source.table.encoding


def with_fixed(records: list[dict[str, str]], fixed: Mapping[Any, str]) -> list[dict[str, str]]:
    """Return records with the source's fixed roles, which count where a record says nothing."""
    return [
        {**record, **{role: text for role, text in fixed.items() if not record.get(role)}}
        for record in records
    ]
