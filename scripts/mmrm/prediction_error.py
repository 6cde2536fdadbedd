"""Mean, prediction error and degrees of freedom of responses not seen, of one subject or of new ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmrm.inference import Inference
from mmrm.linalg import Array, Ints, factor_cholesky, invert_lower, multiply


@dataclass(frozen=True)
class Block:
    """Rows to predict, and the rows of the same subject that were seen.

    Attributes
    ----------
    design : (r, k) array
        Caller's columns of the rows to predict.
    seen : (s,) int array
        Rows of the fit's data; none for a new subject.
    visits : (s + r,) int array
        Visit numbers, the seen rows first.
    group : int
        Covariance group.
    distance : (s + r, s + r) array or None
        Distances between the positions, for the spatial structures.
    precision : (r,) array
        Precision of the rows to predict.
    """

    design: Array
    seen: Ints
    visits: Ints
    group: int
    distance: Array | None
    precision: Array


@dataclass(frozen=True)
class _White:
    """A block in coordinates in which its Sigma LL' is the identity, working scale.

    With A the rows of L that were seen, A' = QR, what they tell stands in the span of Q: no inverse of Sigma
    is formed, and nothing is lost at high correlation.

    Attributes
    ----------
    first : (Q, d, d) array
        Derivatives of Sigma in all local covariance parameters; zero in those of other groups.
    new : (r, d) array
        Rows of L to predict.
    inside : (d, d) array
        The projection QQ'.
    design : (d, k) array
        QR⁻'X of the seen rows.
    residual : (d,) array
        QR⁻'r of the seen rows.
    """

    first: Array
    new: Array
    inside: Array
    design: Array
    residual: Array

    @property
    def free(self) -> Array:
        """Rows to predict without what the seen rows tell, ``(r, d)``."""
        return np.asarray(self.new - np.einsum("rd,de->re", self.new, self.inside))


def predict_block(inference: Inference, block: Block) -> tuple[Array, Array, Array]:
    """Predict the responses of a block (``eq:prediction``, ``eq:kr-prediction``).

    Returns
    -------
    estimate, se, df : (r,) arrays
        Conditional mean given the seen rows, standard error of prediction, and degrees of freedom
        (``eq:prediction-df``), in the response's unit; no error and no df where the row's mean has none.
    """
    fit = inference.fit
    basis = fit.data.basis
    white = _whiten(inference, block)
    even = np.sqrt(block.precision)
    x_new = np.einsum("r,rk,kj->rj", even, block.design, basis.transform)
    mean = np.einsum("rk,k->r", x_new, fit.state.beta[0]) + np.einsum("rd,d->r", white.new, white.residual)
    estimate = np.einsum("rk,k->r", x_new, basis.offset) + basis.scale * mean
    gap = x_new - np.einsum("rd,dk->rk", white.new, white.design)
    spread = (white.free**2).sum(axis=1)
    error = np.einsum("rk,kl,rl->r", gap, inference.working_cov, gap)
    extra = spread
    if inference.df_method.startswith("kenward-roger") or inference.cov_type != "model":
        extra = spread + 2.0 * _estimate_slope_error(inference, white, gap)
    df = _find_df(inference, block, white, gap, spread, error)
    blind = inference.is_blind(gap)
    se = np.sqrt(np.where(blind, np.nan, extra + error))
    return estimate / even, se * basis.scale / even, np.where(blind, np.nan, df)


def _whiten(inference: Inference, block: Block) -> _White:
    fit, model = inference.fit, inference.fit.covariance
    structure, theta = model.structure, fit.state.theta[0].reshape(model.n_groups, -1)[block.group]
    rows = block.visits
    if block.distance is not None:
        structure, rows = replace(structure, n_visits=rows.size, places=None), np.arange(rows.size)
    lower = factor_cholesky(structure.sigma(theta, block.distance))
    q = structure.n_parameters
    first = np.zeros((model.n_parameters, *lower.shape))
    own = slice(block.group * q, (block.group + 1) * q)
    if fit.local.back is None:
        inverse = invert_lower(lower)
        first[own] = multiply(multiply(inverse, structure.first(theta, block.distance)), inverse.T)
    else:
        first[own] = fit.local.likelihood.covariance.first(fit.state.theta[0])[block.group]
    n_seen = block.seen.size
    span, upper = np.linalg.qr(lower[rows[:n_seen]].T)
    columns = fit.data.basis.columns[block.seen]
    known = fit.data.basis.residual[block.seen] - np.einsum("sk,k->s", columns, fit.state.beta[0])
    back = np.einsum("ds,ts->dt", span, np.linalg.inv(upper))
    return _White(
        first=first,
        new=lower[rows[n_seen:]],
        inside=np.einsum("ds,es->de", span, span),
        design=np.einsum("ds,sk->dk", back, columns),
        residual=np.einsum("ds,s->d", back, known),
    )


def _estimate_slope_error(inference: Inference, white: _White, gap: Array) -> Array:
    """What estimating theta adds to the prediction error beyond Kenward-Roger's covariance of beta.

    The variance of the predictor's derivative in theta, contracted with Omega, without the part of beta
    alone, which `Inference.working_cov` holds.
    """
    fit, omega = inference.fit, inference.theta_cov
    turned = np.einsum("rd,ade,ef->arf", white.free, white.first, white.inside, optimize=True)
    moved = np.einsum("ard,dk->ark", turned, white.design)
    lifted = np.einsum("rk,kl->rl", gap, fit.phi)
    shared = np.einsum("ark,kl->arl", moved, fit.phi)
    pushed = np.einsum("bde,ek,rk->brd", white.first, white.design, lifted, optimize=True)
    turn = np.einsum("bkl,rl->brk", fit.p, lifted)
    own = np.einsum("ard,brd->abr", turned, turned) - np.einsum("ark,brk->abr", shared, moved)
    mixed = np.einsum("ark,brk->abr", shared, turn) - np.einsum("ard,brd->abr", turned, pushed)
    return np.asarray(np.einsum("ab,abr->r", omega, own + 2.0 * mixed))


def _find_df(
    inference: Inference, block: Block, white: _White, gap: Array, spread: Array, error: Array
) -> Array:
    """Satterthwaite's df of the whole prediction error; the other methods take those of the row.

    The derivative of the error's variance is h'V_a h, h its weights in the rows to predict and in all that
    were seen; the subject's own part of it is written out, the rest is P_a.
    """
    fit = inference.fit
    if inference.df_method in ("residual", "asymptotic", "between-within"):
        return inference.find_df(block.design)
    if inference.cov_type == "model":
        lifted = np.einsum("rk,kl->rl", gap, fit.phi)
        pull = np.einsum("rk,dk->rd", lifted, white.design)
        error = np.einsum("rk,rk->r", lifted, gap)
        gradient = _quadratic(white.first, white.free - pull) - _quadratic(white.first, pull)
        gradient = gradient + np.einsum("rk,ark->ra", lifted, np.einsum("akl,rl->ark", fit.p, lifted))
        noise = np.zeros_like(error)
    else:
        gradient = _quadratic(white.first, white.free)
        noise = 2.0 * error**2 / inference.sandwich.df(gap)
    noise = noise + np.einsum("rb,rb->r", np.einsum("ra,ab->rb", gradient, inference.theta_cov), gradient)
    return np.asarray(2.0 * (spread + error) ** 2 / noise)


def _quadratic(derivative: Array, rows: Array) -> Array:
    """h' D_a h for every row h of ``rows (r, d)``: ``(r, Q)``."""
    return np.asarray(np.einsum("ard,rd->ra", np.einsum("ade,re->ard", derivative, rows), rows))
