"""Values of which some lie below their limit: the order statistics that stand, and bounds of the others."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

BELOW = "below the quantification limit"
FAR = 1e12  # times the largest value: lower than any of them, and finite so that quantiles stay numbers
Floats = np.ndarray
Summary = Callable[[Floats], Any]


@dataclass(frozen=True)
class Bounds:
    """Values with what is known of them: each lies between `low` and `high`, and is `value` where they agree.

    `value` has the substitute of a value below its limit.
    """

    value: Floats
    low: Floats
    high: Floats

    def decided(self, order: Summary) -> bool:
        """Return whether an order statistic is the same whatever the values below their limits are."""
        if np.array_equal(self.low, self.high):
            return True
        return bool(order(self.low) == order(self.high))

    def unknown(self, order: Summary) -> bool:
        """Return whether a value without a known limit takes part, so that there is no bound."""
        return bool(order(self.high) > FAR / 4)

    def bound(self, order: Summary) -> tuple[float, bool]:
        """Return the highest value that an order statistic can have, and whether it stays below that.

        It does where a limit takes part in it: a value below its limit never reaches it.
        """
        highest = float(order(self.high))
        inside = np.where(self.low < self.high, np.nextafter(self.high, -np.inf), self.high)
        return highest, bool(order(inside) < highest)


def bounds_of(value: pd.Series, censor: pd.Series, limit: pd.Series) -> Bounds:
    """Return the bounds of values, their sides of the limit and their limits.

    Nothing is known of how far below its limit a value lies, and nothing at all where its record gives none.
    """
    values, below = value.to_numpy(float), (censor == "<").to_numpy(bool)
    limits = limit.to_numpy(float)
    far = FAR * max(1.0, float(np.nanmax(np.abs(np.concatenate([values, limits])), initial=0.0)))
    high = np.where(below, np.where(np.isnan(limits), far, limits), values)
    return Bounds(values, np.where(below, -far, values), high)


def differences(later: Bounds, first: Bounds, value: Floats) -> Bounds:
    """Return the bounds of changes from the first values; `value` are the changes as analysed."""
    exact = (later.low == later.high) & (first.low == first.high)
    low = np.where(exact, value, later.low - first.high)
    return Bounds(value, low, np.where(exact, value, later.high - first.low))
