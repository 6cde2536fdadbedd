"""Cluster-robust covariances CR0-CR3 of the coefficients and their Satterthwaite-type degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmrm.core import Fitted
from mmrm.linalg import Array, factor_cholesky, invert_lower, symmetrise

COVARIANCES = ("CR0", "CR1", "CR2", "CR3")
_ZERO = 1e-10


@dataclass(frozen=True, eq=False)
class Sandwich:
    """Robust covariance on the working scale, with what its degrees of freedom need.

    Attributes
    ----------
    cov : (k, k) array
        Robust covariance of the working coefficients.
    phi : (k, k) array
        Inverse of the weighted X'V⁻¹X.
    squares : (k, k) array
        Sum of w_i² X_i'V_i⁻¹X_i.
    whitened, adjusted : (n, m, k) arrays
        Whitened columns of every subject, before and after the leverage adjustment.
    weight : (n,) array
        Subject weights.
    """

    cov: Array
    phi: Array
    squares: Array
    whitened: Array
    adjusted: Array
    weight: Array

    def df(self, rows: Array) -> Array:
        """Satterthwaite-type (Bell-McCaffrey) degrees of freedom of each contrast (``eq:cr-df``).

        The n x n matrix of the quadratic form is a diagonal minus a matrix of rank 2k, so it is never formed.
        """
        inner = np.einsum("ij,jk,kl->il", self.phi, self.squares, self.phi)
        core = np.block([[np.zeros_like(inner), self.phi], [self.phi, -inner]])
        out = np.empty(rows.shape[0])
        for i, row in enumerate(rows):
            lifted = np.einsum("ij,j->i", self.phi, row)
            part = self.weight[:, None] * np.einsum("nmk,k->nm", self.adjusted, lifted)
            pulled = np.einsum("nmk,nm->nk", self.whitened, part)
            both = np.concatenate([self.weight[:, None] * pulled, pulled], axis=1)
            own = np.einsum("nm,nm->n", part, part)
            shared = np.einsum("ni,ij,nj->n", both, core, both, optimize=False)
            mixed = np.einsum("ij,jk->ik", core, np.einsum("ni,nj->ij", both, both))
            first = own.sum() - shared.sum()
            second = (own**2).sum() - 2.0 * (own * shared).sum() + np.einsum("ij,ji->", mixed, mixed)
            out[i] = first**2 / second
        return out


def build_sandwich(fit: Fitted, kind: str) -> Sandwich:
    """Build one robust covariance (``eq:sandwich``).

    Parameters
    ----------
    fit : Fitted
        Any fit; the working covariance is its Sigma.
    kind : str
        ``CR0`` (SAS EMPIRICAL), ``CR1`` (CR0 times n / (n - 1)), ``CR2`` (residuals multiplied by the inverse
        square root of their working covariance, unbiased under the working model) or ``CR3`` (by the inverse
        of one minus the subject's own hat matrix: residuals from the fit without the subject).
    """
    data, phi = fit.data, fit.phi
    weight = data.weight
    whitened, residual = _whiten(fit)
    squares = np.einsum("n,nmi,nmj->ij", weight**2, whitened, whitened)
    middle = np.einsum("ij,jk,kl->il", phi, squares, phi)
    adjusted = whitened
    if kind in ("CR2", "CR3"):
        adjusted = np.empty_like(whitened)
        power = -0.5 if kind == "CR2" else -1.0
        for start in range(0, data.n_subjects, 4096):
            part = slice(start, start + 4096)
            core = weight[part, None, None] * phi
            if kind == "CR2":
                core = 2.0 * core - middle
            left = np.einsum("nmi,nij->nmj", whitened[part], core)
            hat = np.eye(data.n_visits) - np.einsum("nmi,nli->nml", left, whitened[part])
            adjusted[part] = np.einsum("nml,nlk->nmk", _raise(symmetrise(hat), power), whitened[part])
    scores = weight[:, None] * np.einsum("nmk,nm->nk", adjusted, residual)
    meat = np.einsum("ni,nj->ij", scores, scores)
    cov = np.einsum("ij,jk,kl->il", phi, meat, phi)
    if kind == "CR1":
        cov = cov * data.n_subjects / (data.n_subjects - 1.0)
    return Sandwich(symmetrise(cov), phi, squares, whitened, adjusted, weight)


def _whiten(fit: Fitted) -> tuple[Array, Array]:
    """Columns and residuals of every subject multiplied by the inverse Cholesky factor of its covariance."""
    data, model, patterns = fit.data, fit.covariance, fit.data.patterns
    direction = np.append(-fit.state.beta[0], 1.0)
    sigma = model.sigma(fit.state.theta)[0][model.cell_of_pattern]
    seen = patterns.mask[:, :, None] & patterns.mask[:, None, :]
    root = invert_lower(factor_cholesky(np.where(seen, sigma, np.eye(data.n_visits))))
    out = np.empty_like(data.padded)
    for p, members in enumerate(patterns.members):
        out[members] = np.einsum("st,ntj->nsj", root[p], data.padded[members])
    return np.ascontiguousarray(out[..., :-1]), np.einsum("nmj,j->nm", out, direction)


def _raise(matrices: Array, power: float) -> Array:
    """Symmetric power of positive semi-definite matrices; directions without variance map to zero."""
    values, vectors = np.linalg.eigh(matrices)
    raised = np.where(values > _ZERO, np.maximum(values, _ZERO) ** power, 0.0)
    return np.asarray(np.einsum("nij,nj,nkj->nik", vectors, raised, vectors))
