"""Cluster-robust covariances CR0-CR3 of the coefficients and their Satterthwaite-type degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmrm.core import Fitted
from mmrm.linalg import Array, Bools, Ints, factor_cholesky, invert_lower, symmetrise

COVARIANCES = ("CR0", "CR1", "CR2", "CR3")
_ZERO = 1e-9  # an eigenvalue of B_i that is zero but for rounding
_SHARE = 1e-6  # of a contrast's variance, hidden by leverage one


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
    alone : (b,) int array
        Subjects whom the fit follows exactly in some direction (leverage one), once for each direction.
    pulls : (b, k) array
        For each of these directions, what of the coefficients it carries: its square over c'Phi c is the
        share of the variance of a contrast c that the residuals do not show.
    """

    cov: Array
    phi: Array
    squares: Array
    whitened: Array
    adjusted: Array
    weight: Array
    alone: Ints
    pulls: Array

    def hidden(self, rows: Array) -> Array:
        """Share of every contrast's variance that each direction of leverage one hides, ``(l, b)``."""
        lifted = np.einsum("li,ij->lj", rows, self.phi)
        total = np.einsum("lj,lj->l", lifted, rows)
        return np.asarray(np.einsum("lj,bj->lb", lifted, self.pulls) ** 2 / total[:, None])

    def is_blind(self, rows: Array) -> Bools:
        """Which contrasts have no robust standard error, because one subject alone carries them."""
        return np.asarray((self.hidden(rows) > _SHARE).any(axis=1))

    def find_alone(self, rows: Array) -> Ints:
        """Subjects who alone carry one of the contrasts, in order."""
        return np.unique(self.alone[(self.hidden(rows) > _SHARE).any(axis=0)])

    def df(self, rows: Array) -> Array:
        """Satterthwaite-type (Bell-McCaffrey) degrees of freedom of each contrast (``eq:cr-df``).

        The n x n matrix of the quadratic form is a diagonal minus a matrix of rank 2k, so it is never formed.
        """
        inner = np.einsum("ij,jk,kl->il", self.phi, self.squares, self.phi)
        core = np.block([[np.zeros_like(inner), self.phi], [self.phi, -inner]])
        out = np.empty(rows.shape[0])
        blind = self.is_blind(rows)
        for i, row in enumerate(rows):
            if blind[i]:
                out[i] = np.nan
                continue
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

    Notes
    -----
    Where the fit follows one subject exactly its residual is zero whatever its error, and no kind has a
    standard error of what rests on that residual: see `Sandwich.is_blind`.
    """
    data, phi = fit.data, fit.phi
    weight = data.weight
    whitened, residual = _whiten(fit)
    squares = np.einsum("n,nmi,nmj->ij", weight**2, whitened, whitened)
    middle = np.einsum("ij,jk,kl->il", phi, squares, phi)
    power = {"CR2": -0.5, "CR3": -1.0}.get(kind, 0.0)
    adjusted, alone, pulls = np.empty_like(whitened), [], []
    for start in range(0, data.n_subjects, 4096):
        part = slice(start, start + 4096)
        core = weight[part, None, None] * phi
        if kind != "CR3":
            core = 2.0 * core - middle
        left = np.einsum("nmi,nij->nmj", whitened[part], core)
        hat = np.eye(data.n_visits) - np.einsum("nmi,nli->nml", left, whitened[part])
        values, vectors = np.linalg.eigh(symmetrise(hat))
        factor = _raise(values, vectors, power)
        adjusted[part] = np.einsum("nml,nlk->nmk", factor, whitened[part]) if power else whitened[part]
        subject, direction = np.nonzero(values <= _ZERO)
        alone.append(start + subject)
        shown = np.einsum("bm,bmk->bk", vectors[subject, :, direction], whitened[start + subject])
        pulls.append(np.sqrt(weight[start + subject])[:, None] * shown)
    scores = weight[:, None] * np.einsum("nmk,nm->nk", adjusted, residual)
    meat = np.einsum("ni,nj->ij", scores, scores)
    cov = np.einsum("ij,jk,kl->il", phi, meat, phi)
    if kind == "CR1":
        cov = cov * data.n_subjects / (data.n_subjects - 1.0)
    found = np.concatenate(alone).astype(np.int64), np.concatenate(pulls)
    return Sandwich(symmetrise(cov), phi, squares, whitened, adjusted, weight, *found)


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


def _raise(values: Array, vectors: Array, power: float) -> Array:
    """Symmetric power from eigenvalues and eigenvectors; directions without variance map to zero."""
    raised = np.where(values > _ZERO, np.maximum(values, _ZERO) ** power, 0.0)
    return np.asarray(np.einsum("nij,nj,nkj->nik", vectors, raised, vectors))
