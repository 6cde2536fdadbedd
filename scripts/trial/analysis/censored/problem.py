"""The data of the joint model, and the parameters it has: arrays with their meaning."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

OBSERVED, LEFT, RIGHT = 0, 1, -1


@dataclass(frozen=True)
class Pattern:
    """Subjects with equally many observed and censored visits, their visits sorted: observed, then censored.

    Attributes
    ----------
    rows : (m,) int
    order : (m, seen + censored) int
        Visits of each subject.
    seen : int
        How many of them are observed.
    value : (m, seen + censored)
        Observed values and limits.
    sign : (m, censored)
        1 for a value below its limit, -1 for one above.
    """

    rows: Ints
    order: Ints
    seen: int
    value: Floats
    sign: Floats


@dataclass(frozen=True)
class CensoredData:
    """All visits of every subject, the baseline among them as a response.

    Attributes
    ----------
    value : (n, T)
        The observed value; the limit where the value is censored; NaN where there is none.
    side : (n, T) int
        `OBSERVED`, `LEFT` (the true value lies at or below the limit) or `RIGHT`.
    arm : (n,) int
        0 .. A - 1, each with at least one subject.
    covariates : (n, q)
        Enter the mean of every visit with a coefficient of its own.
    by_arm : bool
        One covariance matrix per arm.
    """

    value: Floats
    side: Ints
    arm: Ints
    covariates: Floats
    by_arm: bool

    @property
    def present(self) -> NDArray[np.bool_]:
        """Where there is a value, censored or not."""
        return np.asarray(~np.isnan(self.value))

    @property
    def observed(self) -> NDArray[np.bool_]:
        """Where there is a value inside its limits."""
        return np.asarray(self.present & (self.side == OBSERVED))

    @cached_property
    def visits(self) -> int:
        """T."""
        return int(self.value.shape[1])

    @cached_property
    def arms(self) -> int:
        """A."""
        return int(self.arm.max()) + 1

    @property
    def groups(self) -> Ints:
        """Which covariance matrix each subject has."""
        return self.arm if self.by_arm else np.zeros_like(self.arm)

    @cached_property
    def centred(self) -> Floats:
        """Covariates about their means over all subjects."""
        return np.asarray(self.covariates - self.covariates.mean(axis=0))

    @cached_property
    def patterns(self) -> tuple[Pattern, ...]:
        """Subjects by numbers of observed and censored visits; those without any value are in none."""
        return tuple(self._patterns())

    def _patterns(self) -> Iterator[Pattern]:
        seen, censored = self.observed.sum(axis=1), (self.present & ~self.observed).sum(axis=1)
        kind = np.where(self.observed, 0, np.where(self.present, 1, 2))
        order = np.argsort(kind, axis=1, kind="stable")
        for o, c in sorted(set(zip(seen.tolist(), censored.tolist(), strict=True)) - {(0, 0)}):
            rows = np.flatnonzero((seen == o) & (censored == c))
            mine = order[rows, : o + c]
            value = np.take_along_axis(self.value[rows], mine, axis=1)
            sign = np.take_along_axis(self.side[rows], mine[:, o:], axis=1).astype(float)
            yield Pattern(rows, mine, o, value, sign)

    def subset(self, visits: Ints) -> "CensoredData":
        """Return some of the visits, of the subjects that have a value at any of them."""
        rows = self.present[:, visits].any(axis=1)
        return replace(
            self,
            value=self.value[rows][:, visits],
            side=self.side[rows][:, visits],
            arm=self.arm[rows],
            covariates=self.covariates[rows],
        )


@dataclass(frozen=True)
class Layout:
    """How the parameters stand in one vector: arm means by visit, slopes, roots of the covariances.

    A covariance is L L' with L lower triangular, its diagonal on the log scale, so that every vector is one.
    """

    arms: int
    visits: int
    slopes: int
    groups: int

    @classmethod
    def of(cls, data: CensoredData) -> "Layout":
        """Return the layout of the parameters of some data."""
        return cls(data.arms, data.visits, data.covariates.shape[1], data.arms if data.by_arm else 1)

    @property
    def size(self) -> int:
        """Number of parameters."""
        of_root = self.visits * (self.visits + 1) // 2
        return self.visits * (self.arms + self.slopes) + self.groups * of_root

    @property
    def _triangle(self) -> tuple[Ints, Ints]:
        rows, columns = np.tril_indices(self.visits)
        return rows, columns

    def unpack(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        """Return means (B, A, T), slopes (B, q, T) and roots (B, G, T, T) of parameter vectors (B, p)."""
        b, (rows, columns) = len(theta), self._triangle
        first, second = self.visits * self.arms, self.visits * (self.arms + self.slopes)
        root = np.zeros((b, self.groups, self.visits, self.visits))
        root[:, :, rows, columns] = theta[:, second:].reshape(b, self.groups, len(rows))
        diagonal = np.arange(self.visits)
        root[:, :, diagonal, diagonal] = np.exp(root[:, :, diagonal, diagonal])
        means = theta[:, :first].reshape(b, self.arms, self.visits)
        return means, theta[:, first:second].reshape(b, self.slopes, self.visits), root

    def pack(self, means: Floats, slopes: Floats, sigma: Floats) -> Floats:
        """Return the parameter vector (p,) of means (A, T), slopes (q, T) and covariances (G, T, T)."""
        root, (rows, columns) = np.linalg.cholesky(sigma), self._triangle
        diagonal = np.arange(self.visits)
        root[:, diagonal, diagonal] = np.log(root[:, diagonal, diagonal])
        return np.concatenate([means.ravel(), slopes.ravel(), root[:, rows, columns].ravel()])

    def pack_gradient(self, means: Floats, slopes: Floats, root: Floats, of_root: Floats) -> Floats:
        """Return gradients (B, p); `of_root`: derivatives in the entries of the roots."""
        b, (rows, columns) = len(means), self._triangle
        diagonal = np.arange(self.visits)
        turned = of_root.copy()
        turned[:, :, diagonal, diagonal] *= root[:, :, diagonal, diagonal]
        parts = (means, slopes, turned[:, :, rows, columns])
        return np.concatenate([part.reshape(b, -1) for part in parts], axis=1)
