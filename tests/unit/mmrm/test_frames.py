"""Frames that are not pandas: read by name and value, without their packages being installed."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, DataError, MmrmFit, RequestError, fit_ladder
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=10)


class Enum:
    """A dtype with categories in an order of their own, as polars has it."""

    def __init__(self, categories: list[str]) -> None:
        self.categories = categories


class ListColumn:
    """A column that gives Python values, missing ones as None, as polars and Arrow columns do."""

    def __init__(self, values: list[Any], dtype: Any = "String", method: str = "to_list") -> None:
        self.dtype = dtype
        setattr(self, method, lambda: values)


class ListFrame:
    """What polars has of a data frame: names, columns by name, and a conversion that rounds integers."""

    def __init__(self, columns: dict[str, ListColumn]) -> None:
        self._columns = columns

    @property
    def columns(self) -> list[str]:
        return list(self._columns)

    def __getitem__(self, name: str) -> ListColumn:
        return self._columns[name]

    def to_pandas(self) -> pd.DataFrame:
        raise AssertionError("a conversion of the whole frame turns integers into floats")


class ArrowFrame(ListFrame):
    """What Arrow has: ``columns`` are columns, ``column_names`` their names."""

    @property
    def column_names(self) -> list[str]:
        return list(self._columns)

    @property
    def columns(self) -> list[Any]:  # type: ignore[override]
        return list(self._columns.values())


class Converted:
    """A frame with nothing but its own conversion."""

    columns = ("Y",)

    def __init__(self, data: Any) -> None:
        self.data = data

    def __getitem__(self, name: str) -> object:
        return object()

    def to_pandas(self) -> pd.DataFrame:
        return self.data()


class Interchange:
    """A frame with nothing but the interchange protocol; pandas reads it."""

    columns = ("Y",)

    def __init__(self, data: pd.DataFrame) -> None:
        self.data = data

    def __getitem__(self, name: str) -> object:
        return object()

    def __dataframe__(self, *args: Any, **options: Any) -> Any:
        return self.data.__dataframe__(*args, **options)


def _columns(method: str = "to_list") -> dict[str, ListColumn]:
    found = {
        name: ListColumn([None if pd.isna(v) else v for v in FRAME[name].tolist()], method=method)
        for name in FRAME
    }
    visits = found["VISIT"]
    visits.dtype = Enum(["M1", "M3", "M6"])
    return found


def _fit(data: Any) -> MmrmFit:
    return MMRM.from_formula(FORMULA, data, "ID", "VISIT").fit()


def _same(fit: MmrmFit) -> None:
    reference = _fit(FRAME)
    assert fit.prepared.visits == ("M1", "M3", "M6") and fit.subjects == reference.subjects
    np.testing.assert_allclose(fit.params, reference.params, rtol=1e-12)
    pd.testing.assert_index_equal(fit.fittedvalues.index, reference.fittedvalues.index)


def test_columns_by_name_and_value() -> None:
    _same(_fit(ListFrame(_columns())))
    _same(_fit(ArrowFrame(_columns("to_pylist"))))


def test_integers_beside_missing_ones_are_not_rounded() -> None:
    number = FRAME["ID"].str[1:].astype(int)
    columns = _columns() | {"ID": ListColumn([20240000000000000 + value for value in number])}
    fit = _fit(ListFrame(columns))
    assert fit.prepared.data.n_subjects == 20 and fit.subjects[-1] == 20240000000000019


@pytest.mark.skipif(
    importlib.util.find_spec("pandas.core.interchange") is None, reason="pandas without interchange"
)
def test_interchange_and_own_conversion() -> None:
    _same(_fit(Converted(lambda: FRAME)))
    plain = FRAME.astype({"ID": object, "ARM": object, "VISIT": "category"})
    fit = _fit(Interchange(plain[["ID", "VISIT", "ARM", "BASE", "Y"]]))
    np.testing.assert_allclose(fit.params, _fit(FRAME).params, rtol=1e-12)


def test_a_conversion_that_fails_is_named() -> None:
    def _refuse() -> pd.DataFrame:
        raise ModuleNotFoundError("No module named 'pyarrow'")

    with pytest.raises(DataError, match="Converted, which fails: No module named 'pyarrow'"):
        _fit(Converted(_refuse))


@pytest.mark.parametrize(
    "data", [None, {}, FRAME.to_dict("list"), FRAME.to_numpy(), [1], "data.csv", 3, FRAME["Y"]]
)
def test_what_is_no_frame_is_named(data: object) -> None:
    with pytest.raises(DataError, match=f"data: expected a data frame.*found {type(data).__name__}"):
        _fit(data)
    with pytest.raises(DataError, match="expected a data frame"):
        fit_ladder(FORMULA, data, "ID", "VISIT")


def test_two_columns_of_one_name() -> None:
    twice = pd.concat([FRAME, FRAME[["BASE"]]], axis=1)
    with pytest.raises(DataError, match="column BASE: expected one column of this name, found 2"):
        _fit(twice)
    unused = pd.concat([FRAME, FRAME[["SEX"]]], axis=1)
    np.testing.assert_array_equal(_fit(unused).params, _fit(FRAME).params)


def test_a_column_in_the_index_is_said_to_be_there() -> None:
    with pytest.raises(DataError, match=r"subject: .*'ID' .it is in the index: use data.reset_index"):
        _fit(FRAME.set_index("ID"))
    with pytest.raises(DataError, match=r"'BASE' .it is in the index"):
        _fit(FRAME.set_index("BASE"))


def test_several_rows_of_column_names() -> None:
    with pytest.raises(DataError, match="one row of column names, found 2 levels"):
        _fit(pd.concat({"a": FRAME}, axis=1))


def test_roles_are_names_of_columns() -> None:
    with pytest.raises(DataError, match=r"visit: expected a column.*'VISTI' .did you mean 'VISIT'"):
        MMRM.from_formula(FORMULA, FRAME, "ID", "VISTI")
    with pytest.raises(RequestError, match="subject: expected the name of a column as text, found 3"):
        MMRM.from_formula(FORMULA, FRAME, 3, "VISIT")  # type: ignore[arg-type]


@pytest.mark.parametrize("package", ["polars", "pyarrow"])
def test_the_real_ones(package: str) -> None:
    module = pytest.importorskip(package)
    columns = {name: column.to_list() for name, column in _columns().items()}  # type: ignore[attr-defined]
    frame = module.DataFrame(columns) if package == "polars" else module.table(columns)
    _same(_fit(frame))
