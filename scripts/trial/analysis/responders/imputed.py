"""Responders by multiple imputation: values are imputed and judged, shares pooled by Rubin's rules."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mmrm.linalg import Array, Bools
from trial.analysis.data import AnalysisData
from trial.analysis.methods.responders import Config, Definition
from trial.analysis.missing.complete import Completed, UnansweredError, complete
from trial.analysis.missing.pooling import Pooled, pool
from trial.analysis.missing.settings import MultipleImputation
from trial.analysis.missing.subjects import build_panel
from trial.analysis.responders.standardised import (
    NoStandardisedDifferenceError,
    standardised_difference,
)
from trial.analysis.responders.status import Status, meets
from trial.endpoints.config_visits import Visit

NO_SPREAD = "in some imputations an arm has all or no responders, which then count as known without error"


@dataclass(frozen=True, eq=False)
class Imputed:
    """The completed values of an endpoint, or why there are none.

    Attributes
    ----------
    completed : Completed or None
    baselines : Series
        Baseline value by subject, in the endpoint's unit.
    log : bool
        Whether changes are ln ratios.
    reason : str
    """

    completed: Completed | None
    baselines: pd.Series
    log: bool
    reason: str

    @property
    def subjects(self) -> pd.Index:
        """The subjects whose values are completed: those with a baseline and every covariate."""
        return pd.Index(self.completed.found.subjects if self.completed else [])

    def absence(self, visit: Visit) -> str:
        """Return why a visit has no completed values; nothing where it has some."""
        if self.completed is None:
            return self.reason
        return self.completed.found.unusable.get(visit.code, "")

    def responders(self, definition: Definition, visit: Visit, status: Status) -> Array:
        """Return 1 and 0 by imputation and subject, `(M, n)`: as observed where it is, else as imputed.

        A composite has the dose as recorded beside the imputed value; an unknown one counts as too high.
        """
        assert self.completed is not None  # the caller asked `absence` first
        base = self.baselines.reindex(self.subjects).to_numpy(float)
        known = status.responder.reindex(self.subjects).to_numpy(float)
        dose = status.dose.reindex(self.subjects).fillna(0.0).to_numpy(float)
        changes = self.completed.at((visit.code,))
        values = base * np.exp(changes) if self.log else base + changes
        return np.where(np.isnan(known), meets(definition, values, base) * dose, known)


def impute_values(data: AnalysisData, config: Config) -> Imputed:
    """Return the completed values of an endpoint by the configuration's imputation model."""
    endpoint, how = data.spec.endpoint, config.imputation
    assert endpoint is not None and how is not None  # the configuration asks for both
    found = build_panel(data, _model(config), how.imputation_reference)
    base = data.baseline_records.set_index("USUBJID")["AVAL"]
    log = endpoint.scale == "log"
    if not found.visits:
        return Imputed(None, base, log, "no visit can be imputed")
    try:
        done = complete(found, _model(config), data.spec.place, (how.draws, how.imputations, how.seed))
    except UnansweredError as error:
        return Imputed(None, base, log, str(error))
    return Imputed(done, base, log, "")


def _model(config: Config) -> MultipleImputation:
    """Return the imputation model: the change at all visits on arm and the covariates, each by visit."""
    how = config.imputation
    assert how is not None
    compared: dict[str, object] = {
        "arms": "reference",
        "contrasts": {},
        "averages": {},
        "null_value": None,
        "side": "two-sided",
    }
    given = config.model_dump(
        include={"label", "primary", "endpoints", "population", "treatment", "estimand", "level"}
    )
    covariates = [one.model_dump() | {"by_visit": True} for one in config.covariates]
    return MultipleImputation.model_validate(
        given | how.model_dump() | {
            "method": config.method, "response": "change", "covariates": covariates,
            "missing_covariate": "leave out", "comparisons": compared,
        }
    )  # fmt: skip


def pooled_difference(responders: Array, active: Bools) -> tuple[Pooled, str]:
    """Return the pooled difference of shares, and a caveat; `responders` (M, n), `active` (n,) of bool.

    Within an imputation the variance is p q / n of each arm; complete-data degrees of freedom n - 2.
    """
    shares = [responders[:, members].mean(axis=1) for members in (active, ~active)]
    sizes = (active.sum(), (~active).sum())
    spread = [share * (1 - share) / size for share, size in zip(shares, sizes, strict=True)]
    caveat = NO_SPREAD if any((part == 0).any() for part in spread) else ""
    return pool(shares[0] - shares[1], spread[0] + spread[1], float(active.size - 2)), caveat


def pooled_standardised(responders: Array, active: Bools, covariates: Array) -> Pooled:
    """Return the pooled standardised difference; imputations with the same responders are fitted once.

    Raises
    ------
    NoStandardisedDifferenceError
        If the model of any imputation has no estimate.
    """
    distinct, which = np.unique(responders, axis=0, return_inverse=True)
    found = list(_fits(distinct, active, covariates))
    estimates, variances = np.array(found)[which.ravel()].T
    return pool(estimates, variances, float("inf"))


def _fits(distinct: Array, active: Bools, covariates: Array) -> Iterator[tuple[float, float]]:
    for row in distinct:
        try:
            one = standardised_difference(row, active.astype(float), covariates)
        except NoStandardisedDifferenceError as error:
            raise NoStandardisedDifferenceError(f"in an imputation {error}") from error
        yield one.difference, one.se**2
