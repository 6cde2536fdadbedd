"""What the study is to those who check and hand over its finished outputs."""

from collections.abc import Iterator
from typing import Any

from trial.delivery.config import (
    DeliveredAnalysis,
    DeliveredAverage,
    DeliveredComparison,
    DeliveredOutput,
    DeliverySpec,
    Named,
)
from trial.display.config import shown_outputs
from trial.plan.jobs import output_jobs
from trial.plan.study import AnyStudy


def delivery_spec(study: AnyStudy) -> DeliverySpec:
    """Return the slice of the rules that stand after all outputs."""
    return DeliverySpec(
        study=study.study,
        arms=tuple(Named(code=arm.code, label=arm.label) for arm in study.arms),
        visits=tuple(Named(code=visit.code, label=visit.label) for visit in study.visits),
        endpoints=tuple(Named(code=code, label=found.label) for code, found in study.endpoints.items()),
        primary_endpoints=tuple(
            code for code, found in study.endpoints.items() if getattr(found, "primary", False)
        ),
        populations=tuple(Named(code=code, label=found.label) for code, found in study.populations.items()),
        comparisons=tuple({one.code: one for one in _comparisons(study)}.values()),
        averages=tuple({one.code: one for one in _averages(study)}.values()),
        analyses=tuple(_analysis(name, found) for name, found in study.analyses.items()),
        outputs=tuple(_outputs(study)),
    )


def _compared(study: AnyStudy) -> Iterator[Any]:
    for analysis in study.analyses.values():
        found = getattr(analysis, "comparisons", None)
        if found:
            yield found


def _comparisons(study: AnyStudy) -> Iterator[DeliveredComparison]:
    labels = {arm.code: arm.label for arm in study.arms}
    every: dict[str, tuple[str, dict[str, float]]] = {
        f"{arm}-{study.reference_arm}": ("", {arm: 1.0, study.reference_arm: -1.0})
        for arm in labels
        if arm != study.reference_arm
    }
    for compared in _compared(study):
        for code, weights in compared.weights(tuple(labels), study.reference_arm).items():
            named = compared.contrasts.get(code)
            every[code] = (named.label if named else "", dict(weights))
    for code, (label, weights) in every.items():
        plus, minus = [[labels[a] for a, w in weights.items() if w * sign > 0] for sign in (1, -1)]
        words = label or f"{', '.join(plus)} minus {', '.join(minus)}"
        yield DeliveredComparison(code=code, label=words, weights=weights)


def _averages(study: AnyStudy) -> Iterator[DeliveredAverage]:
    for compared in _compared(study):
        for code, average in compared.averages.items():
            yield DeliveredAverage(code=code, label=average.label, visits=average.visits)


def _analysis(name: str, analysis: Any) -> DeliveredAnalysis:
    of_endpoint = analysis.endpoints is not None
    tables = tuple(analysis.tables())
    response = getattr(analysis, "response", "change" if hasattr(analysis, "covariates") else None)
    variable = {"change": "CHG", "value": "AVAL"}.get(str(response)) if of_endpoint else None
    return DeliveredAnalysis(
        id=name,
        label=analysis.label,
        primary=analysis.primary,
        population=analysis.population,
        treatment=analysis.treatment,
        dataset="ADLB" if of_endpoint else (tables[0] if tables else "adsl").upper(),
        variable=variable,
    )


def _outputs(study: AnyStudy) -> Iterator[DeliveredOutput]:
    jobs = output_jobs(study)
    for shown in shown_outputs(study):
        names = [name for analyses in shown.row.analyses.values() for name in analyses]
        first = study.analyses[names[0]] if names else None
        yield DeliveredOutput(
            id=shown.id,
            kind=jobs[shown.id].kind,
            template=shown.row.template,
            e3=shown.row.e3,
            endpoint=shown.endpoint,
            analyses=tuple(dict.fromkeys(names)),
            population=first.population if first else None,
            treatment=first.treatment if first else None,
        )
