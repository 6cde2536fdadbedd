"""Raw records: what every layout gives, one per result cell, text only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import get_args

import numpy as np

from trial.labs.columns import Column, column_of, concatenate, constant
from trial.labs.config_tables import Role

# The roles a layout may fill; those it does not are empty text.
ROLES: tuple[str, ...] = get_args(Role)


@dataclass(frozen=True)
class Note:
    """Something about a whole file or sheet that the site is asked about."""

    rule: str
    file: str
    sheet: str
    found: str


@dataclass(frozen=True)
class RawRecords:
    """Raw records of one source.

    Parameters
    ----------
    roles : mapping of role to Column
        Every role of `ROLES`, each with n rows.
    file, sheet, column : Column
        Where the cell stands; `column` is empty for layouts with one result per row.
    row : ndarray of int, shape (n,)
        1-based physical row.
    rule : Column
        A rule code where the row itself is no result (heading, wrong number of cells), else empty.
    notes : tuple of Note
    identifiers : frozenset of str
        Texts of the columns declared as identifiers.
    """

    roles: Mapping[str, Column]
    file: Column
    sheet: Column
    column: Column
    row: np.ndarray
    rule: Column
    notes: tuple[Note, ...] = ()
    identifiers: frozenset[str] = field(default_factory=frozenset)

    def __len__(self) -> int:
        """Return the number of raw records."""
        return len(self.row)


def make_records(
    roles: Mapping[str, Column],
    row: np.ndarray,
    *,
    file: str,
    sheet: str = "",
    column: str = "",
    rule: Column | None = None,
    identifiers: frozenset[str] = frozenset(),
) -> RawRecords:
    """Return records of one file or sheet, roles that the layout does not fill being empty."""
    n = len(row)
    full = {role: roles.get(role, constant("", n)) for role in ROLES}
    return RawRecords(
        full, constant(file, n), constant(sheet, n), constant(column, n), row,
        rule or constant("", n), (), identifiers,
    )  # fmt: skip


def from_dicts(
    dicts: Sequence[Mapping[str, str]],
    rows: Iterable[int],
    file: str,
    identifiers: frozenset[str] = frozenset(),
) -> RawRecords:
    """Return records given one by one (layouts that are read element by element).

    `column` tells several records of one row apart; `rule` says why a record is no result.
    """
    roles = {role: column_of(item.get(role, "") for item in dicts) for role in ROLES}
    rule = column_of(item.get("rule", "") for item in dicts)
    places = np.array(list(rows), dtype=np.int64)
    records = make_records(roles, places, file=file, rule=rule, identifiers=identifiers)
    return replace(records, column=column_of(item.get("column", "") for item in dicts))


def join_records(parts: Sequence[RawRecords], notes: Iterable[Note] = ()) -> RawRecords:
    """Return the records of several files, sheets or measures as one."""
    return RawRecords(
        {role: concatenate([part.roles[role] for part in parts]) for role in ROLES},
        concatenate([part.file for part in parts]),
        concatenate([part.sheet for part in parts]),
        concatenate([part.column for part in parts]),
        np.concatenate([part.row for part in parts]) if parts else np.empty(0, dtype=np.int64),
        concatenate([part.rule for part in parts]),
        (*(note for part in parts for note in part.notes), *notes),
        frozenset().union(*(part.identifiers for part in parts)),
    )
