"""What a define.xml is made of and held against: the finished run, and the written transport files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trial.delivery.config import DeliverySpec
from trial.delivery.reading import Result, read_results
from trial.export.define_reading import Column, DataFile
from trial.export.define_results import Display, displays_of, primary_results
from trial.export.files import write_bytes
from trial.study.errors import DataError
from trial.study.files import read_bytes, read_json
from trial.study.load import read_slice

# Where the export keeps the displays of its primary results, and all results.
DISPLAYS, RESULTS = "displays", "ard.csv"
# Numbers of a column with more different ones are no codes.
_CODES = 1000


@dataclass(frozen=True)
class Finished:
    """What a finished run says of its primary results.

    Attributes
    ----------
    spec : DeliverySpec
    results : tuple of Result
        Of the primary analyses, in the order of ard.csv.
    displays : tuple of Display
    recorded : mapping
        What each primary analysis recorded of its endpoint, by both names.
    """

    spec: DeliverySpec
    results: tuple[Result, ...]
    displays: tuple[Display, ...]
    recorded: Mapping[tuple[str, str], Mapping[str, Any]]


def read_finished(results: Path) -> Finished:
    """Read the primary results of a finished run, their outputs, and what their analyses recorded.

    Raises
    ------
    DataError
        If no output of the catalogue is made of a primary analysis: its results could be described nowhere.
    """
    spec = read_slice(results / "spec" / "deliver.json", DeliverySpec)
    rows = [row for same in read_results(results / RESULTS).values() for row in same]
    primary = primary_results(rows, spec)
    if nowhere := sorted(
        {f"{row.analysis} of {row.endpoint or 'study'}" for row in primary if not row.output}
    ):
        hint = "add an output of it to the section outputs (a model_table), then make results"
        raise DataError(
            "outputs", "the primary analysis has no output, which define.xml would name", nowhere, hint
        )
    names = dict.fromkeys(row.output for row in primary)
    entries = {name: read_json(results / "outputs" / f"{name}.json") for name in names}
    places = dict.fromkeys((row.analysis, row.endpoint or "study") for row in primary)
    recorded = {
        (analysis, place): read_json(results / "analyses" / analysis / place / "record.json")
        for analysis, place in places
    }
    return Finished(spec, tuple(primary), tuple(displays_of(primary, entries)), recorded)


def copy_displays(results: Path, displays: Iterable[Display], folder: Path) -> None:
    """Copy the displays, and all results in full digits, into the export."""
    for display in displays:
        write_bytes(folder / DISPLAYS / display.file, read_bytes(results / display.folder / display.file))
    write_bytes(folder / DISPLAYS / RESULTS, read_bytes(results / RESULTS))


def read_data_file(path: Path) -> DataFile:
    """Return a data set as its transport file has it."""
    import pyreadstat

    table, meta = pyreadstat.read_xport(path, disable_datetime_conversion=True)
    columns = []
    for name, label in zip(meta.column_names, meta.column_labels, strict=True):
        numeric = meta.readstat_variable_types[name] == "double"
        found = set(table[name].dropna().unique())
        if not numeric:
            values = frozenset(map(str, found))
        elif len(found) <= _CODES and all(float(number).is_integer() for number in found):
            values = frozenset(str(int(number)) for number in found)
        else:
            values = frozenset()
        form = (meta.original_variable_types[name] or "").rstrip(".")
        columns.append(Column(name, label or "", numeric, meta.variable_storage_width[name], form, values))
    return DataFile(meta.table_name or "", meta.file_label or "", tuple(columns))
