"""Contrasts as a caller writes them: labelled rows, arrays, or coefficients by name; no name is ignored."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mmrm.errors import RequestError, list_offenders
from mmrm.frames import open_table
from mmrm.linalg import Array
from mmrm.lsmeans import Rows

# Columns of result tables. A subject, visit or factor called like one of them gets an underscore behind.
RESULT_COLUMNS = frozenset(
    [
        *("estimate", "se", "df", "lower", "upper", "statistic", "pvalue"),
        *("adj_pvalue", "adj_lower", "adj_upper", "adj_note"),
        *("change", "change_se", "converged", "observed", "fitted", "raw", "standardised", "whitened"),
        *("residual_sd", "leverage"),
    ]
)


def name_labels(names: Sequence[str]) -> list[str]:
    """Names for the label columns of a result table: each once, none of them a result's.

    ``["estimate", "arm", "arm"]`` becomes ``["estimate_", "arm", "arm_"]``.
    """
    found: list[str] = []
    for name in names:
        free = name
        while free in RESULT_COLUMNS or free in found:
            free += "_"
        found.append(free)
    return found


def read_rows(rows: Any, names: Sequence[str]) -> Rows:
    """Contrast rows of the coefficients.

    Parameters
    ----------
    rows : Rows, mapping, Series, data frame or array
        ``Rows`` of `contrast_rows` as they are. A mapping, a Series, or a frame with one row per contrast
        names its coefficients, in any order; those left out count zero. An array, and a Series or frame
        numbered from 0, gives every coefficient in order.
    names : sequence of str
        Coefficients of the model.

    Returns
    -------
    Rows
        With a frame's index as labels in the column ``contrast``; without label columns where there is none.

    Raises
    ------
    RequestError
        A name that is no coefficient, one that stands twice, or entries that are no finite numbers.
    """
    if isinstance(rows, Rows):
        return rows
    table = _name_columns(rows)
    if table is None:
        matrix = _read_numbers(rows, len(names))
        return Rows(pd.DataFrame(index=range(len(matrix))), matrix)
    unknown = [name for name in table.columns if name not in names]
    if unknown or not table.columns.is_unique:
        close = difflib.get_close_matches(str(unknown[0]), names, n=1) if unknown else []
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        found = unknown or table.columns[table.columns.duplicated()]
        raise RequestError(
            f"contrast: expected coefficients of the model, each once ({', '.join(names)}), found "
            f"{list_offenders(found)}{hint}"
        )
    wide = table.reindex(columns=list(names), fill_value=0.0)
    named = {} if isinstance(table.index, pd.RangeIndex) else {"contrast": table.index.tolist()}
    matrix = _read_numbers(wide.to_numpy(dtype=object), len(names))
    return Rows(pd.DataFrame(named, index=range(len(matrix))), matrix)


def _name_columns(rows: Any) -> pd.DataFrame | None:
    """One row per contrast, one named column per coefficient; None where nothing is named."""
    if isinstance(rows, Mapping):
        rows = pd.Series(dict(rows))
    if isinstance(rows, pd.Series):
        table = rows.to_frame().T.reset_index(drop=True) if rows.name is None else rows.to_frame().T
    elif isinstance(rows, pd.DataFrame):
        table = rows
    elif hasattr(rows, "to_pandas") or hasattr(rows, "__dataframe__"):
        source = open_table(rows)
        table = pd.DataFrame({name: source.column(name) for name in source.names})
    else:
        return None
    return None if _is_numbered(table) else table


def _is_numbered(table: pd.DataFrame) -> bool:
    """Whether the columns have no names, only numbers from 0."""
    return bool(table.columns.equals(pd.RangeIndex(table.shape[1])))


def _read_numbers(rows: Any, count: int) -> Array:
    try:
        matrix = np.atleast_2d(np.ascontiguousarray(rows, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise RequestError(
            f"contrast: expected numbers, rows of {count} coefficients, found {rows!r}"
        ) from error
    if matrix.ndim != 2 or matrix.shape[1] != count or not np.isfinite(matrix).all():
        raise RequestError(
            f"contrast: expected finite rows of {count} coefficients, found shape {matrix.shape}"
        )
    return matrix


def align_weights(weights: Any, subjects: Sequence[Any]) -> Array:
    """Weights ``(B, n)`` of replicated fits; columns that name subjects are put in the fit's order.

    Raises
    ------
    RequestError
        Columns that name other subjects than the fit has; entries that are no numbers.
    """
    if isinstance(weights, pd.Series):
        weights = weights.to_frame().T
    if isinstance(weights, pd.DataFrame) and not _is_numbered(weights):
        if set(weights.columns) != set(subjects) or not weights.columns.is_unique:
            odd = [*(set(weights.columns) ^ set(subjects)), *weights.columns[weights.columns.duplicated()]]
            raise RequestError(
                f"weights: expected one column for each of the {len(subjects)} subjects, found others or "
                f"none for {list_offenders(sorted(map(str, odd)))}; give an array ordered as fit.subjects"
            )
        weights = weights[list(subjects)]
    try:
        return np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise RequestError(f"weights: expected numbers, found {type(weights).__name__}: {error}") from error
