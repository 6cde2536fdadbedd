"""Long layout: one row per result, one column per role."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trial.labs.columns import Column, constant
from trial.labs.config import Source
from trial.labs.layouts.tables import Table, read_tables
from trial.labs.raw import RawRecords, make_records


def read(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every table of the source."""
    return list(read_long(name, source, raw_dir, vocabulary, source.columns))


def read_long(
    name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...], columns: Mapping[Any, str]
) -> Iterator[RawRecords]:
    """Yield records with `columns` (role to header text) as the column map."""
    wanted = [*columns.values(), *source.identifiers]
    for table in read_tables(name, source, raw_dir, wanted, vocabulary):
        grid = table.grid
        roles = {role: grid.columns[text] for role, text in columns.items() if text in grid.columns}
        records = make_records(
            roles | fixed_roles(source, table, len(grid.row)), grid.row, file=grid.file, sheet=grid.sheet,
            rule=grid.rule, identifiers=identifiers_of(source, table),
        )  # fmt: skip
        yield replace(records, notes=table.notes)


def fixed_roles(source: Source, table: Table, length: int) -> dict[str, Column]:
    """Return the roles that no column holds: fixed ones, the sheet's visit, the sheet's subject."""
    roles: dict[str, Column] = {role: constant(text, length) for role, text in source.fixed.items()}
    if table.visit:
        roles["visit"] = constant(table.visit, length)
    if table.subject is not None:
        roles["subject"] = table.subject
    return roles


def identifiers_of(source: Source, table: Table) -> frozenset[str]:
    """Return every text of the columns that are declared as identifiers."""
    found: set[str] = set()
    for text in source.identifiers:
        if text in table.grid.columns:
            found.update(table.grid.columns[text].texts)
    return frozenset(found)
