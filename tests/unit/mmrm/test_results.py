"""Residuals, prediction, criteria, degrees of freedom, record and summary of a fit."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, AncovaFit, MmrmFit, fit_ladder
from mmrm.inference import find_quantile
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=15, drop=0.3, seed=8)


def _fit(covariance: str = "us", reml: bool = True, **options: str) -> MmrmFit:
    return MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", covariance=covariance, reml=reml).fit(**options)


def test_residuals_by_hand() -> None:
    fit = _fit()
    table = fit.residuals()
    data = fit.prepared.data
    np.testing.assert_allclose(table["fitted"], data.design @ fit.params.to_numpy(), atol=1e-10)
    np.testing.assert_allclose(table["raw"], table["observed"] - table["fitted"], atol=1e-12)
    sd = np.sqrt(np.diagonal(fit.sigma))[data.visit]
    np.testing.assert_allclose(table["standardised"], table["raw"] / sd, atol=1e-10)
    for i in range(0, data.n_subjects, 7):
        rows = np.flatnonzero(data.subject == i)
        root = np.linalg.cholesky(fit.sigma[np.ix_(data.visit[rows], data.visit[rows])])
        np.testing.assert_allclose(
            table["whitened"].iloc[rows], np.linalg.solve(root, table["raw"].iloc[rows])
        )


def test_whitened_residuals_have_unit_size() -> None:
    fit = _fit()
    white = fit.residuals()["whitened"]
    free = len(white) - len(fit.names)
    assert (white**2).sum() == pytest.approx(free, rel=1e-6)


def test_prediction_of_missing_visits_by_hand() -> None:
    fit = _fit(df_method="satterthwaite")
    table = fit.predict_missing(level=0.9)
    assert len(table) == fit.n_dropped_missing_response == FRAME["Y"].isna().sum()
    data, sigma = fit.prepared.data, np.asarray(fit.sigma)
    line = table[table["ID"].duplicated(keep=False)].iloc[0]
    gone = np.flatnonzero(table["ID"] == line["ID"])
    rows = np.flatnonzero(data.subject == fit.subjects.index(line["ID"]))
    seen, miss = data.visit[rows], table["VISIT"].cat.codes.to_numpy()[gone]
    subject = FRAME[FRAME["ID"] == line["ID"]]
    design = np.stack([_design_row(fit, subject.iloc[v]) for v in miss])
    slope = sigma[np.ix_(miss, seen)] @ np.linalg.inv(sigma[np.ix_(seen, seen)])
    beta, cov = fit.params.to_numpy(), fit.cov_params().to_numpy()
    mean = design @ beta + slope @ (data.response[rows] - data.design[rows] @ beta)
    gap = design - slope @ data.design[rows]
    var = sigma[np.ix_(miss, miss)] - slope @ sigma[np.ix_(seen, miss)] + gap @ cov @ gap.T
    np.testing.assert_allclose(table["estimate"].iloc[gone], mean, rtol=1e-9)
    np.testing.assert_allclose(table["se"].iloc[gone], np.sqrt(np.diagonal(var)), rtol=1e-9)
    quantile = find_quantile(table["df"].to_numpy(), 0.9)
    np.testing.assert_allclose(table["upper"] - table["estimate"], quantile * table["se"], rtol=1e-9)


def _design_row(fit: MmrmFit, row: pd.Series) -> np.ndarray:
    value = {"Intercept": 1.0, "BASE": row["BASE"], "ARM[T.TRT]": row["ARM"] == "TRT"}
    value |= {f"VISIT[T.{v}]": row["VISIT"] == v for v in ("M3", "M6")}
    return np.array([np.prod([float(value[part]) for part in name.split(":")]) for name in fit.names])


@pytest.mark.parametrize("covariance", ["us", "ar1", "sp_exp"])
def test_prediction_of_a_subject_without_any_response_is_its_fitted_mean(covariance: str) -> None:
    frame = FRAME.copy()
    frame.loc[frame["ID"] == "S003", "Y"] = np.nan
    time = "TIME" if covariance == "sp_exp" else None
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", covariance=covariance, time=time).fit()
    found = fit.predict_missing().set_index("ID").loc["S003"]
    expected = [_design_row(fit, row) @ fit.params for _, row in frame[frame["ID"] == "S003"].iterrows()]
    np.testing.assert_allclose(found["estimate"], expected, rtol=1e-9)
    assert (found["se"] ** 2 > np.diagonal(fit.sigma)).all()


def test_prediction_keeps_rows_it_cannot_predict() -> None:
    frame = FRAME.copy()
    where = frame.index[frame["Y"].isna()][:2]
    frame.loc[where, "BASE"] = np.nan
    table = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit().predict_missing()
    assert table["estimate"].isna().sum() == 2 and len(table) == frame["Y"].isna().sum()


@pytest.mark.parametrize(("reml", "count"), [(True, 6), (False, 13)])
def test_criteria_as_sas_counts_them(reml: bool, count: int) -> None:
    fit = _fit(reml=reml)
    n = fit.prepared.data.n_obs - (7 if reml else 0)
    assert fit.aic == pytest.approx(fit.deviance + 2 * count)
    assert fit.aicc == pytest.approx(fit.deviance + 2 * count * n / (n - count - 1))
    assert fit.bic == pytest.approx(fit.deviance + count * np.log(30))
    assert fit.llf == pytest.approx(-fit.deviance / 2)


def test_bic_counts_subjects_without_a_response() -> None:
    frame = FRAME.copy()
    frame.loc[frame["ID"] == "S003", "Y"] = np.nan
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()
    assert fit.prepared.data.n_subjects == 29
    assert fit.bic == pytest.approx(fit.deviance + 6 * np.log(30))


def test_between_within_degrees_of_freedom() -> None:
    fit = _fit("ar1", df_method="between-within")
    data = fit.prepared.data
    within = [":" in name or "VISIT" in name for name in fit.names]
    expected = np.where(within, data.n_obs - data.n_subjects - 4, data.n_subjects - 3)
    np.testing.assert_array_equal(fit.df, expected)
    unstructured = _fit("us", df_method="between-within")
    np.testing.assert_array_equal(unstructured.df, data.n_subjects - 3)


def test_between_within_looks_at_terms_not_columns() -> None:
    """An arm-by-visit term without main effects varies within subjects although one of its columns does not."""
    model = MMRM.from_formula("Y ~ BASE + VISIT:ARM", FRAME, "ID", "VISIT", covariance="ar1")
    data = model.prepared.data
    df = model.fit(df_method="between-within").df
    assert df["BASE"] == data.n_subjects - 2
    others = [name for name in df.index if name not in ("Intercept", "BASE")]
    assert "ARM[T.TRT]" in others  # constant within subjects, yet part of the term
    np.testing.assert_array_equal(df[others], data.n_obs - data.n_subjects - 5)


def test_residual_and_asymptotic_degrees_of_freedom() -> None:
    residual, asymptotic = _fit(df_method="residual"), _fit(df_method="asymptotic")
    np.testing.assert_array_equal(residual.df, residual.prepared.data.n_obs - 7)
    assert np.isinf(asymptotic.df).all()
    from scipy.special import ndtr

    np.testing.assert_allclose(asymptotic.pvalues, 2 * ndtr(-asymptotic.tvalues.abs()), rtol=1e-12)
    np.testing.assert_array_equal(residual.bse, asymptotic.bse)
    assert (_fit().bse >= residual.bse * (1 - 1e-12)).all()


def test_defaults_of_the_degrees_of_freedom() -> None:
    assert _fit().inference.df_method == "kenward-roger"
    assert _fit(cov_type="CR2").inference.df_method == "satterthwaite"
    assert _fit(reml=False).inference.df_method == "satterthwaite"


def test_expected_information_is_another_number() -> None:
    observed, expected = _fit(), _fit(information="expected")
    assert np.abs(observed.df - expected.df).max() > 1e-3
    np.testing.assert_array_equal(observed.params, expected.params)


def test_record_is_json_and_complete() -> None:
    fit = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", group="ARM").fit()
    record = json.loads(json.dumps(fit.record()))
    assert record["covariance"] == "us" and record["group"] == "ARM" and record["reml"] is True
    assert record["n_subjects"] == 30 and record["n_obs"] == FRAME["Y"].notna().sum()
    assert sum(pattern["n"] for pattern in record["patterns"]) == 30
    assert record["verdict"]["accepted"] is True and record["verdict"]["reasons"] == []
    assert set(record["sigma"]) == {"CTL", "TRT"} and len(record["theta"]) == 12
    assert record["params"]["BASE"] == fit.params["BASE"]


def test_summary_and_warnings() -> None:
    fit = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", weights="W").fit()
    text = fit.summary()
    for word in (FORMULA, "Covariance us", "REML", "ARM[T.TRT]:VISIT[T.M6]", "Verdict accepted", "left out"):
        assert word in text
    assert any("CR2" in warning for warning in fit.warnings)


def test_series_agree_with_each_other() -> None:
    fit = _fit()
    np.testing.assert_allclose(fit.tvalues, fit.params / fit.bse)
    np.testing.assert_allclose(fit.bse**2, np.diagonal(fit.cov_params()))
    limits = fit.conf_int()
    np.testing.assert_allclose((limits["lower"] + limits["upper"]) / 2, fit.params, atol=1e-12)
    assert list(fit.params.index) == fit.names


@pytest.mark.parametrize("precision", [None, "READINGS"])
def test_spread_and_leverage_of_residuals_are_the_dense_hat_matrix(precision: str | None) -> None:
    frame = FRAME.assign(READINGS=1.0 + np.arange(len(FRAME)) % 3)
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", precision=precision).fit()
    table, data = fit.residuals(), fit.prepared.data
    total = np.zeros((data.n_obs, data.n_obs))
    for i in range(data.n_subjects):
        rows = np.flatnonzero(data.subject == i)
        total[np.ix_(rows, rows)] = fit.sigma[np.ix_(data.visit[rows], data.visit[rows])]
    total /= np.outer(data.root_precision, data.root_precision)
    x = data.design
    phi = np.linalg.inv(x.T @ np.linalg.solve(total, x))
    spread = np.sqrt(np.diagonal(total - x @ phi @ x.T))
    np.testing.assert_allclose(table["residual_sd"], spread, rtol=1e-7)
    hat = x @ phi @ x.T @ np.linalg.inv(total)
    by_subject = pd.Series(np.diagonal(hat)).groupby(data.subject).sum()
    found = table["leverage"].to_numpy()
    np.testing.assert_allclose(pd.Series(found).groupby(data.subject).sum(), by_subject, rtol=1e-7)
    assert found.sum() == pytest.approx(len(fit.names)) and found.min() > 0 and found.max() < 1
    # The rows themselves are those of the whitened design, which SAS's unsymmetric hat matrix has not.
    white = np.linalg.solve(np.linalg.cholesky(total), x)
    np.testing.assert_allclose(found, np.diagonal(white @ phi @ white.T), rtol=1e-7)


def test_residuals_of_many_subjects_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _fit().residuals()
    monkeypatch.setattr("mmrm.diagnostics._NUMBERS", 40)
    pd.testing.assert_frame_equal(_fit().residuals(), whole)


def test_weighted_subjects_have_no_residual_spread() -> None:
    weights = {subject: 1.0 + i % 2 for i, subject in enumerate(sorted(FRAME["ID"].unique()))}
    fit = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", weights=weights).fit(cov_type="CR2")
    table = fit.residuals()
    assert table["residual_sd"].isna().all()
    assert table["leverage"].sum() == pytest.approx(len(fit.names))


def test_residuals_of_an_ancova_of_each_visit_are_those_of_least_squares() -> None:
    fit = fit_ladder(FORMULA, FRAME, "ID", "VISIT", rungs=["ancova"]).fit
    assert isinstance(fit, AncovaFit)
    table = fit.residuals()
    seen = FRAME[FRAME["Y"].notna()].sort_values(["ID", "VISIT"])
    np.testing.assert_array_equal(table["observed"], seen["Y"])
    for visit, rows in seen.groupby("VISIT", observed=True):
        x = np.column_stack([np.ones(len(rows)), rows["BASE"], rows["ARM"] == "TRT"])
        hat = x @ np.linalg.inv(x.T @ x) @ x.T
        raw = rows["Y"] - hat @ rows["Y"]
        sd = np.sqrt((raw**2).sum() / (len(rows) - 3))
        mine = table[(table["VISIT"] == visit).to_numpy()]
        np.testing.assert_allclose(mine["raw"], raw, atol=1e-9)
        np.testing.assert_allclose(mine["whitened"], raw / sd, atol=1e-9)
        np.testing.assert_allclose(mine["standardised"], mine["whitened"])
        np.testing.assert_allclose(mine["residual_sd"], sd * np.sqrt(1 - np.diagonal(hat)), rtol=1e-7)


def test_residuals_of_a_visit_without_an_analysis_are_unknown() -> None:
    few = FRAME[(FRAME["VISIT"] != "M6") | FRAME["ID"].isin(sorted(set(FRAME["ID"]))[:2])]
    fit = fit_ladder(FORMULA, few.assign(Y=few["Y"].fillna(1.0)), "ID", "VISIT", rungs=["ancova"]).fit
    assert isinstance(fit, AncovaFit) and list(fit.failed) == ["M6"]
    table = fit.residuals()
    assert table.loc[table["VISIT"] == "M6", "whitened"].isna().all()
    assert table.loc[table["VISIT"] != "M6", "whitened"].notna().all()
