"""Hand case of three visits: joint mean, conditional mean and covariance of every strategy, exactly."""

import numpy as np
import pytest

from trial.analysis.missing.impute import Parameters, impute, regress_on_seen
from trial.analysis.missing.panel import Panel
from trial.analysis.missing.strategies import joint

OWN_MEAN, REFERRED = np.array([-1.0, -2.0, -3.0]), np.array([0.0, -0.5, -1.0])
R = np.array([[4.0, 2, 2], [2, 5, 3], [2, 3, 6]])
OWN = np.array([[8.0, 2, 2], [2, 6, 3], [2, 3, 7]])
COVARIANCES = {"common": R, "own": OWN}
_ = np.nan
# The reference arm's means are the intercepts, the active arm's effects the differences.
COEFFICIENTS = np.stack([REFERRED, OWN_MEAN - REFERRED])[None]
NAMES = ("MAR", "J2R", "CR", "CIR", "LMCF")
CASES = [
    # covariance, observed, visits before the switch, imputed values by strategy
    ("common", (1, _, _), 1, ((-1, -2), (0.5, 0), (0, -0.5), (-0.5, -1), (0, 0))),
    ("common", (1, -1, _), 2, ((-2,), (0,), (-1,), (-1.5,), (-1,))),
    ("common", (_, -1, _), 2, ((-0.6, -2.4), (-0.6, -0.4), (-0.2, -1.3), (-0.6, -1.9), (-0.6, -1.4))),
    ("common", (1, _, -1), 1, ((-0.6,), (0.1,), (-0.2,), (-0.5,), (-0.4,))),
    ("common", (_, _, _), 0, ((-1, -2, -3), (0, -0.5, -1), (0, -0.5, -1), (0, -0.5, -1), None)),
    ("own", (1, _, _), 1, ((-1.5, -2.5), (0.5, 0), (0, -0.5), (-0.5, -1), (-0.5, -0.5))),
    ("own", (1, -1, _), 2, ((-25 / 11,), (0,), (-1,), (-1.5,), (-14 / 11,))),
    ("own", (_, -1, _), 2, ((-2 / 3, -2.5), (-2 / 3, -5 / 12), (-0.2, -1.3), (-2 / 3, -23 / 12), (-2 / 3, -1.5))),
    ("own", (1, _, -1), 1, ((-12 / 13,), (0.1,), (-0.2,), (-0.5,), (-9 / 13,))),
]  # fmt: skip


def subject(observed, switch):
    """Return a panel of one subject of the active arm."""
    return Panel(np.array([observed], float), np.array([[1.0, 1.0]]), np.array([1]), np.array([switch]), 2)


def parameters(covariance):
    sigma = [R] if covariance == "common" else [R, OWN]
    return Parameters(COEFFICIENTS, np.stack(sigma)[None])


@pytest.mark.parametrize("strategy", NAMES)
@pytest.mark.parametrize(("covariance", "observed", "switch", "expected"), CASES)
def test_conditional_means(covariance, observed, switch, expected, strategy):
    wanted = expected[NAMES.index(strategy)]
    one = subject(observed, switch)
    if wanted is None:
        with pytest.raises(ValueError, match="LMCF needs a visit before the switch"):
            impute(one, parameters(covariance), strategy, None)
        return
    found = impute(one, parameters(covariance), strategy, None)[0, 0]
    np.testing.assert_allclose(found[np.isnan(np.array(observed, float))], wanted, atol=1e-12)


MEANS = {
    1: ((-1, -2, -3), (-1, -0.5, -1), (0, -0.5, -1), (-1, -1.5, -2), (-1, -1, -1)),
    2: ((-1, -2, -3), (-1, -2, -1), (0, -0.5, -1), (-1, -2, -2.5), (-1, -2, -2)),
}


@pytest.mark.parametrize("switch", [1, 2])
@pytest.mark.parametrize("strategy", NAMES)
def test_joint_means(strategy, switch):
    mean, _ = joint(strategy, OWN_MEAN[None, None], REFERRED[None, None], (OWN[None], R[None]), switch)
    np.testing.assert_array_equal(mean[0, 0], MEANS[switch][NAMES.index(strategy)])


@pytest.mark.parametrize("strategy", ["J2R", "CIR"])
@pytest.mark.parametrize(
    ("switch", "expected"),
    [(1, [[8, 4, 4], [4, 6, 4], [4, 4, 7]]), (2, [[8, 2, 3], [2, 6, 3.5], [3, 3.5, 6.5]])],
)
def test_joint_covariance_mixes_the_arms(strategy, switch, expected):
    _, sigma = joint(strategy, OWN_MEAN[None, None], REFERRED[None, None], (OWN[None], R[None]), switch)
    np.testing.assert_allclose(sigma[0], expected, atol=1e-12)


SPREADS = [
    ("common", (1, _, _), 1, NAMES, [[4, 2], [2, 5]]),
    ("own", (1, _, _), 1, ("J2R", "CR", "CIR"), [[4, 2], [2, 5]]),
    ("own", (1, _, _), 1, ("MAR", "LMCF"), [[5.5, 2.5], [2.5, 6.5]]),
    ("common", (1, -1, _), 2, NAMES, [[4]]),
    ("own", (1, -1, _), 2, ("J2R", "CR", "CIR"), [[4]]),
    ("own", (1, -1, _), 2, ("MAR", "LMCF"), [[59 / 11]]),
    ("common", (_, -1, _), 2, NAMES, [[3.2, 0.8], [0.8, 4.2]]),
    ("own", (_, -1, _), 2, ("CR",), [[3.2, 0.8], [0.8, 4.2]]),
    ("own", (_, -1, _), 2, ("J2R", "CIR"), [[22 / 3, 11 / 6], [11 / 6, 107 / 24]]),
    ("own", (_, -1, _), 2, ("MAR", "LMCF"), [[22 / 3, 1], [1, 5.5]]),
    ("common", (1, _, -1), 1, NAMES, [[3.2]]),
    ("own", (1, _, -1), 1, ("J2R", "CR", "CIR"), [[3.2]]),
    ("own", (1, _, -1), 1, ("MAR", "LMCF"), [[59 / 13]]),
]


@pytest.mark.parametrize(("covariance", "observed", "switch", "strategies", "expected"), SPREADS)
def test_conditional_covariances(covariance, observed, switch, strategies, expected):
    (group,) = subject(observed, switch).groups()
    mine, theirs = COVARIANCES[covariance][None], R[None]
    for strategy in strategies:
        pair = (theirs, theirs) if covariance == "common" else (mine, theirs)
        _, sigma = joint(strategy, OWN_MEAN[None, None], REFERRED[None, None], pair, switch)
        np.testing.assert_allclose(regress_on_seen(sigma, group)[1][0], expected, atol=1e-6)


def test_the_mixture_keeps_the_reference_arms_regression():
    """For any two covariances: positive definite, own block before, the other's regression and residual after."""
    rng = np.random.default_rng(4)
    factors = rng.standard_normal((2, 200, 5, 7))
    mine, theirs = factors[0] @ factors[0].swapaxes(-1, -2), factors[1] @ factors[1].swapaxes(-1, -2)
    for switch in range(1, 5):
        nothing = np.zeros((200, 1, 5))
        _, mixed = joint("J2R", nothing, nothing, (mine, theirs), switch)
        a, b = slice(None, switch), slice(switch, None)
        assert (np.linalg.eigvalsh(mixed) > 0).all()
        np.testing.assert_array_equal(mixed[:, a, a], mine[:, a, a])
        slope = mixed[:, b, a] @ np.linalg.inv(mixed[:, a, a])
        wanted = theirs[:, b, a] @ np.linalg.inv(theirs[:, a, a])
        np.testing.assert_allclose(slope, wanted, rtol=1e-6, atol=1e-8)
        rest = mixed[:, b, b] - slope @ mixed[:, a, b]
        np.testing.assert_allclose(rest, theirs[:, b, b] - wanted @ theirs[:, a, b], rtol=1e-6, atol=1e-8)
