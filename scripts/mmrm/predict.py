"""Predictions: means and responses of new rows, and the missing responses of subjects in the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from mmrm.asked import check_choice, check_level
from mmrm.checks import Roles
from mmrm.columns import make_plain, read_numbers
from mmrm.errors import RequestError, list_offenders
from mmrm.formula import Prepared
from mmrm.frames import check_name, open_table
from mmrm.inference import Inference, find_limits, find_quantile
from mmrm.linalg import Array, Bools, Ints
from mmrm.lsmeans import build_rows
from mmrm.prediction_error import Block, predict_block
from mmrm.rows import name_labels
from mmrm.visits import number_visits

INTERVALS = ("confidence", "prediction")
_ROWS = 32  # new rows at a time: a block's matrices grow with their square


def predict(
    model: Prepared, roles: Roles, inference: Inference, data: Any, interval: str, level: float
) -> pd.DataFrame:
    """Predict new rows (``eq:prediction``), each on its own, as if of a new subject.

    Parameters
    ----------
    data : data frame
        The formula's factors and covariates; for ``prediction`` also the visit (and the covariance group and
        positions the model has).
    interval : str
        ``confidence``: limits for the mean. ``prediction``: limits for a new response.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        The caller's index; ``estimate``, ``se``, ``df``, ``lower``, ``upper``. Rows with a missing value
        are NaN.

    Raises
    ------
    RequestError, DataError
        An unknown interval, a missing column, a level the model does not have.
    """
    check_choice("interval", interval, INTERVALS)
    check_level(level)
    frame = _read_new(model, roles, data, interval == "prediction")
    ready = frame.notna().all(axis=1).to_numpy()
    found = np.full((3, len(frame)), np.nan)
    part = frame[ready]
    if len(part):
        design = build_rows(model, part)
        if interval == "confidence":
            tests = inference.test_rows(design)
            found[:, ready] = tests.estimate, tests.se, tests.df
        else:
            found[:, ready] = _predict_new(model, roles, inference, design, part)
    return _to_frame(pd.DataFrame(index=frame.index), found, level)


def predict_missing(model: Prepared, roles: Roles, inference: Inference, level: float = 0.95) -> pd.DataFrame:
    """Predict the responses of the rows left out, given the subject's observed ones (``eq:prediction``).

    Returns
    -------
    DataFrame
        The caller's index; subject, visit, ``estimate``, ``se`` of prediction (residual and estimation
        error), ``df`` and limits. Rows with a missing covariate are kept with NaN.
    """
    check_level(level)
    held = model.held
    table = held[[roles.subject, roles.visit]].copy()
    table = table.set_axis(name_labels(list(table.columns)), axis=1)
    found = np.full((3, len(held)), np.nan)
    ready = _is_complete(model, roles, held)
    if ready.any():
        part = held[ready]
        design, where = build_rows(model, part), np.flatnonzero(ready)
        for index in _by_subject(part, roles):
            block = _find_block(model, roles, index, design, part)
            found[:, where[index]] = predict_block(inference, block)
    return _to_frame(table, found, level)


def _to_frame(table: pd.DataFrame, found: Array, level: float) -> pd.DataFrame:
    estimate, se, df = found
    width = np.full(df.size, np.nan)
    known = ~np.isnan(df)
    width[known] = find_quantile(df[known], level)
    lower, upper = find_limits(estimate, se, width, "two-sided")
    return table.assign(estimate=estimate, se=se, df=df, lower=lower, upper=upper)


def _read_new(model: Prepared, roles: Roles, data: Any, places: bool) -> pd.DataFrame:
    """The columns a prediction needs, in plain types; unknown levels are refused."""
    table = open_table(data)
    needed = dict.fromkeys([*model.factors, *model.covariates], "predict")
    numbers = list(model.covariates)
    levels: dict[str, tuple[Any, ...]] = dict(model.factors)
    if places:
        needed |= {roles.visit: "visit"}
        levels[roles.visit] = model.visits
        if roles.group is not None:
            needed[roles.group], levels[roles.group] = "group", model.groups
        for role, name in [*(("time", name) for name in roles.time), ("precision", roles.precision)]:
            if name is not None:
                needed[name] = role
                numbers.append(name)
    for name, role in needed.items():
        check_name(role, name, table)
    frame = pd.DataFrame({name: make_plain(table.column(name), name) for name in needed})
    rows = pd.Series([f"row {label}" for label in frame.index], index=frame.index)
    for name in numbers:
        if name not in levels:
            frame[name] = read_numbers(frame[name], name, rows).to_numpy(dtype=float, na_value=np.nan)
            if np.isinf(frame[name]).any():
                raise RequestError(
                    f"predict, column {name}: expected finite numbers, found infinite ones in "
                    f"{list_offenders(rows[np.isinf(frame[name])])}"
                )
    for name, known in levels.items():
        odd = frame[name].notna() & ~frame[name].isin(list(known))
        if odd.any():
            raise RequestError(
                f"predict, column {name}: expected levels among {', '.join(map(str, known))}, found "
                f"{list_offenders(frame.loc[odd, name].drop_duplicates())}"
            )
    return frame


def _predict_new(
    model: Prepared, roles: Roles, inference: Inference, design: Array, part: pd.DataFrame
) -> Array:
    """Rows of one covariance group at a time; each row stands alone, so only variances of Sigma are read."""
    visits = number_visits(part[roles.visit], model.visits)
    group = np.zeros(len(part), dtype=np.int64)
    if roles.group is not None:
        group = np.array([model.groups.index(label) for label in part[roles.group]], dtype=np.int64)
    precision = _list_precision(roles, part)
    found = np.empty((3, len(part)))
    nobody = np.zeros(0, dtype=np.int64)
    apart = inference.fit.covariance.distance
    far = 0.0 if apart is None else 1e4 * float(apart.max())
    for number in np.unique(group):
        for start in range(0, len(part), _ROWS):
            rows = np.flatnonzero(group == number)[start : start + _ROWS]
            if rows.size:
                distance = far * (1.0 - np.eye(rows.size)) if roles.time else None
                block = Block(design[rows], nobody, visits[rows], int(number), distance, precision[rows])
                found[:, rows] = predict_block(inference, block)
    return found


def _list_precision(roles: Roles, part: pd.DataFrame) -> Array:
    if roles.precision is None:
        return np.ones(len(part))
    values = part[roles.precision].to_numpy(dtype=float)
    if not (values > 0).all():
        raise RequestError(
            f"predict, column {roles.precision}: expected positive precisions, found "
            f"{list_offenders(values[~(values > 0)])}"
        )
    return values


def _is_complete(model: Prepared, roles: Roles, held: pd.DataFrame) -> Bools:
    ready = np.ones(len(held), dtype=bool)
    for name, levels in model.factors.items():
        ready &= held[name].isin(list(levels)).to_numpy()
    for name in [*model.covariates, *roles.time]:
        ready &= np.isfinite(pd.to_numeric(held[name]).to_numpy(dtype=float))
    if roles.precision is not None:
        ready &= (held[roles.precision] > 0).to_numpy()
    if roles.group is not None:
        ready &= held[roles.group].isin(list(model.groups)).to_numpy()
    ready &= number_visits(held[roles.visit], model.visits) >= 0
    return ready


def _by_subject(part: pd.DataFrame, roles: Roles) -> list[Ints]:
    codes, _ = pd.factorize(part[roles.subject])
    return [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]


def _find_block(model: Prepared, roles: Roles, index: Ints, design: Array, part: pd.DataFrame) -> Block:
    """One subject's missing rows beside its observed ones."""
    data = model.data
    label = part[roles.subject].iloc[index[0]]
    number = model.subjects.index(label) if label in model.subjects else -1
    seen = np.flatnonzero(data.subject == number)
    visits = np.concatenate([data.visit[seen], number_visits(part[roles.visit], model.visits)[index]])
    group = 0 if roles.group is None else model.groups.index(part[roles.group].iloc[index[0]])
    distance = None
    if data.coordinates is not None:
        places = np.concatenate([data.coordinates[seen], part[list(roles.time)].to_numpy(dtype=float)[index]])
        distance = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=-1))
    precision = _list_precision(roles, part.iloc[index])
    return Block(design[index], seen, visits, group, distance, precision)
