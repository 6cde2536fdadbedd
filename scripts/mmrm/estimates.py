"""The face that every fit shares: what was fitted, least-squares means and their comparisons, as tables.

A caller that reads a fit through `Estimates` need not ask whether it is an `MmrmFit` or an `AncovaFit`: what
one of them does not have (a joint likelihood, a common covariance) is NaN or an empty table there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from mmrm.checks import Roles
from mmrm.contrasts import Coefficients, build_contrasts, split_families
from mmrm.errors import MmrmError
from mmrm.formula import Prepared
from mmrm.inference import TTests
from mmrm.linalg import Array, Ints
from mmrm.lsmeans import Average, Names, Rows, build_lsmeans, list_names
from mmrm.multiplicity import adjust_tests, check_adjustment
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
        """Fixed effects by name, with limits at confidence ``level``: columns of `lsmeans`.

        No rows where the visits have effects of their own.
        """

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """Fixed effects as a tidy table: ``term`` and the columns of `lsmeans`, one row per coefficient."""
        return self.coefficients(level).rename_axis("term").reset_index()

    @abstractmethod
    def type3(self) -> pd.DataFrame:
        """Type 3 test of every term: columns ``term``, ``df_num``, ``df_den``, ``statistic``, ``pvalue``."""

    @abstractmethod
    def residuals(self) -> pd.DataFrame:
        """Fitted values and residuals of every row used; sorted by subject and visit, the caller's index."""

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

    @abstractmethod
    def _correlate(self, rows: Rows) -> Array:
        """Correlation of the estimates of estimable contrasts."""

    def table(
        self, rows: Rows, level: float = 0.95, null: float = 0.0, side: str = "two-sided"
    ) -> pd.DataFrame:
        """Tests of contrasts: labels of ``rows`` (from `contrast_rows`), then the columns of `lsmeans`."""
        return to_table(rows.labels, self._test(rows, level, null, side))

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
        return self.table(self.lsmeans_rows(specs, by, weights, at, average), level, null, side)

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
        adjust: str | None = None,
        family: str = "by",
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
        adjust : str, optional
            Multiplicity adjustment (``eq:adjusted-p``): ``bonferroni``, ``holm``, ``hochberg``, ``tukey``
            (all pairs) or ``dunnett`` (with a reference).
        family : str
            What is adjusted together: the comparisons within each combination of the levels of ``by`` (and
            of several covariate values), or ``all`` of the table.

        Returns
        -------
        DataFrame
            ``comparison``, the levels of ``by``, then the columns of `lsmeans`; with ``adjust`` also
            ``adj_pvalue``, ``adj_lower``, ``adj_upper`` (NaN limits for Holm and Hochberg, which have none)
            and ``adj_note``, which says why one of them is missing.
        """
        rows = self.contrast_rows(specs, by, reference, weights, at, average, coefficients)
        tests = self._test(rows, level, null, side)
        table = to_table(rows.labels, tests)
        if adjust is None:
            return table
        kind = "coefficients" if coefficients is not None else "pairs" if reference is None else "reference"
        check_adjustment(adjust, family, kind, side)
        inside = [name for name in rows.labels.columns if name != "comparison"] if family == "by" else []
        families = [index for _, index in split_families(rows.labels, inside)]

        def _correlate(index: Ints) -> Array:
            return self._correlate(Rows(rows.labels.iloc[index], rows.matrix[index]))

        return table.assign(**asdict(adjust_tests(tests, families, adjust, level, side, _correlate)))

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


def to_table(labels: pd.DataFrame, tests: TTests) -> pd.DataFrame:
    """Labels and statistics side by side, one row per contrast.

    A label called like a statistic gets an underscore behind (`rows.name_labels`).
    """
    named = labels.reset_index(drop=True).set_axis(name_labels(list(labels.columns)), axis=1)
    return named.assign(**{name: getattr(tests, name) for name in STATISTICS})
