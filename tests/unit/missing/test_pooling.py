"""Rubin's rules with Barnard-Rubin degrees of freedom, and Monte-Carlo errors by the jackknife."""

import numpy as np
import pytest
from scipy import stats

from trial.analysis.missing.pooling import combine, monte_carlo_errors, pool

ESTIMATES = np.array([-0.42, -0.55, -0.38, -0.61, -0.47])
ERRORS = np.array([0.21, 0.22, 0.20, 0.23, 0.21])


def test_a_worked_example():
    found = pool(ESTIMATES, ERRORS**2, 57)
    assert found.estimate == pytest.approx(-0.486, abs=1e-12)
    assert found.se == pytest.approx(0.23768887, abs=5e-9)
    assert found.share == pytest.approx(0.18755310, abs=5e-9)
    assert found.increase == pytest.approx(0.23084967, abs=5e-9)
    # 113.71 is Rubin's 1987 value, 44.77 the observed one alone
    assert found.df == pytest.approx(32.12076276, abs=5e-9)
    assert found.pvalue == pytest.approx(0.04915281, abs=5e-9)
    np.testing.assert_allclose(found.limits(0.95), (-0.97008501, -0.00191499), atol=5e-9)
    # with the Barnard-Rubin df it would be 0.233819
    assert found.fmi == pytest.approx(0.201475, abs=5e-7)
    assert 1 / (1 + found.fmi / 5) == pytest.approx(0.961266, abs=5e-7)


def test_the_worked_examples_monte_carlo_errors():
    errors = monte_carlo_errors(ESTIMATES, ERRORS**2, 57)
    assert errors.estimate == pytest.approx(0.0420238, abs=5e-8)
    assert errors.se == pytest.approx(0.01442340, abs=5e-9)
    assert errors.df == pytest.approx(10.67218346, abs=5e-9)
    assert errors.pvalue == pytest.approx(0.01688861, abs=5e-9)


def test_leave_one_out_pools_from_sums_equal_pools_of_the_rest():
    rng = np.random.default_rng(2)
    q, v = rng.normal(1, 0.4, 40), rng.uniform(0.5, 0.9, 40)
    each = [pool(np.delete(q, m), np.delete(v, m), 57) for m in range(40)]
    errors = monte_carlo_errors(q, v, 57)
    for name in ("estimate", "se", "df", "pvalue", "fmi"):
        values = np.array([getattr(one, name) for one in each])
        brute = np.sqrt(39 / 40 * ((values - values.mean()) ** 2).sum())
        assert getattr(errors, name) == pytest.approx(brute, rel=1e-10), name


def test_nothing_imputed_is_the_complete_data_analysis():
    found, errors = (
        pool(np.array([-0.5]), np.array([0.04]), 57),
        monte_carlo_errors(np.array([-0.5]), np.array([0.04]), 57),
    )
    # rbmi takes 55.1 here; SAS and this project the analysis's own 57
    assert (found.df, found.se, found.fmi, found.share) == (57, pytest.approx(0.2), 0, 0)
    assert found.pvalue == pytest.approx(2 * stats.t.sf(2.5, 57))
    assert errors.estimate == errors.se == errors.pvalue == 0


def test_identical_imputations_add_nothing():
    found = pool(np.full(20, 0.3), np.full(20, 0.01), 30)
    assert (found.share, found.df) == (0, 30) and found.se == pytest.approx(0.1)


def test_without_bound_on_the_complete_data_df_rubins_own_stand():
    found = combine(np.float64(1.0), np.float64(0.04), np.float64(0.01), 5, np.inf)
    share = 0.012 / 0.052
    assert found.df == pytest.approx(4 / share**2)
    assert combine(np.float64(1.0), np.float64(0.04), np.float64(0.0), 5, np.inf).df == np.inf
