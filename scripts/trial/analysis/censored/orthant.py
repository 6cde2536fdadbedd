"""The probability that a standard normal vector lies below given bounds, in few dimensions, without chance.

`scipy.stats.multivariate_normal.cdf` integrates by quasi-random points: its sixth digit changes from call to
call, which no optimiser can follow. Everything here is Gauss-Legendre on smooth integrands, many rows at
once.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, owens_t

Floats = NDArray[np.float64]

MOST = 6  # dimensions; each two more cost some hundred times more
STEEP_PAIR = 0.9  # above this correlation of two the integral over the angle needs many nodes
PAIR_NODES, STEEP_NODES = 20, 64
# Nodes along the path from independence while the largest correlation is at most ... ; beyond: conditioning.
PATH_NODES = ((0.95, 24), (0.99, 48))
CONDITION_NODES = 48
CANCELLED = 1e-8  # of the starting product: what is left of it has lost half its digits


def orthant(b: Floats, R: Floats) -> Floats:
    """Return P(x_1 <= b_1, ..., x_d <= b_d) of x ~ N(0, R), row by row.

    Two dimensions: the integral over the angle (Drezner and Wesolowsky 1990; Genz 2004), Owen's T for steep
    ones. Three and more: Plackett's identity integrated along R(t) = I + t (R - I); near |r| = 1, and where
    negative correlations cancel the leading digits, the integral over one variable given which the others
    are again of this kind.

    Parameters
    ----------
    b : (n, d) array
        Finite bounds, d <= `MOST`.
    R : (n, d, d) array
        Correlation matrices, positive definite.

    Returns
    -------
    (n,) array
        Absolute error below 1e-13 up to |r| = .95 and below 1e-10 beyond.

    Raises
    ------
    ValueError
        For more than `MOST` dimensions.
    """
    d = b.shape[1]
    if d > MOST:
        raise ValueError(f"an orthant of {d} dimensions: at most {MOST} are computed")
    if d == 0:
        return np.ones(len(b))
    if d == 1:
        return np.asarray(ndtr(b[:, 0]))
    if d == 2:
        return _pair(b[:, 0], b[:, 1], R[:, 0, 1])
    return _many(b, R)


def conditional(b: Floats, R: Floats, given: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return bounds and correlations of the other variables where those of `given` stand at their bounds.

    Parameters
    ----------
    b : (n, d) array
    R : (n, d, d) array
    given : tuple of int
        One or two places.

    Returns
    -------
    (n, d - g) array, (n, d - g, d - g) array
        Standardised anew.
    """
    rest = [k for k in range(b.shape[1]) if k not in given]
    first = R[:, rest, given[0]]
    mean = first * b[:, given[0], None]
    cov = R[:, rest][:, :, rest] - first[:, :, None] * first[:, None, :]
    if len(given) == 2:
        r = R[:, given[0], given[1], None]
        # The part of the second that the first does not carry: variance 1 - r^2.
        room = np.maximum(1 - r**2, 1e-300)
        second = (R[:, rest, given[1]] - first * r) / room
        mean = mean + second * (b[:, given[1], None] - r * b[:, given[0], None])
        cov = cov - second[:, :, None] * second[:, None, :] * room[:, :, None]
    sd = np.sqrt(np.maximum(np.einsum("nii->ni", cov), 1e-300))
    return (b[:, rest] - mean) / sd, cov / (sd[:, :, None] * sd[:, None, :])


def pair_density(h: Floats, k: Floats, r: Floats) -> Floats:
    """Return the density of the standard normal pair with correlation `r`."""
    room = np.maximum((1 - r) * (1 + r), 1e-300)
    return np.asarray(np.exp(-(h**2 + k**2 - 2 * r * h * k) / (2 * room)) / (2 * np.pi * np.sqrt(room)))


def _pair(h: Floats, k: Floats, r: Floats) -> Floats:
    steep = np.abs(r) > STEEP_PAIR
    if not steep.any():
        return _by_angle(h, k, r, PAIR_NODES)
    found = np.empty_like(r)
    found[~steep] = _by_angle(h[~steep], k[~steep], r[~steep], PAIR_NODES)
    found[steep] = _by_owen(h[steep], k[steep], r[steep])
    # Owen's T is exact to 1e-16 in absolute terms: in the tail the angle keeps relative digits.
    tail = steep & (found < CANCELLED) & (r > 0)
    found[tail] = _by_angle(h[tail], k[tail], r[tail], STEEP_NODES)
    return found


def _by_angle(h: Floats, k: Floats, r: Floats, nodes: int) -> Floats:
    x, w = _legendre(nodes)
    theta = np.arcsin(r)[:, None] * x
    sine = np.sin(theta)
    h_, k_ = h[:, None], k[:, None]
    inner = np.exp(-(h_**2 + k_**2 - 2 * h_ * k_ * sine) / (2 * (1 - sine) * (1 + sine)))
    return np.asarray(ndtr(h) * ndtr(k) + np.arcsin(r) * (inner @ w) / (2 * np.pi))


def _by_owen(h: Floats, k: Floats, r: Floats) -> Floats:
    h, k = np.where(h == 0, 1e-300, h), np.where(k == 0, 1e-300, k)
    root = np.sqrt(np.maximum((1 - r) * (1 + r), 1e-300))
    opposite = (h * k < 0).astype(float)
    found = 0.5 * (ndtr(h) + ndtr(k) - opposite)
    found -= owens_t(h, (k / h - r) / root) + owens_t(k, (h / k - r) / root)
    return np.asarray(np.maximum(found, 0.0))


def _many(b: Floats, R: Floats) -> Floats:
    steepest = np.abs(R - np.eye(b.shape[1])).max(axis=(1, 2))
    found, open_rows = np.empty(len(b)), np.ones(len(b), dtype=bool)
    for limit, nodes in PATH_NODES:
        mine = open_rows & (steepest <= limit)
        if mine.any():
            found[mine] = _by_path(b[mine], R[mine], nodes)
        open_rows &= ~mine
    open_rows |= (found < CANCELLED * np.prod(ndtr(b), axis=1)) & ~open_rows
    if open_rows.any():
        found[open_rows] = _by_conditioning(b[open_rows], R[open_rows])
    return found


def _by_path(b: Floats, R: Floats, nodes: int) -> Floats:
    (n, d), (x, w) = b.shape, _legendre(nodes)
    eye = np.eye(d)
    path = (eye + x[:, None, None] * (R[:, None] - eye)).reshape(n * nodes, d, d)
    bounds = np.repeat(b, nodes, axis=0)
    slope = np.zeros(n * nodes)
    for i in range(d):
        for j in range(i):
            density = pair_density(bounds[:, i], bounds[:, j], path[:, i, j])
            rest = orthant(*conditional(bounds, path, (i, j)))
            slope += np.repeat(R[:, i, j], nodes) * density * rest
    return np.asarray(np.prod(ndtr(b), axis=1) + slope.reshape(n, nodes) @ w)


def _by_conditioning(b: Floats, R: Floats) -> Floats:
    n, (x, w) = len(b), _legendre(CONDITION_NODES)
    # The smallest bound first: under steep correlation the others fall off just above it, at the end of the
    # interval, where the nodes are close together.
    order = np.argsort(b, axis=1)
    b = np.take_along_axis(b, order, axis=1)
    R = R[np.arange(n)[:, None, None], order[:, :, None], order[:, None, :]]
    low = np.minimum(b[:, :1], 0.0) - 8.5
    width = b[:, :1] - low
    at = (low + width * x).reshape(-1)
    bounds = np.repeat(b, len(x), axis=0)
    bounds[:, 0] = at
    rest = orthant(*conditional(bounds, np.repeat(R, len(x), axis=0), (0,)))
    density = np.exp(-(at**2) / 2) / np.sqrt(2 * np.pi)
    return np.asarray(width[:, 0] * ((density * rest).reshape(n, len(x)) @ w))


@cache
def _legendre(nodes: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of Gauss-Legendre on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(nodes)
    return (x + 1) / 2, w / 2
