"""Predictions against least squares, Kenward-Roger's covariance of an indicator column, and dense matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, DataError, MmrmFit, RequestError
from mmrm.data import MmrmData
from unit.mmrm.cases import simulate_trial
from unit.mmrm.dense import Dense

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=12, drop=0.3, seed=8)


def _fit(covariance: str = "us", group: str | None = None, **options: str) -> MmrmFit:
    time = "TIME" if covariance == "sp_exp" else None
    model = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", covariance=covariance, group=group, time=time)
    return model.fit(**options)


def _with_indicator(fit: MmrmFit, line: pd.Series) -> MmrmData:
    """The data with one missing response put to zero and a column that is 1 there alone."""
    data, visits = fit.prepared.data, list(fit.prepared.visits)
    subject, visit = fit.subjects.index(line["ID"]), visits.index(line["VISIT"])
    held = fit.prepared.held
    row = held[(held["ID"] == line["ID"]) & (held["VISIT"] == line["VISIT"])].iloc[0]
    value = {"Intercept": 1.0, "BASE": row["BASE"], "ARM[T.TRT]": row["ARM"] == "TRT"}
    value |= {f"VISIT[T.{v}]": row["VISIT"] == v for v in visits[1:]}
    columns = [np.prod([float(value[part]) for part in name.split(":")]) for name in fit.names]
    where = int(np.searchsorted(data.subject * 10 + data.visit, subject * 10 + visit))
    design = np.insert(data.design, where, columns, axis=0)
    extra = np.zeros((len(design), 1))
    extra[where] = 1.0
    coordinates = data.coordinates
    if coordinates is not None:
        coordinates = np.insert(coordinates, where, row["TIME"], axis=0)
    return replace(
        data,
        response=np.insert(data.response, where, 0.0),
        design=np.hstack([design, extra]),
        names=(*data.names, "missing"),
        subject=np.insert(data.subject, where, subject),
        visit=np.insert(data.visit, where, visit),
        coordinates=coordinates,
        terms=None,
    )


@pytest.mark.parametrize(
    ("covariance", "group"),
    [
        ("us", None),
        ("cs", None),
        ("toeph", None),
        ("ar1", None),
        ("sp_exp", None),
        ("us", "ARM"),
        ("csh", "ARM"),
    ],
)
def test_kenward_roger_prediction_error_is_that_of_an_indicator_column(
    covariance: str, group: str | None
) -> None:
    """The missing response as a coefficient: its estimate, its adjusted variance, its Satterthwaite df."""
    fit = _fit(covariance, group, df_method="kenward-roger-linear")
    table = fit.predict_missing()
    for _, line in table.iloc[[0, len(table) // 2, len(table) - 1]].iterrows():
        dense = Dense(covariance, fit.inference.fit.theta, _with_indicator(fit, line))
        last = np.eye(dense.data.design.shape[1])[-1]
        assert line["estimate"] == pytest.approx(-dense.beta[-1], rel=1e-8)
        assert line["se"] ** 2 == pytest.approx(dense.kenward_roger(linear=True)[-1, -1], rel=1e-6)
        assert line["df"] == pytest.approx(dense.satterthwaite(last), rel=1e-6)
        assert line["se"] ** 2 > dense.phi[-1, -1] * 1.01


def test_the_estimated_covariance_adds_error_in_every_row() -> None:
    full, known = (_fit(df_method=method).predict_missing() for method in ("kenward-roger", "satterthwaite"))
    np.testing.assert_allclose(full["estimate"], known["estimate"], rtol=1e-12)
    np.testing.assert_allclose(full["df"], known["df"], rtol=1e-9)
    assert (full["se"] > known["se"]).all()


@pytest.mark.parametrize("df_method", ["kenward-roger", "satterthwaite", "residual"])
def test_one_visit_is_least_squares(df_method: str) -> None:
    """Closed form: x'b, s sqrt(h) and s sqrt(1 + h), both with N - k df."""
    frame = simulate_trial(n_per_arm=9, n_visits=1, drop=0.0, seed=3)
    fit = MMRM.from_formula("Y ~ BASE + ARM", frame, "ID", "VISIT").fit(df_method)
    new = pd.DataFrame({"BASE": [7.0, 9.0], "ARM": ["TRT", "CTL"], "VISIT": "M1"}, index=["a", "b"])
    x = np.column_stack([np.ones(18), frame["ARM"] == "TRT", frame["BASE"]]).astype(float)
    rows = np.array([[1, 1, 7.0], [1, 0, 9.0]])
    beta, rest, *_ = np.linalg.lstsq(x, frame["Y"].to_numpy(), rcond=None)
    s, h = np.sqrt(rest[0] / 15), np.einsum("ij,jk,ik->i", rows, np.linalg.inv(x.T @ x), rows)
    for interval, size in (("confidence", h), ("prediction", 1 + h)):
        table = fit.predict(new, interval, level=0.9)
        assert list(table.columns) == ["estimate", "se", "df", "lower", "upper"] and list(table.index) == [
            "a",
            "b",
        ]
        np.testing.assert_allclose(table["estimate"], rows @ beta, rtol=1e-9)
        np.testing.assert_allclose(table["se"], s * np.sqrt(size), rtol=1e-9)
        np.testing.assert_allclose(table["df"], 15, rtol=1e-7)
        np.testing.assert_allclose(
            table["upper"] - table["estimate"], 1.7530503556925547 * table["se"], rtol=1e-7
        )


@pytest.mark.parametrize(
    "options", [{}, {"cov_type": "CR2"}, {"df_method": "asymptotic"}, {"df_method": "between-within"}]
)
@pytest.mark.parametrize("covariance", ["us", "sp_exp"])
def test_a_new_subject_is_one_without_responses(covariance: str, options: dict[str, str]) -> None:
    """`predict` of new rows and `predict_missing` of a subject who has none give the same numbers."""
    frame = FRAME.copy()
    frame.loc[frame["ID"] == "S003", "Y"] = np.nan
    time = "TIME" if covariance == "sp_exp" else None
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", covariance=covariance, group="ARM", time=time).fit(
        **options
    )
    held = fit.predict_missing().query("ID == 'S003'").drop(columns=["ID", "VISIT"])
    new = fit.predict(frame[frame["ID"] == "S003"], "prediction")
    pd.testing.assert_frame_equal(new, held, rtol=1e-8)
    mean = fit.predict(frame[frame["ID"] == "S003"])
    np.testing.assert_allclose(mean["estimate"], new["estimate"], rtol=1e-10)
    assert (mean["se"] < new["se"]).all()


def test_predicted_means_are_the_contrasts_of_their_rows() -> None:
    fit = _fit()
    rows = fit.lsmeans_rows("ARM", by="VISIT", at={"BASE": 8.0})
    new = rows.labels.assign(BASE=8)
    table, means = fit.predict(new), fit.lsmeans("ARM", by="VISIT", at={"BASE": 8.0})
    np.testing.assert_allclose(table, means[table.columns], rtol=1e-9)


def test_rows_without_a_covariate_are_kept_as_nan() -> None:
    new = pd.DataFrame({"BASE": [np.nan, 8.0], "ARM": ["TRT", "TRT"], "VISIT": ["M1", "M3"]})
    for interval in ("confidence", "prediction"):
        table = _fit().predict(new, interval)
        assert table.loc[0].isna().all() and table.loc[1].notna().all()


def test_many_new_rows_are_each_predicted_alone() -> None:
    """More rows than one block holds, in two covariance groups: the same numbers as one by one."""
    fit = _fit(group="ARM")
    new = pd.concat([FRAME.drop(columns="Y")] * 2, ignore_index=True)
    table = fit.predict(new, "prediction")
    for i in (0, 1, 40, len(new) - 1):
        pd.testing.assert_frame_equal(fit.predict(new.iloc[[i]], "prediction"), table.iloc[[i]], rtol=1e-9)


def test_bad_new_rows_are_named() -> None:
    fit = _fit()
    good = pd.DataFrame({"BASE": [8.0], "ARM": ["TRT"], "VISIT": ["M3"]})
    with pytest.raises(RequestError, match=r"column ARM: expected levels among CTL, TRT, found HIGH"):
        fit.predict(good.assign(ARM="HIGH"))
    with pytest.raises(RequestError, match=r"column VISIT: expected levels among M1, M3, M6, found M9"):
        fit.predict(good.assign(VISIT="M9"))
    with pytest.raises((DataError, RequestError), match="BASE"):
        fit.predict(good.drop(columns="BASE"))
    with pytest.raises(DataError, match=r"BASE.*'high'"):
        fit.predict(good.assign(BASE="high"))
    with pytest.raises(
        RequestError, match=r"column BASE: expected finite numbers, found infinite ones in row 0"
    ):
        fit.predict(good.assign(BASE=np.inf), "prediction")
    with pytest.raises(RequestError, match="interval: expected one of confidence, prediction, found 'both'"):
        fit.predict(good, "both")
    with pytest.raises(RequestError, match="level"):
        fit.predict(good, level=95)
