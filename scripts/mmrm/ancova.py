"""The last rung: a separate analysis of covariance at each visit, by the same engine with one visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from mmrm.basis import build_basis
from mmrm.checks import Roles
from mmrm.core import fit_arrays
from mmrm.data import MmrmData
from mmrm.diagnostics import RESIDUALS, build_residuals, label_rows
from mmrm.errors import MmrmError, RankError, RequestError, list_offenders
from mmrm.estimates import STATISTICS, Estimates
from mmrm.formula import Prepared
from mmrm.inference import Inference, TTests, check_test
from mmrm.linalg import Array, Ints
from mmrm.lsmeans import Rows

_ESTIMABLE = 1e-8


@dataclass(frozen=True, eq=False)
class VisitAncova:
    """Ordinary least squares at one visit, on the columns of the full design that are independent there.

    Attributes
    ----------
    inference : Inference
        The one-visit fit.
    kept : (k',) int array
        Columns of the full design that entered.
    shares : (k', k - k') array
        The left-out columns as combinations of those that entered.
    """

    inference: Inference
    kept: Ints
    shares: Array


@dataclass(frozen=True, eq=False, repr=False)
class AncovaFit(Estimates):
    """Analyses of covariance, one per visit, one table by visit.

    Attributes
    ----------
    formula : str
        The formula; at one visit its redundant columns fall away.
    prepared : Prepared
        The data used and its coding.
    roles : Roles
        Which column is the subject, the visit, and so on.
    visits : dict
        The analysis of every visit that has one.
    failed : dict of label to str
        Visits without an analysis and why.
    """

    formula: str
    prepared: Prepared
    roles: Roles
    visits: dict[Any, VisitAncova]
    failed: dict[Any, str]

    @property
    def structure(self) -> str:
        """``ancova``."""
        return "ancova"

    @property
    def df_method(self) -> str:
        """Residual df of every visit; Satterthwaite's with subject weights."""
        return "satterthwaite" if self._weighted else "residual"

    @property
    def cov_type(self) -> str:
        """Model-based; CR2 with subject weights."""
        return "CR2" if self._weighted else "model"

    @property
    def _weighted(self) -> bool:
        return bool((self.prepared.data.weight != 1.0).any())

    @property
    def deviance(self) -> float:
        """NaN: separate analyses have no joint likelihood."""
        return float("nan")

    def visit_sd(self, groups: Sequence[Any] | None = None) -> pd.Series:
        """NaN: separate analyses have no common covariance."""
        return pd.Series(np.nan, index=list(self.prepared.visits), name="sd")

    def coefficients(self, level: float = 0.95) -> pd.DataFrame:
        """No rows: every visit has coefficients of its own."""
        return pd.DataFrame(columns=list(STATISTICS), dtype=float)

    def type3(self) -> pd.DataFrame:
        """No rows: separate analyses have no joint test of a term."""
        return pd.DataFrame(columns=["term", "df_num", "df_den", "statistic", "pvalue"])

    def explain_missing(self, visit: Any) -> str:
        """Why an estimate at a visit is NaN: the visit has no analysis, or not this contrast."""
        return self.failed.get(visit, super().explain_missing(visit))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Visits without an analysis, visits where a subject alone carries a coefficient, what was seen."""
        missing = (f"no analysis at visit {visit}: {reason}" for visit, reason in self.failed.items())
        alone = (text for visit in self.visits if (text := self._describe_alone(visit)))
        return (*self.prepared.notes, *missing, *alone)

    def _describe_alone(self, visit: Any) -> str:
        """Whom a weighted analysis follows exactly, so that its CR2 standard error is NaN."""
        at = self.prepared.data.subject[self.prepared.data.visit == self.prepared.visits.index(visit)]
        alone = self.visits[visit].inference.alone
        if not alone.size:
            return ""
        names = list_offenders(self.prepared.subjects[i] for i in at[alone])
        return f"visit {visit}: CR2 has no standard error where the fit follows one subject exactly: {names}"

    def residuals(self) -> pd.DataFrame:
        """Residuals as `MmrmFit.residuals` has them; whitened is standardised, as visits share no covariance.

        Rows of a visit without an analysis have no fitted value (NaN).
        """
        data = self.prepared.data
        found = np.full((len(RESIDUALS), data.n_obs), np.nan)
        for label, analysis in self.visits.items():
            rows = np.flatnonzero(data.visit == self.prepared.visits.index(label))
            inference = analysis.inference
            single = replace(self.prepared, data=inference.fit.data, frame=self.prepared.frame.iloc[rows])
            table = build_residuals(single, self.roles, inference)
            found[:, rows] = table[list(RESIDUALS)].to_numpy(dtype=float).T
        return label_rows(self.prepared.frame, self.roles).assign(**dict(zip(RESIDUALS, found, strict=True)))

    def record(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return {
            "formula": self.formula,
            "covariance": "ancova",
            "n_obs": {str(v): a.inference.fit.data.n_obs for v, a in self.visits.items()},
            "failed": {str(visit): reason for visit, reason in self.failed.items()},
            "warnings": list(self.warnings),
        }

    def _test(self, rows: Rows, level: float, null: float, side: str) -> TTests:
        visit = self.roles.visit
        only = len(self.prepared.visits) == 1
        if visit not in rows.labels.columns and not only:
            raise RequestError(
                f"an ANCOVA per visit: the visits have separate analyses, which cannot be averaged over "
                f"{visit} or compared across it; expected by={visit!r}, found labels "
                f"{list_offenders(rows.labels.columns)}"
            )
        check_test(level, null, side)
        count = len(rows.labels)
        values = np.full((len(STATISTICS), count), np.nan)
        for i, label in enumerate(self.prepared.visits * count if only else rows.labels[visit]):
            if label in self.visits:
                values[:, i] = _test_row(self.visits[label], rows.matrix[i], level, null, side)
        return TTests(*values)

    def _correlate(self, rows: Rows) -> Array:
        asked = list(dict.fromkeys(rows.labels[self.roles.visit]))
        if len(asked) > 1:
            raise RequestError(
                f"an ANCOVA per visit: the estimates of different visits ({list_offenders(asked)}) have no "
                "joint distribution; adjust within family='by', or by bonferroni, holm or hochberg"
            )
        analysis = self.visits[asked[0]]
        return analysis.inference.correlate_rows(rows.matrix[:, analysis.kept])


def _test_row(analysis: VisitAncova, row: Array, level: float, null: float, side: str) -> Array:
    dropped = np.setdiff1d(np.arange(row.size), analysis.kept)
    implied = np.einsum("i,ij->j", row[analysis.kept], analysis.shares)
    if dropped.size and np.abs(row[dropped] - implied).max() > _ESTIMABLE * max(
        1.0, float(np.abs(row).max())
    ):
        return np.full(len(STATISTICS), np.nan)
    tests = analysis.inference.test_rows(row[None, analysis.kept], level, null, side)
    return np.array([getattr(tests, name)[0] for name in STATISTICS])


def fit_ancova(formula: str, prepared: Prepared, roles: Roles) -> AncovaFit:
    """Fit every visit on its own; with subject weights the standard errors are CR2."""
    analyses: dict[Any, VisitAncova] = {}
    failed: dict[Any, str] = {}
    for v, label in enumerate(prepared.visits):
        try:
            analyses[label] = _fit_visit(prepared.data, v)
        except MmrmError as error:
            failed[label] = str(error)
    return AncovaFit(formula, prepared, roles, analyses, failed)


def _fit_visit(data: MmrmData, visit: int) -> VisitAncova:
    rows = np.flatnonzero(data.visit == visit)
    design = data.design[rows]
    kept = _find_independent(data, rows)
    if rows.size <= kept.size:
        raise RankError(f"expected more than {kept.size} observations at the visit, found {rows.size}", ())
    single = replace(
        data,
        response=data.response[rows],
        design=np.ascontiguousarray(design[:, kept]),
        names=tuple(data.names[j] for j in kept),
        subject=np.arange(rows.size),
        visit=np.zeros(rows.size, dtype=np.int64),
        n_visits=1,
        weight=data.weight[data.subject[rows]],
        group=np.zeros(rows.size, dtype=np.int64),
        n_groups=1,
        coordinates=None,
        terms=None,
        places=None,
        precision=None if data.precision is None else data.precision[rows],
    )
    fit = fit_arrays(single)
    weighted = bool((single.weight != 1.0).any())
    inference = Inference(fit, "satterthwaite", "CR2") if weighted else Inference(fit, "residual")
    dropped = np.setdiff1d(np.arange(design.shape[1]), kept)
    basis = single.basis
    projected = np.einsum("nk,nj->kj", basis.columns, data.even_design[rows][:, dropped]) / rows.size
    return VisitAncova(inference, kept, np.einsum("ij,jl->il", basis.transform, projected))


def _find_independent(data: MmrmData, rows: Ints) -> Ints:
    """Columns that do not depend on earlier ones among the rows of one visit."""
    design = np.ascontiguousarray(data.design[rows])
    try:
        build_basis(data.response[rows], design, data.names)
    except RankError as error:
        return np.array([j for j, name in enumerate(data.names) if name not in error.columns], dtype=np.int64)
    return np.arange(design.shape[1])
