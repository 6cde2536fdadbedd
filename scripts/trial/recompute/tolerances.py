"""How far two right computations may lie apart, by kind of statistic: the one table, with its reasons.

A tolerance is `limit` times a scale of the number itself (`of`). It lies far above what two converged
computations differ by (1e-13 in the demonstration) and far below what any neighbouring method changes or any
printed digit shows.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tolerance:
    """One line of the table: what is allowed, relative to what, and why."""

    limit: float
    of: str
    reason: str


TOLERANCES = {
    "count": Tolerance(0.0, "-", "a count is a count"),
    "setting": Tolerance(1e-10, "itself", "a mean of the same numbers; only the order of a sum may differ"),
    "estimate": Tolerance(
        1e-6,
        "its standard error",
        "a millionth of the standard error moves no conclusion and no printed digit",
    ),
    "se": Tolerance(1e-6, "itself", "as the estimate; errors of the covariance enter it at first order"),
    "df": Tolerance(
        1e-5, "itself", "ten times that of a standard error: df are a variance over its own variance"
    ),
    "limit": Tolerance(1e-5, "its standard error", "estimate, standard error and quantile together"),
    "statistic": Tolerance(1e-5, "itself, at least 1", "estimate and standard error together"),
    "pvalue": Tolerance(1e-5, "itself", "relative, so that a small p is held as well as a large one"),
    "deviance": Tolerance(
        1e-7, "1", "flat at the optimum: 1e-7 is 0.0003 standard errors of a parameter away"
    ),
    "covariance": Tolerance(1e-6, "the two standard deviations", "a millionth of the scale of its visits"),
    "correlation": Tolerance(1e-6, "1", "as a covariance over its standard deviations"),
    "loose": Tolerance(
        1e-4, "its standard error or standard deviations", "the peer's optimiser stops earlier than ours"
    ),
    "loose deviance": Tolerance(1e-5, "1", "as above; the deviance is flat at the optimum"),
}
