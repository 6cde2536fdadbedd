"""Covariance structures in their natural parameters: Sigma, its first and second derivatives, and starts.

Each structure is linear in its parameters or a product of variances and a correlation family (`kinds.KINDS`).
The natural parameters are those SAS prints (``eq:natural-parameters``): what Kenward-Roger differentiates
with respect to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mmrm.errors import RequestError
from mmrm.kinds import KINDS, Correlations, Jet, Kind, Linear, Moments, Steps, list_lags
from mmrm.linalg import Array

STRUCTURES = tuple(KINDS)
# Structures that count the steps between visits, and so depend on their order.
ORDERED = tuple(name for name, kind in KINDS.items() if kind.ordered)


@dataclass(frozen=True)
class Structure:
    """One covariance structure over m visits.

    Attributes
    ----------
    name : str
        One of `STRUCTURES`.
    n_visits : int
        Number of visits m.
    places : tuple of int or None
        Places of the visits in the study's order, for the structures that count the steps between them
        (toep, toeph, ar1, ar1h; in ad and adh the skipped steps join); None: consecutive.
    """

    name: str
    n_visits: int
    places: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        if self.name not in KINDS:
            raise RequestError(f"covariance: expected one of {', '.join(STRUCTURES)}, found {self.name!r}")

    @property
    def kind(self) -> Kind:
        """Its record."""
        return KINDS[self.name]

    @property
    def is_linear(self) -> bool:
        """Whether Sigma is linear in its natural parameters."""
        return isinstance(self.kind.form, Linear)

    @property
    def is_spatial(self) -> bool:
        """Whether Sigma depends on positions."""
        return self.kind.spatial

    @property
    def is_saturated(self) -> bool:
        """Whether every variance and covariance is a parameter of its own."""
        return self.kind.saturated

    @property
    def steps(self) -> Steps:
        """Places of the visits from 0, in the largest step that all of them share (``eq:steps``)."""
        if self.places is None or self.is_spatial:
            return tuple(range(self.n_visits))
        step = math.gcd(*(place - self.places[0] for place in self.places)) or 1
        return tuple((place - self.places[0]) // step for place in self.places)

    @property
    def lags(self) -> tuple[int, ...]:
        """Steps between two visits, each once, from 0."""
        return list_lags(self.steps)

    @property
    def n_variances(self) -> int:
        """Number of variance parameters of a non-linear structure."""
        return self.n_visits if self.kind.heterogeneous else 1

    @property
    def n_parameters(self) -> int:
        """Number of natural parameters q of one covariance group."""
        named = len(self.kind.form.labels(self.steps))
        return named if self.is_linear else self.n_variances + named

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the natural parameters."""
        names = self.kind.form.labels(self.steps)
        if self.is_linear:
            return names
        if not self.kind.heterogeneous:
            return ("variance", *names)
        return (*(f"variance({i + 1})" for i in range(self.n_visits)), *names)

    @property
    def powers(self) -> Array:
        """Power of the response's scale: 2 for (co)variances, 0 for correlations and ranges."""
        powers = np.full(self.n_parameters, 2.0)
        if not self.is_linear:
            powers[self.n_variances :] = 0.0
        return powers

    def sigma(self, theta: Array, distance: Array | None = None) -> Array:
        """Sigma at ``theta (..., q)``: ``(..., m, m)``."""
        form = self.kind.form
        if isinstance(form, Linear):
            return np.asarray(np.einsum("...q,qst->...st", theta, form.basis(self.steps)))
        scale, correlation = self._split(form, theta, distance)
        with np.errstate(invalid="ignore"):
            root = np.sqrt(scale)
        return np.asarray(root[..., :, None] * root[..., None, :] * correlation[0])

    def first(self, theta: Array, distance: Array | None = None) -> Array:
        """First derivatives of Sigma: ``(..., q, m, m)``."""
        form = self.kind.form
        if isinstance(form, Linear):
            basis = form.basis(self.steps)
            return np.broadcast_to(basis, (*theta.shape[:-1], *basis.shape))
        scale, (value, slope, _) = self._split(form, theta, distance)
        product, by_scale = _scale_slope(scale, self.n_variances)
        return np.concatenate([by_scale * value[..., None, :, :], product[..., None, :, :] * slope], axis=-3)

    def second(self, theta: Array, distance: Array | None = None) -> Array | None:
        """Second derivatives of Sigma, ``(..., q, q, m, m)``; None for a linear structure."""
        form = self.kind.form
        if isinstance(form, Linear):
            return None
        scale, (value, slope, curve) = self._split(form, theta, distance)
        product, by_scale = _scale_slope(scale, self.n_variances)
        top = _scale_curve(scale, self.n_variances, product * value)
        mixed = by_scale[..., :, None, :, :] * slope[..., None, :, :, :]
        bottom = product[..., None, None, :, :] * curve
        upper = np.concatenate([top, mixed], axis=-3)
        lower = np.concatenate([np.swapaxes(mixed, -4, -3), bottom], axis=-3)
        return np.concatenate([upper, lower], axis=-4)

    def start(
        self, sigma: Array, distance: Array | None = None, shrink: float = 1.0, limit: float = 0.9
    ) -> Array:
        """Parameters near the covariance matrix ``sigma (m, m)``, correlations multiplied by ``shrink``.

        A correlation that stands for many is kept within ``limit``.
        """
        variance = np.diagonal(sigma)
        correlation = sigma / np.sqrt(np.outer(variance, variance)) * shrink
        np.fill_diagonal(correlation, 1.0)
        found = Moments(variance, correlation, self.steps, distance, limit)
        if self.is_linear:
            return self.kind.form.start(found)
        scale = variance if self.kind.heterogeneous else np.array([found.mean])
        return np.concatenate([scale, self.kind.form.start(found)])

    def _split(self, form: Correlations, theta: Array, distance: Array | None) -> tuple[Array, Jet]:
        count = self.n_variances
        scale = np.broadcast_to(theta[..., :count], (*theta.shape[:-1], self.n_visits))
        return scale, form.jet(theta[..., count:], self.steps, distance)


def _scale_slope(scale: Array, count: int) -> tuple[Array, Array]:
    """Product of standard deviations, and its derivatives with respect to the variances."""
    with np.errstate(invalid="ignore"):
        root = np.sqrt(scale)
    product = root[..., :, None] * root[..., None, :]
    if count == 1:
        return product, (product / scale[..., :1, None])[..., None, :, :]
    unit = np.eye(scale.shape[-1])
    hits = unit[:, :, None] + unit[:, None, :]
    return product, product[..., None, :, :] * (hits / (2.0 * scale[..., :, None, None]))


def _scale_curve(scale: Array, count: int, sigma: Array) -> Array:
    """Second derivatives of Sigma with respect to the variances: only four entries of each are not zero."""
    m = scale.shape[-1]
    out = np.zeros((*sigma.shape[:-2], count, count, m, m))
    if count == 1:
        return out
    spot = np.arange(m)
    a, b = np.meshgrid(spot, spot, indexing="ij")
    mixed = np.where(np.eye(m, dtype=bool), 0.0, sigma / (4.0 * scale[..., :, None] * scale[..., None, :]))
    own = np.where(np.eye(m, dtype=bool), 0.0, sigma / (-4.0 * scale[..., :, None] ** 2))
    for row, column, values in ((a, b, mixed), (b, a, mixed)):
        out[..., a, b, row, column] = values
    for row, column in ((a, b), (b, a)):
        out[..., a, a, row, column] = own
    return out
