"""Comparisons of least-squares means: against a reference, all pairs, or with named coefficients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from mmrm.asked import is_number, is_plain
from mmrm.errors import RequestError, list_offenders
from mmrm.linalg import Array, Ints
from mmrm.lsmeans import Rows

Coefficients = Mapping[str, Mapping[Any, float]]


def build_contrasts(
    means: Rows, specs: Sequence[str], reference: Any | None = None, coefficients: Coefficients | None = None
) -> Rows:
    """Comparisons of least-squares means within each combination of the other labels.

    Parameters
    ----------
    means : Rows
        Least-squares means; labels that are not among ``specs`` (``by``, several values of a covariate)
        separate the comparisons.
    specs : sequence of str
        Factors whose levels are compared.
    reference : level, or tuple of levels for several factors, optional
        Every other level minus this one. Without it and without ``coefficients``: every earlier level minus
        every later one.
    coefficients : mapping of name to {level: coefficient}, optional
        The named comparison is the sum of coefficient times mean; levels left out count zero.

    Raises
    ------
    RequestError
        An unknown level, both kinds at once, or coefficients that are all zero or not finite.
    """
    if reference is not None and coefficients is not None:
        raise RequestError("contrasts: expected reference or coefficients, found both; give one of them")
    by = [name for name in means.labels.columns if name not in specs]
    labels, matrix = [], []
    for key, index, levels in _split(means.labels, list(specs), by):
        if coefficients is not None:
            named = _read_coefficients(coefficients, levels)
        else:
            named = _subtract(levels, _list_pairs(levels, reference))
        labels += [(name, *key) for name, _ in named]
        matrix += [np.einsum("i,ik->k", weight, means.matrix[index]) for _, weight in named]
    if not matrix:
        raise RequestError(
            f"contrasts: expected at least two levels of {', '.join(specs)} to compare, found "
            f"{list_offenders(means.labels[list(specs)].itertuples(index=False, name=None))}"
        )
    columns = ["comparison", *("comparison_" if name == "comparison" else name for name in by)]
    return Rows(pd.DataFrame(labels, columns=columns), np.stack(matrix))


def split_families(labels: pd.DataFrame, by: Sequence[str]) -> list[tuple[tuple[Any, ...], Ints]]:
    """Row numbers that share the values of ``by``, in order of first appearance."""
    if not by:
        return [((), np.arange(len(labels)))]
    found: dict[tuple[Any, ...], list[int]] = {}
    for number, key in enumerate(labels[list(by)].itertuples(index=False, name=None)):
        found.setdefault(key, []).append(number)
    return [(key, np.array(rows)) for key, rows in found.items()]


def _split(
    labels: pd.DataFrame, specs: list[str], by: list[str]
) -> list[tuple[tuple[Any, ...], Ints, list[tuple[Any, ...]]]]:
    """Values of ``by``, the rows that have them, and the levels of ``specs`` in those rows."""
    levels = list(labels[specs].itertuples(index=False, name=None))
    return [(key, index, [levels[i] for i in index]) for key, index in split_families(labels, by)]


def _name(level: tuple[Any, ...]) -> str:
    return " ".join(map(str, level))


def _list_pairs(levels: list[tuple[Any, ...]], reference: Any | None) -> list[tuple[int, int]]:
    if reference is None:
        return list(combinations(range(len(levels)), 2))
    base = _find_level("reference", levels, reference)
    return [(i, base) for i in range(len(levels)) if i != base]


def _find_level(where: str, levels: list[tuple[Any, ...]], level: Any) -> int:
    wanted = tuple(level) if isinstance(level, list | tuple) else (level,)
    if not is_plain(wanted) or wanted not in levels:
        raise RequestError(f"{where}: expected one of {', '.join(map(_name, levels))}, found {level!r}")
    return levels.index(wanted)


def _subtract(levels: list[tuple[Any, ...]], pairs: list[tuple[int, int]]) -> list[tuple[str, Array]]:
    eye = np.eye(len(levels))
    return [(f"{_name(levels[i])} - {_name(levels[j])}", eye[i] - eye[j]) for i, j in pairs]


def _read_coefficients(coefficients: Coefficients, levels: list[tuple[Any, ...]]) -> list[tuple[str, Array]]:
    if not isinstance(coefficients, Mapping) or not coefficients:
        raise RequestError(
            f"coefficients: expected a mapping of name to {{level: coefficient}}, found {coefficients!r}"
        )
    named = []
    for name, wanted in coefficients.items():
        if not isinstance(wanted, Mapping):
            raise RequestError(
                f"coefficients, {name}: expected a mapping of level to number, found {wanted!r}"
            )
        weight = np.zeros(len(levels))
        for level, value in wanted.items():
            if not is_number(value):
                raise RequestError(
                    f"coefficients, {name}: expected finite numbers, found {value!r} for {level}"
                )
            weight[_find_level(f"coefficients, {name}", levels, level)] = float(value)
        if not np.isfinite(weight).all() or not weight.any():
            raise RequestError(
                f"coefficients, {name}: expected finite numbers, not all zero, found {dict(wanted)}"
            )
        named.append((str(name), weight))
    return named
