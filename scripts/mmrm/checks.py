"""Checks of a data frame before it becomes arrays: each failure names where, who and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mmrm.errors import DataError, list_offenders
from mmrm.linalg import Array, Bools

if TYPE_CHECKING:
    from mmrm.formula import Prepared


@dataclass(frozen=True)
class Roles:
    """Which column plays which part."""

    subject: str
    visit: str
    group: str | None
    weights: str | None
    time: tuple[str, ...]
    precision: str | None = None


def check_present(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse missing subjects and visits."""
    for column in columns:
        count = int(frame[column].isna().sum())
        if count:
            raise DataError(
                f"data, column {column}: expected a value in every row, found {count} missing; fill or "
                "remove the rows"
            )


def check_weights(weight: Array, subjects: tuple[Any, ...]) -> None:
    """Refuse weights that are not positive: a subject of weight 0 would still be counted."""
    bad = ~(np.isfinite(weight) & (weight > 0))
    if bad.any():
        found = [f"{subjects[i]}: {weight[i]:g}" for i in np.flatnonzero(bad).tolist()]
        raise DataError(
            f"weights: expected a positive number for every subject, found {list_offenders(found)}; leave "
            "out the rows of subjects who should not count"
        )


def check_precision(used: pd.DataFrame, roles: Roles) -> None:
    """Refuse precisions that are not positive: an error of infinite variance says nothing."""
    if roles.precision is None:
        return
    bad = ~(used[roles.precision] > 0).to_numpy()
    if bad.any():
        who = used.loc[bad, [roles.subject, roles.visit, roles.precision]].to_numpy()
        raise DataError(
            f"data, column {roles.precision}: expected a positive precision in every row with an observed "
            f"response, found {list_offenders(f'{v!r} of {s} at {t}' for s, t, v in who)}; leave out the rows"
        )


def check_duplicates(frame: pd.DataFrame, roles: Roles, advise: Callable[[Bools], str]) -> None:
    """Refuse a second row of a subject at a visit; ``advise`` tells from the second rows what to do."""
    twice = frame.duplicated([roles.subject, roles.visit])
    if twice.any():
        pairs = frame.loc[twice, [roles.subject, roles.visit]].drop_duplicates()
        raise DataError(
            f"data, columns {roles.subject} and {roles.visit}: expected one row per subject and visit, found "
            f"more for {list_offenders(f'{s} at {v}' for s, v in pairs.itertuples(index=False))}; "
            f"{advise(twice.to_numpy())}"
        )


def check_rows(used: pd.DataFrame, columns: Sequence[str], roles: Roles) -> None:
    """Refuse missing and infinite values in the rows that enter the model."""
    for column in dict.fromkeys(columns):
        values = used[column]
        bad = values.isna().to_numpy()
        kind = "missing"
        if not bad.any() and pd.api.types.is_float_dtype(values.dtype):
            bad = ~np.isfinite(values.to_numpy(dtype=float))
            kind = "infinite"
        if bad.any():
            who = used.loc[bad, roles.subject].drop_duplicates()
            raise DataError(
                f"data, column {column}: expected a finite value in every row with an observed response, "
                f"found {int(bad.sum())} {kind} in subjects {list_offenders(who)}; complete the value, or "
                "remove the rows"
            )


def check_positions(model: Prepared, roles: Roles) -> None:
    """Refuse two observations of a subject at one position: a spatial covariance would make them one."""
    places, subject = model.data.coordinates, model.data.subject
    if places is None:
        return
    rows = pd.DataFrame(places).assign(subject=subject)
    twice = np.unique(subject[rows.duplicated().to_numpy()])
    if twice.size:
        raise DataError(
            f"data, column(s) {', '.join(roles.time)}: expected a position of its own for every observation "
            f"of a subject, found the same twice in {list_offenders(model.subjects[i] for i in twice)}; "
            "correct the positions"
        )


def check_factors(used: pd.DataFrame, factors: dict[str, tuple[Any, ...]]) -> None:
    """Refuse factors with one level, or with a level nobody has."""
    for column, levels in factors.items():
        seen = set(used[column].unique().tolist())
        empty = [level for level in levels if level not in seen]
        if empty:
            raise DataError(
                f"data, column {column}: expected an observed response at every level, found none at "
                f"{list_offenders(empty)}; remove the level from the column's categories"
            )
        if len(levels) < 2:
            raise DataError(
                f"data, column {column}: expected at least two levels among the rows used, found only "
                f"{list_offenders(levels)}; remove the term from the formula or add the other level's data"
            )
