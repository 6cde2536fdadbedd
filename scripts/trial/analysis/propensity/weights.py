"""Weights of subjects from their propensity: overlap, inverse probability, of the treated."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# Whose effect each kind of weights estimates: the patients on whom the arms overlap, all, the treated.
KINDS = ("ATO", "ATE", "ATT")


def weigh(kind: str, treated: Array, scores: Array) -> Array:
    """Return the weight of every subject.

    Parameters
    ----------
    kind : str
        `ATO`: 1 - e of the treated, e of the controls (Li, Morgan and Zaslavsky 2018). `ATE`, stabilised:
        p / e and (1 - p) / (1 - e), p the share of the treated. `ATT`: 1 and e / (1 - e).
    treated : (n,) array
        1 and 0.
    scores : (..., n) array
        Propensities e.

    Notes
    -----
    Overlap weights of a logistic model fitted by maximum likelihood balance every column of its design
    exactly: its score equations say that ``sum z (1 - e) x = sum (1 - z) e x``.
    """
    e, z = scores, treated
    if kind == "ATO":
        return np.asarray(z * (1 - e) + (1 - z) * e)
    share = z.mean()
    if kind == "ATE":
        return np.asarray(z * share / e + (1 - z) * (1 - share) / (1 - e))
    if kind == "ATT":
        return np.asarray(z + (1 - z) * e / (1 - e))
    raise ValueError(f"expected a kind of weights of {', '.join(KINDS)}, found {kind!r}")


def tilt(kind: str, scores: Array) -> Array:
    """Return the density of a kind's population relative to all subjects: 1, e (1 - e), or e."""
    return {"ATE": np.ones_like(scores), "ATO": scores * (1 - scores), "ATT": scores}[kind]


def truncate(weights: Array, limits: tuple[float, float], counts: Array | None = None) -> Array:
    """Return the weights of every resample, clipped at two of their own quantiles.

    Parameters
    ----------
    weights : (..., n) array
    limits : (float, float)
        Shares of the quantiles, such as 0.01 and 0.99.
    counts : (B, n) array, optional
        How often each subject stands in each resample; default once.
    """
    if counts is None:
        low, high = (np.quantile(weights, share, axis=-1, keepdims=True) for share in limits)
    else:
        low, high = (quantile(weights, counts, share)[:, None] for share in limits)
    return np.asarray(np.clip(weights, low, high))


def quantile(values: Array, counts: Array, share: float) -> Array:
    """Return a quantile of each row in which values stand `counts` times, as `numpy.quantile` of the copies.

    Parameters
    ----------
    values, counts : (B, n) arrays
        Counts are whole numbers; each row has some.
    """
    order = np.argsort(values, axis=1, kind="stable")
    ranked = np.take_along_axis(values, order, axis=1)
    last = np.cumsum(np.take_along_axis(counts, order, axis=1), axis=1)  # rank of each value's last copy
    place = share * (last[:, -1] - 1)
    below = np.floor(place)

    def at(rank: Array) -> Array:
        index = (last <= rank[:, None]).sum(axis=1)
        return np.take_along_axis(ranked, np.minimum(index, values.shape[1] - 1)[:, None], axis=1)[:, 0]

    return np.asarray(at(below) + (place - below) * (at(np.ceil(place)) - at(below)))


def scale_to_count(weights: Array, count: float) -> Array:
    """Return weights that sum to the number of subjects: the scale of a weighted restricted likelihood."""
    return np.asarray(weights * count / weights.sum(axis=-1, keepdims=True))
