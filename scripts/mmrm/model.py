"""The face: a model from a formula and a data frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mmrm.asked import check_choice, is_number
from mmrm.checks import Roles, check_positions
from mmrm.core import fit_arrays
from mmrm.covariance import CovarianceModel, check_structure
from mmrm.errors import DataError, RequestError, list_offenders
from mmrm.formula import Prepared, prepare
from mmrm.inference import COV_TYPES, Inference, choose_df_method
from mmrm.results import MmrmFit
from mmrm.structures import ORDERED, Structure
from mmrm.visits import check_order


@dataclass(frozen=True, eq=False, repr=False)
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
        data: Any,
        subject: str,
        visit: str,
        covariance: str = "us",
        group: str | None = None,
        weights: str | Mapping[Any, float] | pd.Series | None = None,
        reml: bool = True,
        visits: Sequence[Any] | None = None,
        time: str | Sequence[str] | None = None,
        check: bool = True,
        precision: str | None = None,
    ) -> MMRM:
        """Check the data and build the design.

        Parameters
        ----------
        formula : str
            For example ``"CHG ~ BASE * AVISIT + ARM * AVISIT"``. Text columns are coded against their first
            level; ``Q("name")`` reads a column whose name is not a plain word.
        data : data frame
            pandas, polars, Arrow, or one with ``to_pandas()``; one row per subject and visit. Rows with a
            missing response are left out and counted. A boolean response is 0 and 1.
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
            Visit order; default the categorical order of the column, else sorted. Needed where a structure
            counts the steps between visits (toep, toeph, ar1, ar1h, ad, adh) and text labels do not tell
            their order. A visit that nobody attended keeps its place.
        time : str or sequence of str, optional
            Numeric position column(s), for ``sp_exp``.
        check : bool
            Check rank and structure now (default) or leave it to `checked`.
        precision : str, optional
            Column with a positive number per row that divides the row's error variance (SAS ``WEIGHT``, for
            example the number of readings averaged). Not a weight of subjects.

        Raises
        ------
        DataError, RankError, StructureError, RequestError
            What is wrong, where, for whom, and what to do.
        """
        _check_options(covariance, reml, check)
        by_name = weights if isinstance(weights, str) else None
        by_subject = None if weights is None or isinstance(weights, str) else _read_weights(weights)
        roles = Roles(subject, visit, group, by_name, _list_times(time, covariance), precision)
        prepared = prepare(formula, data, roles, visits, by_subject)
        model = cls(formula, covariance, reml, prepared, roles)
        return model.checked() if check else model

    def __repr__(self) -> str:
        kind = "REML" if self.reml else "ML"
        return f"MMRM({self.formula}; {self.covariance}, {kind}; {self.prepared.data!r})"

    def check_order(self, covariance: str) -> None:
        """Refuse ``covariance`` if it counts steps between visits whose order is neither given nor evident.

        Raises
        ------
        RequestError
            The order that was found, and how to give another.
        """
        if covariance in ORDERED:
            check_order(self.prepared.order, self.roles.visit, covariance)

    def checked(self) -> MMRM:
        """Check the rank of the design and what the structure asks of the data; return the model itself."""
        prepared = self.prepared
        data = prepared.data
        _ = data.basis  # rank first, before any structure is blamed
        self.check_order(self.covariance)
        check_positions(prepared, self.roles)
        model = CovarianceModel(
            Structure(self.covariance, data.n_visits, data.places), data.patterns, data.n_groups
        )
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
        _check_options(self.covariance, self.reml, check)
        check_choice("cov_type", cov_type, COV_TYPES)
        df_method = choose_df_method(df_method, cov_type, self.reml)
        fitted = fit_arrays(
            self.prepared.data, self.covariance, self.reml, check, tuple(map(str, self.prepared.visits))
        )
        return MmrmFit(
            self.formula, self.prepared, self.roles, Inference(fitted, df_method, cov_type, information)
        )


def _check_options(covariance: Any, reml: Any, check: Any) -> None:
    """Refuse options of another type before they are compared with names."""
    if not isinstance(covariance, str):
        raise RequestError(f"covariance: expected the name of a structure as text, found {covariance!r}")
    for name, value in (("reml", reml), ("check", check)):
        if not isinstance(value, bool | np.bool_):
            raise RequestError(f"{name}: expected True or False, found {value!r}")


def _list_times(time: Any, covariance: str) -> tuple[str, ...]:
    """Columns of positions: a spatial structure has some, no other has any."""
    times = (time,) if isinstance(time, str) else () if time is None else time
    if not isinstance(times, list | tuple) or not all(isinstance(name, str) for name in times):
        raise RequestError(f"time: expected the name of a column or several, found {time!r}")
    if (covariance == "sp_exp") != bool(times):
        raise RequestError(
            f"covariance {covariance}: expected time= for sp_exp and for sp_exp only, found time={time!r}"
        )
    return tuple(times)


def _read_weights(weights: Mapping[Any, float] | pd.Series) -> dict[Any, float]:
    """Weights by subject as a dictionary."""
    if not isinstance(weights, Mapping | pd.Series):
        raise RequestError(
            "weights: expected a column name, or a mapping or Series by subject, found "
            f"{type(weights).__name__}; give one of these"
        )
    bad = [f"{who}: {value!r}" for who, value in weights.items() if not is_number(value)]
    if bad:
        raise DataError(
            f"weights: expected a number for every subject, found {list_offenders(bad)}; correct them"
        )
    if isinstance(weights, pd.Series) and not weights.index.is_unique:
        twice = weights.index[weights.index.duplicated()].unique()
        raise DataError(
            f"weights: expected one weight per subject, found several for {list_offenders(twice)}; keep one"
        )
    return dict(weights.items())
