"""What the trace is told of the study: its analyses in words, and the raw files about whole subjects."""

from collections.abc import Iterator, Mapping
from sys import modules
from typing import Any

from trial.study.base import Code, Identity, Strict, Text

STUDY = "study"
# What an analysis of influence says beside the model whose effect it is.
OWN = {"method", "label", "primary", "largest", "endpoints"}
ATTRIBUTES = ("population", "treatments", "variable", "intercurrent_events", "in_data", "summary")


class TracedAnalysis(Strict):
    """An analysis as the trace describes it.

    `describes`: what its method is. `settings`: its keys as configured, flat. `influence`: the analysis that
    leaves out each subject of the same model; null where none does. `modelled`: a model of covariates is
    fitted.
    """

    id: Code
    label: Text
    method: Text
    describes: Text
    primary: bool
    population: Text
    treatment: Text
    estimand: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    sources: tuple[Code, ...]
    influence: Code | None
    modelled: bool


class SubjectFile(Strict):
    """A raw file with rows about whole subjects: what it is, and the column of the subject's id."""

    kind: Text
    file: Text
    column: Text


class TraceSpec(Strict):
    """What the programs of this room stand on."""

    study: Identity
    analyses: tuple[TracedAnalysis, ...]
    endpoints: tuple[tuple[Code, Text], ...]
    visits: tuple[tuple[Code, Text], ...]
    arms: tuple[tuple[Code, Text], ...]
    subject_files: tuple[SubjectFile, ...]


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slice of the trace."""
    yield (
        "trace",
        TraceSpec(
            study=study.study,
            analyses=tuple(_analysis(study, name) for name in study.analyses),
            endpoints=tuple((code, endpoint.label) for code, endpoint in study.endpoints.items()),
            visits=tuple((visit.code, visit.label) for visit in study.visits),
            arms=tuple((arm.code, arm.label) for arm in study.arms),
            subject_files=tuple(_subject_files(study)),
        ),
    )


def check(study: Any) -> list[str]:
    """Return nothing: this room has no section of its own."""
    return []


def _analysis(study: Any, name: str) -> TracedAnalysis:
    analysis = study.analyses[name]
    settings = analysis.model_dump(mode="json")
    described = {*OWN, "population", "treatment", "estimand"}
    shown = [pair for key, value in settings.items() if key not in described for pair in flat(key, value)]
    return TracedAnalysis(
        id=name,
        label=analysis.label,
        method=analysis.method,
        describes=(modules[type(analysis).__module__].__doc__ or analysis.method).splitlines()[0],
        primary=analysis.primary,
        population=f"{study.populations[analysis.population].label} ({analysis.population})",
        treatment={"TRT01P": "as planned (TRT01P)", "TRT01A": "as received (TRT01A)"}[analysis.treatment],
        estimand=tuple(_estimand(study, analysis.estimand)) if analysis.estimand else (),
        settings=tuple(shown),
        sources=tuple(analysis.sources()),
        influence=_influence(study, name),
        modelled="covariates" in settings and "missing_covariate" in settings,
    )


def _estimand(study: Any, code: str) -> Iterator[tuple[str, str]]:
    estimand = study.estimands[code]
    yield "Estimand", f"{estimand.label} ({code})"
    for name in ATTRIBUTES:
        value = getattr(estimand, name)
        if isinstance(value, Mapping):
            value = "; ".join(f"{event}: {strategy}" for event, strategy in value.items())
        if value:
            yield f"Estimand: {name.replace('_', ' ')}", str(value)


def _influence(study: Any, name: str) -> str | None:
    """Return the analysis of influence whose model is that of this analysis."""
    own = _model(study.analyses[name])
    for other, analysis in study.analyses.items():
        if analysis.method == "influence" and other != name and _model(analysis) == own:
            return str(other)
    return None


def _model(analysis: Any) -> dict[str, Any]:
    return {key: value for key, value in analysis.model_dump(mode="json").items() if key not in OWN}


def _subject_files(study: Any) -> Iterator[SubjectFile]:
    if hasattr(study, "adam"):
        file = study.adam.adsl
        yield SubjectFile(kind="adsl", file=file.file, column=file.columns.USUBJID)
        return
    files = study.edc.files()
    for kind in ("subjects", "discontinuation", "subject_key"):
        if kind in files:
            yield SubjectFile(kind=kind, file=files[kind], column="USUBJID")


def flat(key: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield a value as pairs of dotted key and text; what is empty has a dash, lists stand in one line."""
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from flat(f"{key}.{name}", item)
    elif isinstance(value, (list, tuple)) and any(isinstance(item, (Mapping, list, tuple)) for item in value):
        for number, item in enumerate(value, 1):
            yield from flat(f"{key}.{number}", item)
    elif isinstance(value, (list, tuple)):
        yield key, ", ".join(map(text_of, value)) or "–"
    else:
        yield key, text_of(value)


def text_of(value: Any) -> str:
    """Return one value as text."""
    if value is None or value in ("", {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
