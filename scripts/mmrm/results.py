"""A fitted model with labels: estimates, tests, least-squares means, diagnostics, record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mmrm.checks import Roles
from mmrm.criteria import Criteria, count_criteria
from mmrm.diagnostics import build_influence, build_residuals, predict_missing
from mmrm.errors import RequestError, list_offenders
from mmrm.formula import Prepared
from mmrm.inference import FTest, Inference, TTests
from mmrm.linalg import Array, Ints
from mmrm.lsmeans import Names, Rows, build_contrasts, build_lsmeans, list_names
from mmrm.optimize import Verdict
from mmrm.replicate import Replicates, replicate
from mmrm.report import build_record, build_summary
from mmrm.type3 import build_type3

_STATISTICS = ("estimate", "se", "df", "lower", "upper", "statistic", "pvalue")


@dataclass(frozen=True)
class MmrmFit:
    """A fitted model.

    Attributes
    ----------
    formula : str
        The formula.
    prepared : Prepared
        The data used and its coding.
    roles : Roles
        Which column is the subject, the visit, and so on.
    inference : Inference
        The fit, the df method and the covariance of the coefficients.
    """

    formula: str
    prepared: Prepared
    roles: Roles
    inference: Inference

    @property
    def names(self) -> list[str]:
        """Coefficient names."""
        return list(self.prepared.data.names)

    @cached_property
    def _coefficients(self) -> TTests:
        return self.inference.test_rows(np.eye(len(self.names)))

    def _series(self, values: Array, name: str) -> pd.Series:
        return pd.Series(values, index=self.names, name=name)

    @property
    def params(self) -> pd.Series:
        """Coefficients."""
        return self._series(self._coefficients.estimate, "params")

    @property
    def bse(self) -> pd.Series:
        """Standard errors of the coefficients."""
        return self._series(self._coefficients.se, "bse")

    @property
    def df(self) -> pd.Series:
        """Degrees of freedom of the coefficients."""
        return self._series(self._coefficients.df, "df")

    @property
    def tvalues(self) -> pd.Series:
        """t statistics of the coefficients."""
        return self._series(self._coefficients.statistic, "tvalues")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided p-values of the coefficients."""
        return self._series(self._coefficients.pvalue, "pvalues")

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Two-sided confidence limits of the coefficients: columns ``lower``, ``upper``."""
        tests = self.inference.test_rows(np.eye(len(self.names)), level)
        return pd.DataFrame({"lower": tests.lower, "upper": tests.upper}, index=self.names)

    def cov_params(self) -> pd.DataFrame:
        """Covariance of the coefficients that the standard errors come from."""
        return pd.DataFrame(self.inference.beta_cov, index=self.names, columns=self.names)

    @property
    def deviance(self) -> float:
        """-2 (restricted) log-likelihood (``eq:deviance``)."""
        return self.inference.fit.deviance

    @property
    def llf(self) -> float:
        """(Restricted) log-likelihood."""
        return -0.5 * self.deviance

    @cached_property
    def criteria(self) -> Criteria:
        """Information criteria as SAS counts them."""
        return count_criteria(self.inference.fit, self.prepared.n_subjects_read)

    @property
    def aic(self) -> float:
        """Akaike criterion."""
        return self.criteria.aic

    @property
    def aicc(self) -> float:
        """Akaike criterion corrected for small samples."""
        return self.criteria.aicc

    @property
    def bic(self) -> float:
        """Bayesian criterion."""
        return self.criteria.bic

    @property
    def verdict(self) -> Verdict:
        """Whether the fit may be used, and the evidence."""
        return self.inference.fit.verdict

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of the results should know; nothing is ever printed or emitted."""
        return find_warnings(self)

    @property
    def n_dropped_missing_response(self) -> int:
        """Rows left out because the response is missing."""
        return len(self.prepared.held)

    @property
    def subjects(self) -> list[Any]:
        """Subjects with an observed response, sorted: the order of `replicate` weights."""
        return list(self.prepared.subjects)

    @cached_property
    def sigma(self) -> Array | dict[Any, Array]:
        """Covariance matrix over the visits, or one per group."""
        fit = self.inference.fit
        model, data = fit.covariance, fit.data
        distance = (
            None if data.coordinates is None else _mean_distance(data.coordinates, data.visit, data.n_visits)
        )
        found = model.structure.sigma(fit.theta, distance)
        if self.roles.group is None:
            return np.asarray(found[0])
        return {label: found[g] for g, label in enumerate(self.prepared.groups)}

    @property
    def theta(self) -> pd.DataFrame:
        """Natural covariance parameters: columns ``group, parameter, estimate, se``."""
        fit = self.inference.fit
        powers = fit.covariance.scale_powers()
        se = np.sqrt(np.diagonal(self.inference.theta_cov)) * fit.data.basis.scale**powers
        labels = [(str(g), name) for g in self.prepared.groups for name in fit.covariance.structure.labels]
        table = pd.DataFrame(labels, columns=["group", "parameter"])
        return table.assign(estimate=fit.theta.reshape(-1), se=se)

    def lsmeans(
        self,
        specs: Names,
        by: Names | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Least-squares means (``eq:lsmeans``); see `lsmeans.build_lsmeans` for the weights and ``at``."""
        rows = self.lsmeans_rows(specs, by, weights, at)
        return self._table(rows, level)

    def contrasts(
        self,
        specs: Names,
        by: Names | None = None,
        reference: Any | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
        level: float = 0.95,
    ) -> pd.DataFrame:
        """Differences of least-squares means: each level minus ``reference``, or all pairs without one."""
        return self._table(self.contrast_rows(specs, by, reference, weights, at), level)

    def lsmeans_rows(
        self,
        specs: Names,
        by: Names | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
    ) -> Rows:
        """The contrast rows behind `lsmeans`."""
        return build_lsmeans(self.prepared, list_names(specs), list_names(by), weights, at)

    def contrast_rows(
        self,
        specs: Names,
        by: Names | None = None,
        reference: Any | None = None,
        weights: str = "equal",
        at: Mapping[str, Any] | None = None,
    ) -> Rows:
        """The contrast rows behind `contrasts`."""
        means = self.lsmeans_rows(specs, by, weights, at)
        return build_contrasts(means, list_names(specs), list_names(by), reference)

    def _table(self, rows: Rows, level: float) -> pd.DataFrame:
        tests = self.inference.test_rows(rows.matrix, level)
        table = rows.labels.reset_index(drop=True)
        return table.assign(**{name: getattr(tests, name) for name in _STATISTICS})

    def test_rows(self, L: ArrayLike, level: float = 0.95) -> pd.DataFrame:
        """t test of every row of ``L @ params``."""
        tests = self.inference.test_rows(np.atleast_2d(np.asarray(L, dtype=float)), level)
        return pd.DataFrame({name: getattr(tests, name) for name in _STATISTICS})

    def test(self, L: ArrayLike) -> FTest:
        """Joint F test of all rows of ``L @ params = 0``."""
        return self.inference.test_joint(np.atleast_2d(np.asarray(L, dtype=float)))

    def type3(self) -> pd.DataFrame:
        """Type 3 test of every term: columns ``term``, ``df_num``, ``df_den``, ``statistic``, ``pvalue``.

        NaN where the data are too few for the method's F of the term (`test` says why).
        """
        found = []
        for term, rows in build_type3(self.prepared).items():
            try:
                test = self.test(rows)
            except RequestError:
                test = FTest(float("nan"), len(rows), float("nan"), float("nan"), 1.0)
            found.append((term, test.df_num, test.df_den, test.statistic, test.pvalue))
        return pd.DataFrame(found, columns=["term", "df_num", "df_den", "statistic", "pvalue"])

    def residuals(self) -> pd.DataFrame:
        """Fitted values and raw, standardised and whitened residuals of every row used."""
        return build_residuals(self.prepared, self.roles, self.inference)

    @property
    def fittedvalues(self) -> pd.Series:
        """Fitted values of the rows used, in the order of `residuals`."""
        return self.residuals()["fitted"]

    def influence(self, rows: Rows | ArrayLike | None = None) -> pd.DataFrame:
        """Leave-one-subject-out change of contrasts: rows of `contrast_rows`, a matrix, or every "
        "coefficient."""
        if rows is None:
            rows = Rows(pd.DataFrame({"coefficient": self.names}), np.eye(len(self.names)))
        elif not isinstance(rows, Rows):
            matrix = np.atleast_2d(np.asarray(rows, dtype=float))
            rows = Rows(pd.DataFrame({"contrast": np.arange(1, len(matrix) + 1)}), matrix)
        return build_influence(self.prepared, self.roles, self.inference, rows)

    def predict_missing(self, level: float = 0.95) -> pd.DataFrame:
        """Predict the responses of the rows left out, with intervals."""
        return predict_missing(self.prepared, self.roles, self.inference, level)

    def replicate(
        self, weights: ArrayLike, rows: Rows | ArrayLike | None = None, df_method: str | None = None
    ) -> Replicates:
        """Refit for every row of ``weights (B, n_subjects)``; see `replicate.replicate`."""
        matrix = rows.matrix if isinstance(rows, Rows) else rows
        chosen = None if matrix is None else np.asarray(matrix, dtype=float)
        return replicate(self.inference.fit, np.asarray(weights, dtype=float), chosen, df_method)

    def record(self) -> dict[str, Any]:
        """Plain dictionary for JSON: what was fitted, on what, and what was found."""
        return build_record(self)

    def summary(self) -> str:
        """Text for a reader: model, data, covariance, coefficients, verdict."""
        return build_summary(self)


def _mean_distance(coordinates: Array, visit: Ints, n_visits: int) -> Array:
    """Distances between the visits' mean positions."""
    mean = np.stack([coordinates[visit == v].mean(axis=0) for v in range(n_visits)])
    return np.asarray(np.sqrt(((mean[:, None] - mean[None]) ** 2).sum(axis=-1)))


def find_warnings(fit: MmrmFit) -> tuple[str, ...]:
    """Facts about the data a reader should know."""
    found = []
    if fit.n_dropped_missing_response:
        found.append(f"{fit.n_dropped_missing_response} row(s) with a missing response were left out")
    if (fit.prepared.data.weight != 1.0).any() and fit.inference.cov_type == "model":
        found.append("a weighted fit with a model-based covariance: standard errors need CR2 or a bootstrap")
    if fit.inference.alone.size:
        found.append(describe_alone(fit))
    return tuple(found)


def describe_alone(fit: MmrmFit) -> str:
    """Why a sandwich has no standard error of some coefficients, and the subjects concerned."""
    names = list_offenders(fit.prepared.subjects[i] for i in fit.inference.alone)
    return (
        f"{fit.inference.cov_type} has no standard error where the fit follows one subject exactly: {names}; "
        "what rests on that subject is NaN"
    )
