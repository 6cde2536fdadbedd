"""What the independent computation is told: the declared primary analysis, nothing of results."""

from collections.abc import Iterator
from typing import Any, Literal

from trial.study.base import Code, Strict, Text, listed

# Methods of analysis whose numbers are computed a second time.
METHODS = ("mmrm", "ancova")


class DeclaredCovariate(Strict):
    """A covariate: `BASE`, `BASE_<PARAMCD>` or a column of ADSL; `by_visit`: with an effect at each visit."""

    variable: Text
    kind: Literal["numeric", "factor"]
    by_visit: bool


class DeclaredAverage(Strict):
    """LS means averaged over visits, each with the same weight."""

    code: Code
    visits: listed(Code)  # type: ignore[valid-type]


class DeclaredComparison(Strict):
    """A comparison of arms by the name that results have, with the weight of each arm."""

    name: Text
    weights: dict[Code, float]


class DeclaredEvent(Strict):
    """An event that sets values aside: those of later days (`days` null), or of its day and some after."""

    code: Code
    days: int | None


class DeclaredEndpoint(Strict):
    """An endpoint of the primary analysis, the events that set its values aside, and its scale."""

    paramcd: Code
    scale: Literal["identity", "log"]
    events: tuple[DeclaredEvent, ...]


class DeclaredModel(Strict):
    """The model as the plan declares it."""

    method: Text
    response: Literal["change", "value"]
    covariates: tuple[DeclaredCovariate, ...]
    missing_covariate: Literal["stop", "leave out"]
    ladder: tuple[Text, ...]
    sigma_by_arm: bool
    df_method: Text
    coefficient_covariance: Text
    reml: bool
    weights: Literal["equal", "proportional", "counterfactual"]
    at: dict[str, float | str]
    averages: tuple[DeclaredAverage, ...]
    comparisons: listed(DeclaredComparison)  # type: ignore[valid-type]
    null_value: float | None
    side: Literal["two-sided", "greater", "less"]
    level: float


class AgreementSpec(Strict):
    """What `check_agreement` stands on.

    `arms` and `visits` in the order of the study, visits after baseline alone. `model`: null where the
    primary analysis is of a method that is not computed a second time. `describe_only_above_pct`: the share
    of values below their limit above which no p-value is printed. `other_scales`: of the endpoints whose
    baseline is a covariate. `derived`: whether baselines and changes were derived here, not given (ADaM).
    """

    analysis: Code
    method: Text
    population: Code
    treatment: Code
    arms: listed(Code)  # type: ignore[valid-type]
    reference_arm: Code
    visits: listed(Code)  # type: ignore[valid-type]
    endpoints: tuple[DeclaredEndpoint, ...]
    model: DeclaredModel | None
    describe_only_above_pct: float
    other_scales: dict[Code, Literal["identity", "log"]]
    derived: bool


def check(study: Any) -> list[str]:
    """Return nothing: this room has no section of its own, and the others check theirs."""
    return []


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield the one slice of this room."""
    name = next(name for name, analysis in study.analyses.items() if analysis.primary)
    yield "check_agreement", _spec(study, name)


def _spec(study: Any, name: str) -> AgreementSpec:
    analysis = study.analyses[name]
    known = analysis.method in METHODS
    return AgreementSpec(
        analysis=name,
        method=analysis.method,
        population=analysis.population,
        treatment=analysis.treatment,
        arms=tuple(arm.code for arm in study.arms),
        reference_arm=study.reference_arm,
        visits=tuple(visit.code for visit in study.visits if not visit.baseline),
        endpoints=tuple(
            DeclaredEndpoint(
                paramcd=code, scale=endpoint.scale, events=tuple(_setting_aside(study, analysis, code))
            )
            for code, endpoint in study.endpoints.items()
            if analysis.covers(code)
        ),
        model=_model(study, analysis) if known else None,
        describe_only_above_pct=study.below_limit.describe_only_above_pct,
        other_scales={code: study.endpoints[code].scale for code in analysis.baselines()} if known else {},
        derived=getattr(study, "adam", None) is None,
    )


def _setting_aside(study: Any, analysis: Any, code: str) -> Iterator[DeclaredEvent]:
    estimand = study.estimands.get(analysis.estimand)
    declared = getattr(study, "intercurrent_events", {})
    for event, strategy in estimand.intercurrent_events.items() if estimand else ():
        if strategy == "hypothetical" and declared[event].concerns(code):
            yield DeclaredEvent(code=event, days=declared[event].days)


def _model(study: Any, analysis: Any) -> DeclaredModel:
    """Return the declared model; an ANCOVA is a model of each visit on its own."""
    asked = analysis.comparisons
    single = analysis.method == "ancova"
    return DeclaredModel(
        method=analysis.method,
        response=analysis.response,
        covariates=tuple(
            DeclaredCovariate(variable=one.variable, kind=one.kind, by_visit=one.by_visit)
            for one in analysis.covariates
        ),
        missing_covariate=analysis.missing_covariate,
        ladder=("ancova",) if single else tuple(analysis.covariance_ladder),
        sigma_by_arm=False if single else analysis.sigma_by_arm,
        df_method="satterthwaite" if single else analysis.df_method,
        coefficient_covariance="model" if single else analysis.coefficient_covariance,
        reml=True if single else analysis.reml,
        weights=analysis.lsmeans.weights,
        at=dict(analysis.lsmeans.at),
        averages=tuple(DeclaredAverage(code=code, visits=one.visits) for code, one in asked.averages.items()),
        comparisons=tuple(_comparisons(study, asked)),
        null_value=asked.null_value,
        side=asked.side,
        level=analysis.level,
    )


def _comparisons(study: Any, asked: Any) -> Iterator[DeclaredComparison]:
    """Yield pairs in the order of the arms, the reference second in its pairs, then the named contrasts."""
    others = [arm.code for arm in study.arms if arm.code != study.reference_arm]
    pairs = [(arm, study.reference_arm) for arm in others]
    if asked.arms == "all pairs":
        pairs += [(first, second) for at, first in enumerate(others) for second in others[at + 1 :]]
    for first, second in pairs:
        yield DeclaredComparison(name=f"{first}-{second}", weights={first: 1.0, second: -1.0})
    for code, contrast in asked.contrasts.items():
        yield DeclaredComparison(name=code, weights=dict(contrast.weights))
