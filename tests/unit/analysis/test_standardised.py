"""The standardised risk difference on data that any language can make, and where it does not exist."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.special import expit, ndtri

from trial.analysis.responders.standardised import (
    NoStandardisedDifferenceError,
    standardised_difference,
)

I = np.arange(60)  # noqa: E741 - the subjects


def u(a):
    return ndtri(((a * (I + 1)) % 71) / 71)


def made():
    """Return responder (HbA1c at month 6 below 8), treatment and covariates without random numbers."""
    u0, u1, u2, u3 = (u(a) for a in (3, 11, 19, 29))
    sex = ((13 * (I + 1)) % 71) < 31
    eta = -0.25 * u0 - 0.35 * u1 - 0.2 * u2 + 0.3 * u3 + 0.3 * (sex - 0.45)
    treated = (((45 * (I + 1)) % 71) / 71 < expit(eta)).astype(float)
    base = 9.2 + 0.8 * u3
    lower = np.linalg.cholesky([[0.49, 0.44, 0.35], [0.44, 0.81, 0.69], [0.35, 0.69, 1.21]])
    noise = np.column_stack([u(5), u(17), u(53)]) @ lower.T
    change = -0.5 - 0.6 * treated - 0.35 * (base - 9.2) * 1.1 + 0.1 * u1 + noise[:, 2]
    return (base + change < 8).astype(float), treated, np.column_stack([u3, u1])


def test_without_covariates_it_is_the_risk_difference_with_walds_error():
    y, z, _ = made()
    found = standardised_difference(y, z, np.empty((60, 0)))
    assert (y[z == 1].sum(), z.sum(), y[z == 0].sum()) == (20, 33, 7)
    assert found.difference == pytest.approx(0.3468013468, abs=1e-10)
    assert found.se == pytest.approx(0.1197815518, abs=1e-9)


def test_with_covariates_and_their_own_spread():
    y, z, x = made()
    found = standardised_difference(y, z, x)
    assert found.difference == pytest.approx(0.3486213958, abs=1e-9)
    # With the covariates taken as fixed it would be .1201153794, by the influence function .1167814922.
    assert found.se == pytest.approx(0.1202039920, abs=1e-9)
    fit = sm.Logit(y, np.column_stack([np.ones(60), z, x])).fit(disp=False)
    assert fit.params[1] == pytest.approx(1.59583779, abs=1e-7)
    # The conditional effect is another quantity than its average over subjects.
    assert expit(fit.params[0] + fit.params[1]) - expit(fit.params[0]) != pytest.approx(
        found.difference, abs=0.01
    )


def test_scale_and_place_of_a_covariate_change_nothing():
    y, z, x = made()
    one, two = standardised_difference(y, z, x), standardised_difference(y, z, 1e6 + 1e-3 * x)
    assert (one.difference, one.se) == pytest.approx((two.difference, two.se), rel=1e-6)


def test_turned_arms_turn_the_sign():
    y, z, x = made()
    one, two = standardised_difference(y, z, x), standardised_difference(y, 1 - z, x)
    assert (one.difference, one.se) == pytest.approx((-two.difference, two.se), abs=1e-10)


def test_a_covariate_with_one_value_or_said_twice_is_dropped():
    y, z, x = made()
    more = np.column_stack([x, np.full(60, 3.0), x[:, 0] + x[:, 1]])
    found = standardised_difference(y, z, more)
    assert found.dropped == (2, 3)
    assert found.difference == pytest.approx(standardised_difference(y, z, x).difference, abs=1e-10)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda y, z, x: (y * z, z, x), "no responder"),
        (lambda y, z, x: (np.maximum(y, z), z, x), "only responders"),
        (lambda y, z, x: (y, np.ones(60), x), "no subject"),
        (lambda y, z, x: (y, z, np.column_stack([x, 2 - z])), "the arm follows from the covariates"),
        (lambda y, z, x: (y, z, np.column_stack([x, 2 * y - 1])), "separate responders"),
        # Quasi-separation: ties on the border, which a look at the size of coefficients finds late.
        (lambda y, z, x: (y, z, np.column_stack([x, np.where(y == 1, 0.0, I % 3)])), "separate responders"),
    ],
)
def test_where_there_is_none_the_reason_is_said(change, text):
    with pytest.raises(NoStandardisedDifferenceError, match=text):
        standardised_difference(*change(*made()))
