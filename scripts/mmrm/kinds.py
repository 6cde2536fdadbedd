"""The kinds of covariance structures, each one record: its parameters, derivatives and starts.

A structure is linear in its natural parameters, or a product of variances and a family of correlations. To
add one, write its functions and its line in `KINDS`; nothing else asks for a structure by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mmrm.errors import RequestError
from mmrm.linalg import Array, Ints

# Places of the visits, in the largest step that all of them share (``eq:steps``).
Steps = tuple[int, ...]
# Value, first and second derivative of a correlation family at (..., p) parameters and (..., m, m) distances.
Jet = tuple[Array, Array, Array]


@dataclass(frozen=True)
class Moments:
    """What starts are made from.

    Attributes
    ----------
    variance : (m,) array
        Variance at each visit.
    correlation : (m, m) array
        Correlations, shrunk.
    steps : tuple of int
    distance : array or None
        Distances between observations, for spatial structures.
    limit : float
        A correlation that stands for many is kept within it.
    """

    variance: Array
    correlation: Array
    steps: Steps
    distance: Array | None
    limit: float

    @property
    def mean(self) -> float:
        """Mean variance."""
        return float(self.variance.mean())

    @property
    def lags(self) -> Array:
        """Mean correlation of visits so many steps apart, from 0."""
        m = len(self.steps)
        apart = np.triu(count_steps(self.steps)) - np.tri(m, k=-1)
        return np.array([self.correlation[apart == lag].mean() for lag in list_lags(self.steps)])

    @property
    def off(self) -> float:
        """Mean of all correlations."""
        m = len(self.steps)
        return float(self.correlation[~np.eye(m, dtype=bool)].mean()) if m > 1 else 0.0


@dataclass(frozen=True)
class Linear:
    """Sigma as a sum of basis matrices.

    Attributes
    ----------
    basis : callable
        Steps to ``(q, m, m)``.
    labels : callable
        Steps to the names of the q parameters.
    start : callable
        Moments to parameters.
    """

    basis: Callable[[Steps], Array]
    labels: Callable[[Steps], tuple[str, ...]]
    start: Callable[[Moments], Array]


@dataclass(frozen=True)
class Correlations:
    """The correlations of Sigma, beside its variances.

    Attributes
    ----------
    jet : callable
        Parameters, steps and distances to value and derivatives.
    labels : callable
        Steps to the names of the parameters.
    start : callable
        Moments to parameters.
    """

    jet: Callable[[Array, Steps, Array | None], Jet]
    labels: Callable[[Steps], tuple[str, ...]]
    start: Callable[[Moments], Array]


@dataclass(frozen=True)
class Kind:
    """One kind of covariance structure.

    Attributes
    ----------
    name : str
        As it is asked for.
    title : str
        As papers call it.
    form : Linear or Correlations
    heterogeneous : bool
        Whether every visit has a variance of its own, beside a family of correlations.
    ordered : bool
        Whether it counts the steps between visits, and so depends on their order.
    spatial : bool
        Whether it depends on positions instead.
    saturated : bool
        Whether every variance and covariance is a parameter.
    """

    name: str
    title: str
    form: Linear | Correlations
    heterogeneous: bool = False
    ordered: bool = False
    spatial: bool = False
    saturated: bool = False


def count_steps(steps: Steps) -> Ints:
    """Steps between every two visits, ``(m, m)``."""
    return np.asarray(np.abs(np.subtract.outer(np.array(steps), np.array(steps))), dtype=np.int64)


@lru_cache(maxsize=64)
def list_lags(steps: Steps) -> tuple[int, ...]:
    """Steps between two visits, each once, from 0."""
    return tuple(np.unique(count_steps(steps)).tolist())


# ---- Linear structures ----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _unstructured_basis(steps: Steps) -> Array:
    m = len(steps)
    i, j = np.tril_indices(m)
    basis = np.zeros((i.size, m, m))
    basis[np.arange(i.size), i, j] = 1.0
    basis[np.arange(i.size), j, i] = 1.0
    return basis


@lru_cache(maxsize=64)
def _unstructured_labels(steps: Steps) -> tuple[str, ...]:
    return tuple(f"cov({i + 1},{j + 1})" for i in range(len(steps)) for j in range(i + 1))


def _unstructured_start(found: Moments) -> Array:
    i, j = np.tril_indices(len(found.steps))
    return np.asarray(found.correlation[i, j] * np.sqrt(found.variance[i] * found.variance[j]))


@lru_cache(maxsize=64)
def _toeplitz_basis(steps: Steps) -> Array:
    lag = count_steps(steps)
    return np.stack([(lag == d).astype(float) for d in np.unique(lag)])


@lru_cache(maxsize=64)
def _toeplitz_labels(steps: Steps) -> tuple[str, ...]:
    return ("variance", *(f"cov(lag {d})" for d in list_lags(steps)[1:]))


def _toeplitz_start(found: Moments) -> Array:
    return np.asarray(found.mean * found.lags)


@lru_cache(maxsize=64)
def _compound_basis(steps: Steps) -> Array:
    m = len(steps)
    return np.stack([np.eye(m), np.ones((m, m))])[: min(m, 2)]


def _compound_labels(steps: Steps) -> tuple[str, ...]:
    return ("residual", "covariance")[: min(len(steps), 2)]


def _compound_start(found: Moments) -> Array:
    both = np.array([found.mean * (1.0 - found.off), found.mean * found.off])
    return both[: min(len(found.steps), 2)]


# ---- Families of correlations -----------------------------------------------------------------------------


def _compound_jet(rho: Array, steps: Steps, distance: Array | None) -> Jet:
    m = len(steps)
    off = 1.0 - np.eye(m)
    count = rho.shape[-1]
    value = np.eye(m) + (rho[..., None] if count else np.zeros((1, 1))) * off
    shape = rho.shape[:-1]
    return (
        np.broadcast_to(value, (*shape, m, m)),
        np.broadcast_to(off, (*shape, count, m, m)),
        np.zeros((*shape, count, count, m, m)),
    )


def _autoregressive_jet(rho: Array, steps: Steps, distance: Array | None) -> Jet:
    lag = count_steps(steps).astype(float)
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


def _toeplitz_jet(rho: Array, steps: Steps, distance: Array | None) -> Jet:
    bands = _toeplitz_basis(steps)
    count, m = len(bands) - 1, len(steps)
    value = bands[0] + np.einsum("...q,qst->...st", rho, bands[1:])
    slope = np.broadcast_to(bands[1:], (*rho.shape[:-1], count, m, m))
    return value, slope, np.zeros((*rho.shape[:-1], count, count, m, m))


def _antedependence_jet(rho: Array, steps: Steps, distance: Array | None) -> Jet:
    """Correlation of visits s < t is the product of rho_s .. rho_(t-1); derivatives leave factors out."""
    m, count = len(steps), len(steps) - 1
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


def _exponential_jet(reach: Array, steps: Steps, distance: Array | None) -> Jet:
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


def _one_correlation(steps: Steps) -> tuple[str, ...]:
    return ("corr(1)",)[: min(len(steps) - 1, 1)]


def _one_range(steps: Steps) -> tuple[str, ...]:
    return ("range",)


@lru_cache(maxsize=64)
def _neighbour_correlations(steps: Steps) -> tuple[str, ...]:
    return tuple(f"corr({d})" for d in range(1, len(steps)))


@lru_cache(maxsize=64)
def _lag_correlations(steps: Steps) -> tuple[str, ...]:
    return tuple(f"corr({d})" for d in list_lags(steps)[1:])


def _start_common(found: Moments) -> Array:
    m = len(found.steps)
    bottom = -found.limit / max(m - 1, 1)
    return np.full(min(m - 1, 1), min(max(found.off, bottom), found.limit))


def _start_autoregressive(found: Moments) -> Array:
    """The mean correlation of the nearest visits, brought to one step."""
    several = len(found.steps) > 1
    near, apart = (float(found.lags[1]), list_lags(found.steps)[1]) if several else (0.0, 1)
    near = float(np.copysign(np.abs(near) ** (1.0 / apart), near)) if apart > 1 else near
    return np.full(min(len(found.steps) - 1, 1), min(max(near, -found.limit), found.limit))


def _start_lags(found: Moments) -> Array:
    return found.lags[1:]


def _start_neighbours(found: Moments) -> Array:
    return np.clip(np.diagonal(found.correlation, 1), -found.limit, found.limit)


def _start_range(found: Moments) -> Array:
    apart = np.ones((1, 1)) if found.distance is None else found.distance
    near = float(np.median(apart[apart > 0])) if (apart > 0).any() else 1.0
    lags = found.lags
    lag = min(max(float(lags[1]) if lags.size > 1 else 0.5, 0.05), 0.95)
    return np.array([near / -np.log(lag)])


_AUTOREGRESSIVE = Correlations(_autoregressive_jet, _one_correlation, _start_autoregressive)
_COMMON = Correlations(_compound_jet, _one_correlation, _start_common)
_BY_LAG = Correlations(_toeplitz_jet, _lag_correlations, _start_lags)
_ANTEDEPENDENT = Correlations(_antedependence_jet, _neighbour_correlations, _start_neighbours)
_EXPONENTIAL = Correlations(_exponential_jet, _one_range, _start_range)
_ALL = (
    Kind(
        "us",
        "unstructured",
        Linear(_unstructured_basis, _unstructured_labels, _unstructured_start),
        saturated=True,
    ),
    Kind("toep", "Toeplitz", Linear(_toeplitz_basis, _toeplitz_labels, _toeplitz_start), ordered=True),
    Kind("toeph", "heterogeneous Toeplitz", _BY_LAG, heterogeneous=True, ordered=True),
    Kind("ar1", "first-order autoregressive", _AUTOREGRESSIVE, ordered=True),
    Kind(
        "ar1h",
        "heterogeneous first-order autoregressive",
        _AUTOREGRESSIVE,
        heterogeneous=True,
        ordered=True,
    ),
    Kind("cs", "compound symmetric", Linear(_compound_basis, _compound_labels, _compound_start)),
    Kind("csh", "heterogeneous compound symmetric", _COMMON, heterogeneous=True),
    Kind("ad", "ante-dependence", _ANTEDEPENDENT, ordered=True),
    Kind("adh", "heterogeneous ante-dependence", _ANTEDEPENDENT, heterogeneous=True, ordered=True),
    Kind("sp_exp", "spatial exponential", _EXPONENTIAL, spatial=True),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}
