"""The log likelihood of the joint model and its gradient, for one or many parameter vectors at once.

Subject i has Y_i ~ N(mu_i, Sigma) over all visits. Its observed visits O give a density, its censored visits
C the probability of their orthant given the observed ones; missing visits are dropped:

    l_i = ln phi(y_O) + ln Phi_d(b; R),  b = s (limit - E[Y_C | y_O]) / sd,  R = s s' corr(Cov[Y_C | y_O])

with s = 1 for a value below its limit, -1 for one above. The gradient follows from Fisher's identity: with
e = E[Y - mu | data] and C = Cov[Y | data] it is W e in mu and (W (e e' + C) W - W) / 2 in Sigma, W = 1/Sigma.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trial.analysis.censored.moments import truncated_moments
from trial.analysis.censored.problem import CensoredData, Layout, Pattern

Floats = NDArray[np.float64]
LOWEST = np.log(1e-60)  # an orthant of a lower probability has no digits left


@dataclass(frozen=True)
class Evaluated:
    """Log likelihoods (B,) and their gradients (B, p); -inf where a covariance is singular in doubles."""

    value: Floats
    gradient: Floats


def evaluate(theta: Floats, data: CensoredData, weights: Floats | None = None) -> Evaluated:
    """Return log likelihood and gradient at parameter vectors.

    Parameters
    ----------
    theta : (B, p) array
    data : CensoredData
    weights : (B, n) or (1, n) array, optional
        How often each subject counts; once where not given.
    """
    # A wild step of a search may overflow: its rows are -inf, no warning.
    w = np.ones((1, len(data.arm))) if weights is None else weights
    with np.errstate(all="ignore"):
        layout, root, value, in_mu, in_sigma = _by_subject(theta, data)
        total = np.where(w > 0, w * value, 0.0).sum(axis=1)
        in_mu, in_sigma = w[:, :, None] * in_mu, w[:, :, None, None] * in_sigma
        arm, group = np.eye(layout.arms)[data.arm], np.eye(layout.groups)[data.groups]
        gradient = layout.pack_gradient(
            np.einsum("na,bnt->bat", arm, in_mu),
            np.einsum("nq,bnt->bqt", data.centred, in_mu),
            root,
            2 * np.einsum("ng,bnst->bgst", group, in_sigma) @ root,
        )
    bad = ~np.isfinite(total) | ~np.isfinite(gradient).all(axis=1)
    return Evaluated(np.where(bad, -np.inf, total), np.where(bad[:, None], 0.0, gradient))


def subject_scores(theta: Floats, data: CensoredData) -> Floats:
    """Return the gradient of each subject's log likelihood (B, n, p) at parameter vectors (B, p)."""
    layout, root, _, in_mu, in_sigma = _by_subject(theta, data)
    arm, group = np.eye(layout.arms)[data.arm], np.eye(layout.groups)[data.groups]
    b, n, _ = in_mu.shape
    of_root = 2 * np.einsum("ng,bnst,bgtu->bngsu", group, in_sigma, root)
    return layout.pack_gradient(
        np.einsum("na,bnt->bnat", arm, in_mu).reshape(b * n, layout.arms, -1),
        np.einsum("nq,bnt->bnqt", data.centred, in_mu).reshape(b * n, layout.slopes, layout.visits),
        np.repeat(root, n, axis=0),
        of_root.reshape(b * n, layout.groups, layout.visits, layout.visits),
    ).reshape(b, n, -1)


def _by_subject(theta: Floats, data: CensoredData) -> tuple[Layout, Floats, Floats, Floats, Floats]:
    """Return layout, roots, and by subject: log likelihood, its derivatives in the means and in Sigma."""
    layout = Layout.of(data)
    means, slopes, root = layout.unpack(theta)
    mu = means[:, data.arm] + np.einsum("nq,bqt->bnt", data.centred, slopes)
    sigma = root @ np.swapaxes(root, -1, -2)
    n, T = data.value.shape
    value = np.zeros((len(theta), n))
    in_mu, in_sigma = np.zeros((len(theta), n, T)), np.zeros((len(theta), n, T, T))
    for pattern in data.patterns:
        _add_pattern(pattern, mu, sigma[:, data.groups[pattern.rows]], value, in_mu, in_sigma)
    return layout, root, value, in_mu, in_sigma


def _add_pattern(
    pattern: Pattern, mu: Floats, sigma: Floats, value: Floats, in_mu: Floats, in_sigma: Floats
) -> None:
    """Add the terms of the subjects of one pattern; batches and subjects are one axis inside."""
    b, m, k = len(mu), len(pattern.rows), pattern.order.shape[1]
    rows, order = pattern.rows[:, None], pattern.order
    S = sigma[:, np.arange(m)[:, None, None], order[:, :, None], order[:, None, :]].reshape(b * m, k, k)
    residual = (pattern.value - mu[:, rows, order]).reshape(b * m, k)
    log, e, cov = _given_data(residual, S, pattern.seen, np.tile(pattern.sign, (b, 1)))
    W = _inverse(S)
    We = np.einsum("nij,nj->ni", W, e)
    half = 0.5 * (We[:, :, None] * We[:, None, :] + W @ cov @ W - W)
    value[:, pattern.rows] = log.reshape(b, m)
    in_mu[:, rows, order] = We.reshape(b, m, k)
    in_sigma[:, rows[:, :, None], order[:, :, None], order[:, None, :]] = half.reshape(b, m, k, k)


def _given_data(residual: Floats, S: Floats, seen: int, sign: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the log likelihood, E[Y - mu | data] and Cov[Y | data] of each row."""
    n, k = residual.shape
    log, e, cov = np.zeros(n), residual.copy(), np.zeros((n, k, k))
    shift, V = np.zeros((n, k - seen)), S[:, seen:, seen:]
    if seen:
        W = _inverse(S[:, :seen, :seen])
        r = residual[:, :seen]
        log += 0.5 * (_log_det(W) - np.einsum("ni,nij,nj->n", r, W, r) - seen * np.log(2 * np.pi))
        K = S[:, seen:, :seen] @ W
        shift = np.einsum("nij,nj->ni", K, r)
        V = V - K @ S[:, :seen, seen:]
    if k > seen:
        sd = np.sqrt(np.maximum(np.einsum("nii->ni", V), 1e-300))
        scale = sign * sd
        R = V / (scale[:, :, None] * scale[:, None, :])
        probability, mean, spread = truncated_moments(sign * (residual[:, seen:] - shift) / sd, R)
        log += np.where(probability < LOWEST, -np.inf, probability)
        e[:, seen:] = shift + scale * mean
        cov[:, seen:, seen:] = scale[:, :, None] * spread * scale[:, None, :]
    return log, e, cov


def _inverse(S: Floats) -> Floats:
    """Return inverses of positive definite matrices; NaN for those that are not in double precision."""
    try:
        return np.asarray(np.linalg.inv(S))
    except np.linalg.LinAlgError:
        found = np.full_like(S, np.nan)
        for at, one in enumerate(S):
            if np.isfinite(one).all() and np.linalg.matrix_rank(one, hermitian=True) == len(one):
                found[at] = np.linalg.inv(one)
        return found


def _log_det(W: Floats) -> Floats:
    sign, log = np.linalg.slogdet(W)
    return np.where(sign > 0, log, -np.inf)
