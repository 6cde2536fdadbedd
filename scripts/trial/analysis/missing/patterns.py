"""Which visits are missing together, and whether those who left were different at baseline."""

from dataclasses import dataclass

import numpy as np

from mmrm.linalg import Array, Bools, Ints


@dataclass(frozen=True, eq=False)
class Pattern:
    """Subjects with the same visits observed.

    Attributes
    ----------
    seen : (J,) bool array
    members : int array
        Subjects by number.
    """

    seen: Bools
    members: Ints

    @property
    def kind(self) -> str:
        """`complete`, `monotone` (nothing after the first gap), `intermittent`, or `none` (no visit)."""
        if self.seen.all():
            return "complete"
        if not self.seen.any():
            return "none"
        last = int(np.flatnonzero(self.seen).max())
        return "monotone" if self.seen[: last + 1].all() else "intermittent"

    @property
    def code(self) -> str:
        """One character a visit: x observed, . missing."""
        return "".join("x" if seen else "." for seen in self.seen)


def find_patterns(seen: Bools) -> list[Pattern]:
    """Return the patterns of observed visits (n, J): complete first, then by the last visit, gaps after."""
    rows, of_subject = np.unique(seen, axis=0, return_inverse=True)
    found = [
        Pattern(row, np.flatnonzero(of_subject.reshape(-1) == number)) for number, row in enumerate(rows)
    ]
    return sorted(found, key=_order)


def _order(pattern: Pattern) -> tuple[int, ...]:
    kinds = {"complete": 0, "intermittent": 1, "monotone": 2, "none": 3}
    last = int(np.flatnonzero(pattern.seen).max()) if pattern.seen.any() else -1
    return (kinds[pattern.kind], -last, *(int(not seen) for seen in pattern.seen))


def standardised_difference(one: Array, two: Array, share: bool) -> float:
    """Return the difference of means over the root of the mean of the two variances.

    Variances have divisor n - 1, those of shares are p (1 - p). Two groups without spread and with equal
    means differ by zero. Without a standard deviation (fewer than two values, or no spread) it is NaN.
    """
    if min(one.size, two.size) < 2:
        return float("nan")
    spread = float(np.sqrt((one.var(ddof=not share) + two.var(ddof=not share)) / 2))
    difference = float(one.mean() - two.mean())
    if spread == 0.0:
        return 0.0 if difference == 0.0 else float("nan")
    return difference / spread
