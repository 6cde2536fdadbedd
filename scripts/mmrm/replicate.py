"""Refits of one model over many sets of subject weights, as one batch; leave-one-out refits in particular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmrm.core import Fitted
from mmrm.data import Moments, build_subject_cross, select_few
from mmrm.errors import DataError, RequestError
from mmrm.inference import DF_METHODS, check_methods
from mmrm.kenward_roger import adjust_batch
from mmrm.linalg import Array, Bools, invert_scaled, multiply
from mmrm.optimize import Optimum, minimise
from mmrm.satterthwaite import satterthwaite_batch

_CHUNK_BYTES = 64_000_000
_TARGET = 1e-8
# With many subjects a column a rough Hessian gains about two digits a step, for a third of an exact one's
# cost.
_ROUGH_TURNS = 12
_SUBJECTS_PER_COLUMN = 20


@dataclass(frozen=True, eq=False)
class Replicates:
    """Refitted coefficients and contrasts; ``numpy.asarray`` of it is ``params``.

    A member that did not converge (scaled gradient not below 1e-8) is NaN throughout.

    Attributes
    ----------
    params : (B, k) array
        Coefficients of every refit.
    contrasts : (B, l) array
        ``rows @ params``; l is zero when no rows were asked for.
    se, df : (B, l) arrays or None
        Model-based standard errors and degrees of freedom of the contrasts, when a df method was asked for.
    theta : (B, G, q) array
        Natural covariance parameters, on the response's scale.
    sigma : (B, G, m, m) array or None
        Covariance matrices of the groups; None for a spatial structure.
    converged : (B,) bool array
        Whether the refit converged.
    """

    params: Array
    contrasts: Array
    se: Array | None
    df: Array | None
    theta: Array
    sigma: Array | None
    converged: Bools

    def take(self, index: NDArray[np.int64]) -> Replicates:
        """Replicates by position."""
        values: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            values[name] = None if value is None else value[index]
        return Replicates(**values)

    def __array__(self, dtype: NDArray[np.generic] | None = None, copy: bool | None = None) -> Array:
        """Return ``params``."""
        return np.array(self.params, dtype=dtype) if copy else np.asarray(self.params, dtype=dtype)


def replicate(
    fit: Fitted, weights: Array, rows: Array | None = None, df_method: str | None = None
) -> Replicates:
    """Refit for every row of subject weights (``eq:replicate``).

    Parameters
    ----------
    fit : Fitted
        The fit whose model is refitted; its parameters start every refit.
    weights : (B, n) array
        Subject weights of every refit, in place of the fit's own: counts for a bootstrap, 0 and 1 for a
        jackknife or for many simulated trials held in one data set.
    rows : (l, k) array, optional
        Contrasts to evaluate.
    df_method : str, optional
        ``kenward-roger``, ``kenward-roger-linear`` or ``satterthwaite``: also standard errors and df of the
        contrasts, from the observed information.

    Raises
    ------
    DataError
        Weights of another shape, negative or not finite.
    RequestError
        Another df method, or one that the model does not allow.
    """
    weights = np.atleast_2d(np.asarray(weights, dtype=float))
    if weights.shape[1] != fit.data.n_subjects or not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError(
            f"weights: expected shape (B, {fit.data.n_subjects}) of finite numbers >= 0, one column per "
            f"subject in sorted order; found shape {weights.shape}"
        )
    if df_method is not None:
        check_methods(df_method, "model", fit.likelihood.reml)
        if df_method not in DF_METHODS[:3]:
            raise RequestError(f"df_method: expected one of {', '.join(DF_METHODS[:3])}, found {df_method!r}")
    patterns = fit.data.patterns
    crosses = {
        p: build_subject_cross(fit.data, p).reshape(members.size, -1)
        for p, members in enumerate(patterns.members)
        if patterns.summed[p]
    }
    size = _chunk_size(fit)
    parts = []
    for start in range(0, weights.shape[0], size):
        parts.append(_refit(fit, _weigh(fit, crosses, weights[start : start + size]), rows, df_method))
    return _join(parts)


def leave_one_out(fit: Fitted, rows: Array | None = None) -> Replicates:
    """Refit without each subject in turn: the jackknife takes ``z_i z_i'`` off the sufficient statistics."""
    patterns, size = fit.data.patterns, _chunk_size(fit)
    parts = []
    for p, members in enumerate(patterns.members):
        cross = None
        if patterns.summed[p]:
            cross = build_subject_cross(fit.data, p) * fit.data.weight[members, None, None]
        for start in range(0, members.size, size):
            out = members[start : start + size]
            moments = _remove(fit, p, out, None if cross is None else cross[start : start + size])
            parts.append(_refit(fit, moments, rows, None))
    return _join(parts).take(np.argsort(np.concatenate(patterns.members), kind="stable"))


def _join(parts: list[Replicates]) -> Replicates:
    values: dict[str, Any] = {}
    for name in Replicates.__dataclass_fields__:
        each = [getattr(part, name) for part in parts]
        values[name] = None if each[0] is None else np.concatenate(each)
    return Replicates(**values)


def _chunk_size(fit: Fitted) -> int:
    """Refits at a time: their cross-products, or the rows of single subjects transformed for each of them."""
    rows = 0 if fit.moments.few is None else 4 * fit.moments.few.rows.nbytes
    return max(1, _CHUNK_BYTES // max(1, fit.moments.cross.nbytes + rows))


def _weigh(fit: Fitted, crosses: dict[int, Array], weights: Array) -> Moments:
    patterns = fit.data.patterns
    cross = np.empty((weights.shape[0], *fit.moments.cross.shape[1:]))
    counts = np.empty((weights.shape[0], patterns.n_patterns))
    for p, members in enumerate(patterns.members):
        mine = np.ascontiguousarray(weights[:, members])
        counts[:, p] = mine.sum(axis=1)
        if patterns.summed[p]:
            rows = slice(patterns.row_start[p], patterns.row_start[p + 1])
            summed = multiply(mine, crosses[p])
            cross[:, rows] = summed.reshape(weights.shape[0], -1, cross.shape[-1])
    return Moments(cross, counts, select_few(fit.data.padded, patterns, weights))


def _remove(fit: Fitted, pattern: int, out: NDArray[np.int64], part: Array | None) -> Moments:
    """Moments of the fit without each subject of ``out`` in turn; ``part`` are their own where summed."""
    patterns, weight = fit.data.patterns, np.repeat(fit.data.weight[None], out.size, axis=0)
    cross = np.repeat(fit.moments.cross, out.size, axis=0)
    counts = np.repeat(fit.moments.counts, out.size, axis=0)
    alone = patterns.members[pattern].size == 1
    rows = slice(patterns.row_start[pattern], patterns.row_start[pattern + 1])
    if part is not None:
        cross[:, rows] -= cross[:, rows] if alone else part
    counts[:, pattern] -= counts[:, pattern] if alone else fit.data.weight[out]
    weight[np.arange(out.size), out] = 0.0
    return Moments(cross, counts, select_few(fit.data.padded, patterns, weight))


def _refit(fit: Fitted, moments: Moments, rows: Array | None, df_method: str | None) -> Replicates:
    """Refit one chunk from the full fit's parameters and keep only what results need."""
    basis, structure = fit.data.basis, fit.covariance.structure
    start = np.repeat(fit.state.theta, moments.counts.shape[0], axis=0)
    rough = _ROUGH_TURNS if fit.data.n_subjects > _SUBJECTS_PER_COLUMN * fit.data.n_coefficients else 0
    found = minimise(fit.likelihood, moments, start, target=_TARGET, rough=rough)
    params = np.einsum("ij,bj->bi", basis.transform, basis.offset + basis.scale * found.state.beta)
    theta = found.state.theta * basis.scale ** fit.covariance.scale_powers()
    params[~found.converged], theta[~found.converged] = np.nan, np.nan
    theta = theta.reshape(len(theta), fit.covariance.n_groups, -1)
    chosen = np.zeros((0, params.shape[1])) if rows is None else np.atleast_2d(np.asarray(rows, dtype=float))
    se, df = (None, None) if df_method is None else _test(fit, moments, found, chosen, df_method)
    return Replicates(
        params=params,
        contrasts=np.einsum("bk,lk->bl", params, chosen),
        se=se,
        df=df,
        theta=theta,
        sigma=None if structure.is_spatial else structure.sigma(theta),
        converged=found.converged,
    )


def _test(fit: Fitted, moments: Moments, found: Optimum, rows: Array, df_method: str) -> tuple[Array, Array]:
    """Standard errors and df of the contrasts of every member."""
    working = np.einsum("li,ij->lj", rows, fit.data.basis.transform)
    state, p = found.state, found.curvature.p
    theta_cov = 2.0 * invert_scaled(found.curvature.observed)
    cov = state.phi
    if df_method != "satterthwaite":
        linear = df_method == "kenward-roger-linear"
        cov = adjust_batch(fit.likelihood, moments, state, p, theta_cov, linear)
    variance = np.einsum("zlj,lj->zl", np.einsum("li,zij->zlj", working, cov), working)
    df = satterthwaite_batch(working, state.phi, p, theta_cov)
    with np.errstate(invalid="ignore"):
        se = np.sqrt(variance) * fit.data.basis.scale
    se[~found.converged], df[~found.converged] = np.nan, np.nan
    return se, df
