"""Responders by visit: shares of the arms, their difference, and the standardised difference."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.analysis.config import Analysis
from trial.analysis.where import DOSE_COLUMNS, Where
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.subjects.schema import ADCM

if TYPE_CHECKING:
    from trial.analysis.data import AnalysisData
    from trial.analysis.outcome import Outcome

BASE = "BASE"


class DoseCondition(Strict):
    """What a composite asks of the dose of some medicines: at most a share of that at baseline.

    Who took none at baseline must take none at the visit. The dose is that of the day of the value; where
    there is none, that of the visit's target day. That of baseline is of the day of the baseline value, else
    of day 0.
    """

    where: Where
    """The medicines, by column of ADCM; the doses of all of them on a day are summed."""
    unit: Text
    """The unit of their doses; of a medicine with another one the dose is not known."""
    share: Annotated[float, Field(ge=0, lt=1)]
    """The greatest dose at the visit, as a share of that at baseline."""


class Definition(Strict):
    """Who is a responder: whose value is below a threshold, or has fallen by at least so much from baseline.

    A composite asks for a value below the threshold, and for a dose that is low enough. In the endpoint's
    unit, also on the log scale. A value on the threshold is not below it; a fall of exactly the amount
    counts. Differences smaller than 1e-9 are noise of the arithmetic.
    """

    code: Code
    """Stands in the results."""
    label: Text
    """Name for readers."""
    kind: Literal["below", "fall", "composite"]
    """below: the value is less than the amount. fall: baseline minus value is the amount or more. composite:
    the value is less than the amount, and the condition on the dose holds."""
    amount: float
    """The threshold, or the least fall, in the endpoint's unit."""
    dose: DoseCondition | None = None
    """The condition of a composite on the dose of medicines; null for the others."""


class ResponderCovariate(Strict):
    """A covariate of the logistic model behind the standardised difference."""

    variable: Text
    """BASE (the endpoint's own baseline value), or a column of ADSL."""
    kind: Literal["numeric", "factor"]
    """numeric, or a factor."""


class ResponderImputation(Strict):
    """How values are imputed before they are judged: jointly at all visits, covariates by visit."""

    strategy: Literal["MAR", "J2R", "CR", "CIR", "LMCF"]
    """What is assumed after drop-out, as in the method imputation."""
    imputation_reference: Code
    """The arm whose course is referred to under J2R, CR and CIR."""
    sigma_by_arm: bool
    """Whether each arm has its own covariance matrix in the imputation model."""
    draws: Literal["posterior", "bootstrap"]
    """Parameters of each imputation: from their posterior, or from refits on resampled subjects."""
    imputations: Annotated[int, Field(ge=2, le=100_000)]
    """Number of imputations."""
    seed: Annotated[int, Field(ge=0)]
    """Seed of all random numbers."""


class Config(Analysis):
    """One share per definition, missing rule, visit and arm.

    `missing`: observed (subjects with a value), non-responder (all members; without a value is a failure),
    imputed (the value is imputed, judged, and the shares are pooled by Rubin's rules).
    """

    plays: ClassVar[tuple[str, ...]] = ("responders",)
    composites: ClassVar[bool] = True

    method: Literal["responders"]
    """Shares of responders and their difference."""
    endpoints: Literal["all"] | listed(Code)  # type: ignore[valid-type]
    """The endpoints that are analysed: all, or a list of codes."""
    definitions: listed(Definition)  # type: ignore[valid-type]
    """Who is a responder, one or several definitions."""
    missing: listed(Literal["observed", "non-responder", "imputed"])  # type: ignore[valid-type]
    """What a subject without a value counts as: not at all, as a failure, or as its imputed value says."""
    imputation: ResponderImputation | None
    """How values are imputed; null where `missing` has no imputed."""
    covariates: Annotated[tuple[ResponderCovariate, ...], Field(strict=False)]
    """The covariates that the standardised difference stands on."""
    level: Annotated[float, Field(gt=0.5, lt=1)]
    """Confidence level of intervals, such as 0.95."""

    def columns(self) -> Mapping[str, str]:
        """Return the covariates that stand in ADSL, and the day from which visits count."""
        kinds = {"numeric": "number", "factor": "text"}
        found = {c.variable: kinds[c.kind] for c in self.covariates if c.variable != BASE}
        return {"INDEXDT": "date"} | found

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return what is read of medicines, where a definition asks for their dose."""
        asked = [name for one in self.definitions if one.dose for name in one.dose.where if name in ADCM]
        return {"adcm": ADCM.only(*dict.fromkeys((*DOSE_COLUMNS, *asked)))} if asked else {}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield names that stand twice, unknown covariates, and amounts that nobody could reach."""
        yield from repeated_names("definitions", [one.code for one in self.definitions])
        yield from repeated_names("missing", self.missing)
        if ("imputed" in self.missing) != (self.imputation is not None):
            yield "imputation: goes with imputed among missing, and with nothing else"
        if self.imputation is not None:
            arms = [arm.code for arm in study.arms]
            yield from unknown_name(
                "imputation.imputation_reference", self.imputation.imputation_reference, arms
            )
        for one in self.definitions:
            if (one.kind == "composite") != (one.dose is not None):
                yield f"definitions: {one.code}: dose goes with the kind composite, and with nothing else"
            for name in one.dose.where if one.dose else ():
                texts = [column for column, kind in ADCM.items() if kind == "text"]
                yield from unknown_name(f"definitions: {one.code}: dose.where", name, texts)
        yield from repeated_names("covariates", [one.variable for one in self.covariates])
        for one in self.definitions:
            if one.kind == "fall" and one.amount <= 0:
                yield f"definitions: {one.code}: a fall is above 0, found {one.amount:g}"
        known = study.subject_kinds()
        for covariate in self.covariates:
            yield from unknown_name("covariates", covariate.variable, [BASE, *known])
            found = known.get(covariate.variable, "")
            if found == "date" or (found == "text" and covariate.kind == "numeric"):
                yield f"covariates: {covariate.variable} is a {found} in ADSL, not {covariate.kind}"
            if covariate.variable == BASE and covariate.kind == "factor":
                yield "covariates: BASE: a baseline value is numeric"


def run(data: "AnalysisData", config: Config) -> "Outcome":
    """Count the responders of one endpoint; see `trial.analysis.responders.analyse.count_responders`."""
    from trial.analysis.responders.analyse import count_responders

    return count_responders(data, config)
