"""Inference at correlations near one: to all digits up to the documented condition of 1e8."""

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, ConvergenceError, MmrmFit, local
from mmrm.optimize import CONDITION_LIMIT
from unit.mmrm import precise


def near_one(noise: float, n: int = 12, m: int = 3, drop: bool = True, seed: int = 5) -> pd.DataFrame:
    """A subject's level and little noise; every fourth leaves after the second visit, one skips it."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n, 1)) + noise * rng.normal(size=(n, m))
    arm = np.where(np.arange(n) % 2, "A", "P")
    site = np.where(np.arange(n) % 4 < 2, "X", "Y")
    data = pd.DataFrame(
        {
            "id": np.repeat(np.arange(n), m),
            "v": np.tile([f"V{j}" for j in range(m)], n),
            "arm": np.repeat(arm, m),
            "site": np.repeat(site, m),
            "y": y.ravel(),
        }
    )
    if drop:
        gone = (data.id % 4 == 1) & (data.v == f"V{m - 1}") | (data.id == 2) & (data.v == "V1")
        data.loc[gone, "y"] = np.nan
    return data


def condition(fit: MmrmFit) -> float:
    sigma = fit.sigma if isinstance(fit.sigma, dict) else {"all": fit.sigma}
    return max(
        np.linalg.cond(each / np.sqrt(np.outer(np.diag(each), np.diag(each)))) for each in sigma.values()
    )


def fit_near_one(noise: float, covariance: str, group: str | None = None, n: int = 12) -> MmrmFit:
    model = MMRM.from_formula(
        "y ~ arm * v", near_one(noise, n), "id", "v", covariance=covariance, group=group
    )
    return model.fit()


CASES = [
    ("us", 3e-4, None),
    ("us", 3e-3, "site"),
    ("toep", 2e-4, None),
    ("cs", 2e-4, None),
    ("toeph", 3e-4, None),
    ("ar1h", 3e-4, None),
    ("csh", 3e-4, None),
]


@pytest.mark.parametrize(("covariance", "noise", "group"), CASES)
def test_kenward_roger_near_singular_correlations_has_its_digits(covariance, noise, group):
    """Against fifty decimal digits at the same theta; in natural parameters df are 0.01 to 40 % off."""
    fit = fit_near_one(noise, covariance, group, 12 if group is None else 16)
    assert 1e7 < condition(fit) < CONDITION_LIMIT
    inner = fit.inference.fit
    errors, df = precise.kenward_roger(inner.data, inner.covariance.structure, inner.theta, np.eye(6))
    np.testing.assert_allclose(fit.bse, errors, rtol=1e-7)
    np.testing.assert_allclose(fit.df, df, rtol=1e-6)


def test_ordinary_correlations_keep_the_natural_parameters_and_agree_with_the_others(monkeypatch):
    """Where both can be used they give the same: standard errors, df, errors of theta, both informations."""
    data = near_one(0.3)
    for covariance in ("us", "toeph", "cs"):
        found = []
        for limit in (1e4, 0.0):
            monkeypatch.setattr(local, "_NATURAL", limit)
            fit = MMRM.from_formula("y ~ arm * v", data, "id", "v", covariance=covariance).fit()
            assert (fit.inference.fit.local.back is None) == (limit > 0)
            other = fit.with_methods(information="expected")
            terms = fit.type3().drop(columns="term").to_numpy().ravel()
            found.append(
                np.concatenate([fit.bse, fit.df, fit.theta["se"], other.bse, other.df, terms, _predict(fit)])
            )
        np.testing.assert_allclose(found[0], found[1], rtol=1e-8)


def _predict(fit: MmrmFit) -> np.ndarray:
    return fit.predict_missing()[["se", "df"]].to_numpy().ravel()


def test_balanced_data_near_one_have_their_exact_degrees_of_freedom():
    """Complete data, every column in every visit: n - 2 for any contrast between arms, whatever Sigma is."""
    fit = MMRM.from_formula("y ~ arm * v", near_one(2e-4, 40, drop=False), "id", "v").fit()
    assert condition(fit) > 3e7
    table = fit.contrasts("arm", by="v", reference="P")
    np.testing.assert_allclose(table["df"], 38.0, rtol=1e-6)
    np.testing.assert_allclose(fit.verdict.hessian_min_eigenvalue, 38 / 40, rtol=1e-4)


def test_prediction_errors_near_one_are_those_of_an_indicator_column():
    """The missing response as a coefficient, with fifty digits."""
    fit = fit_near_one(3e-4, "us")
    assert condition(fit) > 1e7
    table = fit.predict_missing()
    for label, line in table.iloc[[0, -1]].iterrows():
        data = near_one(3e-4).assign(gap=0.0)
        data.loc[label, ["y", "gap"]] = 0.0, 1.0
        known = MMRM.from_formula("y ~ arm * v + gap", data, "id", "v", check=False).prepared.data
        inner = fit.inference.fit
        rows = np.eye(7)[[known.names.index("gap")]]
        errors, df = precise.kenward_roger(known, inner.covariance.structure, inner.theta, rows)
        assert line["se"] == pytest.approx(errors[0], rel=1e-6)
        assert line["df"] == pytest.approx(df[0], rel=1e-5)


def test_beyond_the_limit_a_fit_is_refused():
    """At 1e9 rounding alone moves Sigma by more than the verdict allows."""
    with pytest.raises(ConvergenceError, match="condition number of Sigma at unit variances"):
        MMRM.from_formula("y ~ arm * v", near_one(4e-5), "id", "v").fit()
