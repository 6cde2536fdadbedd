"""Design rows of least-squares means, from the stored coding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from mmrm.asked import check_choice, is_number, is_plain, read_mapping, read_names
from mmrm.errors import RequestError, list_offenders
from mmrm.formula import Prepared
from mmrm.linalg import Array

Names = str | Sequence[str]
Average = Names | Mapping[str, Sequence[Any] | Mapping[Any, float]]
WEIGHTS = ("equal", "proportional", "counterfactual")


@dataclass(frozen=True, eq=False)
class Rows:
    """Labelled contrasts.

    Attributes
    ----------
    labels : DataFrame
        One row per contrast: the levels, or the comparison, it stands for.
    matrix : (l, k) array
        Contrasts of the coefficients.
    """

    labels: pd.DataFrame
    matrix: Array


def build_lsmeans(
    model: Prepared,
    specs: Sequence[str],
    by: Sequence[str],
    weights: str,
    at: Mapping[str, Any] | None = None,
    average: Average | None = None,
) -> Rows:
    """Rows of least-squares means (``eq:lsmeans``).

    Parameters
    ----------
    model : Prepared
        The coding and the rows used.
    specs, by : sequences of str
        Factors whose levels the means are for; ``by`` varies slowest.
    weights : str
        ``equal``: the other factors' level combinations count equally (SAS default). ``proportional``: as
        often as they occur among the rows used (SAS OM). ``counterfactual``: every subject's own covariates
        and factors, with ``specs`` and ``by`` set, averaged; each subject counts once.
    at : mapping, optional
        A covariate's value instead of its mean over the rows used, or several values, each with means of its
        own (the labels then have a column of the covariate's name, varying slowest); for a factor, the
        levels to show or to average over.
    average : name, names or mapping, optional
        Factors to average over whatever ``weights`` says, usually the visit: all levels equally, or by a
        mapping from the factor to the levels that count, or to their relative weights.

    Raises
    ------
    RequestError
        A name, level, value or weight that the model does not have.
    """
    check_choice("weights", weights, WEIGHTS)
    given, shares = read_mapping("at", at), _read_average(model, average)
    names = [*specs, *by]
    _check_names(model, names, given, shares)
    series = {
        name: _list_values(name, value)
        for name, value in given.items()
        if name in model.covariates and _is_several(value)
    }
    levels = {name: _choose_levels(model, name, given) for name in model.factors}
    outer = {**series, **{name: levels[name] for name in [*by, *specs]}}
    cells = _cross({**outer, **{name: tuple(share) for name, share in shares.items()}})
    given = {name: value for name, value in given.items() if name not in outer}
    if weights == "counterfactual":
        matrix = _average_subjects(model, cells, given, levels)
    else:
        matrix = _average_grid(model, cells, given, levels, weights == "proportional")
    share = np.array([np.prod(weight) for weight in product(*(each.values() for each in shares.values()))])
    labels = {name: cells[name][:: share.size] for name in [*names, *series]}
    blocks = matrix.reshape(-1, share.size, matrix.shape[1])
    return Rows(pd.DataFrame(labels), np.asarray(np.einsum("cak,a->ck", blocks, share)))


def _check_names(
    model: Prepared, names: Sequence[str], given: Mapping[str, Any], shares: Mapping[str, Any]
) -> None:
    for name in [*names, *shares]:
        if name not in model.factors:
            raise RequestError(
                f"lsmeans: expected factors of the model ({', '.join(model.factors)}), found {name!r}"
            )
    if len(set(names)) != len(names) or not names:
        raise RequestError(f"lsmeans: expected distinct factors, found {list_offenders(names)}")
    for name in given:
        if name not in model.factors and name not in model.covariates:
            known = ", ".join([*model.factors, *model.covariates])
            raise RequestError(f"at: expected columns of the formula ({known}), found {name!r}")
    twice = [name for name in shares if name in names or name in given]
    if twice:
        raise RequestError(
            f"average: expected factors that are neither among the means' own nor in at, found "
            f"{list_offenders(twice)}; name each factor once"
        )


def _read_average(model: Prepared, average: Average | None) -> dict[str, dict[Any, float]]:
    """Relative weights by level, scaled to sum to one, of every factor that is averaged over."""
    asked: Mapping[str, Any] = (
        average if isinstance(average, Mapping) else dict.fromkeys(list_names(average), None)
    )
    found = {}
    for name, wanted in asked.items():
        if not is_plain(name) or name not in model.factors:
            raise RequestError(
                f"average: expected factors of the model ({', '.join(model.factors)}), found {name!r}"
            )
        levels = _choose_levels(model, name, {} if wanted is None else {name: wanted}, "average")
        share = np.ones(len(levels))
        if isinstance(wanted, Mapping):
            share = np.array([weight if is_number(weight) else np.nan for weight in wanted.values()])
        if not (np.isfinite(share).all() and (share >= 0).all() and share.sum() > 0):
            raise RequestError(
                f"average, {name}: expected weights >= 0, not all zero, found {list_offenders(share)}"
            )
        found[name] = dict(zip(levels, (share / share.sum()).tolist(), strict=True))
    return found


def _is_several(value: Any) -> bool:
    return isinstance(value, list | tuple | np.ndarray | pd.Series | pd.Index)


def _list_values(name: str, asked: Any) -> tuple[float, ...]:
    values = tuple(_check_value(name, value) for value in asked)
    if not values or len(set(values)) != len(values):
        raise RequestError(f"at, {name}: expected distinct values, found {list(values)}")
    return values


def _choose_levels(
    model: Prepared, name: str, given: Mapping[str, Any], where: str = "at"
) -> tuple[Any, ...]:
    if name not in given:
        return model.factors[name]
    asked = given[name]
    chosen = tuple(asked) if _is_several(asked) or isinstance(asked, Mapping) else (asked,)
    unknown = [level for level in chosen if not is_plain(level) or level not in model.factors[name]]
    if unknown or not chosen or len(set(chosen)) != len(chosen):
        raise RequestError(
            f"{where}, {name}: expected distinct levels among {', '.join(map(str, model.factors[name]))}, "
            f"found {list_offenders(unknown or chosen)}"
        )
    return chosen


def _check_value(name: str, value: Any) -> float:
    if not is_number(value):
        raise RequestError(f"at, {name}: expected finite numbers, found {value!r}")
    return float(value)


def _cross(levels: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Every combination as columns; the last name varies fastest."""
    combinations = list(product(*levels.values()))
    return {name: [values[j] for values in combinations] for j, name in enumerate(levels)}


def _average_grid(
    model: Prepared,
    cells: Mapping[str, list[Any]],
    given: Mapping[str, Any],
    levels: Mapping[str, tuple[Any, ...]],
    proportional: bool,
) -> Array:
    """Average design rows over the combinations of the factors that a cell leaves open."""
    grid = _cross({name: levels[name] for name in model.factors if name not in cells})
    n_cells = len(next(iter(cells.values())))
    shares = _count_shares(model, grid, proportional)
    columns = {name: [value for value in column for _ in shares] for name, column in cells.items()}
    columns |= {name: column * n_cells for name, column in grid.items()}
    for name in model.covariates:
        if name not in cells:
            value = _check_value(name, given[name]) if name in given else float(model.frame[name].mean())
            columns[name] = [value] * (n_cells * shares.size)
    design = _build_design(model, columns, n_cells * shares.size)
    return np.asarray(np.einsum("g,cgk->ck", shares, design.reshape(n_cells, shares.size, -1)))


def _count_shares(model: Prepared, grid: Mapping[str, list[Any]], proportional: bool) -> Array:
    """Share of every combination of the open factors: equal, or that of the rows used."""
    if not grid:
        return np.ones(1)
    keys = list(zip(*grid.values(), strict=True))
    if not proportional:
        return np.full(len(keys), 1.0 / len(keys))
    counts = model.frame.groupby(list(grid), observed=True).size()
    found = {key if isinstance(key, tuple) else (key,): float(count) for key, count in counts.items()}
    shares = np.array([found.get(key, 0.0) for key in keys])
    if shares.sum() == 0:
        raise RequestError("at: expected levels that occur together among the rows used, found none")
    return np.asarray(shares / shares.sum())


def _average_subjects(
    model: Prepared,
    cells: Mapping[str, list[Any]],
    given: Mapping[str, Any],
    levels: Mapping[str, tuple[Any, ...]],
) -> Array:
    """Average design rows over the subjects, each with its own values and the cell's levels."""
    share = 1.0 / np.bincount(model.data.subject)[model.data.subject] / model.data.n_subjects
    own = {name: model.frame[name].to_numpy(dtype=object) for name in [*model.factors, *model.covariates]}
    fixed = {name: (_check_value(name, value),) for name, value in given.items() if name in model.covariates}
    grid = _cross(fixed | {name: levels[name] for name in given if name in model.factors})
    rows = []
    for cell in zip(*cells.values(), strict=True):
        averaged = []
        for rest in zip(*grid.values(), strict=True) if grid else ((),):
            values = dict(zip([*cells, *grid], [*cell, *rest], strict=True))
            held = {name: np.full(share.size, value, dtype=object) for name, value in values.items()}
            design = _build_design(model, {**own, **held}, share.size)
            averaged.append(np.einsum("n,nk->k", share, design))
        rows.append(np.mean(averaged, axis=0))
    return np.stack(rows)


def build_rows(model: Prepared, frame: pd.DataFrame) -> Array:
    """Design rows of new data through the stored coding."""
    names = [*model.factors, *model.covariates]
    return _build_design(model, {name: frame[name].to_numpy(dtype=object) for name in names}, len(frame))


def _build_design(model: Prepared, values: Mapping[str, Any], count: int) -> Array:
    columns: dict[str, Any] = {}
    for name, levels in model.factors.items():
        dtype: Any = model.frame[name].dtype
        if isinstance(dtype, pd.CategoricalDtype):
            numbers = {level: code for code, level in enumerate(levels)}
            codes = [numbers.get(value, -1) for value in values[name]]
            columns[name] = pd.Categorical.from_codes(codes, dtype=dtype)
        else:
            columns[name] = pd.Series(values[name]).astype(dtype).to_numpy()
    for name in model.covariates:
        columns[name] = np.asarray(values[name], dtype=float)
    return model.build(columns, count)


def list_names(names: Names | None) -> list[str]:
    """One name or several, as a list."""
    return read_names("lsmeans", names)
