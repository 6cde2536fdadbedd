"""Closed forms: t-tests, Welch, analysis of covariance; each would fail for the neighbouring wrong method."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mmrm import MMRM
from unit.mmrm.cases import simulate_trial
from unit.mmrm.dense import Dense

# Student (1908), hours of extra sleep under two drugs, ten patients.
DRUG_1 = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
DRUG_2 = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])


def _sleep() -> pd.DataFrame:
    n = DRUG_1.size
    return pd.DataFrame(
        {
            "ID": np.tile(np.arange(n), 2),
            "DRUG": np.repeat(["1", "2"], n),
            "Y": np.concatenate([DRUG_1, DRUG_2]),
        }
    )


@pytest.mark.parametrize("method", ["kenward-roger", "kenward-roger-linear", "satterthwaite"])
def test_paired_t(method: str) -> None:
    fit = MMRM.from_formula("Y ~ DRUG", _sleep(), "ID", "DRUG").fit(df_method=method)
    expected = stats.ttest_rel(DRUG_2, DRUG_1)
    difference = DRUG_2 - DRUG_1
    assert fit.params["DRUG[T.2]"] == pytest.approx(difference.mean(), abs=1e-8)
    assert fit.bse["DRUG[T.2]"] == pytest.approx(difference.std(ddof=1) / np.sqrt(10), abs=1e-8)
    assert fit.df["DRUG[T.2]"] == pytest.approx(9.0, abs=1e-8)
    assert fit.tvalues["DRUG[T.2]"] == pytest.approx(expected.statistic, abs=1e-8)
    assert fit.pvalues["DRUG[T.2]"] == pytest.approx(expected.pvalue, abs=1e-8)


def test_kenward_roger_in_cholesky_parameters_is_another_method() -> None:
    """The neighbouring mistake: second derivatives with respect to a Cholesky factor give 0.3386."""
    fit = MMRM.from_formula("Y ~ DRUG", _sleep(), "ID", "DRUG").fit()
    data = fit.prepared.data
    factor = np.linalg.cholesky(fit.sigma)
    log_cholesky = np.array([[*np.log(np.diagonal(factor)), factor[1, 0] / factor[1, 1]]])
    wrong = Dense("cholesky", log_cholesky, data).kenward_roger()
    right = Dense("us", fit.inference.fit.theta, data).kenward_roger()
    assert np.sqrt(wrong[1, 1]) == pytest.approx(0.3386, abs=5e-5)
    assert np.sqrt(right[1, 1]) == pytest.approx(0.38896, abs=5e-6)
    assert fit.bse["DRUG[T.2]"] == pytest.approx(np.sqrt(right[1, 1]), abs=1e-8)


@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
def test_two_sample_t_at_each_visit(method: str) -> None:
    """Balanced complete data: the visit contrast has n1 + n2 - 2 degrees of freedom."""
    frame = simulate_trial(n_per_arm=9, drop=0.0)
    found = MMRM.from_formula("Y ~ ARM * VISIT", frame, "ID", "VISIT").fit(df_method=method)
    table = found.contrasts("ARM", by="VISIT", reference="CTL").set_index("VISIT")
    for visit, rows in frame.groupby("VISIT", observed=True):
        treated, control = (rows.loc[rows["ARM"] == arm, "Y"] for arm in ("TRT", "CTL"))
        expected = stats.ttest_ind(treated, control)
        assert table.loc[visit, "df"] == pytest.approx(16.0, abs=1e-8)
        assert table.loc[visit, "statistic"] == pytest.approx(expected.statistic, abs=1e-8)
        assert table.loc[visit, "pvalue"] == pytest.approx(expected.pvalue, abs=1e-8)
        limits = expected.confidence_interval(0.95)
        assert table.loc[visit, "lower"] == pytest.approx(limits.low, abs=1e-8)
        assert table.loc[visit, "upper"] == pytest.approx(limits.high, abs=1e-8)


@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
def test_welch(method: str) -> None:
    """One visit, a covariance per arm: Welch's test, which a common variance does not give."""
    frame = simulate_trial(n_per_arm=9, n_visits=1, drop=0.0)
    frame.loc[frame["ARM"] == "TRT", "Y"] *= 3.0
    frame = frame.drop(frame.index[:3])
    fit = MMRM.from_formula("Y ~ ARM", frame, "ID", "VISIT", group="ARM").fit(df_method=method)
    treated, control = (frame.loc[frame["ARM"] == arm, "Y"] for arm in ("TRT", "CTL"))
    expected = stats.ttest_ind(treated, control, equal_var=False)
    assert fit.tvalues["ARM[T.TRT]"] == pytest.approx(expected.statistic, abs=1e-8)
    assert fit.df["ARM[T.TRT]"] == pytest.approx(_welch_df(treated, control), abs=1e-6)
    pooled = MMRM.from_formula("Y ~ ARM", frame, "ID", "VISIT").fit(df_method=method)
    assert pooled.df["ARM[T.TRT]"] == pytest.approx(len(frame) - 2, abs=1e-8)


def _welch_df(treated: pd.Series, control: pd.Series) -> float:
    """Satterthwaite's with REML variances: the classical formula."""
    a, b = treated.var() / treated.size, control.var() / control.size
    return float((a + b) ** 2 / (a**2 / (treated.size - 1) + b**2 / (control.size - 1)))


def test_single_visit_is_least_squares() -> None:
    frame = simulate_trial(n_per_arm=10, n_visits=1, drop=0.0)
    fit = MMRM.from_formula("Y ~ BASE + ARM + SEX", frame, "ID", "VISIT").fit()
    design = np.column_stack([np.ones(20), frame["ARM"] == "TRT", frame["SEX"] == "M", frame["BASE"]]).astype(
        float
    )
    beta, rest, *_ = np.linalg.lstsq(design, frame["Y"], rcond=None)
    cov = np.linalg.inv(design.T @ design) * rest[0] / 16
    np.testing.assert_allclose(fit.params, beta, atol=1e-8)
    np.testing.assert_allclose(fit.bse, np.sqrt(np.diagonal(cov)), atol=1e-8)
    np.testing.assert_allclose(fit.df, 16.0, atol=1e-8)


def test_full_interactions_reproduce_the_ancova_of_each_visit() -> None:
    """Complete data, every covariate by visit: estimate, standard error and df of the visit's own ANCOVA."""
    frame = simulate_trial(n_per_arm=12, drop=0.0, seed=4)
    full = MMRM.from_formula("Y ~ VISIT * (BASE + ARM)", frame, "ID", "VISIT").fit()
    table = full.contrasts("ARM", by="VISIT", reference="CTL").set_index("VISIT")
    for visit, rows in frame.groupby("VISIT", observed=True):
        design = np.column_stack([np.ones(24), rows["ARM"] == "TRT", rows["BASE"]]).astype(float)
        beta, rest, *_ = np.linalg.lstsq(design, rows["Y"], rcond=None)
        se = np.sqrt(np.linalg.inv(design.T @ design)[1, 1] * rest[0] / 21)
        assert table.loc[visit, "estimate"] == pytest.approx(beta[1], abs=1e-8)
        assert table.loc[visit, "se"] == pytest.approx(se, abs=1e-8)
        assert table.loc[visit, "df"] == pytest.approx(21.0, abs=1e-7)
    without = MMRM.from_formula("Y ~ VISIT * ARM + BASE", frame, "ID", "VISIT").fit()
    other = without.contrasts("ARM", by="VISIT", reference="CTL").set_index("VISIT")
    assert abs(other.loc["M6", "estimate"] - table.loc["M6", "estimate"]) > 1e-4


def test_kenward_roger_f_of_one_row_is_the_squared_t() -> None:
    fit = MMRM.from_formula("Y ~ ARM * VISIT", simulate_trial(), "ID", "VISIT").fit()
    row = np.zeros(len(fit.names))
    row[fit.names.index("ARM[T.TRT]")] = 1.0
    test = fit.test(row)
    assert test.statistic == pytest.approx(fit.tvalues["ARM[T.TRT]"] ** 2, rel=1e-10)
    assert test.df_den == pytest.approx(fit.df["ARM[T.TRT]"], rel=1e-10)
    assert test.pvalue == pytest.approx(fit.pvalues["ARM[T.TRT]"], rel=1e-8)


def test_hotelling_from_the_joint_test() -> None:
    """Balanced complete data: the F of all visits at once is Hotelling's T² with its exact df and scale."""
    frame = simulate_trial(n_per_arm=9, drop=0.0)
    fit = MMRM.from_formula("Y ~ ARM * VISIT", frame, "ID", "VISIT").fit()
    rows = fit.contrast_rows("ARM", by="VISIT", reference="CTL").matrix
    test = fit.test(rows)
    wide = frame.pivot(index="ID", columns="VISIT", values="Y").to_numpy()
    treated = frame.drop_duplicates("ID")["ARM"].to_numpy() == "TRT"
    gap = wide[treated].mean(axis=0) - wide[~treated].mean(axis=0)
    pooled = (np.cov(wide[treated].T) + np.cov(wide[~treated].T)) / 2
    t2 = gap @ np.linalg.solve(pooled * (2 / 9), gap)
    assert test.df_den == pytest.approx(14.0, abs=1e-6)
    assert test.statistic == pytest.approx(t2 * 14 / (3 * 16), abs=1e-8)
    plain = (
        MMRM.from_formula("Y ~ ARM * VISIT", frame, "ID", "VISIT").fit(df_method="satterthwaite").test(rows)
    )
    assert abs(plain.statistic - test.statistic) > 1e-2 * test.statistic


def test_cr0_is_not_cr2_in_the_two_sample_case() -> None:
    """CR2 of two arms at one visit is Welch's variance exactly; CR0 divides by n instead of n - 1."""
    frame = simulate_trial(n_per_arm=9, n_visits=1, drop=0.0)
    model = MMRM.from_formula("Y ~ ARM", frame, "ID", "VISIT")
    treated, control = (frame.loc[frame["ARM"] == arm, "Y"] for arm in ("TRT", "CTL"))
    unbiased = treated.var() / 9 + control.var() / 9
    assert model.fit(cov_type="CR2").bse["ARM[T.TRT]"] ** 2 == pytest.approx(unbiased, abs=1e-10)
    assert model.fit(cov_type="CR0").bse["ARM[T.TRT]"] ** 2 == pytest.approx(unbiased * 8 / 9, abs=1e-10)
    assert model.fit(cov_type="CR3").bse["ARM[T.TRT]"] ** 2 == pytest.approx(unbiased * 9 / 8, abs=1e-10)
    assert model.fit(cov_type="CR2").df["ARM[T.TRT]"] == pytest.approx(16.0, abs=1e-8)
