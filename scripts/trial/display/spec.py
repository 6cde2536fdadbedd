"""What the jobs of this room are told: the words of the study, the analyses by role, the conventions."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from trial.analysis.config import Estimand
from trial.display.numbers import Decimals
from trial.study.base import Code, Identity, Strict, Text, listed

OutputId = Annotated[str, StringConstraints(pattern=r"^[tfl][0-9]+(-([0-9]+|\{number\}))*$")]


class Printing(Strict):
    """Conventions of the printed outputs."""

    p_values: Literal["sas4", "journal3"]
    """sas4: four decimals, <0.0001. journal3: three decimals, <0.001."""
    ratio_decimals: Annotated[int, Field(ge=2, le=3)]
    """Decimals of ratios."""


class Arm(Strict):
    """An arm: code in the data, label on paper."""

    code: Code
    label: Text


class Visit(Strict):
    """A scheduled visit; `day` is its target day from the index date, its place on time axes."""

    code: Code
    label: Text
    number: float
    baseline: bool
    day: float


class Endpoint(Strict):
    """One endpoint as the outputs name it."""

    number: int
    paramcd: Code
    label: Text
    unit: Text
    unit_label: str
    decimals: int
    scale: Literal["identity", "log"]
    benefit: Literal["lower", "higher", "neutral"]
    has_limits: bool
    primary_visit: Code

    @property
    def is_log(self) -> bool:
        """Whether the endpoint is analysed as ln and reported as ratios."""
        return self.scale == "log"

    @property
    def title(self) -> str:
        """Label with unit, as titles and axes print it."""
        return f"{self.label} ({self.unit_label})" if self.unit_label else self.label


class ShownAnalysis(Strict):
    """What an output says of an analysis. `level` is null for methods without intervals."""

    id: Code
    label: Text
    method: Text
    population: Code
    population_label: Text
    treatment: Text
    level: float | None
    estimand: Estimand | None


class OutputSpec(Strict):
    """What `render_output` stands on: one output, with arms and visits in the order of the study.

    `endpoints`: the endpoint of an output of one, those that an output of all shows, or none.
    """

    id: OutputId
    template: Text
    e3: Text
    title: Text | None
    footnotes: Annotated[tuple[Text, ...], Field(strict=False)]
    endpoint: Code | None
    study: Identity
    arms: listed(Arm)  # type: ignore[valid-type]
    reference_arm: Code
    visits: listed(Visit)  # type: ignore[valid-type]
    endpoints: Annotated[tuple[Endpoint, ...], Field(strict=False)]
    analyses: dict[str, listed(ShownAnalysis)]  # type: ignore[valid-type]
    printing: Printing

    @property
    def reference(self) -> Arm:
        """The reference arm."""
        found: Arm = next(arm for arm in self.arms if arm.code == self.reference_arm)
        return found

    @property
    def active_arms(self) -> tuple[Arm, ...]:
        """Every arm that is compared with the reference, in display order."""
        return tuple(arm for arm in self.arms if arm.code != self.reference_arm)

    @property
    def baseline(self) -> Visit:
        """The baseline visit."""
        found: Visit = next(visit for visit in self.visits if visit.baseline)
        return found

    @property
    def later_visits(self) -> tuple[Visit, ...]:
        """Visits after baseline, in order."""
        return tuple(visit for visit in self.visits if not visit.baseline)

    @property
    def shown(self) -> ShownAnalysis:
        """The analysis that names the output's population: that of its first role."""
        found: ShownAnalysis = next(iter(self.analyses.values()))[0]
        return found

    @property
    def population(self) -> str:
        """ADaM flag of the population."""
        return self.shown.population

    @property
    def treatment(self) -> str:
        """ADaM variable of the treatment that is compared, TRT01P or TRT01A."""
        return self.shown.treatment

    @property
    def level(self) -> float:
        """Confidence level of the model's intervals."""
        level: float | None = self.analyses["model"][0].level
        assert level is not None  # the cross-checks give the role `model` methods with a level only
        return level

    def comparison(self, arm: Arm) -> str:
        """Return the code of the comparison of `arm` with the reference, as results rows carry it."""
        return f"{arm.code}-{self.reference_arm}"

    def decimals(self, endpoint: Endpoint) -> Decimals:
        """Return the printed decimals of an endpoint."""
        return Decimals(endpoint.decimals, self.printing.ratio_decimals)

    def estimate_decimals(self, endpoint: Endpoint) -> int:
        """Return the printed decimals of model estimates: those of ratios on the log scale."""
        decimals = self.decimals(endpoint)
        return decimals.ratio if endpoint.is_log else decimals.location

    def visit(self, code: str) -> Visit:
        """Return the visit of that code."""
        found: Visit = next(visit for visit in self.visits if visit.code == code)
        return found

    def primary_visit(self, endpoint: Endpoint) -> Visit:
        """Return the visit of an endpoint's primary comparison."""
        return self.visit(endpoint.primary_visit)


class Listed(Strict):
    """One output as the report lists it."""

    id: OutputId
    kind: Literal["table", "figure", "listing"]
    endpoint: Code | None


class ReportSpec(Strict):
    """What `render_report` stands on."""

    study: Identity
    endpoints: Annotated[tuple[Endpoint, ...], Field(strict=False)]
    outputs: listed(Listed)  # type: ignore[valid-type]
    primary: ShownAnalysis
    printing: Printing
