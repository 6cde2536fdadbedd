"""Batched refits against one fit at a time, and leave-one-subject-out influence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mmrm.replicate as replicate_module
from mmrm import MMRM, DataError, MmrmFit, RequestError
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=15, seed=6)


def _fit(covariance: str = "us") -> MmrmFit:
    time = "TIME" if covariance == "sp_exp" else None
    return MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", covariance=covariance, time=time).fit()


@pytest.mark.parametrize("covariance", ["us", "toeph", "ar1", "sp_exp"])
def test_replicates_equal_single_weighted_fits(covariance: str) -> None:
    fit = _fit(covariance)
    weights = np.random.default_rng(0).uniform(0.2, 2.0, (3, len(fit.subjects)))
    rows = fit.contrast_rows("ARM", by="VISIT", reference="CTL")
    found = fit.replicate(weights, rows)
    assert found.converged.all() and found.params.shape == (3, 7) and np.asarray(found).shape == (3, 7)
    for weight, params, contrasts, theta in zip(
        weights, found.params, found.contrasts, found.theta, strict=True
    ):
        named = dict(zip(fit.subjects, weight, strict=True))
        time = "TIME" if covariance == "sp_exp" else None
        model = MMRM.from_formula(
            FORMULA, FRAME, "ID", "VISIT", covariance=covariance, time=time, weights=named
        )
        one = model.fit(cov_type="CR2")
        np.testing.assert_allclose(params, one.params, rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(contrasts, rows.matrix @ one.params.to_numpy(), rtol=1e-7, atol=1e-8)
        np.testing.assert_allclose(theta[0], one.theta["estimate"], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("covariance", ["us", "ar1h", "sp_exp"])
@pytest.mark.parametrize("method", ["kenward-roger", "kenward-roger-linear", "satterthwaite"])
def test_simulated_trials_in_one_batch_equal_single_analyses(covariance: str, method: str) -> None:
    """Two trials in one data set, 0 and 1 as weights: each refit is that trial's own analysis."""
    trials = [simulate_trial(n_per_arm=12, seed=seed) for seed in (21, 22)]
    pooled = pd.concat([trial.assign(ID=f"T{i}-" + trial["ID"]) for i, trial in enumerate(trials)])
    time = "TIME" if covariance == "sp_exp" else None
    fit = MMRM.from_formula(FORMULA, pooled, "ID", "VISIT", covariance=covariance, time=time).fit()
    rows = fit.contrast_rows("ARM", by="VISIT", reference="CTL")
    weights = np.array(
        [[label.startswith(f"T{i}-") for label in fit.subjects] for i in range(2)], dtype=float
    )
    found = fit.replicate(weights, rows, df_method=method)
    assert found.se is not None and found.df is not None
    for i, trial in enumerate(trials):
        alone = MMRM.from_formula(FORMULA, trial, "ID", "VISIT", covariance=covariance, time=time).fit(method)
        table = alone.contrasts("ARM", by="VISIT", reference="CTL")
        np.testing.assert_allclose(found.contrasts[i], table["estimate"], rtol=1e-7)
        np.testing.assert_allclose(found.se[i], table["se"], rtol=1e-7)
        np.testing.assert_allclose(found.df[i], table["df"], rtol=1e-6)


def test_only_model_based_methods_can_be_batched() -> None:
    with pytest.raises(
        RequestError, match="expected one of kenward-roger, kenward-roger-linear, satterthwaite"
    ):
        _fit().replicate(np.ones((1, 30)), df_method="residual")


def test_replicates_carry_their_covariance() -> None:
    fit = _fit()
    found = fit.replicate(np.ones((2, len(fit.subjects))))
    assert found.sigma is not None and found.sigma.shape == (2, 1, 3, 3)
    np.testing.assert_allclose(found.sigma[1, 0], fit.sigma, rtol=1e-8)
    assert _fit("sp_exp").replicate(np.ones((1, len(fit.subjects)))).sigma is None


def test_batch_size_does_not_matter() -> None:
    fit = _fit()
    weights = np.random.default_rng(1).multinomial(30, np.ones(30) / 30, 400).astype(float)
    together = fit.replicate(weights).params
    alone = np.concatenate([fit.replicate(weights[i : i + 1]).params for i in range(0, 400, 80)])
    np.testing.assert_allclose(together[::80], alone, rtol=1e-9)


def test_a_replicate_that_cannot_be_fitted_is_nan_and_says_so() -> None:
    fit = _fit()
    weights = np.ones((3, len(fit.subjects)))
    weights[1, 3:] = 0.0
    found = fit.replicate(weights)
    assert found.converged.tolist() == [True, False, True]
    assert np.isnan(found.params[1]).all() and np.isfinite(found.params[[0, 2]]).all()


def test_weights_of_another_shape() -> None:
    with pytest.raises(DataError, match=r"expected shape \(B, 30\)"):
        _fit().replicate(np.ones((2, 7)))


@pytest.mark.parametrize("covariance", ["us", "csh"])
def test_influence_equals_refitting_without_the_subject(covariance: str) -> None:
    fit = _fit(covariance)
    table = fit.influence(fit.contrast_rows("ARM", by="VISIT", reference="CTL"))
    full = fit.contrasts("ARM", by="VISIT", reference="CTL")
    assert len(table) == 3 * len(fit.subjects) and table["converged"].all()
    for label in fit.subjects[::9]:
        rest = MMRM.from_formula(
            FORMULA, FRAME[FRAME["ID"] != label], "ID", "VISIT", covariance=covariance
        ).fit()
        # the contrast has no covariate in it, so the covariate's mean does not matter
        expected = rest.contrasts("ARM", by="VISIT", reference="CTL")["estimate"].to_numpy()
        mine = table[table["ID"] == label]
        np.testing.assert_allclose(mine["estimate"], expected, rtol=1e-7)
        np.testing.assert_allclose(mine["change"], expected - full["estimate"], atol=1e-8)
        np.testing.assert_allclose(mine["change_se"], mine["change"].to_numpy() / full["se"], atol=1e-10)


def test_a_planted_outlier_is_the_most_influential() -> None:
    frame = FRAME.copy()
    frame.loc[frame["ID"] == "S020", "Y"] += 8.0
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()
    table = fit.influence(fit.contrast_rows("ARM", reference="CTL"))
    assert table.loc[table["change_se"].abs().idxmax(), "ID"] == "S020"


def test_jackknife_by_weights_equals_influence() -> None:
    fit = _fit()
    n = len(fit.subjects)
    found = fit.replicate(np.ones((n, n)) - np.eye(n)).params
    table = fit.influence().pivot(index="ID", columns="coefficient", values="estimate")[fit.names]
    np.testing.assert_allclose(found, table.to_numpy(), rtol=1e-7, atol=1e-9)


def test_refits_of_many_subjects_a_column_equal_refits_by_the_exact_hessian(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Large data are refitted in steps by the rough Hessian; the end is judged by the exact one all the same."""
    frame = simulate_trial(n_per_arm=80, seed=9)
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()
    n = len(fit.subjects)
    assert n > replicate_module._SUBJECTS_PER_COLUMN * len(fit.params)
    weights = np.random.default_rng(3).multinomial(n, np.full(n, 1 / n), size=20).astype(float)
    rows = fit.contrast_rows("ARM", by="VISIT", reference="CTL")
    rough = fit.replicate(weights, rows, "kenward-roger")
    monkeypatch.setattr(replicate_module, "_ROUGH_TURNS", 0)
    exact = fit.replicate(weights, rows, "kenward-roger")
    assert rough.converged.all() and exact.converged.all()
    assert rough.se is not None and exact.se is not None and rough.df is not None and exact.df is not None
    np.testing.assert_allclose(rough.params, exact.params, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(rough.se, exact.se, rtol=1e-8)
    np.testing.assert_allclose(rough.df, exact.df, rtol=1e-6)


@pytest.mark.parametrize("n", [7, 8])
def test_few_subjects_influence_is_a_refit_and_draws_with_an_answer_have_one(n: int) -> None:
    """Three columns at each visit: a draw of three different subjects, or of one arm, has no answer."""
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=(n, 1)) + rng.normal(size=(n, 3)), rng.normal(size=n)
    arm = np.array(list("ABABABAB"))[:n]
    columns = {"ID": np.arange(n), "ARM": arm, "X": x}
    frame = pd.DataFrame({name: np.repeat(values, 3) for name, values in columns.items()})
    frame = frame.assign(VISIT=["a", "b", "c"] * n, Y=y.reshape(-1))
    model = MMRM.from_formula("Y ~ X * VISIT + ARM * VISIT", frame, "ID", "VISIT", covariance="cs")
    fit = model.fit(check=False)
    rows = fit.contrast_rows("ARM", by="VISIT", reference="B")
    influence = fit.influence(rows).set_index("ID")
    for left in range(n):
        rest = MMRM.from_formula(model.formula, frame[frame["ID"] != left], "ID", "VISIT", covariance="cs")
        found = rest.fit(check=False).contrasts("ARM", by="VISIT", reference="B")["estimate"]
        np.testing.assert_allclose(influence.loc[left, "estimate"], found, atol=1e-8)
    draws = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=200)
    both = ((draws * (arm == "A")).sum(axis=1) > 0) & ((draws * (arm == "B")).sum(axis=1) > 0)
    answer = both & ((draws > 0).sum(axis=1) > 3)
    converged = fit.replicate(draws, rows).converged
    assert not (converged & ~answer).any()
    assert (answer & ~converged).sum() <= 1  # a draw of four subjects whose Sigma is almost singular
