"""Covariance structures in their natural parameters: Sigma, its first and second derivatives, and starts.

Each structure is linear in its parameters (us, toep, cs) or a product of variances and a correlation family.
The natural parameters are those SAS prints (``eq:natural-parameters``): what Kenward-Roger differentiates
with respect to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmrm.errors import RequestError
from mmrm.linalg import Array

STRUCTURES = ("us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh", "sp_exp")

# Value, first and second derivative of a correlation family at (..., p) parameters and (..., m, m) distances.
Jet = tuple[Array, Array, Array]


@dataclass(frozen=True)
class Structure:
    """One covariance structure over m visits.

    Attributes
    ----------
    name : str
        One of `STRUCTURES`.
    n_visits : int
        Number of visits m.
    """

    name: str
    n_visits: int

    def __post_init__(self) -> None:
        if self.name not in STRUCTURES:
            raise RequestError(f"covariance: expected one of {', '.join(STRUCTURES)}, found {self.name!r}")

    @property
    def is_linear(self) -> bool:
        """Whether Sigma is linear in its natural parameters."""
        return self.name in ("us", "toep", "cs")

    @property
    def is_spatial(self) -> bool:
        """Whether Sigma depends on positions."""
        return self.name == "sp_exp"

    @property
    def n_variances(self) -> int:
        """Number of variance parameters of a non-linear structure."""
        return self.n_visits if self.name in ("toeph", "ar1h", "csh", "adh") else 1

    @property
    def n_parameters(self) -> int:
        """Number of natural parameters q of one covariance group."""
        m = self.n_visits
        if self.is_linear:
            return int({"us": m * (m + 1) // 2, "toep": m, "cs": min(m, 2)}[self.name])
        family = m - 1 if self.name in ("toeph", "ad", "adh") else min(m - 1, 1)
        return self.n_variances + (1 if self.is_spatial else family)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the natural parameters."""
        m = self.n_visits
        if self.name == "us":
            return tuple(f"cov({i + 1},{j + 1})" for i in range(m) for j in range(i + 1))
        if self.name == "toep":
            return ("variance", *(f"cov(lag {d})" for d in range(1, m)))
        if self.name == "cs":
            return ("residual", "covariance")[: self.n_parameters]
        many = self.n_variances > 1 or (m == 1 and self.name.endswith("h"))
        variances = tuple(f"variance({i + 1})" for i in range(m)) if many else ("variance",)
        left = self.n_parameters - len(variances)
        names = ("range",) if self.is_spatial else tuple(f"corr({d + 1})" for d in range(left))
        return variances + names

    @property
    def powers(self) -> Array:
        """Power of the response's scale: 2 for (co)variances, 0 for correlations and ranges."""
        powers = np.full(self.n_parameters, 2.0)
        if not self.is_linear:
            powers[self.n_variances :] = 0.0
        return powers

    def sigma(self, theta: Array, distance: Array | None = None) -> Array:
        """Sigma at ``theta (..., q)``: ``(..., m, m)``."""
        if self.is_linear:
            return np.asarray(np.einsum("...q,qst->...st", theta, _linear_basis(self.name, self.n_visits)))
        scale, correlation = self._split(theta, distance)
        with np.errstate(invalid="ignore"):
            root = np.sqrt(scale)
        return np.asarray(root[..., :, None] * root[..., None, :] * correlation[0])

    def first(self, theta: Array, distance: Array | None = None) -> Array:
        """First derivatives of Sigma: ``(..., q, m, m)``."""
        if self.is_linear:
            basis = _linear_basis(self.name, self.n_visits)
            return np.broadcast_to(basis, (*theta.shape[:-1], *basis.shape))
        scale, (value, slope, _) = self._split(theta, distance)
        product, by_scale, _ = _scale_jet(scale, self.n_variances)
        return np.concatenate([by_scale * value[..., None, :, :], product[..., None, :, :] * slope], axis=-3)

    def second(self, theta: Array, distance: Array | None = None) -> Array | None:
        """Second derivatives of Sigma, ``(..., q, q, m, m)``; None for a linear structure."""
        if self.is_linear:
            return None
        scale, (value, slope, curve) = self._split(theta, distance)
        product, by_scale, by_scales = _scale_jet(scale, self.n_variances)
        top = by_scales * value[..., None, None, :, :]
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
        m = self.n_visits
        if self.name == "us":
            i, j = np.tril_indices(m)
            return np.asarray(correlation[i, j] * np.sqrt(variance[i] * variance[j]))
        lags = np.array([np.diagonal(correlation, d).mean() for d in range(m)])
        mean = float(variance.mean())
        if self.name == "toep":
            return np.asarray(mean * lags)
        off = float(correlation[~np.eye(m, dtype=bool)].mean()) if m > 1 else 0.0
        if self.name == "cs":
            return np.array([mean * (1.0 - off), mean * off])[: self.n_parameters]
        scale = variance if self.n_variances == m else np.array([mean])
        return np.concatenate([scale, self._start_family(correlation, lags, off, distance, limit)])

    def _start_family(
        self, correlation: Array, lags: Array, off: float, distance: Array | None, limit: float
    ) -> Array:
        if self.is_spatial:
            apart = np.ones((1, 1)) if distance is None else distance
            near = float(np.median(apart[apart > 0])) if (apart > 0).any() else 1.0
            lag = min(max(float(lags[1]) if lags.size > 1 else 0.5, 0.05), 0.95)
            return np.array([near / -np.log(lag)])
        left = self.n_parameters - self.n_variances
        if self.name in ("ad", "adh"):
            return np.clip(np.diagonal(correlation, 1), -limit, limit)
        if self.name == "toeph":
            return lags[1:]
        bottom = -limit / max(self.n_visits - 1, 1) if self.name == "csh" else -limit
        value = off if self.name == "csh" else (float(lags[1]) if lags.size > 1 else 0.0)
        return np.full(left, min(max(value, bottom), limit))

    def _split(self, theta: Array, distance: Array | None) -> tuple[Array, Jet]:
        count = self.n_variances
        scale = np.broadcast_to(theta[..., :count], (*theta.shape[:-1], self.n_visits))
        family = _FAMILIES[self.name.removesuffix("h") if self.name != "toeph" else "toep"]
        return scale, family(theta[..., count:], self.n_visits, distance)


@lru_cache(maxsize=64)
def _linear_basis(name: str, m: int) -> Array:
    """Basis matrices of a linear structure, ``(q, m, m)``."""
    lag = np.abs(np.subtract.outer(np.arange(m), np.arange(m)))
    if name == "toep":
        return np.stack([(lag == d).astype(float) for d in range(m)])
    if name == "cs":
        return np.stack([np.eye(m), np.ones((m, m))])[: min(m, 2)]
    i, j = np.tril_indices(m)
    basis = np.zeros((i.size, m, m))
    basis[np.arange(i.size), i, j] = 1.0
    basis[np.arange(i.size), j, i] = 1.0
    return basis


def _scale_jet(scale: Array, count: int) -> Jet:
    """Product of standard deviations and its derivatives with respect to the variances."""
    m = scale.shape[-1]
    with np.errstate(invalid="ignore"):
        root = np.sqrt(scale)
    product = root[..., :, None] * root[..., None, :]
    unit = np.eye(m)
    hits = unit[:, :, None] + unit[:, None, :]
    if count == 1:
        first = product / scale[..., :1, None]
        return product, first[..., None, :, :], np.zeros((*product.shape[:-2], 1, 1, m, m))
    share = hits / (2.0 * scale[..., :, None, None])
    first = product[..., None, :, :] * share
    own = unit[:, :, None, None] * (hits / 2.0)[:, None] / (scale**2)[..., :, None, None, None]
    second = product[..., None, None, :, :] * (share[..., :, None, :, :] * share[..., None, :, :, :] - own)
    return product, first, second


def _compound_jet(rho: Array, m: int, distance: Array | None) -> Jet:
    off = 1.0 - np.eye(m)
    count = rho.shape[-1]
    value = np.eye(m) + (rho[..., None] if count else np.zeros((1, 1))) * off
    shape = rho.shape[:-1]
    return (
        np.broadcast_to(value, (*shape, m, m)),
        np.broadcast_to(off, (*shape, count, m, m)),
        np.zeros((*shape, count, count, m, m)),
    )


def _autoregressive_jet(rho: Array, m: int, distance: Array | None) -> Jet:
    lag = np.abs(np.subtract.outer(np.arange(m), np.arange(m))).astype(float)
    shape, count = rho.shape[:-1], rho.shape[-1]
    base = rho[..., None] if count else np.zeros((*shape, 1, 1))
    value = base**lag
    slope = lag * base ** np.maximum(lag - 1, 0)
    curve = lag * (lag - 1) * base ** np.maximum(lag - 2, 0)
    return (
        value,
        slope[..., None, :, :][..., :count, :, :],
        curve[..., None, None, :, :][..., :count, :count, :, :],
    )


def _toeplitz_jet(rho: Array, m: int, distance: Array | None) -> Jet:
    bands = _linear_basis("toep", m)
    count = m - 1
    value = bands[0] + np.einsum("...q,qst->...st", rho, bands[1:])
    slope = np.broadcast_to(bands[1:], (*rho.shape[:-1], count, m, m))
    return value, slope, np.zeros((*rho.shape[:-1], count, count, m, m))


def _antedependence_jet(rho: Array, m: int, distance: Array | None) -> Jet:
    """Correlation of visits s < t is the product of rho_s .. rho_(t-1); derivatives leave factors out."""
    count = m - 1
    s, t, d = np.ogrid[:m, :m, :count]
    inside = (d >= np.minimum(s, t)) & (d < np.maximum(s, t))
    factors = np.where(inside, rho[..., None, None, :], 1.0)
    value = np.prod(factors, axis=-1)
    slope = np.zeros((*rho.shape[:-1], count, m, m))
    curve = np.zeros((*rho.shape[:-1], count, count, m, m))
    for a in range(count):
        kept = np.delete(factors, a, axis=-1)
        slope[..., a, :, :] = np.prod(kept, axis=-1) * inside[:, :, a]
        for b in range(a):
            fewer = np.delete(factors, [a, b], axis=-1)
            both = np.prod(fewer, axis=-1) * (inside[:, :, a] & inside[:, :, b])
            curve[..., a, b, :, :] = both
            curve[..., b, a, :, :] = both
    return value, slope, curve


def _exponential_jet(reach: Array, m: int, distance: Array | None) -> Jet:
    """exp(-d / range), with d the Euclidean distance between two observations of a subject."""
    if distance is None:
        raise RequestError(
            "covariance sp_exp: expected positions, found none; name the numeric column(s) in time="
        )
    scale = np.where(reach > 0, reach, np.nan)[..., None]
    ratio = distance / scale
    value = np.exp(-ratio)
    slope = value * ratio / scale
    curve = value * ratio * (ratio - 2.0) / scale**2
    return value, slope[..., None, :, :], curve[..., None, None, :, :]


_FAMILIES: dict[str, Callable[[Array, int, Array | None], Jet]] = {
    "cs": _compound_jet,
    "ar1": _autoregressive_jet,
    "toep": _toeplitz_jet,
    "ad": _antedependence_jet,
    "sp_exp": _exponential_jet,
}
