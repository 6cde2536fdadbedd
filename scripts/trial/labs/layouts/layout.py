"""What a layout is: one file of this folder with a `LAYOUT`, and one line in `LAYOUTS`.

The configuration reads these descriptors each time it is checked, so their modules import numpy, pandas and
the room's readers inside functions only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder

Reader = Callable[[str, "Source", "RawFolder", tuple[str, ...]], "list[RawRecords]"]
# Table types whose rows and columns stand under header texts.
GRIDS = ("delimited", "workbook", "sas", "dataset-json")


@dataclass(frozen=True)
class Layout:
    """One layout: how it is read and what a source of it must and must not declare.

    Parameters
    ----------
    read : callable
        `(name, source, raw, vocabulary)` to the raw records of every file of the source.
    tables : tuple of str
        The table types that it can stand in.
    columns : mapping of str to str
        Header texts that the layout itself gives to roles; the source's own `columns` come on top.
    optional : frozenset of str
        Roles of `columns` whose column may be absent.
    requires : tuple of str
        Roles that `columns` or `fixed` must give.
    fills : frozenset of str
        Roles that are filled without a declared column.
    measures : bool
        The source declares one measure per value column.
    join : {"never", "may", "must"}
        Whether a second file may or must give patients and times.
    """

    read: Reader
    tables: tuple[str, ...] = GRIDS
    columns: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    requires: tuple[str, ...] = ()
    fills: frozenset[str] = frozenset()
    measures: bool = False
    join: Literal["never", "may", "must"] = "never"

    def problems(self, source: Source) -> Iterator[str]:
        """Yield what of a source does not fit its layout."""
        name = f"layout '{source.layout}'"
        if source.table.type not in self.tables:
            known = " or ".join(f"'{one}'" for one in self.tables)
            yield f"table.type: {name} stands in {known}, not in '{source.table.type}'"
        if self.measures and not source.measures:
            yield f"measures: {name} needs one entry per value column"
        if source.measures and not self.measures:
            yield f"measures: they do not belong to {name}"
        if self.join == "must" and source.join is None:
            yield f"join: {name} needs the file that gives patients and times"
        if self.join == "never" and source.join is not None:
            yield f"join: it does not belong to {name}"
        for role in self.requires:
            if role not in source.columns and role not in source.fixed:
                yield f"columns.{role}: required in {name}"
        if "message" not in self.tables:
            yield from self._problems_of_subject(source)
            return
        if source.columns:
            yield f"columns: {name} has no header texts; roles that its files lack stand in fixed"
        if source.subject.place != "column":
            yield f"subject.place: in {name} it is 'column'"

    def _problems_of_subject(self, source: Source) -> Iterator[str]:
        place = source.subject.place
        given = "subject" in source.columns or "subject" in source.fixed
        if place == "column" and not given and "subject" not in self.columns:
            yield "columns.subject: required, because subject.place is 'column'"
        if place != "column" and given:
            yield f"columns.subject: it does not belong beside subject.place '{place}'"
        if place == "sheet" and source.table.type != "workbook":
            yield "subject.place: only a workbook has sheets"
        if place == "cell" and source.table.type not in ("delimited", "workbook"):
            yield f"subject.place: a table of type '{source.table.type}' has no cell above its header"
