"""A precision per row divides its error variance: SAS's WEIGHT, beside weights of subjects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import block_diag

from mmrm import MMRM, DataError, MmrmFit, fit_ladder
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"


def _frame(seed: int = 4) -> pd.DataFrame:
    frame = simulate_trial(n_per_arm=14, drop=0.25, seed=seed)
    return frame.assign(N=np.random.default_rng(seed).integers(1, 6, len(frame)))


def _fit(frame: pd.DataFrame, formula: str = FORMULA, **options: str) -> MmrmFit:
    return MMRM.from_formula(formula, frame, "ID", "VISIT", precision="N", **options).fit()


def _blocks(fit: MmrmFit) -> np.ndarray:
    """V = D^-1/2 Sigma D^-1/2 of all rows, written out."""
    data, sigma = fit.prepared.data, np.asarray(fit.sigma)
    parts = []
    for i in range(data.n_subjects):
        rows = np.flatnonzero(data.subject == i)
        size = 1 / np.sqrt(fit.prepared.frame["N"].to_numpy()[rows])
        parts.append(np.outer(size, size) * sigma[np.ix_(data.visit[rows], data.visit[rows])])
    return block_diag(*parts)


def test_deviance_and_coefficients_of_the_divided_variance() -> None:
    fit = _fit(_frame())
    v, x, y = _blocks(fit), fit.prepared.data.design, fit.prepared.data.response
    w = np.linalg.inv(v)
    phi = np.linalg.inv(x.T @ w @ x)
    beta = phi @ x.T @ w @ y
    rest = y - x @ beta
    free = len(y) - x.shape[1]
    deviance = (
        np.linalg.slogdet(v)[1] - np.linalg.slogdet(phi)[1] + rest @ w @ rest + free * np.log(2 * np.pi)
    )
    assert fit.deviance == pytest.approx(deviance, rel=1e-11)
    np.testing.assert_allclose(fit.params, beta, rtol=1e-8)
    plain = MMRM.from_formula(FORMULA, _frame(), "ID", "VISIT").fit()
    assert np.abs(fit.params - plain.params).max() > 0.01


@pytest.mark.parametrize("reml", [True, False])
def test_one_precision_for_all_only_scales_sigma(reml: bool) -> None:
    frame = _frame().assign(N=4)
    plain = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", reml=reml).fit()
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", reml=reml, precision="N").fit()
    np.testing.assert_allclose(fit.sigma, 4 * np.asarray(plain.sigma), rtol=1e-8)
    assert fit.deviance == pytest.approx(plain.deviance, rel=1e-11)
    for name in ("params", "bse", "df"):
        np.testing.assert_allclose(getattr(fit, name), getattr(plain, name), rtol=1e-7)
    np.testing.assert_allclose(fit.type3()["statistic"], plain.type3()["statistic"], rtol=1e-7)
    np.testing.assert_allclose(
        fit.residuals()["whitened"], plain.residuals()["whitened"], rtol=1e-6, atol=1e-8
    )
    np.testing.assert_allclose(
        fit.residuals()["standardised"], plain.residuals()["standardised"], rtol=1e-6, atol=1e-8
    )
    for left, right in (
        (fit.predict_missing(), plain.predict_missing()),
        (fit.predict(frame, "prediction"), plain.predict(frame, "prediction")),
    ):
        np.testing.assert_allclose(left[["estimate", "se", "df"]], right[["estimate", "se", "df"]], rtol=1e-6)


def test_one_visit_is_weighted_least_squares() -> None:
    frame = simulate_trial(n_per_arm=12, n_visits=1, drop=0.0, seed=5)
    frame["N"] = np.random.default_rng(5).integers(1, 9, len(frame))
    fit = _fit(frame, "Y ~ BASE + ARM")
    x = np.column_stack([np.ones(24), frame["ARM"] == "TRT", frame["BASE"]]).astype(float)
    w = np.diag(frame["N"].astype(float))
    inverse = np.linalg.inv(x.T @ w @ x)
    beta = inverse @ x.T @ w @ frame["Y"].to_numpy()
    rest = frame["Y"].to_numpy() - x @ beta
    s2 = rest @ w @ rest / 21
    np.testing.assert_allclose(fit.params, beta, rtol=1e-9)
    np.testing.assert_allclose(fit.bse, np.sqrt(s2 * np.diagonal(inverse)), rtol=1e-9)
    np.testing.assert_allclose(fit.df, 21, rtol=1e-7)
    new = frame.head(1).assign(N=3)
    row = x[0]
    assert fit.predict(new, "prediction")["se"].iloc[0] ** 2 == pytest.approx(
        s2 * (row @ inverse @ row + 1 / 3)
    )


def test_a_visit_ancova_weighs_its_rows() -> None:
    """A column that is redundant at a visit, too: its share must be found among the rows at precision 1."""
    frame = _frame()
    ladder = fit_ladder(
        "Y ~ BASE * VISIT + ARM * VISIT", frame, "ID", "VISIT", rungs=("ancova",), precision="N"
    )
    assert ladder.fit is not None
    found = ladder.fit.contrasts("ARM", by="VISIT", reference="CTL")
    for visit in ("M1", "M6"):
        one = frame[frame["VISIT"] == visit].assign(VISIT=visit)
        same = MMRM.from_formula("Y ~ BASE + ARM", one, "ID", "VISIT", precision="N").fit("residual")
        expected = same.contrasts("ARM", reference="CTL").loc[0, "estimate":]
        line = found[found["VISIT"] == visit].iloc[0].loc["estimate":]
        np.testing.assert_allclose(line.astype(float), expected.astype(float), rtol=1e-8)


def test_predicting_a_row_uses_its_own_precision() -> None:
    frame = _frame()
    fine, rough = (frame.assign(N=np.where(frame["Y"].isna(), n, frame["N"])) for n in (100, 1))
    left, right = _fit(fine).predict_missing(), _fit(rough).predict_missing()
    assert (left["se"] < right["se"]).all()


def test_bad_precisions_are_named() -> None:
    frame = _frame()
    seen = frame.index[frame["Y"].notna()]
    for value, message in (
        (0, "expected a positive precision .*0.* of S000"),
        (-1, "positive precision"),
        (np.nan, "column N: .*missing"),
    ):
        bad = frame.assign(N=frame["N"].astype(float))
        bad.loc[seen[0], "N"] = value
        with pytest.raises(DataError, match=message):
            _fit(bad)
    with pytest.raises(DataError, match="READINGS"):
        MMRM.from_formula(FORMULA, frame, "ID", "VISIT", precision="READINGS")
