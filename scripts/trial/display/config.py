"""The configuration of what is printed: the catalogue of outputs, the conventions, what each output is told.

A template is one module of `trial.display.templates`, registered in `trial.display.registry`. An output is a
row of the catalogue: a template, the analyses that play its roles, the endpoints it is made for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from trial.display.spec import (
    Arm,
    Endpoint,
    Listed,
    OutputId,
    OutputSpec,
    Printing,
    ReportSpec,
    ShownAnalysis,
    Visit,
)
from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name

NUMBER = "{number}"
DATA = ("adlb", "adsl", "adae", "queries", "accounting", "quality")


@dataclass(frozen=True)
class Template:
    """What a template needs and makes.

    Attributes
    ----------
    kind : str
        Its files and its place in the report.
    scope : str
        `endpoint`: one output for each endpoint; `study`: one of all endpoints, or of none.
    roles : tuple of str
        The analyses it is made of, by the part they play; a catalogue row names them.
    data : tuple of str
        Data sets it reads beside result rows, of `DATA`; `adlb` of scope endpoint is the endpoint's own.
    """

    kind: Literal["table", "figure", "listing"]
    scope: Literal["endpoint", "study"]
    roles: tuple[str, ...] = ()
    data: tuple[str, ...] = ()


class Output(Strict):
    """One row of the catalogue."""

    id: OutputId
    """File name: t, f or l (table, figure, listing) and the number; {number} is the endpoint's own."""
    template: Text
    """The template, a name of `display/registry.py`."""
    analyses: dict[str, listed(Code)]  # type: ignore[valid-type]
    """The analyses that play the template's roles. Several in one role share out the endpoints."""
    endpoints: Literal["all"] | listed(Code) | None  # type: ignore[valid-type]
    """The endpoints it is made for (or, of all endpoints, shows); null where a template shows none."""
    e3: Text
    """Its place in a study report by ICH E3, such as 14.2."""
    title: Text | None
    """The study's own title; null for the template's."""
    footnotes: Annotated[tuple[Text, ...], Field(strict=False)]
    """The study's own footnotes, after the template's."""


class DisplaySections(Strict):
    """The sections of this room."""

    outputs: listed(Output)  # type: ignore[valid-type]
    """The catalogue: every table, listing and figure, in the order of the report."""
    printing: Printing
    """Conventions of the printed outputs."""


# ---- From the plan --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """One output: its row of the catalogue, and its endpoint where it is made for one."""

    row: Output
    endpoint: str | None
    number: int

    @property
    def id(self) -> str:
        """The output's id."""
        return self.row.id.replace(NUMBER, str(self.number))


def shown_outputs(study: Any) -> Iterator[Shown]:
    """Yield every output of the catalogue, one for each endpoint where the template is of one."""
    for row in study.outputs:
        if NUMBER in row.id:
            for code in covered(row, study):
                yield Shown(row, code, study.endpoints[code].number)
        else:
            yield Shown(row, None, 0)


def covered(row: Output, study: Any) -> list[str]:
    """Return the endpoints of a catalogue row, in the order of the study."""
    if row.endpoints is None:
        return []
    return [code for code in study.endpoints if row.endpoints == "all" or code in row.endpoints]


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slices of this room's jobs."""
    for shown in shown_outputs(study):
        yield f"output.{shown.id}", _output_spec(study, shown)
    kinds = study.templates()
    yield (
        "report",
        ReportSpec(
            study=study.study,
            endpoints=tuple(_endpoint(code, item) for code, item in study.endpoints.items()),
            outputs=tuple(
                Listed(id=shown.id, kind=kinds[shown.row.template].kind, endpoint=shown.endpoint)
                for shown in shown_outputs(study)
            ),
            primary=next(_analysis(study, name) for name, item in study.analyses.items() if item.primary),
            printing=study.printing,
        ),
    )


def _output_spec(study: Any, shown: Shown) -> OutputSpec:
    codes = [shown.endpoint] if shown.endpoint else covered(shown.row, study)
    return OutputSpec(
        id=shown.id,
        template=shown.row.template,
        e3=shown.row.e3,
        title=shown.row.title,
        footnotes=shown.row.footnotes,
        endpoint=shown.endpoint,
        study=study.study,
        arms=tuple(Arm(code=arm.code, label=arm.label) for arm in study.arms),
        reference_arm=study.reference_arm,
        visits=tuple(_visit(visit) for visit in study.visits),
        endpoints=tuple(_endpoint(code, study.endpoints[code]) for code in codes),
        analyses={
            role: tuple(_analysis(study, name) for name in names if _plays(study, name, codes))
            for role, names in shown.row.analyses.items()
        },
        printing=study.printing,
    )


def _plays(study: Any, name: str, codes: list[str]) -> bool:
    """Return whether an analysis has results of any of these endpoints, or is of the whole study."""
    analysis = study.analyses[name]
    return analysis.endpoints is None or not codes or any(analysis.covers(code) for code in codes)


def _visit(visit: Any) -> Visit:
    return Visit(
        code=visit.code,
        label=visit.label,
        number=float(visit.number),
        baseline=visit.baseline,
        day=float(visit.target_day),
    )


def _endpoint(code: str, endpoint: Any) -> Endpoint:
    return Endpoint(
        number=endpoint.number,
        paramcd=code,
        label=endpoint.label,
        unit=endpoint.unit,
        unit_label=endpoint.unit_label,
        decimals=endpoint.decimals,
        scale=endpoint.scale,
        benefit=endpoint.benefit,
        has_limits=endpoint.reports_below_limit,
        primary_visit=endpoint.primary_visit,
    )


def _analysis(study: Any, name: str) -> ShownAnalysis:
    analysis = study.analyses[name]
    return ShownAnalysis(
        id=name,
        label=analysis.label,
        method=analysis.method,
        population=analysis.population,
        population_label=study.populations[analysis.population].label,
        treatment=analysis.treatment,
        level=getattr(analysis, "level", None),
        estimand=study.estimands[analysis.estimand] if analysis.estimand else None,
    )


def check(study: Any) -> list[str]:
    """Return what the catalogue contradicts in itself and in the rest of the study."""
    lines = repeated_names("outputs.id", [row.id for row in study.outputs])
    for row in study.outputs:
        key = f"outputs.{row.id}"
        if unknown := unknown_name(f"{key}.template", row.template, study.templates()):
            lines += unknown
            continue
        lines += [f"{key}{line}" for line in _check_row(row, study.templates()[row.template], study)]
    return lines


def _check_row(row: Output, template: Template, study: Any) -> Iterator[str]:
    per_endpoint = template.scope == "endpoint"
    if per_endpoint != (NUMBER in row.id):
        yield (
            f": an id holds {NUMBER} exactly where the template is of one endpoint; {row.template} is of "
            + ("one" if per_endpoint else "the study")
        )
    if {"table": "t", "figure": "f", "listing": "l"}[template.kind] != row.id[0]:
        yield f": {row.template} is a {template.kind}, its id starts with {template.kind[0]}"
    if per_endpoint and row.endpoints is None:
        yield ".endpoints: required, the template is made for each endpoint"
    asked = () if row.endpoints in ("all", None) else row.endpoints
    for code in asked:
        yield from unknown_name(".endpoints", code, study.endpoints)
    if set(row.analyses) != set(template.roles):
        found = ", ".join(sorted(row.analyses)) or "none"
        yield f".analyses: {row.template} has the roles {', '.join(template.roles) or 'none'}, found {found}"
    for role, names in row.analyses.items():
        yield from _check_role(f".analyses.{role}", role, names, row, study)


def _check_role(key: str, role: str, names: Any, row: Output, study: Any) -> Iterator[str]:
    known = [name for name in names if name in study.analyses]
    for name in names:
        yield from unknown_name(key, name, study.analyses)
    analyses = {name: study.analyses[name] for name in known}
    if role == "model":
        for name, analysis in analyses.items():
            if not hasattr(analysis, "level"):
                yield f"{key}: {name} is {analysis.method}, which has no comparisons of arms"
    if any(analysis.endpoints is None for analysis in analyses.values()) or len(known) < len(names):
        return
    for code in covered(row, study):
        mine = [name for name, analysis in analyses.items() if analysis.covers(code)]
        if len(mine) != 1:
            yield f"{key}: exactly one analysis covers {code}, found {', '.join(mine) or 'none'}"
