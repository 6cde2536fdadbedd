"""Augmented inverse probability weighting: outcome models corrected by the weighted residuals of the arms."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Augmented:
    """Estimates of the mean difference, and the subjects' influence on them.

    Attributes
    ----------
    estimate : (...) array
    influence : (..., n) array
        Of each subject, with propensity and outcome model taken as known; it sums to zero with the counts.
    """

    estimate: Array
    influence: Array


def augment(
    treated: Array,
    predicted: tuple[Array, Array],
    outcome: Array,
    shares: Array,
    weights: Array,
    counts: Array,
) -> Augmented:
    """Return the augmented estimate with normalised weights (Hajek's form).

    ``sum h (m1 - m0) / sum h + sum w1 (Q - m1) / sum w1 - sum w0 (Q - m0) / sum w0``, the weights of each arm
    summing over its own subjects; consistent if either the propensity or the outcome model is right (Robins,
    Rotnitzky and Zhao 1994; Li, Morgan and Zaslavsky 2018 for other populations than all).

    Parameters
    ----------
    treated : (n,) array
        1 and 0.
    predicted : pair of (..., n) arrays
        Mean outcome of each subject as treated, and as control.
    outcome : (..., n) array
        The outcome, or its conditional mean given the visits that were seen.
    shares : (..., n) array
        The population that is asked about, relative to all subjects (`weights.tilt`).
    weights : (..., n) array
        Inverse probability weights towards that population.
    counts : (..., n) array
        How often each subject stands in the sample.
    """
    as_treated, as_control = predicted
    gap = as_treated - as_control
    population = _normalised(counts * shares)
    estimate = (population * gap).sum(axis=-1)
    influence = population * (gap - estimate[..., None])
    for arm, mean, sign in ((1, as_treated, 1.0), (0, as_control, -1.0)):
        share = _normalised(counts * weights * (treated == arm))
        residual = outcome - mean
        shift = (share * residual).sum(axis=-1)
        estimate = estimate + sign * shift
        influence = influence + sign * share * (residual - shift[..., None])
    return Augmented(np.asarray(estimate), np.asarray(influence))


def plain_augment(treated: Array, predicted: tuple[Array, Array], outcome: Array, scores: Array) -> float:
    """Return the estimate for all subjects, weights not normalised: the mean of the efficient scores."""
    as_treated, as_control = predicted
    terms = as_treated - as_control + treated / scores * (outcome - as_treated)
    terms = terms - (1 - treated) / (1 - scores) * (outcome - as_control)
    return float(terms.mean())


def _normalised(weights: Array) -> Array:
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))
