"""The propensity model: published numbers, statsmodels, data that separate the arms, resamples as copies."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from trial.analysis.propensity.logistic import fit_propensity, log_likelihood
from trial.analysis.propensity.separation import find_separation
from unit.propensity.cases import BASE, CHANGE, DESIGN, TREATED

ML = [0.3194532682, -0.8374604263, -0.9533091604, -1.1252224326, 0.3414948140, -0.4094633623]
FIRTH = [0.2865140847, -0.7184160554, -0.8226728763, -0.9746527060, 0.2977893522, -0.3581410132]
# Two by two: 7 of 7 treated where x is 1, 5 of 14 where it is 0.
QUASI_X = np.repeat([1.0, 0.0], [7, 14])
QUASI_Z = np.concatenate([np.ones(7), np.ones(5), np.zeros(9)])
QUASI = np.column_stack([np.ones(21), QUASI_X])
SEX_ROWS = np.flatnonzero(DESIGN[:, 5] == 1)


def test_the_data_are_those_of_the_published_numbers():
    assert "".join(str(int(z)) for z in TREATED) == (
        "110110110100101100101001011011000110011100100101101011011011"
    )
    assert_allclose(CHANGE[0], [-1.429768625, -2.318505044, -1.757301089], atol=5e-10)
    assert TREATED.sum() == 33 and abs(BASE.mean() - 9.2) < 0.2


@pytest.mark.parametrize(("estimator", "beta"), [("logistic", ML), ("firth", FIRTH)])
def test_coefficients_to_the_printed_digits(estimator, beta):
    found = fit_propensity(DESIGN, TREATED, estimator)
    assert_allclose(found.beta[0], beta, atol=5e-11)
    assert found.fitted[0] and found.penalised[0] == (estimator == "firth")


def test_scores_to_the_printed_digits():
    ml, firth = (fit_propensity(DESIGN, TREATED, name).scores[0, :4] for name in ("logistic", "firth"))
    assert_allclose(ml, [0.9498581524, 0.8511985565, 0.5359372344, 0.9311901889], atol=5e-11)
    assert_allclose(firth, [0.9268016540, 0.8187156717, 0.5311575882, 0.9056168823], atol=5e-11)


def test_the_penalised_likelihood_is_the_printed_one_and_a_maximum():
    beta = fit_propensity(DESIGN, TREATED, "firth").beta[0]
    top = log_likelihood(DESIGN, TREATED, beta, firth=True)
    assert top == pytest.approx(-25.4714867372, abs=5e-11)
    for k in range(6):
        for step in (-1e-3, 1e-3):
            moved = beta + step * np.eye(6)[k]
            assert log_likelihood(DESIGN, TREATED, moved, firth=True) < top


def test_maximum_likelihood_agrees_with_statsmodels():
    from statsmodels.discrete.discrete_model import Logit

    peer = Logit(TREATED, DESIGN).fit(disp=0, tol=1e-14).params
    assert_allclose(fit_propensity(DESIGN, TREATED, "logistic").beta[0], peer, atol=1e-10)


def test_a_saturated_table_is_half_a_subject_more_in_each_cell():
    beta = fit_propensity(QUASI, QUASI_Z, "firth").beta[0]
    assert_allclose(beta, [np.log(5.5 / 9.5), np.log(7.5 / 0.5) - np.log(5.5 / 9.5)], atol=1e-10)
    assert_allclose(beta, [-0.5465437064, 3.2545939075], atol=5e-11)


def test_quasi_complete_separation_is_found_where_a_library_reports_convergence():
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = GLM(QUASI_Z, QUASI, family=Binomial()).fit()
    assert peer.converged and peer.params[1] > 20  # the neighbour's answer
    assert find_separation(QUASI, QUASI_Z) == "quasi-complete"
    found = fit_propensity(QUASI, QUASI_Z, "logistic")
    assert found.fitted[0] and found.penalised[0]
    assert abs(found.beta[0, 1]) < 4


def test_complete_separation_and_none():
    x = np.linspace(-1, 1, 20)
    apart = np.column_stack([np.ones(20), x])
    assert find_separation(apart, (x > 0).astype(float)) == "complete"
    assert find_separation(DESIGN, TREATED) == "none"
    found = fit_propensity(apart, (x > 0).astype(float), "logistic")
    assert found.penalised[0] and np.isfinite(found.beta).all()


def test_a_far_out_score_alone_is_no_separation():
    x = np.concatenate([np.linspace(-1, 1, 30), [60.0]])
    z = np.concatenate([np.arange(30) >= 15, [True]]).astype(float)
    z[[13, 14, 15, 16]] = [1.0, 0.0, 1.0, 0.0]
    design = np.column_stack([np.ones(31), x])
    found = fit_propensity(design, z, "logistic")
    assert np.abs(design @ found.beta[0]).max() > 100
    assert found.fitted[0] and not found.penalised[0]


@pytest.mark.parametrize("estimator", ["logistic", "firth"])
def test_a_resample_is_the_fit_of_its_copies(estimator):
    counts = np.random.default_rng(3).multinomial(60, np.full(60, 1 / 60), 5).astype(float)
    batch = fit_propensity(DESIGN, TREATED, estimator, counts)
    for b, row in enumerate(counts.astype(int)):
        copies = fit_propensity(np.repeat(DESIGN, row, axis=0), np.repeat(TREATED, row), estimator)
        assert_allclose(batch.beta[b], copies.beta[0], atol=1e-9)


def test_a_fit_does_not_depend_on_its_batch():
    counts = np.random.default_rng(4).multinomial(60, np.full(60, 1 / 60), 40).astype(float)
    whole = fit_propensity(DESIGN, TREATED, "firth", counts)
    parts = [fit_propensity(DESIGN, TREATED, "firth", counts[at : at + 1]).beta[0] for at in range(40)]
    assert_allclose(whole.beta, parts, rtol=0, atol=1e-13)


def test_a_resample_whose_columns_depend_on_each_other_has_no_fit():
    counts = np.ones((2, 60))
    counts[1, SEX_ROWS] = 0  # every woman is lost
    found = fit_propensity(DESIGN, TREATED, "logistic", counts)
    assert found.fitted.tolist() == [True, False]
    assert np.isnan(found.beta[1]).all()


def test_resamples_that_separate_the_arms_use_the_penalty_and_the_others_do_not():
    counts = np.ones((2, 21))
    counts[1, 0] = 0
    design, treated = QUASI.copy(), QUASI_Z.copy()
    treated[0] = 0.0  # with this subject the table has no empty cell
    found = fit_propensity(design, treated, "logistic", counts)
    assert found.penalised.tolist() == [False, True]
    assert found.fitted.all()
