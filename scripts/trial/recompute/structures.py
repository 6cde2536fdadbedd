"""Covariance structures written out: from free parameters to a matrix, and from natural ones.

Free parameters are any real numbers (log-Cholesky for `us`; log standard deviations and inverse hyperbolic
tangents of correlations for the others): the optimiser walks there. Natural ones are those that Kenward and
Roger differentiate with respect to (eq:natural-parameters). Derivatives are complex steps (exact to
rounding), second derivatives central differences of them, so that no derivative is written by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STRUCTURES = ("us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh")
STEP = 1e-30  # of a complex step: no difference is taken, so nothing cancels
DIFFERENCE = 1e-5  # of a central difference, relative: its error is about the square


@dataclass(frozen=True)
class Structure:
    """One structure over visits that stand at `places` of the study's order.

    Attributes
    ----------
    name : str
        One of `STRUCTURES`.
    places : tuple of int
        Where the m attended visits stand; only the differences count (eq:steps).
    units : tuple of float
        About the standard deviation at each visit, in which `us` has its free parameters (1 where not given);
        those of the others have no unit. So the search does not depend on the unit of the response.
    """

    name: str
    places: tuple[int, ...]
    units: tuple[float, ...] = ()

    @property
    def n_visits(self) -> int:
        """The number of visits, m."""
        return len(self.places)

    @property
    def lags(self) -> NDArray[np.int64]:
        """The steps between each two visits, in units of the largest common one, m x m."""
        places = np.array(self.places)
        gaps = np.abs(places[:, None] - places[None, :])
        return np.asarray(gaps // max(int(np.gcd.reduce(gaps, axis=None)), 1), dtype=np.int64)

    @property
    def _units(self) -> Array:
        return np.array(self.units or [1.0] * self.n_visits)

    @property
    def _varies(self) -> bool:
        return self.name == "us" or self.name.endswith("h")

    @property
    def _distinct(self) -> list[int]:
        return sorted(set(self.lags.ravel().tolist()) - {0})

    @property
    def n_correlations(self) -> int:
        """Parameters of the correlation matrix, for structures other than `us`."""
        if self.n_visits == 1:
            return 0
        kind = self.name.removesuffix("h")
        return {"toep": len(self._distinct), "ad": self.n_visits - 1}.get(kind, 1)

    @property
    def n_parameters(self) -> int:
        """Covariance parameters in all."""
        if self.name == "us":
            return self.n_visits * (self.n_visits + 1) // 2
        return (self.n_visits if self._varies else 1) + self.n_correlations

    def free_sigma(self, free: NDArray[np.complex128] | Array) -> NDArray[np.complex128]:
        """Return the matrix at free parameters; complex ones too."""
        if self.name == "us":
            factor = np.zeros((self.n_visits, self.n_visits), dtype=complex)
            factor[np.tril_indices(self.n_visits)] = free
            factor[np.diag_indices(self.n_visits)] = np.exp(np.diagonal(factor))
            factor = self._units[:, None] * factor
            return np.asarray(factor @ factor.T)
        deviations, correlations = self._split(free)
        return self._compose(np.exp(2 * deviations), np.tanh(correlations))

    def sigma(self, natural: NDArray[np.complex128] | Array) -> NDArray[np.complex128]:
        """Return the matrix at natural parameters (those of `to_natural`); complex ones too."""
        if self.name == "us":
            matrix = np.zeros((self.n_visits, self.n_visits), dtype=complex)
            matrix[np.tril_indices(self.n_visits)] = natural
            return np.asarray(matrix + np.tril(matrix, -1).T)
        variances, rest = self._split(natural)
        if self.name == "cs" and self.n_correlations:  # residual variance and covariance
            return np.asarray(variances[0] * np.eye(self.n_visits) + rest[0])
        if self.name == "toep":  # covariances by lag
            return self._compose(variances, rest / variances[0])
        return self._compose(variances, rest)

    def to_natural(self, free: Array) -> Array:
        """Return natural parameters: those that SAS prints (eq:natural-parameters)."""
        if self.name == "us":
            return np.real(self.free_sigma(free))[np.tril_indices(self.n_visits)]
        deviations, correlations = self._split(free)
        variances, rho = np.exp(2 * deviations), np.tanh(correlations)
        if self.name == "cs" and self.n_correlations:
            return np.concatenate([variances * (1 - rho), variances * rho])
        return np.concatenate([variances, variances * rho if self.name == "toep" else rho])

    def start(self, deviations: Array, correlation: float) -> Array:
        """Return free parameters of given standard deviations, every correlation about the same."""
        if self.name == "us":
            matrix = np.full((self.n_visits, self.n_visits), correlation)
            np.fill_diagonal(matrix, 1.0)
            factor = (deviations / self._units)[:, None] * np.linalg.cholesky(matrix)
            factor[np.diag_indices(self.n_visits)] = np.log(np.diagonal(factor))
            return np.asarray(factor[np.tril_indices(self.n_visits)], dtype=float)
        spread = deviations if self._varies else np.sqrt(np.mean(deviations**2, keepdims=True))
        return np.concatenate([np.log(spread), np.full(self.n_correlations, np.arctanh(correlation))])

    def _split(self, parameters: NDArray[np.complex128] | Array) -> tuple[NDArray[np.complex128], ...]:
        count = self.n_visits if self._varies else 1
        return np.asarray(parameters[:count]), np.asarray(parameters[count:])

    def _compose(
        self, variances: NDArray[np.complex128], rho: NDArray[np.complex128]
    ) -> NDArray[np.complex128]:
        """Return the matrix of variances (m, or 1 for all) and the structure's correlations."""
        deviations = np.sqrt(variances) * np.ones(self.n_visits)
        correlations = np.ones((self.n_visits, self.n_visits), dtype=complex)
        for s in range(self.n_visits):
            for t in range(s):
                correlations[s, t] = correlations[t, s] = self._correlation(rho, t, s)
        return np.asarray(correlations * np.outer(deviations, deviations))

    def _correlation(self, rho: NDArray[np.complex128], first: int, second: int) -> complex:
        kind = self.name.removesuffix("h")
        lag = int(self.lags[first, second])
        if kind == "cs":
            return complex(rho[0])
        if kind == "ar1":
            return complex(rho[0] ** lag)
        if kind == "toep":
            return complex(rho[self._distinct.index(lag)])
        return complex(np.prod(rho[first:second]))


def differentiate(function: Callable[[NDArray[np.complex128]], NDArray[np.complex128]], at: Array) -> Array:
    """Return the derivatives of a matrix by each parameter, q x m x m, by complex steps."""
    steps = at + 1j * STEP * np.eye(at.size)
    return np.stack([np.imag(function(step)) / STEP for step in steps])


def differentiate_twice(
    function: Callable[[NDArray[np.complex128]], NDArray[np.complex128]], at: Array
) -> Array:
    """Return the second derivatives of a matrix, q x q x m x m."""
    found = []
    for a in range(at.size):
        step = np.zeros_like(at)
        step[a] = DIFFERENCE * max(abs(at[a]), DIFFERENCE)
        found.append(
            (differentiate(function, at + step) - differentiate(function, at - step)) / (2 * step[a])
        )
    second = np.stack(found)
    return np.asarray((second + second.swapaxes(0, 1)) / 2)
