"""t and F tests of contrasts of the coefficients, by every df method and covariance of the coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from mmrm.asked import check_choice, check_level, is_number
from mmrm.core import Fitted
from mmrm.errors import RequestError
from mmrm.information import theta_covariance
from mmrm.kenward_roger import adjust_covariance, kenward_roger_f
from mmrm.linalg import Array, Bools, Ints
from mmrm.sandwich import COVARIANCES, Sandwich, build_sandwich
from mmrm.satterthwaite import fai_cornelius_df, satterthwaite_df, split_rows
from mmrm.thin import Correction, build_correction, find_limit

DF_METHODS = (
    "kenward-roger",
    "kenward-roger-linear",
    "satterthwaite",
    "between-within",
    "residual",
    "asymptotic",
)
COV_TYPES = ("model", *COVARIANCES)
SIDES = ("two-sided", "greater", "less")


@dataclass(frozen=True, eq=False)
class TTests:
    """Tests of single contrasts, one entry per row.

    Attributes
    ----------
    estimate, se, df, lower, upper, statistic, pvalue : (l,) arrays
        Estimates and limits in the response's unit; the limit that a one-sided test leaves open is infinite.
    """

    estimate: Array
    se: Array
    df: Array
    lower: Array
    upper: Array
    statistic: Array
    pvalue: Array


@dataclass(frozen=True)
class FTest:
    """Joint test of several contrasts.

    Attributes
    ----------
    statistic : float
        F, multiplied by ``scale``.
    df_num, df_den : float
        Degrees of freedom.
    pvalue : float
        Upper tail.
    scale : float
        Kenward-Roger's lambda; 1 for the other methods.
    """

    statistic: float
    df_num: int
    df_den: float
    pvalue: float
    scale: float


@dataclass(frozen=True, eq=False)
class Inference:
    """One df method and one covariance of the coefficients, for one fit.

    Attributes
    ----------
    fit : Fitted
        The fit.
    df_method : str
        One of `DF_METHODS`.
    cov_type : str
        One of `COV_TYPES`.
    information : str
        ``observed`` or ``expected``: which Hessian gives the covariance of the covariance parameters.
    blank_thin : bool
        Whether contrasts that rest on too few subjects are NaN where a visit is too thin for the method
        (``eq:thin``): in a ladder's fits, whatever method they are read by.

    Raises
    ------
    RequestError
        Unknown method, or Kenward-Roger with maximum likelihood or with a robust covariance.
    """

    fit: Fitted
    df_method: str
    cov_type: str = "model"
    information: str = "observed"
    blank_thin: bool = False

    def __post_init__(self) -> None:
        check_methods(self.df_method, self.cov_type, self.fit.likelihood.reml)

    @cached_property
    def theta_cov(self) -> Array:
        """Covariance of the local covariance parameters, working scale."""
        return theta_covariance(self.fit, self.information)

    @cached_property
    def sandwich(self) -> Sandwich:
        """The robust covariance asked for."""
        return build_sandwich(self.fit, self.cov_type)

    @cached_property
    def working_cov(self) -> Array:
        """Covariance of the working coefficients that standard errors use."""
        if self.cov_type != "model":
            return self.sandwich.cov
        if self.df_method.startswith("kenward-roger"):
            return adjust_covariance(self.fit, self.theta_cov, linear=self.df_method.endswith("linear"))
        return self.fit.phi

    @cached_property
    def beta_cov(self) -> Array:
        """Covariance of the caller's coefficients, ``(k, k)``; NaN where there is none."""
        move = self.fit.to_coefficients
        blind = self.is_blind(move)
        found = np.einsum("ij,jk,lk->il", move, self.working_cov, move)
        return np.asarray(np.where(blind[:, None] | blind, np.nan, found))

    def is_blind(self, working: Array) -> Bools:
        """Which contrasts have no standard error: one subject, or too few, carry them."""
        blind = np.zeros(working.shape[0], dtype=bool)
        if self.blank_thin and self.thin_visits.size:
            blind |= self.correction.share(working) > find_limit(self.df_method)
        return blind if self.cov_type == "model" else blind | self.sandwich.is_blind(working)

    @cached_property
    def correction(self) -> Correction:
        """What the estimation of the covariance adds to variances, by the design."""
        return build_correction(self.fit.data, self.fit.covariance)

    @cached_property
    def thin_visits(self) -> Ints:
        """Visits whose fitted means rest on too few subjects for the structure and the method."""
        structure = self.fit.covariance.structure
        if structure.is_spatial or structure.n_visits == 1:
            return np.zeros(0, dtype=np.int64)
        share = self.correction.share_by_visit(self.fit.data)
        return np.flatnonzero(share > find_limit(self.df_method))

    @cached_property
    def alone(self) -> Ints:
        """Subjects on whom alone a coefficient rests, so that its sandwich standard error is NaN."""
        if self.cov_type == "model":
            return np.zeros(0, dtype=np.int64)
        return self.sandwich.find_alone(self.fit.to_coefficients)

    @cached_property
    def within(self) -> Bools:
        """Which columns belong to a term that varies within some subject."""
        data = self.fit.data
        same = data.subject[1:] == data.subject[:-1]
        moves = ((data.design[1:] != data.design[:-1]) & same[:, None]).any(axis=0)
        terms = np.arange(moves.size) if data.terms is None else np.array(data.terms)
        return np.asarray(np.isin(terms, terms[moves]))

    def _between_within_df(self, rows: Array) -> Array:
        """Smallest df among the coefficients a contrast uses; all between for us, as SAS does."""
        data = self.fit.data
        within = self.within & (not self.fit.covariance.structure.is_saturated)
        n_between = int((~self.within).sum())
        between_df = data.n_subjects - n_between
        within_df = data.n_obs - data.n_subjects - int(self.within.sum())
        df = np.where(within, within_df, between_df).astype(float)
        used = np.abs(rows) > 1e-12 * np.abs(rows).max(axis=1, keepdims=True)
        return np.asarray(np.where(used, df, np.inf).min(axis=1))

    def find_df(self, rows: Array) -> Array:
        """Degrees of freedom of each contrast of the caller's coefficients."""
        if self.df_method == "residual":
            return np.full(rows.shape[0], float(self.fit.data.n_obs - self.fit.data.n_coefficients))
        if self.df_method == "asymptotic":
            return np.full(rows.shape[0], np.inf)
        if self.df_method == "between-within":
            return self._between_within_df(rows)
        working = self._to_working(rows)
        if self.cov_type != "model":
            return self.sandwich.df(working)
        return satterthwaite_df(working, self.fit.phi, self.fit.p, self.theta_cov)

    def test_rows(
        self, rows: Array, level: float = 0.95, null: float = 0.0, side: str = "two-sided"
    ) -> TTests:
        """Test every row of ``rows @ beta = null`` on its own (``eq:one-sided``).

        Parameters
        ----------
        rows : (l, k) array
            Contrasts of the caller's coefficients.
        level : float
            Confidence level of the limits.
        null : float
            Value under the null hypothesis, in the response's unit.
        side : str
            Alternative: ``two-sided``, ``greater`` or ``less`` than ``null``. One-sided alternatives get
            one-sided limits.
        """
        check_test(level, null, side)
        rows = self._check_rows(rows)
        working = self._to_working(rows)
        estimate = np.einsum("li,i->l", rows, self.fit.beta)
        variance = np.einsum("li,ij,lj->l", working, self.working_cov, working)
        variance = np.where(self.is_blind(working), np.nan, variance)
        se = np.sqrt(variance) * self.fit.data.basis.scale
        df = np.where(np.isnan(variance), np.nan, self.find_df(rows))
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = (estimate - null) / se
        lower, upper = find_limits(estimate, se, find_quantile(df, level, side), side)
        return TTests(estimate, se, df, lower, upper, statistic, find_tail(statistic, df, side))

    def correlate_rows(self, rows: Array) -> Array:
        """Correlation ``(l, l)`` of the estimates of several contrasts."""
        working = self._to_working(self._check_rows(rows))
        cov = np.einsum("li,ij,mj->lm", working, self.working_cov, working)
        root = np.sqrt(np.diagonal(cov))
        return np.asarray(cov / np.outer(root, root))

    def test_joint(self, rows: Array) -> FTest:
        """Test all rows of ``rows @ beta = 0`` together; NaN where one of them has no standard error."""
        rows = self._check_rows(rows)
        working = self._to_working(rows)
        count = int(np.linalg.matrix_rank(working))
        if count < rows.shape[0]:
            raise RequestError(
                f"test: expected linearly independent contrasts, found {rows.shape[0]} of rank {count}"
            )
        if self.is_blind(working).any():
            return FTest(float("nan"), count, float("nan"), float("nan"), 1.0)
        estimate = np.einsum("li,i->l", rows, self.fit.beta) / self.fit.data.basis.scale
        spread = np.einsum("li,ij,mj->lm", working, self.working_cov, working)
        wald = float(estimate @ np.linalg.solve(spread, estimate)) / count
        df, scale = self._joint_df(rows, working)
        statistic = wald * scale
        tail = (
            special.chdtrc(count, statistic * count) if np.isinf(df) else special.fdtrc(count, df, statistic)
        )
        return FTest(statistic, count, df, float(tail), scale)

    def _joint_df(self, rows: Array, working: Array) -> tuple[float, float]:
        if self.df_method.startswith("kenward-roger"):
            if rows.shape[0] == 1:
                return float(self.find_df(rows)[0]), 1.0
            return kenward_roger_f(working, self.fit.phi, self.fit.p, self.theta_cov)
        if self.df_method != "satterthwaite":
            return float(self.find_df(rows).min()), 1.0
        split, _ = split_rows(working, self.working_cov)
        if self.cov_type != "model":
            return fai_cornelius_df(self.sandwich.df(split)), 1.0
        return fai_cornelius_df(satterthwaite_df(split, self.fit.phi, self.fit.p, self.theta_cov)), 1.0

    def _to_working(self, rows: Array) -> Array:
        return np.asarray(np.einsum("li,ij->lj", rows, self.fit.data.basis.transform))

    def _check_rows(self, rows: Array) -> Array:
        rows = np.atleast_2d(np.asarray(rows, dtype=float))
        k = self.fit.data.n_coefficients
        if rows.shape[1] != k or not np.isfinite(rows).all():
            raise RequestError(
                f"contrast: expected finite rows of {k} coefficients, found shape {rows.shape}"
            )
        return rows


def choose_df_method(df_method: str | None, cov_type: str, reml: bool) -> str:
    """The method asked for, else Kenward-Roger where it is defined and Satterthwaite elsewhere."""
    if df_method is not None:
        return df_method
    return "kenward-roger" if reml and cov_type == "model" else "satterthwaite"


def check_methods(df_method: str, cov_type: str, reml: bool) -> None:
    """Refuse unknown methods and combinations that are not defined.

    Raises
    ------
    RequestError
        Unknown method, or Kenward-Roger with maximum likelihood or with a robust covariance.
    """
    for what, value, known in (("df_method", df_method, DF_METHODS), ("cov_type", cov_type, COV_TYPES)):
        check_choice(what, value, known)
    if not isinstance(reml, bool | np.bool_):
        raise RequestError(f"reml: expected True or False, found {reml!r}")
    if not df_method.startswith("kenward-roger"):
        return
    if cov_type != "model":
        raise RequestError(
            f"df_method {df_method} adjusts the model-based covariance and cannot be combined with "
            f"cov_type {cov_type}; ask for df_method='satterthwaite'"
        )
    if not reml:
        raise RequestError(
            f"df_method {df_method} is defined for restricted maximum likelihood; fit with reml=True or ask "
            "for df_method='satterthwaite'"
        )


def check_test(level: float, null: float, side: str) -> None:
    """Refuse a level, null value or side that no test has.

    Raises
    ------
    RequestError
        What was expected and found.
    """
    check_level(level)
    if not is_number(null):
        raise RequestError(f"null: expected a finite number in the response's unit, found {null!r}")
    check_choice("side", side, SIDES)


def find_quantile(df: Array, level: float, side: str = "two-sided") -> Array:
    """Upper t quantile for limits of a confidence level; normal where df is infinite."""
    tail = (1.0 - level) / (2.0 if side == "two-sided" else 1.0)
    finite = np.where(np.isfinite(df), df, 1.0)
    return np.asarray(np.where(np.isfinite(df), -special.stdtrit(finite, tail), -special.ndtri(tail)))


def find_limits(estimate: Array, se: Array, quantile: Array, side: str) -> tuple[Array, Array]:
    """Lower and upper limits; the one on the side of the alternative is infinite."""
    lower, upper = estimate - quantile * se, estimate + quantile * se
    if side == "greater":
        upper = np.where(np.isnan(lower), np.nan, np.inf)
    if side == "less":
        lower = np.where(np.isnan(upper), np.nan, -np.inf)
    return lower, upper


def find_tail(statistic: Array, df: Array, side: str = "two-sided") -> Array:
    """p-value, always as a lower tail so that small values keep their digits."""
    turned = {"two-sided": -np.abs(statistic), "greater": -statistic, "less": statistic}[side]
    finite = np.where(np.isfinite(df), df, 1.0)
    tail = np.where(np.isfinite(df), special.stdtr(finite, turned), special.ndtr(turned))
    return np.asarray(2.0 * tail if side == "two-sided" else tail)
