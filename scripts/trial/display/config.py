"""The configuration of what is printed: the catalogue of outputs, and the conventions of print.

A catalogue row names a template, a module of `trial.display.templates` registered in
`trial.display.registry`. A row of a per-endpoint template stands for one output of each of its endpoints.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from trial.display.numbers import PValues
from trial.display.spec import (
    Arm,
    Endpoint,
    OutputSpec,
    Population,
    ReportEstimand,
    ReportSection,
    ReportSpec,
    ShownAnalysis,
    Visit,
)
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

NUMBER, ENDPOINT = "{number}", "{endpoint}"
Kind = Literal["table", "listing", "figure"]
Data = Literal["adlb", "adsl", "adae", "queries", "accounting", "quality"]
E3_HEADINGS = {
    "10": "Subjects",
    "11": "Subjects and baseline",
    "12": "Safety",
    "14.1": "Subjects and baseline",
    "14.2": "All endpoints",
    "14.3": "Safety",
    "16.1": "Methods",
    "16.2": "Listings",
}


@dataclass(frozen=True)
class Template:
    """What a template declares of itself.

    Attributes
    ----------
    kind : str
        table, listing or figure.
    scope : str
        endpoint: one output for each endpoint of the catalogue row. study: one output.
    roles : tuple of str
        The analyses it needs, by the part they play; each gives its result rows and its record.
    data : tuple of str
        The data sets it needs beside them; `adlb` holds the records of its endpoint, or of all.
    intervals : tuple of str
        The roles whose analyses must have a confidence level, because it is printed.
    """

    kind: Kind
    scope: Literal["endpoint", "study"]
    roles: tuple[str, ...] = ()
    data: tuple[Data, ...] = ()
    intervals: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not set(self.intervals) <= set(self.roles):
            raise ValueError(f"intervals {self.intervals} of roles that the template has not: {self.roles}")
        if "adlb" in self.data and not self.roles:
            raise ValueError("endpoint records need a role: its analysis says population and treatment")

    @property
    def shows_endpoints(self) -> bool:
        """Whether it shows results or records of endpoints: only an analysis says of whom."""
        return bool(self.roles)


def _id(text: str) -> str:
    """Refuse an id that file names and printed numbers could not carry, in words instead of a pattern."""
    part = rf"([0-9a-z]+|{re.escape(NUMBER)})"
    if not re.fullmatch(rf"[tlf][0-9]+(-{part})+", text):
        raise ValueError(
            "expected t, l or f (table, listing, figure), then numbers or small letters joined by hyphens, "
            f"such as t14-2-{NUMBER}-1"
        )
    return text


def _place(text: str) -> str:
    """Refuse what is no section of ICH E3."""
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", text):
        raise ValueError("expected a section of ICH E3 in quotes, such as '14.2'")
    return text


class CatalogueRow(Strict):
    """One row of the catalogue: an output, or one of each endpoint."""

    id: Annotated[str, AfterValidator(_id)]
    """Fixed part of file names and printed number; {number} stands for the endpoint's number."""
    template: Text
    """The template that makes it."""
    analyses: dict[str, listed(Code)]  # type: ignore[valid-type]
    """The analyses that fill each role of the template; of several, each endpoint is covered by one."""
    endpoints: Literal["all"] | listed(Code) | None  # type: ignore[valid-type]
    """The endpoints shown: all, or a list of codes; null where the template shows none in particular."""
    e3: Annotated[str, AfterValidator(_place)]
    """The section of ICH E3 it belongs to, such as "14.2"."""
    title: Text | None
    """The study's own title, in which {endpoint} stands for the endpoint's name; null for the template's."""
    footnotes: Annotated[tuple[Text, ...], Field(strict=False)]
    """Footnotes of the study's own, printed after those of the template."""


class Printing(Strict):
    """Conventions of print, one choice for the study."""

    p_values: PValues
    """sas4: four decimals, below them <0.0001. journal3: three decimals, <0.001."""
    ratio_decimals: Annotated[int, Field(ge=2, le=3)]
    """Decimals of ratios and their limits."""


class DisplaySections(Strict):
    """The sections of this room."""

    outputs: listed(CatalogueRow)  # type: ignore[valid-type]
    """The catalogue of tables, listings and figures, in the order of the report."""
    printing: Printing
    """Conventions of print."""


@dataclass(frozen=True)
class ShownOutput:
    """One output of the study: its id, its catalogue row, and its endpoint where it has one."""

    id: str
    row: CatalogueRow
    endpoint: str | None


def templates() -> dict[str, Any]:
    """Return the templates by name; by no import statement: jobs import this module, not all templates."""
    found: dict[str, Any] = import_module("trial.display.registry").TEMPLATES
    return found


def asked_endpoints(row: CatalogueRow, study: Any) -> tuple[str, ...]:
    """Return the codes of the endpoints of a row, in the order of the study."""
    named = study.endpoints if row.endpoints in ("all", None) else row.endpoints
    return tuple(code for code in study.endpoints if code in named)


def shown_outputs(study: Any) -> Iterator[ShownOutput]:
    """Yield every output in the order of catalogue and endpoints."""
    for row in study.outputs:
        if templates()[row.template].TEMPLATE.scope == "study":
            yield ShownOutput(row.id, row, None)
            continue
        for code in asked_endpoints(row, study):
            number = str(study.endpoints[code].number)
            yield ShownOutput(row.id.replace(NUMBER, number), row, code)


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slice of every output, then that of the report."""
    shown = list(shown_outputs(study))
    for output in shown:
        yield f"output.{output.id}", _output_spec(study, output)
    report = ReportSpec(
        study=study.study,
        estimands=tuple(_estimands(study)),
        sections=tuple(_sections(study, shown)),
        p_values=study.printing.p_values,
    )
    yield "report", report


def _output_spec(study: Any, shown: ShownOutput) -> OutputSpec:
    row, template = shown.row, templates()[shown.row.template].TEMPLATE
    named = asked_endpoints(row, study) if template.shows_endpoints else ()
    codes = (shown.endpoint,) if shown.endpoint else named
    title = row.title
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
            role: tuple(_analysis(study, name, codes) for name in names)
            for role, names in row.analyses.items()
        },
        p_values=study.printing.p_values,
        ratio_decimals=study.printing.ratio_decimals,
    )


def _visit(visit: Any) -> Visit:
    return Visit(
        code=visit.code,
        label=visit.label,
        number=visit.number,
        day=visit.target_day,
        baseline=visit.baseline,
    )


def _endpoint(study: Any, code: str) -> Endpoint:
    found = study.endpoints[code]
    return Endpoint(
        paramcd=code,
        label=found.label,
        unit_label=found.unit_label,
        decimals=found.decimals,
        scale=found.scale,
        benefit=found.benefit,
        has_limits=found.reports_below_limit,
        primary_visit=found.primary_visit,
    )


def _analysis(study: Any, name: str, codes: tuple[str, ...]) -> ShownAnalysis:
    found = study.analyses[name]
    return ShownAnalysis(
        id=name,
        method=found.method,
        population=Population(flag=found.population, label=study.populations[found.population].label),
        treatment=found.treatment,
        endpoints=tuple(code for code in codes if found.covers(code)),
        level=getattr(found, "level", None),
        covariates=tuple(covariate.variable for covariate in getattr(found, "covariates", ())),
    )


def _estimands(study: Any) -> Iterator[ReportEstimand]:
    """Yield every estimand that an analysis of the catalogue has, with the labels of those analyses."""
    shown = {name for row in study.outputs for names in row.analyses.values() for name in names}
    for code, estimand in study.estimands.items():
        mine = [a for name, a in study.analyses.items() if name in shown and a.estimand == code]
        if mine:
            yield ReportEstimand(analyses=tuple(a.label for a in mine), **estimand.model_dump())


def _sections(study: Any, shown: list[ShownOutput]) -> Iterator[ReportSection]:
    """Yield the parts of the report: study-wide outputs by their place in E3, and one part per endpoint."""
    parts: dict[tuple[str, str], list[str]] = {}
    for output in shown:
        if output.endpoint:
            part = (f"endpoint-{output.endpoint.lower()}", _endpoint(study, output.endpoint).title)
        else:
            part = _study_part(output.row.e3)
        parts.setdefault(part, []).append(output.id)
    for (anchor, heading), outputs in parts.items():
        yield ReportSection(anchor=anchor, heading=heading, outputs=tuple(outputs))


def _study_part(e3: str) -> tuple[str, str]:
    for place in (".".join(e3.split(".")[:2]), e3.split(".")[0]):
        if place in E3_HEADINGS:
            heading = E3_HEADINGS[place]
            return heading.lower().replace(" ", "-"), heading
    return f"e3-{e3.replace('.', '-')}", f"ICH E3 section {e3}"


def check(study: Any) -> list[str]:
    """Return what the catalogue contradicts in itself, in its templates and in the rest of the study."""
    lines = [line for row in study.outputs for line in _check_row(study, row)]
    if not lines:
        lines += repeated_names("outputs.id", [output.id for output in shown_outputs(study)])
    return lines


def _check_row(study: Any, row: CatalogueRow) -> list[str]:
    key = f"outputs.{row.id}"
    if unknown := unknown_name(f"{key}.template", row.template, templates()):
        return unknown
    template = templates()[row.template].TEMPLATE
    lines = _check_id(key, row, template) + _check_endpoints(key, row, template, study)
    lines += _check_title(key, row, template)
    for role in row.analyses:
        lines += unknown_name(f"{key}.analyses", role, template.roles)
    for role in template.roles:
        if role not in row.analyses:
            needed = ", ".join(template.roles)
            lines.append(f"{key}.analyses: {row.template} needs the roles {needed}; {role} is missing")
    for role, names in row.analyses.items():
        lines += repeated_names(f"{key}.analyses.{role}", names)
        for name in names:
            lines += unknown_name(f"{key}.analyses.{role}", name, study.analyses)
    return lines or _check_analyses(key, row, template, study)


def _check_id(key: str, row: CatalogueRow, template: Template) -> list[str]:
    lines = []
    if row.id[0] != template.kind[0]:
        lines.append(f"{key}.id: the id of a {template.kind} begins with {template.kind[0]}")
    per_endpoint = template.scope == "endpoint"
    if per_endpoint and NUMBER not in row.id:
        lines.append(f"{key}.id: {row.template} makes one output per endpoint; the id must hold {NUMBER}")
    if not per_endpoint and NUMBER in row.id:
        lines.append(f"{key}.id: {row.template} makes one output of the study; its id cannot hold {NUMBER}")
    return lines


def _check_endpoints(key: str, row: CatalogueRow, template: Template, study: Any) -> list[str]:
    if row.endpoints is None:
        if template.scope == "study":
            return []
        return [f"{key}.endpoints: {row.template} makes one output per endpoint; expected all or a list"]
    if not template.shows_endpoints:
        return [f"{key}.endpoints: {row.template} shows no endpoints; expected null"]
    codes = () if row.endpoints == "all" else row.endpoints
    lines = repeated_names(f"{key}.endpoints", codes)
    return lines + [
        line for code in codes for line in unknown_name(f"{key}.endpoints", code, study.endpoints)
    ]


def _check_title(key: str, row: CatalogueRow, template: Template) -> list[str]:
    if row.title is None:
        return []
    held, single = ENDPOINT in row.title, isinstance(row.endpoints, tuple) and len(row.endpoints) == 1
    if template.scope == "endpoint" and not held and not single:
        return [f"{key}.title: one title for several endpoints must hold {ENDPOINT}"]
    if template.scope == "study" and held:
        return [f"{key}.title: {row.template} makes one output of the study; no {ENDPOINT} to fill in"]
    return []


def _check_analyses(key: str, row: CatalogueRow, template: Template, study: Any) -> list[str]:
    """Each endpoint is covered by one analysis of each role, and one output shows one population."""
    lines = []
    for role, names in row.analyses.items():
        found = {name: study.analyses[name] for name in names}
        wide = [name for name, analysis in found.items() if analysis.endpoints is None]
        if wide:
            if len(names) > 1:
                lines.append(f"{key}.analyses.{role}: {wide[0]} is of the whole study and stands alone")
            continue
        for code in asked_endpoints(row, study):
            covering = [name for name, analysis in found.items() if analysis.covers(code)]
            if len(covering) != 1:
                by = " and ".join(covering) or f"none of {', '.join(names)}"
                lines.append(f"{key}.analyses.{role}: one analysis covers each endpoint; {code} has {by}")
    return lines + _check_common(key, row, template, study)


def _check_common(key: str, row: CatalogueRow, template: Template, study: Any) -> list[str]:
    """Titles and column headings say one population, one treatment variable and one confidence level."""
    roles = {(role, name): study.analyses[name] for role, names in row.analyses.items() for name in names}
    lines = []
    for word in ("population", "treatment"):
        found = {getattr(analysis, word): name for (_, name), analysis in roles.items()}
        if len(found) > 1:
            each = ", ".join(f"{value} ({name})" for value, name in found.items())
            lines.append(f"{key}.analyses: one output shows one {word}, found {each}")
    levels = {}
    for (role, name), analysis in roles.items():
        level = getattr(analysis, "level", None)
        if role in template.intervals and level is None:
            lines.append(f"{key}.analyses.{role}: {row.template} prints intervals; {name} has no level")
        elif level is not None:
            levels[level] = name
    if len(levels) > 1:
        each = ", ".join(f"{level} ({name})" for level, name in levels.items())
        lines.append(f"{key}.analyses: one output has one confidence level, found {each}")
    return lines
