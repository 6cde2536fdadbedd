"""A bootstrap of subjects within arms that fits the propensity, its weights and their truncation anew."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trial.analysis.propensity.logistic import fit_propensity
from trial.analysis.propensity.weights import truncate, weigh

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Resamples:
    """Resamples with their propensities and weights.

    Attributes
    ----------
    counts : (B, n) array
        How often each subject stands in each resample.
    scores, weights : (B, n) arrays
        Propensity and weight of a single copy of each subject; NaN where there is no fit.
    fitted, penalised : (B,) bool arrays
        As `trial.analysis.propensity.logistic.Propensities` says.
    """

    counts: Array
    scores: Array
    weights: Array
    fitted: Bools
    penalised: Bools


def draw_counts(treated: Array, replicates: int, seed: Sequence[int]) -> Array:
    """Return how often each subject stands in each resample: as many of each arm as there are."""
    rng = np.random.default_rng(list(seed))
    counts = np.zeros((replicates, len(treated)))
    for arm in (1, 0):
        members = np.flatnonzero(treated == arm)
        counts[:, members] = rng.multinomial(
            len(members), np.full(len(members), 1 / len(members)), replicates
        )
    return counts


def resample(
    design: Array,
    treated: Array,
    estimator: str,
    kind: str,
    limits: tuple[float, float] | None,
    replicates: int,
    seed: Sequence[int],
) -> Resamples:
    """Draw resamples and weigh each anew.

    Parameters
    ----------
    design, treated, estimator
        As in `fit_propensity`.
    kind : str
        Of weights.
    limits : (float, float) or None
        Shares of the quantiles at which weights are truncated; None: they are not.
    replicates : int
    seed : sequence of int
    """
    counts = draw_counts(treated, replicates, seed)
    found = fit_propensity(design, treated, estimator, counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = weigh(kind, treated, found.scores)
    if limits is not None:
        weights[found.fitted] = truncate(weights[found.fitted], limits, counts[found.fitted])
    # A subject who is not in the resample has no say, however far out its score there is.
    weights[counts == 0] = 0.0
    weights[~found.fitted] = np.nan
    return Resamples(counts, found.scores, weights, found.fitted, found.penalised)
