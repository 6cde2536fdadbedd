"""Mean, prediction error and degrees of freedom of responses not seen, of one subject or of new ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmrm.inference import Inference
from mmrm.linalg import Array, Ints


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
class _Jet:
    """Sigma of a block and its derivatives in all covariance parameters, working scale."""

    sigma: Array
    first: Array


def predict_block(inference: Inference, block: Block) -> tuple[Array, Array, Array]:
    """Predict the responses of a block (``eq:prediction``, ``eq:kr-prediction``).

    Returns
    -------
    estimate, se, df : (r,) arrays
        Conditional mean given the seen rows, standard error of prediction, and degrees of freedom
        (``eq:prediction-df``), in the response's unit.
    """
    fit = inference.fit
    basis, state = fit.data.basis, fit.state
    jet = _differentiate(inference, block)
    n_seen = block.seen.size
    old, new = slice(0, n_seen), slice(n_seen, None)
    x_old = basis.columns[block.seen]
    even = np.sqrt(block.precision)
    x_new = np.einsum("r,rk,kj->rj", even, block.design, basis.transform)
    weight: Array = np.asarray(np.linalg.inv(jet.sigma[old, old]), dtype=np.float64)
    slope = np.einsum("rs,st->rt", jet.sigma[new, old], weight)
    rest = basis.residual[block.seen] - np.einsum("sk,k->s", x_old, state.beta[0])
    mean = np.einsum("rk,k->r", x_new, state.beta[0]) + np.einsum("rs,s->r", slope, rest)
    estimate = np.einsum("rk,k->r", x_new, basis.offset) + basis.scale * mean
    gap = x_new - np.einsum("rs,sk->rk", slope, x_old)
    spread = np.diagonal(jet.sigma[new, new]) - np.einsum("rs,sr->r", slope, jet.sigma[old, new])
    error = np.einsum("rk,kl,rl->r", gap, inference.working_cov, gap)
    pull = np.einsum("st,tk,rk->rs", weight, x_old, np.einsum("rk,kl->rl", gap, fit.phi))
    if inference.df_method.startswith("kenward-roger"):
        spread = spread + 2.0 * _estimate_slope_error(inference, jet, slope, weight, x_old, gap)
    df = _find_df(inference, block, jet, slope, pull, gap, error)
    return estimate / even, np.sqrt(spread + error) * basis.scale / even, df


def _differentiate(inference: Inference, block: Block) -> _Jet:
    """Sigma over the block's rows; derivatives are zero in the parameters of other groups."""
    model = inference.fit.covariance
    structure, theta = model.structure, inference.fit.state.theta[0].reshape(model.n_groups, -1)[block.group]
    pick = np.ix_(block.visits, block.visits)
    if block.distance is not None:
        structure = replace(structure, n_visits=block.visits.size, places=None)
        pick = np.ix_(np.arange(block.visits.size), np.arange(block.visits.size))
    q, total = structure.n_parameters, model.n_parameters
    own = slice(block.group * q, (block.group + 1) * q)
    first = np.zeros((total, block.visits.size, block.visits.size))
    first[own] = structure.first(theta, block.distance)[:, pick[0], pick[1]]
    return _Jet(np.asarray(structure.sigma(theta, block.distance)[pick]), first)


def _estimate_slope_error(
    inference: Inference, jet: _Jet, slope: Array, weight: Array, x_old: Array, gap: Array
) -> Array:
    """What estimating theta adds to the prediction error beyond Kenward-Roger's covariance of beta.

    The variance of the predictor's derivative in theta, contracted with Omega, without the part of beta
    alone, which `Inference.working_cov` holds.
    """
    fit, omega = inference.fit, inference.theta_cov
    if not x_old.size:
        return np.zeros(gap.shape[0])
    n_seen = x_old.shape[0]
    old, new = slice(0, n_seen), slice(n_seen, None)
    turned = jet.first[:, new, old] - np.einsum("rs,ast->art", slope, jet.first[:, old, old])
    turned = np.einsum("ars,st->art", turned, weight)
    moved = np.einsum("ars,sk->ark", turned, x_old)
    lifted = np.einsum("rk,kl->rl", gap, fit.phi)
    spread = np.einsum("ars,st->art", turned, jet.sigma[old, old])
    shared = np.einsum("ark,kl->arl", moved, fit.phi)
    pull = np.einsum("st,rt->rs", weight, np.einsum("tk,rk->rt", x_old, lifted))
    pushed = np.einsum("bst,rt->brs", jet.first[:, old, old], pull)
    turn = np.einsum("bkl,rl->brk", fit.p, lifted)
    own = np.einsum("ars,brs->abr", spread, turned) - np.einsum("ark,brk->abr", shared, moved)
    mixed = np.einsum("ark,brk->abr", shared, turn) - np.einsum("ars,brs->abr", turned, pushed)
    return np.asarray(np.einsum("ab,abr->r", omega, own + 2.0 * mixed))


def _quadratic(derivative: Array, slope: Array, pull: Array) -> Array:
    """h' (derivative of V) h for every row, h the weights of its prediction error, less the part of beta.

    ``derivative`` has shape ``(Q, s + r, s + r)``, the result ``(Q, r)``.
    """
    count = slope.shape[0]
    full = np.concatenate([-slope - pull, np.eye(count)], axis=1)
    alone = np.concatenate([pull, np.zeros((count, count))], axis=1)
    found = np.einsum("ari,ri->ar", np.einsum("aij,rj->ari", derivative, full), full)
    return np.asarray(found - np.einsum("ari,ri->ar", np.einsum("aij,rj->ari", derivative, alone), alone))


def _find_df(
    inference: Inference, block: Block, jet: _Jet, slope: Array, pull: Array, gap: Array, error: Array
) -> Array:
    """Satterthwaite's df of the whole prediction error; the other methods take those of the row."""
    fit = inference.fit
    if inference.df_method in ("residual", "asymptotic", "between-within"):
        return inference.find_df(block.design)
    n_seen = block.seen.size
    spread = np.diagonal(jet.sigma[n_seen:, n_seen:]) - np.einsum(
        "rs,sr->r", slope, jet.sigma[:n_seen, n_seen:]
    )
    gradient = _quadratic(jet.first, slope, pull).T
    if inference.cov_type == "model":
        lifted = np.einsum("rk,kl->rl", gap, fit.phi)
        error = np.einsum("rk,rk->r", lifted, gap)
        gradient = gradient + np.einsum("rk,ark->ra", lifted, np.einsum("akl,rl->ark", fit.p, lifted))
        noise = np.zeros_like(error)
    else:
        gradient = _quadratic(jet.first, slope, np.zeros_like(pull)).T
        noise = 2.0 * error**2 / inference.sandwich.df(gap)
    noise = noise + np.einsum("rb,rb->r", np.einsum("ra,ab->rb", gradient, inference.theta_cov), gradient)
    return np.asarray(2.0 * (spread + error) ** 2 / noise)
