"""What the programs of this room are told: the slice of one output, and that of the report."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from trial.display.numbers import Decimals, PValues
from trial.study.base import Code, Identity, Strict, Text, listed
from trial.study.errors import ConfigError

POINTS = "percentage points"


class Arm(Strict):
    """An arm: code in the data, label on paper."""

    code: Code
    label: Text


class Visit(Strict):
    """A scheduled visit; `day` is its target day from the index date, its place on time axes.

    `window`: first and last day of its samples; null where visits are those that the data name.
    """

    code: Code
    label: Text
    number: float
    day: float
    baseline: bool
    window: tuple[int, int] | None = None


class Endpoint(Strict):
    """One endpoint as the outputs name it."""

    paramcd: Code
    label: Text
    unit_label: str
    decimals: int | None
    scale: Literal["identity", "log"]
    benefit: Literal["lower", "higher", "neutral"]
    has_limits: bool
    primary_visit: Code
    primary: bool = False

    @property
    def is_log(self) -> bool:
        """Whether the endpoint is analysed as ln and reported as ratios."""
        return self.scale == "log"

    @property
    def title(self) -> str:
        """Label with unit, as titles and axes print it."""
        return f"{self.label} ({self.unit_label})" if self.unit_label else self.label

    @property
    def difference_unit(self) -> str:
        """Unit of differences and changes: those of a percentage are percentage points."""
        return POINTS if self.unit_label == "%" else self.unit_label


class Population(Strict):
    """The population of an output: ADaM flag in the data, label on paper."""

    flag: Code
    label: Text


class Comparison(Strict):
    """A comparison of arms, by its code in the results: the difference of two, or a named weighted sum.

    `label`: of a named contrast; null for two arms, the first minus the second.
    """

    code: Text
    label: Text | None
    weights: dict[Code, float]


class Average(Strict):
    """Several visits with the same weight each; results carry its code in the place of a visit."""

    code: Code
    label: Text
    visits: listed(Code)  # type: ignore[valid-type]


class ShownAnalysis(Strict):
    """One analysis that fills a role of an output.

    `label`: its name for readers. `estimand`: the label of what it estimates. `endpoints`: those it covers;
    empty for an analysis of the whole study. `treatment`: ADaM variable of the treatment, TRT01P or TRT01A.
    `level`: of its intervals, null where its method has none. `covariates`: words for what its comparisons
    are adjusted for. `at_mean_baseline`: whether LS means stand at the mean baseline. `response`: change from
    baseline, or the value itself. `side`, `null_value`: what its p-values test (null: no difference).
    `comparisons`, `averages`: every comparison of arms, and the averages over visits.
    """

    id: Code
    label: Text
    primary: bool
    method: Text
    estimand: Text | None
    population: Population
    treatment: Text
    endpoints: tuple[Code, ...]
    level: float | None
    covariates: tuple[str, ...]
    at_mean_baseline: bool
    response: Literal["change", "value"]
    side: Literal["two-sided", "greater", "less"]
    null_value: float | None
    comparisons: tuple[Comparison, ...]
    averages: tuple[Average, ...]


class ShownEvent(Strict):
    """An intercurrent event: the endpoints it concerns, and by label what each estimand does about it."""

    code: Code
    label: Text
    endpoints: tuple[Code, ...]
    strategies: tuple[tuple[Text, Text], ...]


class ShownCriterion(Strict):
    """A criterion of eligibility: its words, and how it is decided."""

    code: Code
    kind: Literal["inclusion", "exclusion"]
    wording: Text
    decided: Text


class ReaderNote(Strict):
    """One subject of the reader's notes: its name, and what holds in this study."""

    topic: Text
    lines: listed(Text)  # type: ignore[valid-type]


class OutputSpec(Strict):
    """One output of the catalogue with all it shows; arms, visits and endpoints in display order.

    Parameters
    ----------
    endpoint : str or None
        The endpoint of a per-endpoint output; None for an output of the whole study.
    endpoints : tuple of Endpoint
        That one endpoint, or all that a study-wide output shows.
    title : str or None
        The study's own title; None for the template's.
    roles : dict
        The analyses that fill each role of the template; all have one population and one treatment.
    events : tuple of ShownEvent
        The intercurrent events, for templates that show them.
    many : tuple of str
        The roles of which an endpoint may have several analyses.
    columns : dict
        By data set of subjects that the template reads, the kind of each column, the study's own included.
    criteria : tuple of ShownCriterion
        The criteria of eligibility in order, for templates that show them.
    categories : tuple of pairs
        Code and name of each category of deviations in order, for templates that show them.
    populations : tuple of Population
        Every population in order, for templates that show them.
    abbreviations : dict
        The study's own, with what they stand for.
    see : dict
        The printed numbers of other outputs that notes name, by template.
    reader : str
        The printed number of the reader's notes; empty where the catalogue has none.
    reading : tuple of ReaderNote
        The reader's notes, for the template that prints them.
    """

    id: Text
    template: Text
    e3: Text
    endpoint: Code | None
    title: Text | None
    footnotes: tuple[Text, ...]
    study: Identity
    arms: tuple[Arm, ...]
    reference_arm: Code
    visits: tuple[Visit, ...]
    endpoints: tuple[Endpoint, ...]
    roles: dict[str, tuple[ShownAnalysis, ...]]
    many: tuple[Text, ...]
    events: tuple[ShownEvent, ...]
    columns: dict[str, dict[str, str]]
    p_values: PValues
    ratio_decimals: int
    criteria: tuple[ShownCriterion, ...] = ()
    categories: tuple[tuple[str, str], ...] = ()
    populations: tuple[Population, ...] = ()
    abbreviations: dict[str, str] = Field(default_factory=dict)
    see: dict[str, str] = Field(default_factory=dict)
    reader: str = ""
    reading: tuple[ReaderNote, ...] = ()

    def population_label(self, flag: str) -> str:
        """Return the label of a population by its flag."""
        return next(population.label for population in self.populations if population.flag == flag)

    @property
    def reference(self) -> Arm:
        """The reference arm."""
        return next(arm for arm in self.arms if arm.code == self.reference_arm)

    @property
    def active_arms(self) -> tuple[Arm, ...]:
        """Every arm that is compared with the reference, in display order."""
        return tuple(arm for arm in self.arms if arm.code != self.reference_arm)

    @property
    def baseline(self) -> Visit:
        """The baseline visit."""
        return next(visit for visit in self.visits if visit.baseline)

    @property
    def later_visits(self) -> tuple[Visit, ...]:
        """Visits after baseline, in order."""
        return tuple(visit for visit in self.visits if not visit.baseline)

    @property
    def only_endpoint(self) -> Endpoint:
        """The endpoint of a per-endpoint output."""
        (endpoint,) = self.endpoints
        return endpoint

    @property
    def population(self) -> Population:
        """The population of the output: all its analyses have the same."""
        return self._any_analysis.population

    @property
    def treatment(self) -> str:
        """ADaM variable of the treatment of the output: all its analyses have the same."""
        return self._any_analysis.treatment

    @property
    def _any_analysis(self) -> ShownAnalysis:
        return next(shown for role in self.roles.values() for shown in role)

    @property
    def level(self) -> float:
        """Confidence level of the printed intervals: all analyses of an output have the same.

        Raises
        ------
        ConfigError
            If no analysis of this output has intervals.
        """
        levels = sorted({shown.level for shown in self.models if shown.level is not None})
        if len(levels) != 1:
            raise ConfigError(f"output {self.id}", f"expected one confidence level, found {levels}")
        return levels[0]

    def covering(self, role: str) -> dict[str, str]:
        """Return which analysis of a role covers each endpoint; an empty text stands for the whole study."""
        shown = self.roles.get(role, ())
        return {code: analysis.id for analysis in shown for code in analysis.endpoints or ("",)}

    def model(self, endpoint: Endpoint) -> ShownAnalysis:
        """Return the analysis with intervals that covers an endpoint: the one that compares arms."""
        return next(shown for shown in self.models if endpoint.paramcd in shown.endpoints)

    @property
    def models(self) -> tuple[ShownAnalysis, ...]:
        """The analyses that compare arms."""
        return tuple(shown for role in self.roles.values() for shown in role if shown.level is not None)

    def arm(self, code: str) -> Arm:
        """Return the arm of that code."""
        return next(arm for arm in self.arms if arm.code == code)

    def comparison(self, arm: Arm) -> str:
        """Return the code of the comparison of `arm` with the reference, as results rows carry it."""
        return f"{arm.code}-{self.reference_arm}"

    def decimals(self, endpoint: Endpoint) -> Decimals:
        """Return the printed decimals of an endpoint.

        Raises
        ------
        ConfigError
            If they are to be as collected, and no number stands as it was collected.
        """
        if endpoint.decimals is None:
            raise ConfigError(
                f"endpoints.{endpoint.paramcd}.decimals",
                "collected, but every analysed number was converted or is a limit of quantification",
                hint="give a number of decimals",
            )
        return Decimals(endpoint.decimals, self.ratio_decimals)

    def with_decimals(self, collected: Mapping[str, int]) -> "OutputSpec":
        """Return the same with the decimals as collected, by endpoint, where none are declared."""
        endpoints = tuple(
            endpoint
            if endpoint.decimals is not None
            else endpoint.model_copy(update={"decimals": collected.get(endpoint.paramcd)})
            for endpoint in self.endpoints
        )
        return self.model_copy(update={"endpoints": endpoints})

    def estimate_decimals(self, endpoint: Endpoint) -> int:
        """Return the printed decimals of model estimates: those of ratios on the log scale."""
        decimals = self.decimals(endpoint)
        return decimals.ratio if endpoint.is_log else decimals.location

    def visit(self, code: str) -> Visit:
        """Return the visit of that code."""
        return next(visit for visit in self.visits if visit.code == code)

    def modelled_visits(self, endpoint: Endpoint) -> tuple[Visit | Average, ...]:
        """Return the visits after baseline, then the averages over visits of an endpoint's model."""
        return (*self.later_visits, *self.model(endpoint).averages)

    def primary_visit(self, endpoint: Endpoint) -> Visit:
        """Return the visit of an endpoint that key results and alternative texts speak of."""
        return self.visit(endpoint.primary_visit)


class ReportEstimand(Strict):
    """What is estimated: the five attributes of ICH E9(R1) in words, and the analyses that estimate it."""

    label: Text
    analyses: listed(str)  # type: ignore[valid-type]
    population: Text
    treatments: Text
    variable: Text
    intercurrent_events: Text
    summary: Text


class ReportOutput(Strict):
    """One output as the report lists it: its id, and by label the analyses and estimands it shows."""

    id: Text
    analyses: tuple[Text, ...]
    estimands: tuple[Text, ...]


class ReportGroup(Strict):
    """The outputs of one endpoint within a section, or those of the whole study, whose heading is empty."""

    heading: str
    outputs: listed(ReportOutput)  # type: ignore[valid-type]


class ReportSection(Strict):
    """One section of ICH E3: its number, its name, its outputs in reading order."""

    number: Text
    name: Text
    groups: listed(ReportGroup)  # type: ignore[valid-type]

    @property
    def outputs(self) -> tuple[ReportOutput, ...]:
        """Every output of the section."""
        return tuple(output for group in self.groups for output in group.outputs)


class ReportAnalysis(Strict):
    """One analysis as the methods page names it.

    `places`: code and name of each endpoint whose results it leaves; of the whole study one, `study`.
    `settings`: what the configuration says of it beside that, by key.
    """

    id: Code
    label: Text
    method: Text
    primary: bool
    population: Text
    estimand: Text | None
    places: tuple[tuple[Text, Text], ...]
    settings: tuple[tuple[Text, str], ...]


class ReportSpec(Strict):
    """What `render_report` stands on; `shows`: the first output that shows each data set, by its name.

    `primary`: which endpoints are primary, when, and by which analysis; empty where none is declared.
    """

    study: Identity
    estimands: tuple[ReportEstimand, ...]
    sections: listed(ReportSection)  # type: ignore[valid-type]
    analyses: tuple[ReportAnalysis, ...]
    reading: tuple[ReaderNote, ...]
    shows: dict[str, str]
    primary: str = ""
