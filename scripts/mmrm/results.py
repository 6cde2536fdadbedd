"""A fitted model with labels: estimates, tests, least-squares means, diagnostics, record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from mmrm.asked import read_several
from mmrm.checks import Roles
from mmrm.criteria import Criteria, count_criteria
from mmrm.diagnostics import build_influence, build_residuals
from mmrm.errors import RequestError, list_offenders
from mmrm.estimates import Estimates, to_table
from mmrm.formula import Prepared
from mmrm.inference import FTest, Inference, TTests, choose_df_method
from mmrm.linalg import Array, Ints
from mmrm.lsmeans import Rows
from mmrm.optimize import Verdict
from mmrm.predict import predict, predict_missing
from mmrm.replicate import Replicates, replicate
from mmrm.report import build_record, build_summary
from mmrm.rows import align_weights, read_rows
from mmrm.simulate import simulate
from mmrm.thin import find_limit
from mmrm.type2 import build_type2
from mmrm.type3 import build_type3


@dataclass(frozen=True, eq=False, repr=False)
class MmrmFit(Estimates):
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
    def structure(self) -> str:
        """Covariance structure."""
        return self.inference.fit.covariance.structure.name

    @property
    def df_method(self) -> str:
        """Degrees of freedom."""
        return self.inference.df_method

    @property
    def cov_type(self) -> str:
        """Kind of standard errors."""
        return self.inference.cov_type

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

    def coefficients(self, level: float = 0.95) -> pd.DataFrame:
        """Fixed effects by name, with limits at confidence ``level``: columns of `lsmeans`."""
        tests = self.inference.test_rows(np.eye(len(self.names)), level)
        return to_table(pd.DataFrame(index=range(len(self.names))), tests).set_axis(self.names, axis=0)

    def conf_int(self, level: float = 0.95) -> pd.DataFrame:
        """Two-sided limits of the coefficients at confidence ``level``: columns ``lower``, ``upper``."""
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

    def explain_missing(self, visit: Any) -> str:
        """Why an estimate at ``visit`` has no standard error: one subject, or too few, carry it."""
        alone = describe_alone(self) if self.inference.alone.size else ""
        thin = describe_thin(self) if self.inference.blank_thin else ""
        return "; ".join(filter(None, (alone, thin))) or super().explain_missing(visit)

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
        """Covariance over the visits ``(m, m)``, in squared units of the response; or one per group."""
        fit = self.inference.fit
        model, data = fit.covariance, fit.data
        distance = (
            None if data.coordinates is None else _mean_distance(data.coordinates, data.visit, data.n_visits)
        )
        found = model.structure.sigma(fit.theta, distance)
        if self.roles.group is None:
            return np.asarray(found[0])
        return {label: found[g] for g, label in enumerate(self.prepared.groups)}

    def visit_sd(self, groups: Sequence[Any] | None = None) -> pd.Series:
        """Standard deviation of the response at every visit, from the average variance of the groups."""
        sigma = self.sigma if isinstance(self.sigma, dict) else {"all": self.sigma}
        chosen = read_several("groups", groups) if groups is not None and self.roles.group else list(sigma)
        unknown = [group for group in chosen if group not in sigma]
        if unknown or not chosen:
            raise RequestError(
                f"groups: expected some of {', '.join(map(str, sigma))}, found {list_offenders(unknown)}"
            )
        variance = np.mean([np.diagonal(sigma[group]) for group in chosen], axis=0)
        return pd.Series(np.sqrt(variance), index=list(self.prepared.visits), name="sd")

    @property
    def theta(self) -> pd.DataFrame:
        """Natural covariance parameters: columns ``group, parameter, estimate, se``."""
        fit = self.inference.fit
        powers = fit.covariance.scale_powers()
        variance = np.diagonal(fit.local.to_natural(self.inference.theta_cov))
        se = np.sqrt(variance) * fit.data.basis.scale**powers
        labels = [(str(g), name) for g in self.prepared.groups for name in fit.covariance.structure.labels]
        table = pd.DataFrame(labels, columns=["group", "parameter"])
        return table.assign(estimate=fit.theta.reshape(-1), se=se)

    def _test(self, rows: Rows, level: float, null: float, side: str) -> TTests:
        return self.inference.test_rows(rows.matrix, level, null, side)

    def _correlate(self, rows: Rows) -> Array:
        return self.inference.correlate_rows(rows.matrix)

    def test_rows(
        self, L: ArrayLike, level: float = 0.95, null: float = 0.0, side: str = "two-sided"
    ) -> pd.DataFrame:
        """t test of every row of ``L @ params = null``; ``L`` as in `rows.read_rows`.

        Returns
        -------
        DataFrame
            The rows' labels where they have any, then the columns of `lsmeans`.
        """
        rows = read_rows(L, self.names)
        tests = self.inference.test_rows(rows.matrix, level, null, side)
        return to_table(rows.labels, tests)

    def test(self, L: ArrayLike) -> FTest:
        """Joint F test of all rows of ``L @ params = 0``; ``L`` as in `rows.read_rows`."""
        return self.inference.test_joint(read_rows(L, self.names).matrix)

    def with_methods(
        self, df_method: str | None = None, cov_type: str = "model", information: str = "observed"
    ) -> MmrmFit:
        """The same fit with other degrees of freedom or standard errors, without refitting.

        Parameters and defaults are those of `MMRM.fit`.
        """
        fit = self.inference.fit
        chosen = choose_df_method(df_method, cov_type, fit.likelihood.reml)
        blank = self.inference.blank_thin
        return replace(self, inference=Inference(fit, chosen, cov_type, information, blank))

    def type2(self) -> pd.DataFrame:
        """Type 2 test of every term (``eq:type2``): columns as `type3`."""
        return self._test_terms(build_type2(self.prepared))

    def type3(self) -> pd.DataFrame:
        """Type 3 test of every term: columns ``term``, ``df_num``, ``df_den``, ``statistic``, ``pvalue``.

        NaN where the data are too few for the method's F of the term (`test` says why).
        """
        return self._test_terms(build_type3(self.prepared))

    def _test_terms(self, hypotheses: Mapping[str, Array]) -> pd.DataFrame:
        found = []
        for term, rows in hypotheses.items():
            try:
                test = self.test(rows)
            except RequestError:
                test = FTest(float("nan"), len(rows), float("nan"), float("nan"), 1.0)
            found.append((term, test.df_num, test.df_den, test.statistic, test.pvalue))
        return pd.DataFrame(found, columns=["term", "df_num", "df_den", "statistic", "pvalue"])

    def residuals(self) -> pd.DataFrame:
        """Fitted values and raw, standardised and whitened residuals of every row used.

        Sorted by subject and visit, on the index of the caller's data frame (row numbers from 0 for a polars
        or Arrow frame), so that a column of it put into that frame finds its rows.
        """
        return build_residuals(self.prepared, self.roles, self.inference)

    @property
    def fittedvalues(self) -> pd.Series:
        """Fitted values of the rows used, in the order and on the index of `residuals`."""
        return self.residuals()["fitted"]

    def influence(self, rows: Rows | ArrayLike | None = None) -> pd.DataFrame:
        """Leave-one-subject-out change of contrasts, as in `rows.read_rows`, or of every coefficient."""
        if rows is None:
            chosen = Rows(pd.DataFrame({"coefficient": self.names}), np.eye(len(self.names)))
        else:
            chosen = read_rows(rows, self.names)
        if not len(chosen.labels.columns):
            chosen = Rows(chosen.labels.assign(contrast=np.arange(1, len(chosen.matrix) + 1)), chosen.matrix)
        return build_influence(self.prepared, self.roles, self.inference, chosen)

    def predict(self, data: Any, interval: str = "confidence", level: float = 0.95) -> pd.DataFrame:
        """Predict new rows, with limits for the mean (``confidence``) or a response (``prediction``).

        See `predict.predict`.
        """
        return predict(self.prepared, self.roles, self.inference, data, interval, level)

    def predict_missing(self, level: float = 0.95) -> pd.DataFrame:
        """Predict the responses of the rows left out, with intervals at confidence ``level``."""
        return predict_missing(self.prepared, self.roles, self.inference, level)

    def simulate(self, count: int, seed: int) -> pd.DataFrame:
        """Draw responses of the rows used from the fit: one column per draw; see `simulate.simulate`."""
        return simulate(self.prepared, self.inference, count, seed)

    def replicate(
        self, weights: ArrayLike, rows: Rows | ArrayLike | None = None, df_method: str | None = None
    ) -> Replicates:
        """Refit for every row of ``weights (B, n_subjects)``; see `replicate.replicate`.

        Columns follow `subjects`, or name them; ``rows`` are as in `rows.read_rows`.
        """
        chosen = None if rows is None else read_rows(rows, self.names).matrix
        return replicate(self.inference.fit, align_weights(weights, self.subjects), chosen, df_method)

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
    found = list(fit.prepared.notes)
    if not fit.verdict.accepted:
        found.append(f"the fit failed its verdict: {'; '.join(fit.verdict.reasons)}")
    if fit.n_dropped_missing_response:
        found.append(f"{fit.n_dropped_missing_response} row(s) with a missing response were left out")
    if (fit.prepared.data.weight != 1.0).any() and fit.inference.cov_type == "model":
        found.append("a weighted fit with a model-based covariance: standard errors need CR2 or a bootstrap")
    if fit.inference.alone.size:
        found.append(describe_alone(fit))
    thin = describe_thin(fit)
    if thin:
        consequence = "is NaN" if fit.inference.blank_thin else "has standard errors that are too small"
        found.append(f"{thin}; what rests on them {consequence}")
    return tuple(found)


def describe_thin(fit: MmrmFit) -> str:
    """Visits with too few subjects for the structure and the method, or nothing (``eq:thin``)."""
    inference = fit.inference
    if not inference.thin_visits.size:
        return ""
    share = inference.correction.share_by_visit(fit.prepared.data)[inference.thin_visits].max()
    method = inference.df_method if inference.cov_type == "model" else inference.cov_type
    limit = find_limit(inference.df_method)
    names = list_offenders(fit.prepared.visits[v] for v in inference.thin_visits)
    return (
        f"too few subjects for covariance {fit.structure} at visit {names}: its estimation would add "
        f"{share:.0%} to the variance of their means, and {method} can carry {limit:.0%}"
    )


def describe_alone(fit: MmrmFit) -> str:
    """Why a sandwich has no standard error of some coefficients, and the subjects concerned."""
    names = list_offenders(fit.prepared.subjects[i] for i in fit.inference.alone)
    return (
        f"{fit.inference.cov_type} has no standard error where the fit follows one subject exactly: {names}; "
        "what rests on that subject is NaN"
    )
