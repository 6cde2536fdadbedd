"""The configuration of what is printed: its sections, its checks, and what each job of this room is told."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from trial.display.catalogue import (
    ENDPOINT,
    CatalogueRow,
    DisplaySections,
    Printing,
    ShownOutput,
    Template,
    asked_endpoints,
    shown_outputs,
    templates,
)
from trial.display.checks import check_catalogue
from trial.display.contents import report_analyses, report_estimands, report_sections, shown_data
from trial.display.reader import READER, reader_notes, reader_number
from trial.display.spec import (
    Arm,
    Average,
    Comparison,
    Endpoint,
    OutputSpec,
    Population,
    ReportSpec,
    ShownAnalysis,
    ShownCriterion,
    ShownEvent,
    Visit,
)
from trial.display.wording import BALANCE, output_number
from trial.study.base import Strict
from trial.study.rules import COLUMN_WORDS

__all__ = [
    "CatalogueRow",
    "DisplaySections",
    "Printing",
    "Template",
    "check",
    "shown_outputs",
    "slices",
]
# Data sets of subjects whose columns a slice names, and where they are declared.
SUBJECT_DATA = {
    "adsl": "",
    "adae": "trial.subjects.schema",
    "adsv": "trial.subjects.schema",
    "adex": "trial.subjects.record_files",
    "adice": "trial.subjects.schema",
    "populations": "trial.subjects.schema",
    "adlbsaf": "trial.endpoints.schema",
    "adie": "trial.eligibility.schema",
    "addv": "trial.eligibility.schema",
}
BASE = "BASE"  # the covariate that is the endpoint's own baseline


def check(study: Any) -> list[str]:
    """Return what the catalogue contradicts in itself, in its templates and in the rest of the study."""
    return check_catalogue(study)


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slice of every output, then that of the report."""
    shown = list(shown_outputs(study))
    for output in shown:
        yield f"output.{output.id}", _output_spec(study, output)
    report = ReportSpec(
        study=study.study,
        estimands=tuple(report_estimands(study)),
        sections=tuple(report_sections(study, shown)),
        analyses=tuple(report_analyses(study)),
        reading=reader_notes(study),
        shows=shown_data(shown),
        primary=_primary(study),
    )
    yield "report", report


def _primary(study: Any) -> str:
    """Return the primary endpoints, with their visits and the primary analysis, in a sentence."""
    labels = {visit.code: visit.label for visit in study.visits}
    found = [f"{one.label} at {labels[one.primary_visit]}" for one in study.endpoints.values() if one.primary]
    analysis = next(one for one in study.analyses.values() if one.primary)
    population = study.populations[analysis.population].label
    return f"{'; '.join(found)}. Analysis: {analysis.label}, {population}." if found else ""


def _output_spec(study: Any, shown: ShownOutput) -> OutputSpec:
    row, template = shown.row, templates()[shown.row.template].TEMPLATE
    named = asked_endpoints(row, study) if template.shows_endpoints else ()
    codes = (shown.endpoint,) if shown.endpoint else named
    title, asked = row.title, {*template.roles, *template.data}
    if title and shown.endpoint:
        title = title.replace(ENDPOINT, _endpoint(study, shown.endpoint).title)
    return OutputSpec(
        id=shown.id,
        template=row.template,
        e3=row.e3,
        endpoint=shown.endpoint,
        title=title,
        footnotes=row.footnotes,
        study=study.study,
        arms=tuple(Arm(code=arm.code, label=arm.label) for arm in study.arms),
        reference_arm=study.reference_arm,
        visits=tuple(_visit(visit) for visit in study.visits),
        endpoints=tuple(_endpoint(study, code) for code in codes),
        roles={
            role: tuple(_analysis(study, name, codes) for name in names if _plays(study, name, codes))
            for role, names in row.analyses.items()
        },
        many=template.many,
        events=tuple(_events(study, codes)) if {"events", "adice"} & asked else (),
        columns={name: _columns(study, name) for name in template.data if name in SUBJECT_DATA},
        p_values=study.printing.p_values,
        ratio_decimals=study.printing.ratio_decimals,
        populations=tuple(
            Population(flag=name, label=population.label)
            for name, population in study.populations.items()
            if {"disposition", "populations"} & asked
        ),
        abbreviations=study.printing.abbreviations,
        see=_see(study, shown),
        reader=reader_number(study) if row.template != READER else "",
        reading=reader_notes(study) if row.template == READER else (),
        criteria=tuple(_criteria(study)) if {"adie", "eligibility"} & asked else (),
        categories=tuple(_categories(study)) if {"addv", "deviations"} & asked else (),
    )


def _see(study: Any, shown: ShownOutput) -> dict[str, str]:
    """Return the printed numbers of the outputs that say what a design without randomisation leaves open."""
    named = {} if study.study.randomised else {row.template: row.id for row in reversed(study.outputs)}
    wanted = {name: named[name] for name in (*BALANCE, "evalue_table") if name in named}
    return {name: output_number("Table", id) for name, id in wanted.items() if id != shown.id}


def _criteria(study: Any) -> Iterator[ShownCriterion]:
    section = getattr(study, "eligibility", None)
    for code, criterion in section.criteria.items() if section else ():
        decided = f"{criterion.decided}, recorded" if criterion.form == "part" else criterion.decided
        yield ShownCriterion(code=code, kind=criterion.kind, wording=criterion.wording, decided=decided)


def _categories(study: Any) -> Iterator[tuple[str, str]]:
    section = getattr(study, "deviations", None)
    yield from section.categories.items() if section else ()


def _columns(study: Any, name: str) -> dict[str, str]:
    """Return the kinds of a data set's columns; by no import statement: outputs do not stand on that room."""
    if name == "adsl":
        return dict(study.subject_kinds())
    if name == "adlbsaf":
        flags = dict.fromkeys(study.populations, name)
        return dict(import_module(SUBJECT_DATA[name]).laboratory_data(flags))
    if name == "adex":
        files = import_module(SUBJECT_DATA[name]).RECORD_FILES
        return dict(next(file.dataset for file in files if file.table == name))
    return dict(getattr(import_module(SUBJECT_DATA[name]), name.upper()))


def _events(study: Any, codes: tuple[str, ...]) -> Iterator[ShownEvent]:
    used = {analysis.estimand for analysis in study.analyses.values()}
    for code, event in getattr(study, "intercurrent_events", {}).items():
        yield ShownEvent(
            code=code,
            label=event.label,
            endpoints=tuple(name for name in codes if event.concerns(name)),
            strategies=tuple(
                (estimand.label, estimand.intercurrent_events[code])
                for name, estimand in study.estimands.items()
                if name in used
            ),
        )


def _visit(visit: Any) -> Visit:
    return Visit(
        code=visit.code,
        label=visit.label,
        number=visit.number,
        day=visit.target_day,
        baseline=visit.baseline,
        window=getattr(visit, "window", None),
    )


def _endpoint(study: Any, code: str) -> Endpoint:
    found = study.endpoints[code]
    return Endpoint(
        paramcd=code,
        label=found.label,
        unit_label=found.unit_label,
        decimals=None if found.decimals == "collected" else found.decimals,
        scale=found.scale,
        benefit=found.benefit,
        has_limits=found.reports_below_limit,
        primary_visit=found.primary_visit,
        primary=found.primary,
    )


def _plays(study: Any, name: str, codes: tuple[str, ...]) -> bool:
    """Return whether an analysis is of the whole study, or covers an endpoint of this output."""
    analysis = study.analyses[name]
    return analysis.endpoints is None or any(analysis.covers(code) for code in codes)


def _analysis(study: Any, name: str, codes: tuple[str, ...]) -> ShownAnalysis:
    found = study.analyses[name]
    compared = getattr(found, "comparisons", None)
    covariates = tuple(covariate.variable for covariate in getattr(found, "covariates", ()))
    words = tuple(_covariate(study, variable) for variable in covariates)
    return ShownAnalysis(
        id=name,
        label=found.label,
        primary=found.primary,
        method=found.method,
        estimand=study.estimands[found.estimand].label if found.estimand else None,
        population=Population(flag=found.population, label=study.populations[found.population].label),
        treatment=found.treatment,
        endpoints=tuple(code for code in codes if found.covers(code)),
        level=getattr(found, "level", None),
        covariates=words,
        at_mean_baseline=BASE in covariates and _at_means(found),
        response=getattr(found, "response", "change"),
        side=compared.side if compared else "two-sided",
        null_value=compared.null_value if compared else None,
        comparisons=tuple(_comparisons(study, compared)) if compared else (),
        averages=tuple(_averages(compared)) if compared else (),
    )


def _covariate(study: Any, variable: str) -> str:
    """Return what a covariate is called in a sentence."""
    if variable == BASE:
        return "baseline"
    if variable.startswith(f"{BASE}_"):
        return f"baseline {study.endpoints[variable.removeprefix(f'{BASE}_')].label}"
    words: str = COLUMN_WORDS.get(variable) or study.subject_labels().get(variable, variable)
    return words


def _comparisons(study: Any, compared: Any) -> Iterator[Comparison]:
    for code, weights in compared.weights((arm.code for arm in study.arms), study.reference_arm).items():
        named = compared.contrasts.get(code)
        yield Comparison(code=code, label=named.label if named else None, weights=dict(weights))


def _averages(compared: Any) -> Iterator[Average]:
    for code, average in compared.averages.items():
        yield Average(code=code, label=average.label, visits=average.visits)


def _at_means(analysis: Any) -> bool:
    """Return whether LS means stand at the mean baseline: not at a given one, nor at each subject's own."""
    means = getattr(analysis, "lsmeans", None)
    return means is not None and BASE not in means.at and means.weights != "counterfactual"
