"""The face: a model from a formula and a data frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from mmrm.checks import Roles
from mmrm.core import fit_arrays
from mmrm.covariance import CovarianceModel, check_structure
from mmrm.errors import DataError, RequestError, list_offenders
from mmrm.formula import Prepared, prepare
from mmrm.inference import Inference
from mmrm.results import MmrmFit
from mmrm.structures import Structure


@dataclass(frozen=True)
class MMRM:
    """A mixed model for repeated measures, specified and checked but not yet fitted.

    Attributes
    ----------
    formula : str
        Response and fixed effects.
    covariance : str
        Structure of the within-subject covariance.
    reml : bool
        Restricted or full maximum likelihood.
    prepared : Prepared
        The validated data and its coding.
    roles : Roles
        Which column is the subject, the visit, and so on.
    """

    formula: str
    covariance: str
    reml: bool
    prepared: Prepared
    roles: Roles

    @classmethod
    def from_formula(
        cls,
        formula: str,
        data: pd.DataFrame,
        subject: str,
        visit: str,
        covariance: str = "us",
        group: str | None = None,
        weights: str | Mapping[Any, float] | pd.Series | None = None,
        reml: bool = True,
        visits: Sequence[Any] | None = None,
        time: str | Sequence[str] | None = None,
        check: bool = True,
    ) -> MMRM:
        """Check the data and build the design.

        Parameters
        ----------
        formula : str
            For example ``"CHG ~ BASE * AVISIT + ARM * AVISIT"``. Text columns are coded against their first
            level.
        data : DataFrame
            One row per subject and visit. Rows with a missing response are left out and counted.
        subject, visit : str
            Columns that name the subject and the visit.
        covariance : str
            ``us, toep, toeph, ar1, ar1h, cs, csh, ad, adh`` or ``sp_exp``.
        group : str, optional
            Column, constant within subject, whose levels each get their own covariance matrix.
        weights : str or mapping, optional
            Column, or weight by subject, that multiplies each subject's log-likelihood contribution.
        reml : bool
            Restricted maximum likelihood (default) or maximum likelihood.
        visits : sequence, optional
            Visit order; default the categorical order of the column, else sorted.
        time : str or sequence of str, optional
            Numeric position column(s), for ``sp_exp``.
        check : bool
            Check rank and structure now (default) or leave it to `checked`.

        Raises
        ------
        DataError, RankError, StructureError, RequestError
            What is wrong, where, for whom, and what to do.
        """
        times = (time,) if isinstance(time, str) else tuple(time or ())
        if (covariance == "sp_exp") != bool(times):
            raise RequestError(
                f"covariance {covariance}: expected time= for sp_exp and for sp_exp only, found time={time!r}"
            )
        by_name = weights if isinstance(weights, str) else None
        by_subject = None if weights is None or isinstance(weights, str) else _read_weights(weights)
        roles = Roles(subject, visit, group, by_name, times)
        prepared = prepare(formula, data, roles, visits, by_subject)
        model = cls(formula, covariance, reml, prepared, roles)
        return model.checked() if check else model

    def checked(self) -> MMRM:
        """Check the rank of the design and what the structure asks of the data; return the model itself."""
        prepared = self.prepared
        data = prepared.data
        _ = data.basis  # rank first, before any structure is blamed
        model = CovarianceModel(Structure(self.covariance, data.n_visits), data.patterns, data.n_groups)
        check_structure(model, data, tuple(map(str, prepared.visits)), tuple(map(str, prepared.groups)))
        return self

    def fit(
        self,
        df_method: str | None = None,
        cov_type: str = "model",
        information: str = "observed",
        check: bool = True,
    ) -> MmrmFit:
        """Fit the model.

        Parameters
        ----------
        df_method : str, optional
            ``kenward-roger`` (default for a model-based covariance under REML), ``kenward-roger-linear``,
            ``satterthwaite`` (default otherwise), ``between-within``, ``residual`` or ``asymptotic``.
        cov_type : str
            ``model``, ``CR0``, ``CR1``, ``CR2`` or ``CR3``.
        information : str
            ``observed`` (default) or ``expected``: the Hessian behind the covariance parameters' covariance.
        check : bool
            Raise `ConvergenceError` when the verdict is not accepted.
        """
        if df_method is None:
            df_method = "kenward-roger" if self.reml and cov_type == "model" else "satterthwaite"
        fitted = fit_arrays(
            self.prepared.data, self.covariance, self.reml, check, tuple(map(str, self.prepared.visits))
        )
        return MmrmFit(
            self.formula, self.prepared, self.roles, Inference(fitted, df_method, cov_type, information)
        )


def _read_weights(weights: Mapping[Any, float] | pd.Series) -> dict[Any, float]:
    """Weights by subject as a dictionary."""
    if not isinstance(weights, Mapping | pd.Series):
        raise RequestError(
            "weights: expected a column name, or a mapping or Series by subject, found "
            f"{type(weights).__name__}; give one of these"
        )
    if isinstance(weights, pd.Series) and not weights.index.is_unique:
        twice = weights.index[weights.index.duplicated()].unique()
        raise DataError(
            f"weights: expected one weight per subject, found several for {list_offenders(twice)}; keep one"
        )
    return dict(weights.items())
