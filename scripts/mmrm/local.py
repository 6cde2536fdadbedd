"""The curvature at an optimum in coordinates in which Sigma is the identity (``eq:local``).

In the natural parameters the Hessian is a form in the inverse of Sigma, twice: its condition is the square of
that of the correlations, and at 1e8 of these double precision leaves no digit to degrees of freedom. What is
inferred does not depend on the coordinates, so it is computed in those that lose nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mmrm.covariance import CovarianceModel
from mmrm.data import MmrmData, Moments, list_pairs, sum_rows
from mmrm.likelihood import Curvature, Likelihood, State, differentiate
from mmrm.linalg import Array, factor_cholesky, invert_lower, invert_scaled, invert_spd, multiply, symmetrise

# Below this condition of the correlations the natural parameters keep eight digits.
_NATURAL = 1e4


@dataclass(frozen=True, eq=False)
class Local:
    """A fit as inference reads it: the same likelihood, in coordinates of its own.

    Attributes
    ----------
    likelihood : Likelihood
        The model; its derivatives are those in the local parameters.
    moments : Moments
        Sufficient statistics of the rows in these coordinates, batch of one.
    state, curvature : State, Curvature
        Likelihood and derivatives at the optimum, batch of one.
    back : (Q, Q) array or None
        Change of the natural parameters by each local one; None where they are the same.
    """

    likelihood: Likelihood
    moments: Moments
    state: State
    curvature: Curvature
    back: Array | None = None

    @property
    def gradient(self) -> float:
        """Scaled gradient (``eq:scaled-gradient``)."""
        slope, inverse = self.curvature.gradient[0], invert_scaled(self.curvature.observed)[0]
        return float(np.sqrt(np.abs(np.einsum("i,ij,j->", slope, inverse, slope))))

    def to_natural(self, theta_cov: Array) -> Array:
        """A covariance of the local parameters as one of the natural parameters, ``(Q, Q)``."""
        if self.back is None:
            return theta_cov
        return np.asarray(np.einsum("ab,bc,dc->ad", self.back, theta_cov, self.back))


@dataclass(frozen=True, eq=False)
class _Turned(CovarianceModel):
    """A covariance model at one theta, in coordinates of the visits in which Sigma is the identity.

    Attributes
    ----------
    slope : (C, q, m, m) array
        First derivatives.
    bend : (C, q, q, m, m) array or None
        Second derivatives.
    """

    slope: Array
    bend: Array | None

    def sigma(self, theta: Array) -> Array:
        """The identity, ``(..., C, m, m)``."""
        return _repeat(np.broadcast_to(np.eye(self.slope.shape[-1]), self.slope[:, 0].shape), theta)

    def first(self, theta: Array) -> Array:
        """First derivatives, ``(..., C, q, m, m)``."""
        return _repeat(self.slope, theta)

    def second(self, theta: Array) -> Array | None:
        """Second derivatives, ``(..., C, q, q, m, m)``."""
        return None if self.bend is None else _repeat(self.bend, theta)


def _repeat(values: Array, theta: Array) -> Array:
    """The same values for every member of a batch of parameters."""
    return np.broadcast_to(values, (*theta.shape[:-1], *values.shape))


def localise(
    data: MmrmData, likelihood: Likelihood, moments: Moments, state: State, curvature: Curvature
) -> Local:
    """The optimum as it is where the correlations are ordinary, else in coordinates of its own.

    With Sigma = LL' the visits' rows z become L⁻¹z and a pattern's precision W becomes L'WL, the matrix of a
    projection. Sigma's derivatives become L⁻¹DL⁻': for ``us`` the parameters are chosen so that these are the
    unit matrices, for the others so that they are orthonormal.
    """
    model = likelihood.covariance
    sigma = model.sigma(state.theta)[0]
    lower = factor_cholesky(sigma)
    plain = Local(likelihood, moments, state, curvature)
    if model.structure.is_spatial or not np.isfinite(lower).all() or _condition(sigma) < _NATURAL:
        return plain
    inverse = invert_lower(lower)
    slope, back = _choose_parameters(model, state.theta, lower, inverse)
    if not np.isfinite(back).all():
        return plain
    patterns = model.patterns
    mask = np.ones_like(patterns.mask)
    number, s, t = list_pairs(mask, patterns.summed)
    turned = _Turned(
        structure=model.structure,
        patterns=replace(patterns, mask=mask, row_pattern=number, row_s=s, row_t=t),
        n_groups=model.n_groups,
        slope=slope,
        bend=_turn_second(model, state.theta, inverse, back),
    )
    whole = Likelihood(turned, likelihood.n_coefficients, likelihood.reml)
    rows = sum_rows(multiply(inverse[data.group], data.padded), turned.patterns, data.weight)
    here = replace(state, precision=_turn_precision(model, sigma, lower))
    return Local(whole, rows, here, differentiate(whole, rows, here), _join(back))


def _condition(sigma: Array) -> float:
    """Largest condition number of the correlations."""
    deviation = np.sqrt(np.diagonal(sigma, axis1=-2, axis2=-1))
    return float(np.linalg.cond(sigma / (deviation[..., :, None] * deviation[..., None, :])).max())


def _choose_parameters(
    model: CovarianceModel, theta: Array, lower: Array, inverse: Array
) -> tuple[Array, Array]:
    """Derivatives in the local parameters ``(G, q, m, m)``, and what these are in the natural ones."""
    first, q, m = model.first(theta)[0], model.structure.n_parameters, lower.shape[-1]
    up = np.swapaxes(lower, -1, -2)[:, None]
    if model.structure.is_saturated:
        i, j = np.tril_indices(m)
        moved = multiply(multiply(lower[:, None], first), up)
        return first, np.swapaxes(moved[..., i, j], -1, -2)
    white = multiply(multiply(inverse[:, None], first), np.swapaxes(inverse, -1, -2)[:, None])
    slope, back = np.empty_like(white), np.full((len(white), q, q), np.nan)
    for g, each in enumerate(white):
        columns, upper = np.linalg.qr(each.reshape(q, m * m).T)
        slope[g] = symmetrise(columns.T.reshape(q, m, m))
        if (np.abs(np.diagonal(upper)) > 0).all():
            back[g] = np.linalg.inv(upper)
    return slope, back


def _turn_second(model: CovarianceModel, theta: Array, inverse: Array, back: Array) -> Array | None:
    second = model.second(theta)
    if second is None:
        return None
    mixed = np.einsum("gac,gbd,gabst->gcdst", back, back, second[0], optimize=True)
    wide = inverse[:, None, None]
    return multiply(multiply(wide, mixed), np.swapaxes(wide, -1, -2))


def _turn_precision(model: CovarianceModel, sigma: Array, lower: Array) -> Array:
    """L'W_pL of every pattern, ``(1, P, m, m)``, by the root of W_p: a projection to all digits."""
    mask, cells = model.patterns.mask, model.cell_of_pattern
    seen = mask[:, :, None] & mask[:, None, :]
    root = invert_spd(np.where(seen, sigma[cells], np.eye(mask.shape[1])))[2]
    half = multiply(np.where(seen, root, 0.0), lower[cells])
    return multiply(np.swapaxes(half, -1, -2), half)[None]


def _join(blocks: Array) -> Array:
    """Blocks ``(G, q, q)`` along a diagonal."""
    count, q, _ = blocks.shape
    out = np.zeros((count * q, count * q))
    for g in range(count):
        out[g * q : (g + 1) * q, g * q : (g + 1) * q] = blocks[g]
    return out
