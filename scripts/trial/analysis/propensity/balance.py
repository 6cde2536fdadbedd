"""How alike the arms are in a covariate, by one definition of the standardised difference."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def standardised_difference(values: Array, treated: Array, weights: Array, *, binary: bool) -> float:
    """Return (weighted mean of the treated - that of the controls) / sqrt((s1^2 + s0^2) / 2).

    The variances are unweighted (with n - 1; of a binary covariate p (1 - p)), so that the difference after
    weighting is measured with the same rod as before. NaN where the arms differ and neither varies.
    """
    treats, controls = values[treated == 1], values[treated == 0]
    gap = weighted_mean(treats, weights[treated == 1]) - weighted_mean(controls, weights[treated == 0])
    if binary:
        spread = np.mean([part.mean() * (1 - part.mean()) for part in (treats, controls)])
    else:
        spread = np.mean([part.var(ddof=1) if len(part) > 1 else 0.0 for part in (treats, controls)])
    if spread > 0:
        return float(gap / np.sqrt(spread))
    return 0.0 if abs(gap) < 1e-12 else float("nan")


def level_difference(levels: Array, treated: Array, weights: Array) -> float:
    """Return the standardised difference of a covariate of several levels (Yang and Dalton 2012), unsigned.

    Parameters
    ----------
    levels : (n, K) array
        Indicators of every level; the result does not depend on which one is left out.
    """
    kept = levels[:, 1:]
    parts = {arm: (kept[treated == arm], weights[treated == arm]) for arm in (1, 0)}
    gap = np.subtract(*(np.einsum("n,nk->k", w, rows) / w.sum() for rows, w in parts.values()))
    spread = np.zeros((kept.shape[1], kept.shape[1]))
    for rows, _ in parts.values():
        share = rows.mean(axis=0)
        spread += (np.diag(share) - np.outer(share, share)) / 2
    # A level that no subject of either arm has is no dimension.
    return float(np.sqrt(max(gap @ np.linalg.pinv(spread, hermitian=True) @ gap, 0.0)))


def weighted_mean(values: Array, weights: Array) -> float:
    """Return the weighted mean."""
    return float(np.einsum("n,n->", values, weights) / weights.sum())


def weighted_variance(values: Array, weights: Array) -> float:
    """Return the weighted variance; with equal weights the usual one (n - 1). NaN of less than two."""
    total, squares = weights.sum(), (weights**2).sum()
    room = total**2 - squares
    if room <= 1e-12 * total**2:
        return float("nan")
    gap = values - weighted_mean(values, weights)
    return float((weights * gap**2).sum() * total / room)


def variance_ratio(values: Array, treated: Array, weights: Array) -> float:
    """Return the variance of the treated over that of the controls, weighted; NaN where one is zero."""
    top, bottom = (weighted_variance(values[treated == arm], weights[treated == arm]) for arm in (1, 0))
    return float("nan") if not (bottom > 0 and top > 0) else top / bottom


def effective_size(weights: Array) -> float:
    """Return the number of equally weighted subjects that carry as much: (sum w)^2 / sum w^2 (Kish)."""
    return float(weights.sum() ** 2 / (weights**2).sum())
