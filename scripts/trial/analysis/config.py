"""The configuration of the analyses: what is estimated, of whom, for which estimand, and by which method.

A method is one module of `trial.analysis.methods` with its own `Config`, an `Analysis` with a fixed `method`,
and is registered in `trial.analysis.registry`. This module knows what every analysis has in common.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from trial.endpoints.config import BelowLimit
from trial.endpoints.config_laboratory import Laboratory
from trial.endpoints.config_visits import Visit
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import unknown_name

STUDY = "study"  # stands for the endpoint of an analysis of the whole study


# What an estimand does with the values that an event acts on: use them, set them aside as missing (as if the
# event had not happened, under the missing-data assumption of the analysis), or count the event as a failure.
Strategy = Literal["treatment policy", "hypothetical", "composite"]


class Estimand(Strict):
    """The five attributes of ICH E9(R1); the strategy for each intercurrent event is what the analyses do."""

    label: Text
    """Its name for readers, beside the results."""
    population: Text
    """Whose outcome is estimated."""
    treatments: Text
    """The treatments that are compared."""
    variable: Text
    """The outcome variable."""
    intercurrent_events: dict[Code, Strategy]
    """The strategy for every declared intercurrent event: treatment policy (its values are used),
    hypothetical (they are set aside as missing), composite (the event is a failure; responders only)."""
    in_data: Text | None
    """Events that were dealt with before the data came here, in words; null for none."""
    summary: Text
    """The population-level summary of the comparison."""


class Analysis(Strict):
    """What every analysis says, whatever its method.

    `endpoints`: `all`, some of them, or null for an analysis of the whole study. `primary`: exactly one
    analysis of the study is. `treatment`: planned (TRT01P) or actual (TRT01A).
    """

    plays: ClassVar[tuple[str, ...]] = ()  # the roles of output templates that its results can fill
    composites: ClassVar[bool] = False  # whether it can count an intercurrent event as a failure
    counts_events: ClassVar[bool] = False  # whether it reads all intercurrent events
    reads_laboratory: ClassVar[bool] = False  # whether it is of the safety laboratory
    reads_records: ClassVar[bool] = False  # whether it reads what its sources recorded, beside their rows

    method: Text
    """The method of analysis; it decides which further keys there are."""
    label: Text
    """Name of the analysis for readers."""
    primary: bool
    """Whether this is the primary analysis; exactly one is."""
    endpoints: Literal["all"] | listed(Code) | None  # type: ignore[valid-type]
    """The endpoints that are analysed: all, or a list of codes; null for an analysis of the whole study."""
    population: Code
    """The analysis population, a name of `populations`."""
    treatment: Literal["TRT01P", "TRT01A"]
    """Treatment as planned (TRT01P) or as received (TRT01A)."""
    estimand: Code | None
    """The estimand, a name of `estimands`; null where nothing is estimated."""

    def covers(self, paramcd: str) -> bool:
        """Return whether this analysis has results of an endpoint."""
        return self.endpoints is not None and (self.endpoints == "all" or paramcd in self.endpoints)

    def columns(self) -> Mapping[str, str]:
        """Return the kind of each column of ADSL that is read beside population and treatment."""
        return {}

    def baselines(self) -> tuple[str, ...]:
        """Return the other endpoints whose baseline values the method reads."""
        return ()

    def tables(self) -> Mapping[str, Mapping[str, str]]:
        """Return the further data sets that the method reads, and of each the kinds of the columns read."""
        return {}

    def sources(self) -> tuple[str, ...]:
        """Return the other analyses whose result rows are read: of its endpoint, or of all of them."""
        return ()

    def facts(self, study: Any) -> Mapping[str, Any]:
        """Return what the method needs to know of other sections of the study, as JSON holds it."""
        return {}

    def check(self, study: Any, paramcds: tuple[str, ...]) -> Iterator[str]:
        """Yield what the method's own keys contradict in the rest of the study: key below it, and finding."""
        yield from ()


class AnalysedArm(Strict):
    """An arm as results name it."""

    code: Code
    label: Text


class AnalysedEndpoint(Strict):
    """What an analysis needs to know of an endpoint; not how it is printed."""

    paramcd: Code
    unit: Text
    scale: Literal["identity", "log"]
    reports_below_limit: bool


class ActingEvent(Strict):
    """An intercurrent event that an analysis reads: for how many days it acts (null: for good), and how."""

    code: Code
    days: int | None
    strategy: Strategy


class AnalysisSpec(Strict):
    """What `run_analysis` stands on: one analysis of one endpoint, or of the study (`endpoint` null).

    `settings` are the analysis as configured; the method's own model reads them. `other_scales`: the scale of
    each further endpoint whose baseline is read. `events`: those that the estimand does something about.
    `laboratory`: of methods that are of the safety laboratory.
    `facts`: what the method asked of other sections of the study.
    """

    id: Code
    method: Text
    settings: dict[str, Any]
    endpoint: AnalysedEndpoint | None
    arms: listed(AnalysedArm)  # type: ignore[valid-type]
    reference_arm: Code
    visits: listed(Visit)  # type: ignore[valid-type]
    below_limit: BelowLimit
    other_scales: dict[Code, Literal["identity", "log"]]
    events: tuple[ActingEvent, ...]
    laboratory: Laboratory | None = None
    facts: dict[str, Any] = Field(default_factory=dict)

    @property
    def place(self) -> str:
        """The folder of the results: the endpoint's code or `study`."""
        return self.endpoint.paramcd if self.endpoint else STUDY

    @property
    def baseline(self) -> Visit:
        """The baseline visit."""
        found: Visit = next(visit for visit in self.visits if visit.baseline)
        return found


class CollectSpec(Strict):
    """What `collect_ard` stands on: the output of each `<analysis>.<endpoint or study>` that has one."""

    outputs: dict[str, Text]


class AnalysisSections(Strict):
    """The sections of this room; the plan, which knows the methods, narrows `analyses` to them."""

    estimands: Annotated[dict[Code, Estimand], Field(min_length=1)]
    """What is estimated, in the five attributes of ICH E9(R1); analyses refer to them."""
    analyses: Annotated[dict[Code, Any], Field(min_length=1)]
    """Every analysis by its ID, which stands in results and file names."""


def places(study: Any) -> Iterator[tuple[str, str]]:
    """Yield (analysis, endpoint or `study`) of every job, in the order of analyses and endpoints."""
    for name, analysis in study.analyses.items():
        covered = [code for code in study.endpoints if analysis.covers(code)]
        for code in covered if analysis.endpoints is not None else [STUDY]:
            yield name, code


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slice of every job of `run_analysis`."""
    for name, code in places(study):
        yield f"analysis.{name}.{code}", _slice(study, name, code)


def _slice(study: Any, name: str, code: str) -> AnalysisSpec:
    analysis = study.analyses[name]
    endpoint = None if code == STUDY else _analysed(code, study.endpoints[code])
    # Which other endpoints an analysis covers, and how it is called on paper, changes no result.
    unsaid = {"label": name, "primary": False, "endpoints": "all" if endpoint else None, "estimand": None}
    settings = analysis.model_dump(mode="json") | unsaid
    return AnalysisSpec(
        id=name,
        method=analysis.method,
        settings=settings,
        endpoint=endpoint,
        arms=tuple(AnalysedArm(code=arm.code, label=arm.label) for arm in study.arms),
        reference_arm=study.reference_arm,
        visits=study.visits,
        below_limit=study.below_limit,
        other_scales={other: study.endpoints[other].scale for other in analysis.baselines()},
        events=acting_events(study, name, code),
        laboratory=study.laboratory if analysis.reads_laboratory else None,
        facts=dict(analysis.facts(study)),
    )


def acting_events(study: Any, name: str, code: str) -> tuple[ActingEvent, ...]:
    """Return the events that the estimand of an analysis does something about, for one endpoint.

    A method that counts events has all that concern the endpoint.
    """
    analysis = study.analyses[name]
    if code == STUDY:
        return ()
    declared: Mapping[str, Any] = getattr(study, "intercurrent_events", {})
    if analysis.counts_events:
        found: Mapping[str, Strategy] = dict.fromkeys(declared, "treatment policy")
    else:
        estimand = study.estimands.get(analysis.estimand)
        found = estimand.intercurrent_events if estimand else {}
    return tuple(
        ActingEvent(code=event, days=declared[event].days, strategy=strategy)
        for event, strategy in found.items()
        if declared[event].concerns(code) and (analysis.counts_events or strategy != "treatment policy")
    )


def _analysed(code: str, endpoint: Any) -> AnalysedEndpoint:
    return AnalysedEndpoint(
        paramcd=code,
        unit=endpoint.unit,
        scale=endpoint.scale,
        reports_below_limit=endpoint.reports_below_limit,
    )


def check(study: Any) -> list[str]:
    """Return what the sections of this room contradict in each other and in the rest of the study."""
    primary = [name for name, analysis in study.analyses.items() if analysis.primary]
    lines = []
    if len(primary) != 1:
        lines.append(f"analyses: exactly one is primary, found {', '.join(primary) or 'none'}")
    for name, analysis in study.analyses.items():
        key = f"analyses.{name}"
        asked = () if analysis.endpoints in ("all", None) else analysis.endpoints
        for code in asked:
            lines += unknown_name(f"{key}.endpoints", code, study.endpoints)
        lines += unknown_name(f"{key}.population", analysis.population, study.populations)
        if analysis.estimand is not None:
            lines += unknown_name(f"{key}.estimand", analysis.estimand, study.estimands)
        for code in analysis.baselines():
            lines += unknown_name(f"{key}.covariates: the endpoint of BASE_{code}", code, study.endpoints)
        for code in analysis.sources():
            lines += unknown_name(f"{key}: the analysis {code}", code, study.analyses)
            if code in study.analyses and study.analyses[code].sources():
                lines.append(f"{key}: {code} reads results of other analyses itself; name those")
        covered = tuple(code for code in study.endpoints if analysis.covers(code))
        lines += [f"{key}.{line}" for line in analysis.check(study, covered)]
    lines += _check_estimands(study)
    used = {analysis.estimand for analysis in study.analyses.values()}
    lines += [f"estimands.{name}: no analysis names it" for name in study.estimands if name not in used]
    return lines


def _check_estimands(study: Any) -> Iterator[str]:
    """Yield events that an estimand does not decide about, and strategies that an analysis cannot follow."""
    declared = getattr(study, "intercurrent_events", {})
    for name, estimand in study.estimands.items():
        key = f"estimands.{name}.intercurrent_events"
        for event in estimand.intercurrent_events:
            yield from unknown_name(key, event, declared)
        for event in declared:
            if event not in estimand.intercurrent_events:
                yield f"{key}: required is the strategy for {event}"
    for name, analysis in study.analyses.items():
        found = study.estimands.get(analysis.estimand)
        composite = [e for e, s in found.intercurrent_events.items() if s == "composite"] if found else []
        if composite and not analysis.composites:
            yield (
                f"analyses.{name}.estimand: {analysis.estimand} counts {composite[0]} as a failure "
                f"(composite), which the method {analysis.method} cannot"
            )
