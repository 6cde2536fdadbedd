"""What every fit answers in the same words: least-squares means and their comparisons, as tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import pandas as pd

from mmrm.contrasts import Coefficients, build_contrasts
from mmrm.formula import Prepared
from mmrm.inference import TTests
from mmrm.lsmeans import Average, Names, Rows, build_lsmeans, list_names

STATISTICS = ("estimate", "se", "df", "lower", "upper", "statistic", "pvalue")


class Estimates(ABC):
    """Least-squares means and contrasts of a fitted model."""

    prepared: Prepared

    @abstractmethod
    def _test(self, rows: Rows, level: float, null: float, side: str) -> TTests:
        """Test labelled contrasts, each on its own; NaN where one is not estimable."""

    def lsmeans(
        self,
        specs: Names,
        by: Names | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
        *,
        average: Average | None = None,
        null: float = 0.0,
        side: str = "two-sided",
    ) -> pd.DataFrame:
        """Least-squares means (``eq:lsmeans``).

        Parameters
        ----------
        specs, by, weights, at, average
            As in `lsmeans.build_lsmeans`: ``weights`` is ``equal``, ``proportional`` or ``counterfactual``;
            ``at`` holds values of covariates (several give one set of means each) and levels of factors;
            ``average="VISIT"`` averages over the visits.
        level : float
            Confidence level.
        null : float
            Value to test against, in the response's unit.
        side : str
            ``two-sided``, ``greater`` or ``less``: the alternative, and the kind of limits.

        Returns
        -------
        DataFrame
            The levels, then ``estimate, se, df, lower, upper, statistic, pvalue``.
        """
        return self._table(self.lsmeans_rows(specs, by, weights, at, average), level, null, side)

    def contrasts(
        self,
        specs: Names,
        by: Names | None = None,
        reference: Any | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
        *,
        coefficients: Coefficients | None = None,
        average: Average | None = None,
        null: float = 0.0,
        side: str = "two-sided",
    ) -> pd.DataFrame:
        """Comparisons of least-squares means.

        Parameters
        ----------
        specs, by, weights, at, level, average, null, side
            As in `lsmeans`.
        reference : level, optional
            Each level minus this one; without it (and without ``coefficients``) all pairs, earlier minus
            later.
        coefficients : mapping, optional
            Named comparisons, ``{"dose trend": {"PBO": -1, "LOW": 0, "HIGH": 1}}``; with several factors in
            ``specs`` the levels are tuples.

        Returns
        -------
        DataFrame
            ``comparison``, the levels of ``by``, then the columns of `lsmeans`.
        """
        rows = self.contrast_rows(specs, by, reference, weights, at, average, coefficients)
        return self._table(rows, level, null, side)

    def lsmeans_rows(
        self,
        specs: Names,
        by: Names | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        average: Average | None = None,
    ) -> Rows:
        """The contrast rows behind `lsmeans`."""
        return build_lsmeans(self.prepared, list_names(specs), list_names(by), weights, at, average)

    def contrast_rows(
        self,
        specs: Names,
        by: Names | None = None,
        reference: Any | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        average: Average | None = None,
        coefficients: Coefficients | None = None,
    ) -> Rows:
        """The contrast rows behind `contrasts`."""
        means = self.lsmeans_rows(specs, by, weights, at, average)
        return build_contrasts(means, list_names(specs), reference, coefficients)

    def _table(self, rows: Rows, level: float, null: float, side: str) -> pd.DataFrame:
        return to_table(rows.labels, self._test(rows, level, null, side))


def to_table(labels: pd.DataFrame, tests: TTests) -> pd.DataFrame:
    """Labels and statistics side by side, one row per contrast."""
    return labels.reset_index(drop=True).assign(**{name: getattr(tests, name) for name in STATISTICS})
