"""The face that every fit shares: what was fitted, least-squares means and their comparisons, as tables.

A caller that reads a fit through `Estimates` need not ask whether it is an `MmrmFit` or an `AncovaFit`: what
one of them does not have (a joint likelihood, a common covariance) is NaN or an empty table there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from mmrm.checks import Roles
from mmrm.contrasts import Coefficients, build_contrasts
from mmrm.errors import MmrmError
from mmrm.formula import Prepared
from mmrm.inference import TTests
from mmrm.lsmeans import Average, Names, Rows, build_lsmeans, list_names
from mmrm.report import build_html, describe_model
from mmrm.rows import name_labels

STATISTICS = ("estimate", "se", "df", "lower", "upper", "statistic", "pvalue")


class Estimates(ABC):
    """A fitted model.

    Attributes
    ----------
    formula : str
        The formula.
    prepared : Prepared
        The data used and its coding.
    roles : Roles
        Which column is the subject, the visit, and so on.
    """

    formula: str
    prepared: Prepared
    roles: Roles

    @property
    @abstractmethod
    def structure(self) -> str:
        """Covariance structure, or ``ancova``: every visit on its own."""

    @property
    @abstractmethod
    def df_method(self) -> str:
        """Degrees of freedom of the tables: one of `inference.DF_METHODS`."""

    @property
    @abstractmethod
    def cov_type(self) -> str:
        """Standard errors of the tables: one of `inference.COV_TYPES`."""

    @property
    @abstractmethod
    def deviance(self) -> float:
        """-2 (restricted) log-likelihood of all visits together; NaN where they have none."""

    @abstractmethod
    def visit_sd(self, groups: Sequence[Any] | None = None) -> pd.Series:
        """Standard deviation of the response at every visit, by label; NaN without a common covariance.

        Parameters
        ----------
        groups : sequence, optional
            With a covariance per group: those whose average variance is taken; without it, all.
        """

    @property
    @abstractmethod
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the results should know; nothing is ever printed or emitted."""

    @abstractmethod
    def coefficients(self, level: float = 0.95) -> pd.DataFrame:
        """Fixed effects by name, columns of `lsmeans`; no rows where the visits have effects of their own."""

    @abstractmethod
    def type3(self) -> pd.DataFrame:
        """Type 3 test of every term: columns ``term``, ``df_num``, ``df_den``, ``statistic``, ``pvalue``."""

    @abstractmethod
    def record(self) -> dict[str, Any]:
        """Plain dictionary for JSON: what was fitted, on what, and what was found."""

    def explain_missing(self, visit: Any) -> str:
        """Why an estimate at a visit is NaN."""
        return "not estimable from the data of this visit"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({describe_model(self)})"

    def _repr_html_(self) -> str:
        try:
            table, notes = self.coefficients(), self.warnings
        except MmrmError as error:  # a display never fails: a fit that was not accepted may have no errors
            table, notes = pd.DataFrame(), (*self.warnings, str(error))
        return build_html(describe_model(self), table, notes)

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
    """Labels and statistics side by side, one row per contrast.

    A label called like a statistic gets an underscore behind (`rows.name_labels`).
    """
    named = labels.reset_index(drop=True).set_axis(name_labels(list(labels.columns)), axis=1)
    return named.assign(**{name: getattr(tests, name) for name in STATISTICS})
