"""Wide layout: one row per subject (or visit), one value column per analyte, visit or date."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from trial.labs.columns import constant
from trial.labs.config import Measure, Source
from trial.labs.layouts.long import fixed_roles, identifiers_of
from trial.labs.layouts.tables import Table, read_tables
from trial.labs.raw import RawRecords, make_records


def read(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every measure of every table of the source."""
    return list(read_wide(name, source, raw_dir, vocabulary, source.columns))


def read_wide(
    name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...], columns: Mapping[Any, str]
) -> Iterator[RawRecords]:
    """Yield the records of each table and measure; `columns` are the roles that all measures share."""
    own = [text for measure in source.measures for text in (measure.result, *measure.columns.values())]
    wanted = [*columns.values(), *own, *source.identifiers]
    for table in read_tables(name, source, raw_dir, wanted, vocabulary):
        for at, measure in enumerate(source.measures):
            records = _read_measure(source, table, measure, columns)
            yield replace(records, notes=table.notes if at == 0 else ())


def _read_measure(source: Source, table: Table, measure: Measure, shared: Mapping[Any, str]) -> RawRecords:
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
    fixed = fixed_roles(source, table, n)
    return make_records(
        fixed | roles, grid.row, file=grid.file, sheet=grid.sheet, column=measure.result,
        rule=grid.rule, identifiers=identifiers_of(source, table),
    )  # fmt: skip
