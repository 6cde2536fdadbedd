"""The order of the visits: as given, or evident from their labels; and which of them nobody attended."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mmrm.asked import read_several
from mmrm.checks import Roles
from mmrm.columns import list_levels
from mmrm.errors import DataError, RequestError, list_offenders
from mmrm.linalg import Ints

# A minus counts as a sign only where it cannot be a hyphen: at the start, or after a space.
_NUMBER = re.compile(r"(?:(?<=\s)|^)-?\d+(?:\.\d+)?|\d+(?:\.\d+)?")


@dataclass(frozen=True)
class VisitOrder:
    """Visits in the study's order.

    Attributes
    ----------
    planned : tuple
        Every visit of the order.
    attended : tuple
        Those with an observed response.
    doubt : str
        Why the order may not be the study's, where it was neither given nor evident; else empty.
    """

    planned: tuple[Any, ...]
    attended: tuple[Any, ...]
    doubt: str

    @property
    def skipped(self) -> tuple[Any, ...]:
        """Visits of the order that nobody attended."""
        return tuple(visit for visit in self.planned if visit not in set(self.attended))

    @property
    def places(self) -> tuple[int, ...] | None:
        """Places of the attended visits in the order, from 0; None when no visit inside was skipped."""
        found = [self.planned.index(visit) for visit in self.attended]
        steps = tuple(place - found[0] for place in found)
        return None if steps == tuple(range(len(steps))) else steps


def order_visits(
    frame: pd.DataFrame, roles: Roles, visits: Sequence[Any] | None, is_text: bool
) -> VisitOrder:
    """Visit order: as given, else the categorical order, else sorted. All count as attended so far.

    ``is_text`` tells categories that code a column of text from the caller's own.

    Raises
    ------
    RequestError
        An order that is no sequence, or names a visit twice.
    DataError
        A visit that is not in the order.
    """
    column = frame[roles.visit]
    order, doubt = list_levels(column), ""
    if visits is not None:
        order = _read_order(visits)
    elif isinstance(column.dtype, pd.CategoricalDtype) and not is_text:
        alphabetical = list(order) == sorted(order, key=str)
        doubt = _doubt(order, trusted=bool(column.dtype.ordered)) if alphabetical else ""
    elif is_text or column.dtype == object:
        doubt = _doubt(order)
    known = set(order)
    unknown = [value for value in column.unique().tolist() if value not in known]
    if unknown:
        who = frame.loc[~column.isin(list(order)), roles.subject]
        show = repr if set(map(str, unknown)) & set(map(str, order)) else str
        raise DataError(
            f"data, column {roles.visit}: expected visits {', '.join(map(show, order))}, found "
            f"{list_offenders(sorted(map(show, unknown)))} in subjects "
            f"{list_offenders(sorted(set(map(str, who))))}; add the visit to the order or remove its rows"
        )
    return VisitOrder(order, order, doubt)


def _read_order(visits: Sequence[Any]) -> tuple[Any, ...]:
    order = tuple(read_several("visits", visits))
    if not order or any(bool(pd.isna(visit)) for visit in order if not isinstance(visit, tuple)):
        raise RequestError(f"visits: expected labels of visits, found {list_offenders(order)}")
    if len(set(order)) != len(order):
        raise RequestError(f"visits: expected each visit once, found {list_offenders(order)}")
    return order


def _doubt(order: tuple[Any, ...], trusted: bool = False) -> str:
    """Why text in alphabetical order may not be in the study's order.

    Evident are labels of one wording with one number or more that rise, and single letters. Two visits have
    the same covariance in either order. A caller who asked for ordered categories is ``trusted`` unless the
    labels' own numbers say otherwise.
    """
    labels = [str(label) for label in order]
    if len(labels) < 3 or not all(isinstance(label, str) for label in order):
        return ""
    wording = {re.sub(r"\s+", " ", _NUMBER.sub("#", label)).strip().casefold() for label in labels}
    if len(wording) > 1:
        plain = trusted or all(len(label) == 1 for label in labels)
        return "" if plain else f"alphabetical order is {', '.join(labels)}"
    risen = sorted(labels, key=lambda label: [float(number) for number in _NUMBER.findall(label)])
    return "" if labels == risen else f"alphabetical order is {', '.join(labels)}, not {', '.join(risen)}"


def check_order(order: VisitOrder, column: str, structure: str) -> None:
    """Refuse a structure that counts the steps between visits whose order is not known.

    Raises
    ------
    RequestError
        The order that was found, and how to give another.
    """
    if order.doubt:
        raise RequestError(
            f"covariance {structure} depends on the order of the visits, which the labels of column {column} "
            f"do not tell: {order.doubt}; give the study's order by visits=[...] or as ordered categories"
        )


def number_visits(column: pd.Series, order: tuple[Any, ...]) -> Ints:
    """Number of each row's visit in the visit order; -1 where it is not in it."""
    if isinstance(column.dtype, pd.CategoricalDtype) and tuple(column.cat.categories) == order:
        return np.asarray(column.cat.codes, dtype=np.int64)
    codes, found = pd.factorize(column)
    number = {visit: place for place, visit in enumerate(order)}
    places = np.array([*(number.get(visit, -1) for visit in found.tolist()), -1], dtype=np.int64)
    return places[codes]
