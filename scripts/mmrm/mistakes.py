"""Mistakes in a data set that leave no trace in a fit: baseline rows left in, identifiers that restart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmrm.checks import Roles
from mmrm.columns import is_number
from mmrm.errors import DataError, list_offenders
from mmrm.linalg import Array, Bools, Ints

_FEWEST = 3


def check_baseline_rows(
    response: Array, visit: Ints, visits: Sequence[Any], covariates: Mapping[str, Array], where: Roles
) -> None:
    """Refuse a visit at which every response is the same, or equals a covariate.

    A change from baseline is 0 in the rows of the baseline visit (a ratio is 1), and the baseline's own
    value is the covariate: such rows hold no outcome, and pull the covariance of all visits towards zero.
    Judged only where three subjects and at least half of those of the fullest visit have the visit, and where
    the response has more than two values, so that few coarse or binary responses cannot be taken for it.

    Parameters
    ----------
    response : (N,) array
        Observed responses.
    visit : (N,) int array
        Visit of each row, numbering ``visits``.
    visits : sequence
        Labels of the visits.
    covariates : mapping of name to (N,) array
        Numeric columns of the formula.
    where : Roles
        Names of the columns, for the message.

    Raises
    ------
    DataError
        The visit and what its rows look like.
    """
    if np.unique(response[: min(response.size, 1000)]).size <= 2 and np.unique(response).size <= 2:
        return
    counts = np.bincount(visit, minlength=len(visits))
    for number in np.flatnonzero((counts >= _FEWEST) & (2 * counts >= counts.max())).tolist():
        rows = visit == number
        if counts[number] == response.size:
            continue
        value = float(response[rows][0])
        found = f"{value:g} in all {counts[number]} rows" if (response[rows] == value).all() else ""
        for name, column in covariates.items():
            if not found and (response[rows] == column[rows]).all():
                found = f"equal to {name} in all {counts[number]} rows"
        if found:
            raise DataError(
                f"data, column {where.visit}: at visit {visits[number]} the response is {found}: these look "
                "like the rows of the baseline visit, which hold no outcome; remove them"
            )


def check_persons(used: pd.DataFrame, predictors: Sequence[str], roles: Roles) -> list[str]:
    """Refuse identifiers that name several persons, and note what may be one.

    A covariate that is a person's own (constant within most subjects, hardly two subjects share a value) has
    one value per subject. Where it takes several in some subjects, and these are as far apart as those of
    different subjects, the rows come from different persons; so they do where two factors that are constant
    within most subjects change together.

    Parameters
    ----------
    used : DataFrame
        Rows with an observed response, sorted by subject.
    predictors : sequence of str
        Columns of the formula.
    roles : Roles
        Which column is the subject and the visit.

    Returns
    -------
    list of str
        Factors that are constant within most subjects and change in a few.

    Raises
    ------
    DataError
        The columns and the subjects in whom they differ.
    """
    subject = pd.factorize(used[roles.subject])[0]
    repeated = np.bincount(subject) > 1
    factors = []
    for name in predictors:
        if name in (roles.subject, roles.visit, *roles.time):
            continue
        varies = _find_varying(pd.factorize(used[name])[0], subject)
        if not varies.any() or 2 * varies.sum() > repeated.sum():
            continue
        if not is_number(used[name]):
            factors.append((name, varies))
        elif _is_personal(used[name].to_numpy(dtype=np.float64), subject, varies):
            _refuse(used, [name], varies[subject], roles)
    for i, (name, varies) in enumerate(factors):
        for other, also in factors[:i]:
            if (varies & also).any() and not _is_recoding(used[name], used[other]):
                _refuse(used, [other, name], (varies & also)[subject], roles)
    return [_note(used, name, varies[subject], roles) for name, varies in factors]


def _note(used: pd.DataFrame, name: str, rows: Bools, roles: Roles) -> str:
    who = used.loc[rows, roles.subject].drop_duplicates()
    return (
        f"{name} changes within subjects {list_offenders(who)} and is constant in the others: right for a "
        "treatment that was changed, wrong where subject numbers restart in every site"
    )


def _find_varying(codes: Ints, subject: Ints) -> Bools:
    """Subjects, ``(n,)``, in whom a column takes several values; rows are sorted by subject."""
    moved = (codes[1:] != codes[:-1]) & (subject[1:] == subject[:-1])
    found = np.zeros(int(subject.max(initial=-1)) + 1, dtype=bool)
    found[subject[1:][moved]] = True
    return found


def _is_personal(values: Array, subject: Ints, varies: Bools) -> bool:
    """Whether a covariate is a person's own and differs in some subjects as it does between persons."""
    first = np.r_[True, subject[1:] != subject[:-1]]
    own = values[first][~varies]
    if 2 * np.unique(own).size < own.size:
        return False
    inside = varies[subject]
    sizes = np.bincount(subject)
    means = np.bincount(subject, values) / sizes
    within = ((values - means[subject])[inside] ** 2).sum() / (sizes[varies] - 1).sum()
    return bool(within > 0.25 * own.var())


def _is_recoding(one: pd.Series, other: pd.Series) -> bool:
    """Whether two factors say the same in other words."""
    pairs = pd.DataFrame({"one": pd.factorize(one)[0], "other": pd.factorize(other)[0]}).drop_duplicates()
    return bool(pairs["one"].is_unique and pairs["other"].is_unique)


def _refuse(used: pd.DataFrame, columns: Sequence[str], rows: Bools, roles: Roles) -> None:
    who = used.loc[rows, roles.subject].drop_duplicates()
    raise DataError(
        f"data, column {roles.subject}: expected one person per subject, found different values of "
        f"{' and '.join(columns)} within {list_offenders(who)}, which is constant in the others; do numbers "
        "restart in every site? Make them unique, for example by joining site and number"
    )


def describe_duplicates(frame: pd.DataFrame, twice: Bools, predictors: Sequence[str], roles: Roles) -> str:
    """What to do about second rows of a subject at a visit: another record, or another person."""
    keys = [roles.subject, roles.visit]
    pairs = frame.loc[twice, keys].drop_duplicates()
    rows = frame.merge(pairs, on=keys)
    names = [name for name in predictors if name not in keys and name not in roles.time]
    differ = [name for name in names if (rows.groupby(keys, observed=True)[name].nunique() > 1).any()]
    several = 2 * pairs[roles.subject].nunique() > frame[roles.subject].nunique()
    if not differ and not several:
        return "select one record per visit"
    why = f"these rows differ in {', '.join(differ)}" if differ else "most subjects have them"
    return (
        f"select one record per visit; or, as {why}, do numbers restart in every site? Then make them "
        "unique, for example by joining site and number"
    )
