"""Records from tables: one per row (long), or one per row and value column (wide)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from trial.labs.columns import Column, constant
from trial.labs.config import Measure, Source
from trial.labs.grid import Wanted
from trial.labs.layouts.layout import Layout
from trial.labs.layouts.tables import Table, read_tables
from trial.labs.raw import RawRecords, make_records
from trial.study.raw_files import RawFolder


def read_long(
    name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...], layout: Layout
) -> Iterator[RawRecords]:
    """Yield the records of each table, one per row."""
    columns = _columns(source, layout)
    for table in read_tables(name, source, raw, _wanted(source, layout, columns.values()), vocabulary):
        grid = table.grid
        roles = {role: grid.columns[text] for role, text in columns.items() if text in grid.columns}
        records = make_records(
            roles | _fixed_roles(source, table, len(grid.row)), grid.row, file=grid.file, sheet=grid.sheet,
            rule=grid.rule, identifiers=_identifiers(source, table),
        )  # fmt: skip
        yield replace(records, notes=table.notes)


def read_wide(
    name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...], layout: Layout
) -> Iterator[RawRecords]:
    """Yield the records of each table and measure."""
    columns = _columns(source, layout)
    own = [text for measure in source.measures for text in (measure.result, *measure.columns.values())]
    wanted = _wanted(source, layout, [*columns.values(), *own])
    for table in read_tables(name, source, raw, wanted, vocabulary):
        for at, measure in enumerate(source.measures):
            records = _read_measure(source, table, measure, columns)
            yield replace(records, notes=table.notes if at == 0 else ())


def _columns(source: Source, layout: Layout) -> dict[str, str]:
    """Return the header text of each role: the layout's own, then the declared ones."""
    own = {role: text for role, text in layout.columns.items() if role not in source.fixed}
    if source.subject.place != "column":
        own.pop("subject", None)
    return own | {str(role): text for role, text in source.columns.items()}


def _wanted(source: Source, layout: Layout, texts: Any) -> Wanted:
    """Return which columns are read, which of them may be absent, and which hold results."""
    optional = {
        layout.columns[role]
        for role in layout.optional
        if role in layout.columns and role not in source.columns
    }
    results = {measure.result for measure in source.measures}
    results |= {source.columns[role] for role in ("result", "qualifier") if role in source.columns}
    results |= {layout.columns["result"]} if "result" in layout.columns else set()
    return Wanted((*texts, *source.identifiers), frozenset(optional), frozenset(results))


def _read_measure(source: Source, table: Table, measure: Measure, shared: Mapping[str, str]) -> RawRecords:
    """Return one record per data row: the value column of one measure."""
    grid = table.grid
    n = len(grid.row)
    own: Mapping[Any, str] = measure.columns
    columns: dict[str, str] = {**shared, **own, "result": measure.result}
    roles = {role: grid.columns[text] for role, text in columns.items() if text in grid.columns}
    roles["analyte"] = constant(measure.analyte, n)
    for role, text in (
        ("unit", measure.unit), ("visit", measure.visit or None), ("collected", measure.collected_on or None)
    ):  # fmt: skip
        if text is not None:
            roles[role] = constant(text, n)
    fixed = _fixed_roles(source, table, n)
    return make_records(
        fixed | roles, grid.row, file=grid.file, sheet=grid.sheet, column=measure.result,
        rule=grid.rule, identifiers=_identifiers(source, table),
    )  # fmt: skip


def _fixed_roles(source: Source, table: Table, length: int) -> dict[str, Column]:
    """Return the roles that no column holds: fixed ones, the sheet's visit, the sheet's subject."""
    roles: dict[str, Column] = {role: constant(text, length) for role, text in source.fixed.items()}
    if table.visit:
        roles["visit"] = constant(table.visit, length)
    if table.subject is not None:
        roles["subject"] = table.subject
    return roles


def _identifiers(source: Source, table: Table) -> frozenset[str]:
    """Return every text of the columns that are declared as identifiers."""
    found: set[str] = set()
    for text in source.identifiers:
        if text in table.grid.columns:
            found.update(table.grid.columns[text].texts)
    return frozenset(found)
