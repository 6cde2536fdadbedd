"""Simulated trials whose arms were chosen by covariates, with a known effect: who recovers it, who does not.

Inverse probability weights have a bias of the order 1 / n where propensities come near 0 or 1: the trials are
large enough that it lies below the Monte-Carlo error of the long form.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import expit

from trial.analysis.arm_models import fit_arm, predict_arm
from trial.analysis.propensity.augmented import augment
from trial.analysis.propensity.logistic import fit_propensity
from trial.analysis.propensity.weights import tilt, weigh

EFFECT = -0.6
VISITS = ("M3", "M6")
LONG = pytest.param(400, marks=pytest.mark.long)


@dataclass(frozen=True)
class Trial:
    """Covariates with an intercept, arm, and outcome at two visits; NaN where it was not seen."""

    x: np.ndarray
    z: np.ndarray
    y: np.ndarray


def draw(seed, number, slope=0.0, n=400):
    """Draw a trial: two covariates decide the arm and the outcome; `slope` makes the effect differ by the first."""
    rng = np.random.default_rng([seed, number])
    u = rng.normal(size=(n, 2))
    z = (rng.random(n) < expit(0.9 * u[:, 0] - 0.6 * u[:, 1])).astype(float)
    mean = 0.8 * u[:, 0] - 0.5 * u[:, 1] + z * (EFFECT + slope * u[:, 0])
    noise = rng.multivariate_normal(np.zeros(2), [[0.5, 0.3], [0.3, 0.6]], n)
    y = np.column_stack([0.5 * mean, mean]) + noise
    y[rng.random(n) < expit(-2.2 + 0.8 * y[:, 0]), 1] = np.nan  # the worse leave more often
    return Trial(np.column_stack([np.ones(n), u]), z, y)


def estimate(trial, scores=None):
    """Return the estimates of every method at the last visit."""
    x, z, y = trial.x, trial.z, trial.y
    seen = np.isfinite(y[:, 1])
    e = fit_propensity(x, z, "logistic").scores[0] if scores is None else scores
    plain = y[seen & (z == 1), 1].mean() - y[seen & (z == 0), 1].mean()
    adjusted = np.linalg.lstsq(np.column_stack([x, y[:, 0], z])[seen], y[seen, 1], rcond=None)[0]
    means, filled = [], np.empty(len(z))
    for arm in (1, 0):
        models = fit_arm(x[z == arm], y[z == arm], VISITS)
        mean, conditional = predict_arm(models, x, y)
        means.append(mean[0, :, 1])
        filled[z == arm] = conditional[0, z == arm, 1]
    found = {"unadjusted": plain, "given the visit before": adjusted[-1]}
    for kind in ("ATE", "ATO", "ATT"):
        w = weigh(kind, z, e)
        arms = [np.average(filled[z == arm], weights=w[z == arm]) for arm in (1, 0)]
        found[f"weighted {kind}"] = arms[0] - arms[1]
        if kind != "ATT":
            pair = (means[0], means[1])
            found[f"augmented {kind}"] = float(
                augment(z, pair, filled, tilt(kind, e), w, np.ones(len(z))).estimate
            )
    return found


def simulate(count, slope=0.0, wrong_scores=False, seed=7):
    """Return mean and its Monte-Carlo error of each method."""
    found = []
    for number in range(count):
        trial = draw(seed, number, slope)
        found.append(estimate(trial, np.full(len(trial.z), 0.5) if wrong_scores else None))
    values = {name: np.array([one[name] for one in found]) for name in found[0]}
    return {name: (v.mean(), v.std(ddof=1) / np.sqrt(count)) for name, v in values.items()}


def truth(kind, slope):
    """Return the effect in a kind's population, from a large draw of covariates."""
    rng = np.random.default_rng(99)
    u = rng.normal(size=(1_000_000, 2))
    e = expit(0.9 * u[:, 0] - 0.6 * u[:, 1])
    return EFFECT + slope * np.average(u[:, 0], weights=tilt(kind, e))


@pytest.mark.parametrize("count", [50, LONG])
def test_the_unadjusted_estimate_is_biased_and_weighted_and_augmented_ones_are_not(count):
    found = simulate(count)
    for name in ("weighted ATE", "weighted ATO", "weighted ATT", "augmented ATE", "augmented ATO"):
        mean, error = found[name]
        assert abs(mean - EFFECT) < 4 * error, name
    mean, error = found["unadjusted"]
    assert mean - EFFECT > 0.4 and mean - EFFECT > 10 * error
    # To adjust for a visit after the treatment takes away a part of its effect.
    mean, error = found["given the visit before"]
    assert mean - EFFECT > 4 * error


@pytest.mark.parametrize("count", [50, LONG])
def test_each_kind_of_weights_recovers_the_effect_in_its_own_population(count):
    slope = 0.5
    found = simulate(count, slope)
    true = {kind: truth(kind, slope) for kind in ("ATE", "ATO", "ATT")}
    assert true["ATT"] - true["ATE"] > 0.15
    for name in ("weighted ATE", "weighted ATO", "weighted ATT", "augmented ATE", "augmented ATO"):
        mean, error = found[name]
        assert abs(mean - true[name.split()[1]]) < 4 * error, name
    # The neighbouring population is another number.
    mean, error = found["weighted ATT"]
    assert mean - true["ATE"] > 4 * error


@pytest.mark.parametrize("count", [30, LONG])
def test_augmented_estimates_survive_a_wrong_propensity_and_weighted_ones_do_not(count):
    found = simulate(count, wrong_scores=True)
    mean, error = found["augmented ATE"]
    assert abs(mean - EFFECT) < 4 * error
    mean, error = found["weighted ATE"]
    assert mean - EFFECT > 10 * error
