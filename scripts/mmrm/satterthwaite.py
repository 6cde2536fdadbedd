"""Satterthwaite degrees of freedom for one contrast and for several."""

from __future__ import annotations

import numpy as np

from mmrm.linalg import Array


def satterthwaite_df(rows: Array, phi: Array, p: Array, theta_cov: Array) -> Array:
    """Degrees of freedom of each contrast (``eq:satterthwaite``).

    Parameters
    ----------
    rows : (l, k) array
        Contrasts, one per row.
    phi : (k, k) array
        Model-based covariance of the coefficients.
    p : (Q, k, k) array
        P_a matrices.
    theta_cov : (Q, Q) array
        Covariance of the covariance parameters.

    Returns
    -------
    (l,) array
        2 v² / (g' Omega g), v the variance of the contrast and g its gradient in the covariance parameters.
    """
    return np.asarray(satterthwaite_batch(rows, phi[None], p[None], theta_cov[None])[0])


def satterthwaite_batch(rows: Array, phi: Array, p: Array, theta_cov: Array) -> Array:
    """Degrees of freedom ``(B, l)`` of the same contrasts in a batch of fits; see `satterthwaite_df`."""
    lifted = np.einsum("li,zij->zlj", rows, phi)
    variance = np.einsum("zli,li->zl", lifted, rows)
    half = np.einsum("zli,zqij->zlqj", lifted, p)
    gradient = np.einsum("zlqj,zlj->zlq", half, lifted)
    spread = np.einsum("zlq,zlq->zl", np.einsum("zlq,zqr->zlr", gradient, theta_cov), gradient)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(2.0 * variance**2 / spread)


def fai_cornelius_df(df: Array) -> float:
    """Denominator df of an F test from the df of its independent rows (``eq:fai-cornelius``)."""
    if df.size == 1 or np.ptp(df) < 1e-8 * float(df.mean()):
        return float(df.mean())
    large = df[df > 2.0]
    excess = float((large / (large - 2.0)).sum())
    return 2.0 * excess / (excess - df.size) if excess > df.size else 2.0


def split_rows(rows: Array, cov: Array) -> tuple[Array, Array]:
    """Rotate contrasts to uncorrelated ones; return the rows and their variances."""
    values, vectors = np.linalg.eigh(np.einsum("li,ij,mj->lm", rows, cov, rows))
    return np.einsum("lm,li->mi", vectors, rows), values
