"""Contrast rows of least-squares means and their differences, from the stored coding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import patsy

from mmrm.errors import RequestError, list_offenders
from mmrm.formula import Prepared
from mmrm.linalg import Array

Names = str | Sequence[str]
WEIGHTS = ("equal", "proportional", "counterfactual")


@dataclass(frozen=True)
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
    model: Prepared, specs: Sequence[str], by: Sequence[str], weights: str, at: Mapping[str, Any] | None
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
        Covariate values instead of the mean over the rows used; for a factor, the levels to average over.
    """
    if weights not in WEIGHTS:
        raise RequestError(f"weights: expected one of {', '.join(WEIGHTS)}, found {weights!r}")
    given = dict(at or {})
    names = [*specs, *by]
    _check_names(model, names, given)
    levels = {name: _choose_levels(model, name, given) for name in model.factors}
    cells = [
        dict(zip([*by, *specs], values, strict=True))
        for values in product(*(levels[n] for n in [*by, *specs]))
    ]
    labels = pd.DataFrame([{name: cell[name] for name in names} for cell in cells], columns=names)
    if weights == "counterfactual":
        return Rows(labels, _average_subjects(model, cells, given))
    return Rows(labels, _average_grid(model, cells, levels, given, weights))


def _check_names(model: Prepared, names: Sequence[str], given: Mapping[str, Any]) -> None:
    for name in names:
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


def _choose_levels(model: Prepared, name: str, given: Mapping[str, Any]) -> tuple[Any, ...]:
    if name not in given:
        return model.factors[name]
    asked = given[name]
    chosen = tuple(asked) if isinstance(asked, list | tuple) else (asked,)
    unknown = [level for level in chosen if level not in model.factors[name]]
    if unknown or not chosen:
        raise RequestError(
            f"at, {name}: expected levels among {', '.join(map(str, model.factors[name]))}, found "
            f"{list_offenders(unknown)}"
        )
    return chosen


def _choose_value(model: Prepared, name: str, given: Mapping[str, Any]) -> float:
    value = given.get(name, model.frame[name].mean())
    if not isinstance(value, int | float | np.number) or not np.isfinite(value):
        raise RequestError(f"at, {name}: expected one finite number, found {value!r}")
    return float(value)


def _average_grid(
    model: Prepared,
    cells: list[dict[str, Any]],
    levels: Mapping[str, tuple[Any, ...]],
    given: Mapping[str, Any],
    weights: str,
) -> Array:
    """Average design rows over the combinations of the factors that a cell leaves open."""
    open_factors = [name for name in model.factors if name not in cells[0]]
    grid = [
        dict(zip(open_factors, values, strict=True)) for values in product(*(levels[n] for n in open_factors))
    ]
    shares = np.full(len(grid), 1.0 / len(grid))
    if weights == "proportional" and open_factors:
        counts = model.frame.groupby(open_factors, observed=True).size()
        keys = [tuple(cell.values()) if len(open_factors) > 1 else next(iter(cell.values())) for cell in grid]
        shares = np.array([float(counts.get(key, 0)) for key in keys])
        if shares.sum() == 0:
            raise RequestError("at: expected levels that occur together among the rows used, found none")
        shares = shares / shares.sum()
    values = {name: _choose_value(model, name, given) for name in model.covariates}
    rows = pd.DataFrame([{**cell, **rest, **values} for cell in cells for rest in grid])
    design = build_rows(model, rows).reshape(len(cells), len(grid), -1)
    return np.asarray(np.einsum("g,cgk->ck", shares, design))


def _average_subjects(model: Prepared, cells: list[dict[str, Any]], given: Mapping[str, Any]) -> Array:
    """Average design rows over the subjects, each with its own values and the cell's levels."""
    share = 1.0 / np.bincount(model.data.subject)[model.data.subject] / model.data.n_subjects
    columns = [*model.factors, *model.covariates]
    rows = []
    for cell in cells:
        frame = model.frame[columns].copy()
        for name, value in {**given, **cell}.items():
            if isinstance(value, list | tuple):
                raise RequestError(f"at, {name}: counterfactual means take one value, found {value!r}")
            frame[name] = value
        rows.append(np.einsum("n,nk->k", share, build_rows(model, frame)))
    return np.stack(rows)


def build_rows(model: Prepared, frame: pd.DataFrame) -> Array:
    """Design rows of new data through the stored coding."""
    columns: dict[str, Any] = {}
    for name, levels in model.factors.items():
        values = frame[name].to_numpy(dtype=object)
        if isinstance(model.frame[name].dtype, pd.CategoricalDtype):
            columns[name] = pd.Categorical(values, categories=list(levels))
        else:
            columns[name] = pd.Series(values).astype(model.frame[name].dtype).to_numpy()
    for name in model.covariates:
        columns[name] = frame[name].to_numpy(dtype=float)
    columns["_n"] = np.zeros(len(frame))
    (design,) = patsy.build_design_matrices(
        [model.design_info], columns, NA_action=patsy.NAAction(NA_types=[]), return_type="matrix"
    )
    matrix = np.asarray(design, dtype=float)
    return np.broadcast_to(matrix, (len(frame), matrix.shape[1])) if matrix.shape[0] != len(frame) else matrix


def list_names(names: Names | None) -> list[str]:
    """One name or several, as a list."""
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def build_contrasts(means: Rows, specs: Sequence[str], by: Sequence[str], reference: Any | None) -> Rows:
    """Differences of least-squares means within each level of ``by``.

    With ``reference`` every other level minus the reference; without, every earlier level minus every later
    one.
    """
    labels, matrix = [], []
    for key, block in _split(means.labels, by):
        names = [" ".join(map(str, row)) for row in block[list(specs)].itertuples(index=False)]
        for first, second in _pairs(block, specs, reference):
            labels.append({"comparison": f"{names[first]} - {names[second]}", **key})
            matrix.append(means.matrix[block.index[first]] - means.matrix[block.index[second]])
    return Rows(pd.DataFrame(labels, columns=["comparison", *by]), np.stack(matrix))


def _split(labels: pd.DataFrame, by: Sequence[str]) -> list[tuple[dict[str, Any], pd.DataFrame]]:
    if not by:
        return [({}, labels)]
    keys = labels[list(by)].drop_duplicates()
    found = []
    for key in keys.itertuples(index=False):
        inside = (labels[list(by)] == list(key)).all(axis=1)
        found.append((dict(zip(by, key, strict=True)), labels[inside]))
    return found


def _pairs(block: pd.DataFrame, specs: Sequence[str], reference: Any | None) -> list[tuple[int, int]]:
    if reference is None:
        return list(combinations(range(len(block)), 2))
    wanted = tuple(reference) if isinstance(reference, list | tuple) else (reference,)
    rows = [tuple(row) for row in block[list(specs)].itertuples(index=False)]
    if wanted not in rows:
        known = ", ".join(" ".join(map(str, row)) for row in rows)
        raise RequestError(f"reference: expected one of {known}, found {reference!r}")
    base = rows.index(wanted)
    return [(i, base) for i in range(len(rows)) if i != base]
