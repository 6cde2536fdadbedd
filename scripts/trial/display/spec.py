"""What a display program is told about the study: arms, visits, endpoints, formats."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from trial.display.numbers import Decimals
from trial.study.errors import ConfigError

SCALES = ("identity", "log")
BENEFITS = ("lower", "higher", "neutral")


@dataclass(frozen=True)
class Study:
    """Names of the study for headers, and its design in words."""

    id: str
    title: str
    sponsor: str
    short_title: str
    design: str


@dataclass(frozen=True)
class Estimand:
    """What is estimated: the five attributes of ICH E9(R1), in words."""

    population: str
    treatments: str
    variable: str
    intercurrent_events: str
    summary: str


@dataclass(frozen=True)
class Arm:
    """An arm: code in the data, label on paper."""

    code: str
    label: str


@dataclass(frozen=True)
class Visit:
    """A scheduled visit; `day` is its target day from the index date, its place on time axes."""

    code: str
    label: str
    number: float
    baseline: bool
    day: float


@dataclass(frozen=True)
class Endpoint:
    """One endpoint as the outputs name it."""

    number: int
    paramcd: str
    label: str
    unit: str
    unit_label: str
    decimals: int
    scale: str
    benefit: str
    has_limits: bool

    @property
    def is_log(self) -> bool:
        """Whether the endpoint is analysed as ln and reported as ratios."""
        return self.scale == "log"

    @property
    def title(self) -> str:
        """Label with unit, as titles and axes print it."""
        return f"{self.label} ({self.unit_label})" if self.unit_label else self.label


@dataclass(frozen=True)
class DisplaySpec:
    """The study as the display room sees it, arms and visits in display order.

    Parameters
    ----------
    endpoints : tuple of Endpoint
        The endpoint of a per-endpoint program, or all of them for the forest and the report.
    population : str
        ADaM flag of the analysis population.
    treatment : str
        ADaM variable of the treatment that is compared, TRT01P or TRT01A.
    primary_visit : str
        Visit code of the forest and of the key results.
    """

    study: Study
    estimand: Estimand
    arms: tuple[Arm, ...]
    reference_arm: str
    visits: tuple[Visit, ...]
    level: float
    endpoints: tuple[Endpoint, ...]
    ratio_decimals: int
    population: str
    treatment: str
    primary_visit: str

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

    def comparison(self, arm: Arm) -> str:
        """Return the code of the comparison of `arm` with the reference, as results rows carry it."""
        return f"{arm.code}-{self.reference_arm}"

    def decimals(self, endpoint: Endpoint) -> Decimals:
        """Return the printed decimals of an endpoint."""
        return Decimals(endpoint.decimals, self.ratio_decimals)

    def estimate_decimals(self, endpoint: Endpoint) -> int:
        """Return the printed decimals of model estimates: those of ratios on the log scale."""
        decimals = self.decimals(endpoint)
        return decimals.ratio if endpoint.is_log else decimals.location

    def visit(self, code: str) -> Visit:
        """Return the visit of that code."""
        return next(visit for visit in self.visits if visit.code == code)


def parse_spec(content: Mapping[str, Any], where: str) -> DisplaySpec:
    """Return the checked specification of a display program.

    Parameters
    ----------
    content : mapping
        The slice of the validated configuration; keys a program does not use are allowed.
    where : str
        Name of the file for messages.

    Raises
    ------
    ConfigError
        If a key is absent or a value cannot be displayed.
    """
    try:
        spec = _build(content)
    except KeyError as error:
        raise ConfigError(where, f"expected the key {error}, found none", hint=_REMADE) from None
    problems = list(_problems(spec))
    if problems:
        raise ConfigError(where, f"{len(problems)} values cannot be displayed", problems, _REMADE)
    return spec


_REMADE = "the file is made from config.yaml: correct it there and run again"


def _build(content: Mapping[str, Any]) -> DisplaySpec:
    if content["p_value_format"] != "sas4":
        raise ConfigError(
            "p_value_format", f"expected sas4, found {content['p_value_format']!r}", hint=_REMADE
        )
    found = [content["endpoint"]] if "endpoint" in content else content["endpoints"]
    return DisplaySpec(
        study=Study(**_texts(content["study"], Study)),
        estimand=Estimand(**_texts(content["estimand"], Estimand)),
        arms=tuple(Arm(arm["code"], arm["label"]) for arm in content["arms"]),
        reference_arm=content["reference_arm"],
        visits=tuple(_visit(item) for item in content["visits"]),
        level=float(content["level"]),
        endpoints=tuple(_endpoint(item) for item in found),
        ratio_decimals=int(content["ratio_decimals"]),
        population=content["population"],
        treatment=content["treatment"],
        primary_visit=content["primary_visit"],
    )


def _texts(item: Mapping[str, Any], model: type) -> dict[str, str]:
    return {field.name: item[field.name] for field in fields(model)}


def _visit(item: Mapping[str, Any]) -> Visit:
    return Visit(
        code=item["code"],
        label=item["label"],
        number=float(item["number"]),
        baseline=bool(item["baseline"]),
        day=float(item["target_day"]),
    )


def _endpoint(item: Mapping[str, Any]) -> Endpoint:
    return Endpoint(
        number=int(item["number"]),
        paramcd=item["paramcd"],
        label=item["label"],
        unit=item["unit"],
        unit_label=item["unit_label"],
        decimals=int(item["decimals"]),
        scale=item["scale"],
        benefit=item["benefit"],
        has_limits=bool(item["has_limits"]),
    )


def _problems(spec: DisplaySpec) -> list[str]:
    problems = []
    if spec.reference_arm not in [arm.code for arm in spec.arms]:
        problems.append(f"reference_arm {spec.reference_arm!r} is not one of the arms")
    if len(spec.arms) < 2:
        problems.append(f"expected two or more arms, found {len(spec.arms)}")
    if sum(visit.baseline for visit in spec.visits) != 1:
        problems.append("expected exactly one baseline visit")
    if not 0 < spec.level < 1:
        problems.append(f"level: expected a number between 0 and 1, found {spec.level}")
    if spec.primary_visit not in [visit.code for visit in spec.later_visits]:
        problems.append(f"primary_visit {spec.primary_visit!r} is not a visit after baseline")
    for endpoint in spec.endpoints:
        if endpoint.scale not in SCALES:
            problems.append(f"{endpoint.paramcd}: scale must be one of {SCALES}, found {endpoint.scale!r}")
        if endpoint.benefit not in BENEFITS:
            problems.append(
                f"{endpoint.paramcd}: benefit must be one of {BENEFITS}, found {endpoint.benefit!r}"
            )
    return problems
