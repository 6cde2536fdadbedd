"""A column means what its plain kin means, whatever its type; what cannot be read is refused by name."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, DataError, MmrmFit, RequestError
from mmrm.columns import code_text, list_levels, make_plain
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + FLAG + COUNT + ARM * VISIT"


def _trial() -> pd.DataFrame:
    """A trial with a covariate, a boolean and an integer column, and identifiers of 17 digits."""
    frame = simulate_trial(n_per_arm=15, seed=4)
    number = frame["ID"].str[1:].astype(int)
    return frame.assign(
        ID=20240000000000000 + number, FLAG=number % 3 == 0, COUNT=((number * 37) % 200).astype("int64")
    )


TRIAL = _trial()


def _fit(frame: Any, formula: str = FORMULA, **options: Any) -> MmrmFit:
    return MMRM.from_formula(formula, frame, "ID", "VISIT", **options).fit()


def _same(one: MmrmFit, two: MmrmFit) -> None:
    assert one.subjects == two.subjects and one.names == two.names
    np.testing.assert_allclose(one.params, two.params, rtol=1e-12)
    np.testing.assert_allclose(one.lsmeans("ARM")["estimate"], two.lsmeans("ARM")["estimate"], rtol=1e-12)


def _decimal(column: pd.Series) -> list[Decimal | None]:
    return [None if pd.isna(value) else Decimal(repr(value)) for value in column.tolist()]


KIN = {
    "nullable": lambda t: t.convert_dtypes(),
    "object": lambda t: t.astype(object),
    "object with None": lambda t: t.astype(object).where(t.notna(), None),
    "Decimal": lambda t: t.assign(
        **{name: _decimal(t[name]) for name in ("Y", "BASE", "COUNT", "ID")}, FLAG=t["FLAG"].astype(object)
    ),
    "sparse": lambda t: t.assign(BASE=t["BASE"].astype(pd.SparseDtype("float"))),
    "uint8": lambda t: t.astype({"COUNT": "uint8"}),
    "float": lambda t: t.astype({"COUNT": "float64"}),
    "boolean": lambda t: t.astype({"FLAG": "boolean"}),
    "string": lambda t: t.astype({"ARM": "string"}),
    "text categories": lambda t: t.astype({"ARM": "category"}),
    "unsigned identifiers": lambda t: t.astype({"ID": "uint64"}),
}


@pytest.mark.parametrize("kind", KIN)
def test_every_type_means_what_its_plain_kin_means(kind: str) -> None:
    _same(_fit(KIN[kind](TRIAL)), _fit(TRIAL))


def test_missing_integers_and_booleans_beside_a_missing_response_change_nothing() -> None:
    gone = TRIAL["Y"].isna()
    assert gone.any()
    frame = TRIAL.astype({"FLAG": "boolean", "COUNT": "Int64"})
    frame.loc[gone, ["FLAG", "COUNT"]] = pd.NA
    fit = _fit(frame)
    _same(fit, _fit(TRIAL))
    assert fit.predict_missing()["estimate"].isna().all()


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object"])
def test_a_boolean_response_is_zero_and_one(dtype: str) -> None:
    number = TRIAL.assign(Y=(TRIAL["Y"] > TRIAL["Y"].median()).astype(float)).dropna()
    found = _fit(number.assign(Y=(number["Y"] == 1).astype(dtype)), "Y ~ ARM * VISIT")
    np.testing.assert_allclose(found.params, _fit(number, "Y ~ ARM * VISIT").params, rtol=1e-12)
    computed = _fit(number, "I(Y > 0.5) ~ ARM * VISIT")
    np.testing.assert_allclose(computed.params, found.params, rtol=1e-12)


def test_a_missing_boolean_response_is_left_out() -> None:
    flags = pd.array([bool(value > 0) for value in TRIAL["Y"].fillna(0)], dtype="boolean")
    flags[TRIAL["Y"].isna().to_numpy()] = pd.NA
    fit = _fit(TRIAL.assign(Y=flags), "Y ~ ARM * VISIT")
    assert fit.prepared.data.n_obs == TRIAL["Y"].notna().sum()


@pytest.mark.parametrize("dtype", ["int64", "Int64", "uint64", "object", "string"])
def test_long_identifiers_stay_apart(dtype: str) -> None:
    fit = _fit(TRIAL.astype({"ID": dtype}))
    assert fit.prepared.data.n_subjects == 30
    assert list(map(int, fit.subjects)) == sorted(TRIAL["ID"].unique().tolist())


def test_identifiers_that_a_float_has_rounded_are_refused() -> None:
    frame = TRIAL.assign(ID=TRIAL["ID"].astype(float))
    assert frame["ID"].nunique() < TRIAL["ID"].nunique()
    with pytest.raises(DataError, match=r"column ID.*15 digits stored as floats.*read the column as text"):
        _fit(frame)


def test_the_same_label_as_number_and_text_is_refused() -> None:
    frame = TRIAL.astype({"ID": object})
    frame.loc[frame["ID"] == frame["ID"].iloc[0], "ID"] = str(frame["ID"].iloc[3])
    with pytest.raises(DataError, match=r"column ID.*as number and as text"):
        _fit(frame)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "UInt8"])
def test_small_integers_do_not_wrap(dtype: str) -> None:
    frame = TRIAL.assign(COUNT=TRIAL["COUNT"] % 100, OTHER=110)
    formula = "Y ~ I(COUNT - OTHER) + I(COUNT * COUNT) + ARM * VISIT"
    found = _fit(frame.astype({"COUNT": dtype, "OTHER": dtype}), formula)
    np.testing.assert_allclose(found.params, _fit(frame.astype({"COUNT": float}), formula).params, rtol=1e-12)


def test_wide_integers_do_not_wrap_either() -> None:
    frame = TRIAL.assign(COUNT=300_000 + TRIAL["COUNT"])
    formula = "Y ~ I(COUNT**4 / 1e22) + ARM * VISIT"
    found = _fit(frame, formula)
    np.testing.assert_allclose(found.params, _fit(frame.astype({"COUNT": float}), formula).params, rtol=1e-12)


def test_integers_are_levels_in_c_and_numbers_elsewhere() -> None:
    frame = TRIAL.assign(DOSE=(TRIAL["COUNT"] % 3).astype("uint8"))
    assert "C(DOSE)[T.2]" in _fit(frame, "Y ~ C(DOSE) + ARM * VISIT").names
    assert "DOSE" in _fit(frame, "Y ~ DOSE + ARM * VISIT").names


@pytest.mark.parametrize("one", ["<5", "5,6 mg", "n.d."])
def test_numbers_as_text_with_one_that_is_none(one: str) -> None:
    text = TRIAL["BASE"].round(3).astype(str)
    text.iloc[4] = one
    with pytest.raises(DataError, match=rf"column BASE.*numbers stored as text.*'{one}'.*covariate.*factor"):
        _fit(TRIAL.assign(BASE=text))


def test_decimal_commas_are_numbers_as_text() -> None:
    with pytest.raises(DataError, match=r"column BASE.*numbers stored as text"):
        _fit(TRIAL.assign(BASE=TRIAL["BASE"].round(2).astype(str).str.replace(".", ",")))


def test_age_groups_are_a_factor() -> None:
    group = np.where(TRIAL["COUNT"] < 60, "<65", np.where(TRIAL["COUNT"] < 140, "65-80", ">80"))
    assert _fit(TRIAL.assign(AGE=group), "Y ~ AGE + ARM * VISIT").prepared.factors["AGE"] == (
        "65-80",
        "<65",
        ">80",
    )


def test_a_mixture_in_a_covariate_names_the_value() -> None:
    frame = TRIAL.astype({"BASE": object})
    frame.loc[3, "BASE"] = "high"
    with pytest.raises(DataError, match=r"column BASE.*'high'"):
        _fit(frame)


DATES = {
    "datetime": pd.Timestamp("2024-01-01") + pd.to_timedelta(TRIAL["FLAG"].astype(int), unit="D"),
    "date": [datetime.date(2024, 1, 1 + int(flag)) for flag in TRIAL["FLAG"]],
    "timedelta": pd.to_timedelta(TRIAL["FLAG"].astype(int), unit="D"),
    "period": pd.PeriodIndex(["2024-01" if flag else "2024-02" for flag in TRIAL["FLAG"]], freq="M"),
}


@pytest.mark.parametrize("kind", DATES)
def test_dates_are_refused_by_name_unless_asked_for_as_a_factor(kind: str) -> None:
    frame = TRIAL.assign(DAY=DATES[kind])
    with pytest.raises(DataError, match=r"column DAY: dates.*days since the start"):
        _fit(frame, "Y ~ DAY + ARM * VISIT")
    with pytest.raises(DataError, match="column DAY: expected numbers, found dates"):
        _fit(frame, "DAY ~ ARM * VISIT")
    assert len(_fit(frame, "Y ~ C(DAY) + ARM * VISIT").prepared.factors["DAY"]) == 2


@pytest.mark.parametrize("value", [[1], {}, b"a", 1j, object()])
def test_other_values_are_refused_by_name(value: object) -> None:
    frame = TRIAL.assign(ODD=[value] * len(TRIAL))
    for formula in ("Y ~ ODD + ARM * VISIT", "ODD ~ ARM * VISIT", "Y ~ C(ODD) + ARM * VISIT"):
        with pytest.raises(DataError, match=f"column ODD.*{type(value).__name__}"):
            _fit(frame, formula)


@pytest.mark.parametrize("left", ["C(Y)", "np.column_stack([Y, BASE])"])
def test_a_response_is_one_number(left: str) -> None:
    with pytest.raises(RequestError, match="response of one number per row"):
        _fit(TRIAL, f"{left} ~ ARM * VISIT")


@pytest.mark.parametrize("column", ["W", "TIME"])
def test_text_weights_and_times_are_named(column: str) -> None:
    options = {"weights": "W"} if column == "W" else {"time": "TIME", "covariance": "sp_exp"}
    with pytest.raises(DataError, match=f"column {column}: expected numbers"):
        _fit(TRIAL.assign(**{column: "heavy"}), **options)


def test_very_long_identifiers_beside_missing_ones_and_repeated_labels_of_the_index() -> None:
    found = make_plain(pd.Series([10**30, None, 10**30 + 1], index=[0, 0, 0], dtype=object), "x")
    assert found.dropna().tolist() == [10**30, 10**30 + 1] and found.isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, None], "Int64"),
        ([True, None], "boolean"),
        ([Decimal(3), Decimal(20240000000000001)], "int64"),
        ([Decimal("1.5"), 2], "float64"),
        ([1, 2.5], "float64"),
        ([None, None], "float64"),
        ([10**30, 1], "object"),
        (["a", None], "object"),
    ],
)
def test_plain_types(values: list[Any], dtype: str) -> None:
    found = make_plain(pd.Series(values, dtype=object), "x")
    assert found.dtype == dtype
    assert found.isna().tolist() == [value is None for value in values]
    assert [a for a in found.tolist() if not pd.isna(a)] == [a for a in values if a is not None]


@pytest.mark.parametrize(
    "values",
    [
        pd.Series(["b", "a", None, "b"], index=[3, 1, 3, 0]),
        pd.Series(["b", 2, np.nan, "2x"], dtype=object).iloc[[0, 3]],
        pd.Series([2**70, 5, 2**70], dtype=object),
        pd.Series([], dtype=object),
        pd.Series(pd.Categorical(["x", "z"], categories=["z", "y", "x"], ordered=True)),
    ],
)
def test_text_is_coded_as_pandas_codes_it(values: pd.Series) -> None:
    coded = code_text(values)
    expected = pd.Categorical(values.to_numpy(dtype=object), categories=list(list_levels(values)))
    assert coded.cat.categories.tolist() == expected.categories.tolist()
    np.testing.assert_array_equal(coded.cat.codes, expected.codes)
    assert coded.index.equals(values.index) and not coded.cat.ordered


def test_text_that_was_coded_is_text_again_with_the_levels_of_the_rows_used() -> None:
    """A level, or a subject, whose responses are all missing is no level; the frames hold the caller's text."""
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "id": np.repeat([f"S{i:02d}" for i in range(14)], 2),
            "v": ["V1", "V2"] * 14,
            "arm": np.repeat(["B", "A"] * 6 + ["C", "B"], 2),
            "y": rng.normal(size=28),
        }
    )
    frame.loc[frame["arm"] == "C", "y"] = np.nan
    frame.loc[3, "y"] = np.nan
    prepared = MMRM.from_formula("y ~ arm*v", frame, "id", "v").prepared
    assert prepared.factors == {"arm": ("A", "B"), "v": ("V1", "V2")}
    assert len(prepared.subjects) == 13 and prepared.n_subjects_read == 14
    assert prepared.frame["id"].dtype == object and prepared.held["arm"].tolist() == ["A", "C", "C"]
    assert prepared.held[["id", "arm"]].dtypes.eq(object).all()
    assert prepared.frame["arm"].cat.categories.tolist() == ["A", "B"]
