"""The answer of a method to the trials of a chunk: estimate, SE and df of the last visit."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answer:
    """Estimates of every trial. A fit that fails is NaN: it is counted, never dropped.

    Attributes
    ----------
    estimate, se, df : (B,) arrays
    separated : (B,) array
        1 where the covariates separate the arms, so that Firth's likelihood made the propensities.
    lost : (B,) array
        Share of the bootstrap resamples that gave no estimate.
    """

    estimate: Array
    se: Array
    df: Array
    separated: Array
    lost: Array

    @classmethod
    def of(cls, estimate: Array, se: Array, df: Array) -> "Answer":
        """Return the answer of a method without propensities and bootstrap."""
        nothing = np.zeros(len(estimate))
        return cls(estimate, se, df, nothing, nothing)

    @classmethod
    def rows(cls, rows: Iterable[tuple[float, ...]]) -> "Answer":
        """Return the answer from one row per trial: estimate, SE, df, and what else there is, in order."""
        table = np.array([(*row, *[0.0] * (5 - len(row))) for row in rows], dtype=float)
        return cls(*table.T)


FAILED = (np.nan, np.nan, np.nan)
