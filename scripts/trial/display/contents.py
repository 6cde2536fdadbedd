"""What the report is told of the study: its outputs by section of ICH E3, its analyses, its estimands."""

from collections.abc import Iterator, Sequence
from typing import Any

from trial.display.catalogue import ShownOutput, templates
from trial.display.spec import (
    ReportAnalysis,
    ReportEstimand,
    ReportGroup,
    ReportOutput,
    ReportSection,
)

# Sections of ICH E3 (Structure and Content of Clinical Study Reports, 1995) that outputs belong to.
E3_SECTIONS = {
    "10": "Study patients",
    "10.1": "Disposition of patients",
    "10.2": "Protocol deviations",
    "11": "Efficacy evaluation",
    "11.1": "Data sets analysed",
    "11.2": "Demographic and other baseline characteristics",
    "11.3": "Measurements of treatment compliance",
    "11.4": "Efficacy results and tabulations of individual patient data",
    "12": "Safety evaluation",
    "12.1": "Extent of exposure",
    "12.2": "Adverse events",
    "12.3": "Deaths, other serious adverse events, and other significant adverse events",
    "12.4": "Clinical laboratory evaluation",
    "12.5": "Vital signs, physical findings and other observations related to safety",
    "14": "Tables, figures and graphs referred to but not included in the text",
    "14.1": "Demographic data",
    "14.2": "Efficacy data",
    "14.3": "Safety data",
    "14.3.1": "Displays of adverse events",
    "14.3.2": "Listings of deaths, other serious and significant adverse events",
    "14.3.3": "Narratives of deaths, other serious and certain other significant adverse events",
    "14.3.4": "Abnormal laboratory values",
    "16": "Appendices",
    "16.1": "Study information",
    "16.1.9": "Documentation of statistical methods",
    "16.2": "Patient data listings",
    "16.2.1": "Discontinued patients",
    "16.2.2": "Protocol deviations",
    "16.2.3": "Patients excluded from the efficacy analysis",
    "16.2.4": "Demographic data",
    "16.2.5": "Compliance and drug concentration data",
    "16.2.6": "Individual efficacy response data",
    "16.2.7": "Adverse event listings",
    "16.2.8": "Individual laboratory measurements by patient",
    "16.4": "Individual patient data listings",
}
# What a strategy of ICH E9(R1) does here.
STRATEGIES = {
    "treatment policy": "treatment policy (values after the event are used as observed)",
    "hypothetical": "hypothetical (values after the event are set aside as missing)",
    "composite": "composite (the event counts as a failure)",
}
# What the methods page says of an analysis in words of its own.
SAID = {"label", "method", "primary", "endpoints", "population", "estimand"}
WHOLE_STUDY = "study"  # the place of an analysis that has no endpoint


def report_sections(study: Any, shown: Sequence[ShownOutput]) -> Iterator[ReportSection]:
    """Yield the sections of ICH E3 in order; in each the outputs of the study, then of each endpoint."""
    found: dict[str, dict[str, list[ReportOutput]]] = {}
    for output in shown:
        heading = _endpoint_title(study, output.endpoint) if output.endpoint else ""
        groups = found.setdefault(e3_section(output.row.e3, output.id), {})
        groups.setdefault(heading, []).append(_output(study, output))
    for number in sorted(found, key=lambda text: [int(part) for part in text.split(".")]):
        groups = found[number]
        yield ReportSection(
            number=number,
            name=section_name(number),
            # A stable sort: the endpoints keep their order, and the study stands before them.
            groups=tuple(
                ReportGroup(heading=heading, outputs=tuple(groups[heading]))
                for heading in sorted(groups, key=bool)
            ),
        )


def section_name(number: str) -> str:
    """Return the name of a section of ICH E3, or of the nearest named one that it is part of."""
    parts = number.split(".")
    above = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((E3_SECTIONS[one] for one in above if one in E3_SECTIONS), "section of ICH E3")


def e3_section(declared: str, output_id: str) -> str:
    """Return the section of an output: the declared one, or the one below it that the output's number names.

    Table 14.3.1.2 of section 14.3 stands in 14.3.1, because ICH E3 has such a section.
    """
    parts = output_id[1:].split("-")
    for count in range(len(parts), declared.count(".") + 1, -1):
        number = ".".join(parts[:count])
        if number in E3_SECTIONS and number.startswith(f"{declared}."):
            return number
    return declared


def _output(study: Any, output: ShownOutput) -> ReportOutput:
    names = [name for role in output.row.analyses.values() for name in role]
    mine = [
        study.analyses[name]
        for name in dict.fromkeys(names)
        if output.endpoint is None or _covers(study.analyses[name], output.endpoint)
    ]
    estimands = [study.estimands[analysis.estimand].label for analysis in mine if analysis.estimand]
    return ReportOutput(
        id=output.id,
        analyses=tuple(analysis.label for analysis in mine),
        estimands=tuple(dict.fromkeys(estimands)),
    )


def _covers(analysis: Any, code: str) -> bool:
    return analysis.endpoints is None or bool(analysis.covers(code))


def _endpoint_title(study: Any, code: str) -> str:
    endpoint = study.endpoints[code]
    return f"{endpoint.label} ({endpoint.unit_label})" if endpoint.unit_label else str(endpoint.label)


def report_analyses(study: Any) -> Iterator[ReportAnalysis]:
    """Yield every analysis of the configuration in its order."""
    for name, analysis in study.analyses.items():
        covered = [code for code in study.endpoints if analysis.endpoints and analysis.covers(code)]
        places = [(code, str(study.endpoints[code].label)) for code in covered]
        settings = analysis.model_dump(mode="json", exclude=SAID)
        yield ReportAnalysis(
            id=name,
            label=analysis.label,
            method=analysis.method,
            primary=analysis.primary,
            population=study.populations[analysis.population].label,
            estimand=study.estimands[analysis.estimand].label if analysis.estimand else None,
            places=tuple(places) or ((WHOLE_STUDY, "the whole study"),),
            settings=tuple((key, setting_text(value)) for key, value in settings.items()),
        )


def setting_text(value: Any) -> str:
    """Return a value of the configuration as one line that people can read."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {setting_text(one)}" for key, one in value.items()) or "none"
    if isinstance(value, list):
        parts = [setting_text(one) for one in value]
        return ", ".join(f"({part})" if "; " in part else part for part in parts) or "none"
    return str(value)


def report_estimands(study: Any) -> Iterator[ReportEstimand]:
    """Yield every estimand that an analysis of the catalogue has, with the labels of those analyses."""
    shown = {name for row in study.outputs for names in row.analyses.values() for name in names}
    for code, estimand in study.estimands.items():
        mine = [a for name, a in study.analyses.items() if name in shown and a.estimand == code]
        if mine:
            words = estimand.model_dump(exclude={"in_data"}) | {
                "intercurrent_events": _strategies(study, estimand)
            }
            yield ReportEstimand(analyses=tuple(a.label for a in mine), **words)


def _strategies(study: Any, estimand: Any) -> str:
    """Return the strategy for each intercurrent event in words; events with one strategy stand together."""
    declared = getattr(study, "intercurrent_events", {})
    found: dict[str, list[str]] = {}
    for code, strategy in estimand.intercurrent_events.items():
        found.setdefault(strategy, []).append(declared[code].label)
    texts = [f"{STRATEGIES[strategy]}: {', '.join(labels)}" for strategy, labels in found.items()]
    texts += [estimand.in_data] if estimand.in_data else []
    return "; ".join(texts) or "none declared: every value is used as observed"


def shown_data(shown: Sequence[ShownOutput]) -> dict[str, str]:
    """Return the first study-wide output that shows each data set; a listing before a table."""
    found: dict[str, str] = {}
    for output in sorted(shown, key=lambda one: templates()[one.row.template].TEMPLATE.kind != "listing"):
        if output.endpoint is None:
            for name in templates()[output.row.template].TEMPLATE.data:
                found.setdefault(name, output.id)
    return found
