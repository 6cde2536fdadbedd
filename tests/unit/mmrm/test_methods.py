"""One fit, several methods: no refit, the same numbers; observed against expected information; type 2; simulation."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, RequestError, fit_ladder
from unit.mmrm.cases import simulate_trial
from unit.mmrm.dense import Dense

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=15, drop=0.3, seed=8)
OWN = Path(__file__).resolve().parents[2] / "reference" / "cases"


def _model(reml: bool = True, covariance: str = "us") -> MMRM:
    return MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", reml=reml, covariance=covariance)


METHODS = [
    ("kenward-roger", "model", "observed"), ("kenward-roger", "model", "expected"), ("kenward-roger-linear", "model", "observed"),
    *product(["satterthwaite", "between-within", "residual", "asymptotic"], ["model", "CR0", "CR2"], ["observed"]),
]  # fmt: skip


@pytest.mark.parametrize(("df_method", "cov_type", "information"), METHODS)
def test_methods_of_one_fit_are_those_of_a_fit_of_its_own(
    df_method: str, cov_type: str, information: str
) -> None:
    first = _model(covariance="ar1h").fit()
    turned = first.with_methods(df_method, cov_type, information)
    assert turned.inference.fit is first.inference.fit
    own = _model(covariance="ar1h").fit(df_method, cov_type, information)
    pd.testing.assert_frame_equal(
        turned.contrasts("ARM", by="VISIT", reference="CTL"),
        own.contrasts("ARM", by="VISIT", reference="CTL"),
    )
    pd.testing.assert_frame_equal(turned.predict_missing(), own.predict_missing())


def test_methods_default_as_in_fit_and_bad_ones_are_refused() -> None:
    fit = _model().fit("asymptotic")
    assert fit.with_methods().df_method == "kenward-roger"
    assert fit.with_methods(cov_type="CR2").df_method == "satterthwaite"
    assert _model(reml=False).fit().with_methods().df_method == "satterthwaite"
    with pytest.raises(RequestError, match="df_method: expected one of"):
        fit.with_methods("containment")
    with pytest.raises(RequestError, match="cannot be combined"):
        fit.with_methods("kenward-roger", "CR2")
    with pytest.raises(RequestError, match="information: expected one of"):
        _ = fit.with_methods(information="fisher").bse


def test_observed_and_expected_information_can_differ_by_a_seventh_of_the_df() -> None:
    """45 subjects, a fifth of the values missing (own reference case): both df by dense matrices."""
    frame = pd.read_csv(OWN / "unstructured" / "data.csv")
    fit = MMRM.from_formula("y ~ base * visit + sex * visit + arm * visit", frame, "id", "visit").fit()
    other = fit.with_methods(information="expected")
    dense = Dense("us", fit.inference.fit.theta, fit.prepared.data)
    name = "base:visit[T.V4]"
    row = np.eye(len(fit.names))[fit.names.index(name)]
    gradient = np.array([-(row @ dense.phi @ p @ dense.phi @ row) for p in dense.p])
    for found, omega in ((fit, dense.omega), (other, 2 * np.linalg.inv(dense.expected_hessian))):
        df = 2 * (row @ dense.phi @ row) ** 2 / (gradient @ omega @ gradient)
        assert found.df[name] == pytest.approx(df, rel=1e-6)
    assert other.df[name] / fit.df[name] == pytest.approx(1.148, abs=5e-4)
    effect = [each.contrasts("arm", by="visit", reference="PBO")["df"] for each in (fit, other)]
    assert (effect[1] / effect[0]).max() == pytest.approx(1.039, abs=5e-4)


def test_complete_data_have_one_information() -> None:
    """The rows' patterns make the difference: without missing values observed and expected df agree."""
    frame = simulate_trial(n_per_arm=10, drop=0.0, seed=2)
    fit = MMRM.from_formula("Y ~ ARM * VISIT", frame, "ID", "VISIT").fit()
    np.testing.assert_allclose(fit.df, fit.with_methods(information="expected").df, rtol=1e-8)


@pytest.mark.parametrize(
    ("formula", "term", "middle", "reduced"),
    [
        ("Y ~ BASE + ARM * SEX", "ARM", "Y ~ BASE + ARM + SEX", "Y ~ BASE + SEX"),
        ("Y ~ BASE + ARM * SEX", "ARM:SEX", "Y ~ BASE + ARM * SEX", "Y ~ BASE + ARM + SEX"),
        # SAS's rule: ARM:BASE contains BASE (one more factor) but not ARM (another covariate)
        ("Y ~ SEX + ARM * BASE", "BASE", "Y ~ SEX + ARM + BASE", "Y ~ SEX + ARM"),
        ("Y ~ SEX + ARM * BASE", "ARM", "Y ~ SEX + ARM * BASE", "Y ~ SEX + BASE + TREATED_BASE"),
    ],
)
def test_type_2_compares_models_without_the_terms_that_contain_it(
    formula: str, term: str, middle: str, reduced: str
) -> None:
    """One visit: the F test of two nested least-squares models, over the full model's error."""
    frame = simulate_trial(n_per_arm=17, n_visits=1, drop=0.0, seed=6)
    frame["TREATED_BASE"] = (frame["ARM"] == "TRT") * frame["BASE"]
    fits = [MMRM.from_formula(each, frame, "ID", "VISIT").fit() for each in (formula, middle, reduced)]
    full, larger, smaller = (float((fit.residuals()["raw"] ** 2).sum()) for fit in fits)
    free = 34 - len(fits[0].names)
    found = fits[0].type2().set_index("term").loc[term]
    assert found["statistic"] == pytest.approx((smaller - larger) / (full / free), rel=1e-8)
    assert found["df_den"] == pytest.approx(free, rel=1e-7)


def test_type_2_is_type_3_where_nothing_contains_the_term() -> None:
    fit = MMRM.from_formula("Y ~ BASE + SEX + ARM * VISIT", FRAME, "ID", "VISIT").fit()
    two, three = fit.type2().set_index("term"), fit.type3().set_index("term")
    for term in ("BASE", "SEX", "ARM:VISIT"):
        np.testing.assert_allclose(two.loc[term], three.loc[term], rtol=1e-7)
    assert abs(two.loc["VISIT", "statistic"] - three.loc["VISIT", "statistic"]) > 1e-3


def test_simulated_responses_have_the_mean_and_covariance_of_the_fit() -> None:
    fit = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", group="ARM").fit()
    draws = fit.simulate(4000, seed=11)
    assert draws.shape == (fit.prepared.data.n_obs, 4000) and draws.index.equals(fit.fittedvalues.index)
    error = draws.to_numpy() - fit.fittedvalues.to_numpy()[:, None]
    data, sigma = fit.prepared.data, fit.sigma
    for i in (0, data.n_subjects - 1):
        rows = np.flatnonzero(data.subject == i)
        group = fit.prepared.groups[data.group[i]]
        expected = sigma[group][np.ix_(data.visit[rows], data.visit[rows])]
        found = np.atleast_2d(np.cov(error[rows]))
        spread = np.sqrt((np.outer(np.diagonal(expected), np.diagonal(expected)) + expected**2) / 4000)
        assert (np.abs(found - expected) < 4 * spread).all()
        assert (np.abs(error[rows].mean(axis=1)) < 4 * np.sqrt(np.diagonal(expected) / 4000)).all()
    other = np.flatnonzero(data.subject == 1)
    assert np.abs(np.corrcoef(error[0], error[other[0]])[0, 1]) < 4 / np.sqrt(4000)


def test_simulation_repeats_by_its_seed_and_refuses_bad_requests() -> None:
    fit = _model().fit()
    pd.testing.assert_frame_equal(fit.simulate(2, seed=3), fit.simulate(2, seed=3))
    assert not np.allclose(fit.simulate(2, seed=3), fit.simulate(2, seed=4))
    precise = FRAME.assign(N=1e12)
    narrow = MMRM.from_formula(FORMULA, precise, "ID", "VISIT", precision="N").fit()
    wide = narrow.simulate(1, seed=1)[1] - narrow.fittedvalues
    assert 0.1 < wide.std() / _model().fit().residuals()["raw"].std() < 10
    for count, seed, message in (
        (0, 1, "count: expected a whole number of at least 1"),
        (2.5, 1, "count"),
        (1, None, "seed"),
    ):
        with pytest.raises(RequestError, match=message):
            fit.simulate(count, seed)


def test_tidy_tables() -> None:
    fit = _model().fit()
    table = fit.to_frame(level=0.9)
    assert list(table.columns) == ["term", "estimate", "se", "df", "lower", "upper", "statistic", "pvalue"]
    assert list(table["term"]) == fit.names
    np.testing.assert_array_equal(table[["lower", "upper"]], fit.conf_int(0.9))
    ladder = fit_ladder(FORMULA, FRAME, "ID", "VISIT")
    rungs = ladder.to_frame()
    assert (
        list(rungs["structure"]) == ["us", "toeph", "ar1h", "csh", "cs"] and rungs["status"][0] == "accepted"
    )
