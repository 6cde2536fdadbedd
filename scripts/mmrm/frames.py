"""Data frames of any kind, read column by column: pandas, polars, Arrow, and what can become pandas."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mmrm.errors import DataError, RequestError, list_offenders


@dataclass(frozen=True, eq=False)
class Table:
    """A caller's data frame.

    Attributes
    ----------
    data : data frame
        pandas, or another one whose columns are read by name.
    names : tuple
        Its column names.
    """

    data: Any
    names: tuple[Any, ...]

    def column(self, name: str) -> pd.Series:
        """One column with the caller's index.

        Raises
        ------
        DataError
            Two columns of that name.
        """
        if self.names.count(name) != 1:
            raise DataError(
                f"data, column {name}: expected one column of this name, found {self.names.count(name)}; "
                "rename or remove the others"
            )
        if isinstance(self.data, pd.DataFrame):
            return self.data[name]
        return _read_foreign(self.data[name], name)


def open_table(data: Any) -> Table:
    """A data frame as a `Table`.

    Columns of polars and Arrow frames are read as Python values: a conversion of the whole frame would turn
    integers with missing values, long subject numbers among them, into rounded floats.

    Raises
    ------
    DataError
        Not a data frame, or one with several rows of column names.
    """
    if isinstance(data, pd.DataFrame):
        return _open_pandas(data)
    if _is_foreign(data):
        names = getattr(data, "column_names", None) or data.columns
        if names and all(isinstance(name, str) for name in names) and _has_lists(data, names[0]):
            return Table(data, tuple(names))
        return _open_pandas(_convert(data))
    raise DataError(
        f"data: expected a data frame (pandas, polars, Arrow, or one with to_pandas()), found "
        f"{type(data).__name__}; convert it, for example by pandas.DataFrame(data)"
    )


def _open_pandas(data: pd.DataFrame) -> Table:
    if data.columns.nlevels > 1:
        raise DataError(
            f"data: expected one row of column names, found {data.columns.nlevels} levels; join them into one"
        )
    return Table(data, tuple(data.columns))


def _is_foreign(data: Any) -> bool:
    can_convert = hasattr(data, "to_pandas") or hasattr(data, "__dataframe__")
    return can_convert and (hasattr(data, "columns") or hasattr(data, "column_names"))


def _has_lists(data: Any, name: str) -> bool:
    column = data[name]
    return hasattr(column, "to_pylist") or hasattr(column, "to_list")


def _convert(data: Any) -> pd.DataFrame:
    """A frame without columns of lists, by its own conversion or the interchange protocol."""
    try:
        if hasattr(data, "to_pandas"):
            return pd.DataFrame(data.to_pandas())
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pd.api.interchange.from_dataframe(data)
    except Exception as error:
        raise DataError(
            f"data: expected a data frame that converts to pandas, found {type(data).__name__}, which fails: "
            f"{error}; convert it first"
        ) from error


def _read_foreign(column: Any, name: str) -> pd.Series:
    """Values of a polars or Arrow column; categories with an order of their own keep it."""
    kind: Any = getattr(column, "dtype", getattr(column, "type", None))
    if str(kind).startswith("dictionary"):
        return pd.Series(column.to_pandas(), name=name)
    values = column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()
    if type(kind).__name__ == "Enum":
        return pd.Series(pd.Categorical(values, categories=list(kind.categories), ordered=True), name=name)
    return pd.Series(values, name=name, dtype=object)


def check_name(role: str, name: Any, table: Table) -> str:
    """A column name as a role asks for it.

    Raises
    ------
    RequestError
        Not a text.
    DataError
        No such column; the hint says where the name stands.
    """
    if not isinstance(name, str):
        raise RequestError(f"{role}: expected the name of a column as text, found {name!r}")
    if name not in table.names:
        raise DataError(f"{role}: expected a column of the data, found no {name!r}{suggest(name, table)}")
    return name


def suggest(name: str, table: Table) -> str:
    """Where a column that was asked for may be: in the index, or under a similar name."""
    import difflib

    index = getattr(getattr(table.data, "index", None), "names", None)
    if index is not None and name in list(index):
        return " (it is in the index: use data.reset_index())"
    close = difflib.get_close_matches(name, [str(column) for column in table.names], n=1)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f" among {list_offenders(table.names)}"
