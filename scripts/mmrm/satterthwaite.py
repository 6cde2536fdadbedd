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
    lifted = np.einsum("li,ij->lj", rows, phi)
    variance = np.einsum("li,li->l", lifted, rows)
    gradient = np.einsum("lqi,li->lq", np.einsum("li,qij->lqj", lifted, p), lifted)
    spread = np.einsum("lq,qr,lr->l", gradient, theta_cov, gradient)
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
