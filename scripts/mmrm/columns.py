"""Columns of any type as plain ones: numbers, booleans, text, categories, dates; others are refused."""

from __future__ import annotations

import re
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from mmrm.errors import DataError, list_offenders

# Above this a float no longer tells neighbouring integers apart.
_EXACT = 2.0**53
_DATES = ("datetime64", "datetime", "date", "timedelta64", "timedelta", "time", "period", "interval")
_NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*")


def make_plain(values: pd.Series, name: str) -> pd.Series:
    """The same values in the plainest type that holds them.

    Parameters
    ----------
    values : Series
        A column of any type: nullable, Arrow, sparse, object, Decimal.
    name : str
        Its name, for messages.

    Returns
    -------
    Series
        ``int64`` (``uint64`` or Python integers beyond it), ``float64``, ``bool``, text, a mixture of text
        and numbers, dates, or categories of any. Integers and booleans with missing values are nullable, so
        that no integer passes through a float.

    Raises
    ------
    DataError
        Values of a kind that no model reads.
    """
    dtype: Any = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        if isinstance(dtype.categories.dtype, np.dtype):
            return values
        return values.cat.rename_categories(dtype.categories.astype(object).tolist())
    if isinstance(dtype, np.dtype) and dtype.kind in "biuf":
        return _narrow(values)
    if is_date(values):
        return values
    return _read_objects(values.astype(object), name)


def _narrow(values: pd.Series) -> pd.Series:
    """Wide integers and floats: small ones would wrap or round inside a formula."""
    kind = values.dtype.kind
    if kind == "b" or (kind == "u" and values.size and values.max() > np.iinfo(np.int64).max):
        return values
    return values.astype(np.float64 if kind == "f" else np.int64)


def _read_objects(values: pd.Series, name: str) -> pd.Series:
    """Python values by their kind; missing ones of any spelling are missing."""
    missing = values.isna()
    gaps = bool(missing.any())
    seen = values[~missing] if gaps else values
    kind = pd.api.types.infer_dtype(seen, skipna=False)
    if kind == "string":
        return values.where(~missing, np.nan) if gaps else values
    if kind == "empty" or not len(seen):
        return pd.Series(np.nan, index=values.index, name=values.name, dtype=np.float64)
    if kind == "boolean":
        return values.astype(bool) if not missing.any() else values.astype("boolean")
    if kind == "integer" or all(_is_whole(value) for value in seen):
        return _read_integers(values, seen)
    if all(isinstance(value, Real | Decimal) and not isinstance(value, bool | np.bool_) for value in seen):
        return values.where(~missing, np.nan).astype(np.float64)
    if kind in _DATES or all(isinstance(value, str | int | float | Decimal | np.number) for value in seen):
        return values
    raise DataError(f"data, column {name}: {_describe_kinds(seen)}; convert the column")


def _is_whole(value: Any) -> bool:
    """Whether a value is a whole number kept exactly: identifiers come from databases as Decimal."""
    return isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value()


def _read_integers(values: pd.Series, seen: pd.Series) -> pd.Series:
    whole = [int(value) for value in seen]
    low, high = min(whole), max(whole)
    if low < np.iinfo(np.int64).min or high > np.iinfo(np.int64).max:
        filled = values.to_numpy(dtype=object, copy=True)
        filled[values.notna().to_numpy()] = whole
        return pd.Series(filled, index=values.index, name=values.name, dtype=object)
    if len(whole) == len(values):
        return pd.Series(whole, index=values.index, name=values.name, dtype=np.int64)
    codes = np.zeros(len(values), dtype=np.int64)
    codes[values.notna().to_numpy()] = whole
    array = pd.arrays.IntegerArray(codes, values.isna().to_numpy())
    return pd.Series(array, index=values.index, name=values.name)


def _describe_kinds(seen: pd.Series) -> str:
    """The kinds of value in a column with an example of each."""
    examples: dict[str, Any] = {}
    for value in seen:
        examples.setdefault(type(value).__name__, value)
    found = [f"{value!r} ({kind})" for kind, value in examples.items()]
    return f"expected numbers, text, booleans or dates, found {', '.join(found[:5])}"


def settle(values: pd.Series) -> pd.Series:
    """A nullable column without missing values as its plain kin."""
    if isinstance(values.dtype, pd.BooleanDtype):
        return values.astype(bool)
    return values.astype(np.int64) if isinstance(values.dtype, pd.Int64Dtype) else values


def is_date(values: pd.Series) -> bool:
    """Whether a column holds dates, times, durations, periods or intervals."""
    dtype: Any = values.dtype
    if isinstance(dtype, pd.PeriodDtype | pd.IntervalDtype | pd.DatetimeTZDtype):
        return True
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        return True
    return bool(dtype == np.dtype(object)) and pd.api.types.infer_dtype(values, skipna=True) in _DATES


def is_text(values: pd.Series) -> bool:
    """Whether a plain column holds text and nothing else, missing values apart."""
    return values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) == "string"


def _is_mixture(values: pd.Series) -> bool:
    """Whether a plain column holds text and numbers."""
    return values.dtype == object and pd.api.types.infer_dtype(values, skipna=True).startswith("mixed")


def _reads_as_number(value: Any) -> bool:
    return not isinstance(value, str) or _NUMBER.fullmatch(value) is not None


def is_boolean(values: pd.Series) -> bool:
    """Whether a plain column holds booleans."""
    return values.dtype == bool or isinstance(values.dtype, pd.BooleanDtype)


def is_number(values: pd.Series) -> bool:
    """Whether a plain column holds numbers; booleans are not."""
    return pd.api.types.is_numeric_dtype(values.dtype) and not is_boolean(values)


def widen(values: pd.Series) -> pd.Series:
    """A plain column for arithmetic: Python integers that no integer type holds become floats."""
    if values.dtype == np.dtype(object) and pd.api.types.infer_dtype(values, skipna=True) == "integer":
        return values.where(values.notna(), np.nan).astype(np.float64)
    return values


def read_numbers(values: pd.Series, name: str, subject: pd.Series) -> pd.Series:
    """A plain column as ``float64``: booleans are 0 and 1, missing values NaN.

    Raises
    ------
    DataError
        Text, categories or dates; offenders are named with their subjects.
    """
    values = widen(values)
    if is_number(values) or is_boolean(values):
        return pd.Series(
            values.to_numpy(dtype=np.float64, na_value=np.nan), index=values.index, name=values.name
        )
    what = "convert the column"
    if isinstance(values.dtype, pd.CategoricalDtype):
        found = f"categories ({list_offenders(values.cat.categories)})"
    elif is_date(values):
        found, what = "dates", "convert it to a number, for example days since the start"
    else:
        text = [not _reads_as_number(value) for value in values[values.notna()]]
        bad = values[values.notna()][text]
        who = subject[values.notna()][text]
        found = "numbers stored as text"
        if len(bad):
            found = list_offenders([f"{value!r} of {one}" for value, one in zip(bad, who, strict=True)])
    raise DataError(f"data, column {name}: expected numbers, found {found}; {what}")


def check_label(values: pd.Series, name: str) -> None:
    """Refuse labels that are one only to the eye, and identifiers that a float has already rounded.

    Raises
    ------
    DataError
        The same label as a number and as text; floats of 2^53 and more.
    """
    if _is_mixture(values):
        levels = values.dropna().drop_duplicates()
        both = levels[levels.astype(str).duplicated()]
        if len(both):
            raise DataError(
                f"data, column {name}: {list_offenders(both)} stand as number and as text; write all "
                "labels as text or all as numbers"
            )
    if values.dtype != np.float64:
        return
    long = values[np.abs(values) >= _EXACT]
    if len(long):
        raise DataError(
            f"data, column {name}: identifiers of more than 15 digits stored as floats "
            f"({list_offenders(long.drop_duplicates())}) are rounded and may merge; read the column as text "
            "or integers"
        )


def check_predictor(values: pd.Series, name: str, coded: bool) -> None:
    """Refuse text that is mostly numbers, and dates: covariate or factor is the caller's word.

    Parameters
    ----------
    values : Series
        A plain column.
    name : str
        Its name.
    coded : bool
        Whether its categories are text that `code_text` has coded, and not the caller's.

    Raises
    ------
    DataError
        The column, the values that are no numbers, and what to do.
    """
    if is_date(values):
        raise DataError(
            f"data, column {name}: dates are neither a covariate nor a factor; convert them to a number, for "
            "example days since the start, or to text or a categorical column"
        )
    is_category = isinstance(values.dtype, pd.CategoricalDtype) and not coded
    if is_number(values) or is_boolean(values) or is_category:
        return
    levels = list(list_levels(values)) if coded else values.dropna().drop_duplicates().tolist()
    others = [level for level in levels if not _reads_as_number(level)]
    if levels and (len(others) * 2 <= len(levels) or _is_mixture(values)):
        numbers = [level for level in levels if _reads_as_number(level)]
        rest = f" beside {list_offenders(map(repr, others))}, which are none" if others else ""
        raise DataError(
            f"data, column {name}: numbers stored as text ({list_offenders(numbers)}){rest}; convert them to "
            "numbers for a covariate, or to a categorical column for a factor"
        )


def list_levels(values: pd.Series) -> tuple[Any, ...]:
    """Levels of a plain column: its categories, or its values sorted."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return tuple(values.cat.categories)
    try:
        return tuple(sorted(values.dropna().unique().tolist()))
    except TypeError as error:
        raise DataError(
            f"data, column {values.name}: expected labels of one kind that can be sorted, found a mixture; "
            "write them all as text or all as numbers"
        ) from error


def code_text(values: pd.Series) -> pd.Series:
    """Text as categories in sorted order, categories as they are; none of them ordered."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.as_unordered()
    codes, found = pd.factorize(values.to_numpy(dtype=object))
    levels = list_levels(pd.Series(found, name=values.name, dtype=object))
    place = {level: number for number, level in enumerate(levels)}
    moved = np.array([*(place[level] for level in found.tolist()), -1], dtype=np.int64)
    dtype: Any = pd.CategoricalDtype(list(levels))
    coded = pd.Categorical.from_codes(moved[codes], dtype=dtype)
    return pd.Series(coded, index=values.index, name=values.name)
