"""The checks of the catalogue: each returns lines that say what is wrong and what would be right."""

from typing import Any

from trial.display.catalogue import (
    ENDPOINT,
    NUMBER,
    CatalogueRow,
    Template,
    asked_endpoints,
    shown_outputs,
    templates,
)
from trial.study.names import repeated_names, unknown_name


def check_catalogue(study: Any) -> list[str]:
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
        if role not in row.analyses and role not in template.optional:
            needed = ", ".join(role for role in template.roles if role not in template.optional)
            lines.append(f"{key}.analyses: {row.template} needs the roles {needed}; {role} is missing")
    for role, names in row.analyses.items():
        lines += repeated_names(f"{key}.analyses.{role}", names)
        for name in names:
            lines += unknown_name(f"{key}.analyses.{role}", name, study.analyses)
            lines += _check_role(f"{key}.analyses.{role}", role, name, study)
    return lines or _check_analyses(key, row, template, study)


def _check_role(key: str, role: str, name: str, study: Any) -> list[str]:
    """A template reads the statistics of its role: of another method it would print none of them."""
    analysis = study.analyses.get(name)
    if analysis is None or role in analysis.plays:
        return []
    able = [other for other, found in study.analyses.items() if role in found.plays]
    named = ", ".join(able) or "(none declared)"
    return [f"{key}: {name} is of the method {analysis.method}; {role} is one of {named}"]


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
            if len(covering) != 1 and not (covering and role in template.many):
                by = " and ".join(covering) or f"none of {', '.join(names)}"
                lines.append(f"{key}.analyses.{role}: one analysis covers each endpoint; {code} has {by}")
    return lines + _check_common(key, row, template, study)


def _check_common(key: str, row: CatalogueRow, template: Template, study: Any) -> list[str]:
    """Titles and column headings say one population, one treatment variable and one confidence level."""
    roles = {(role, name): study.analyses[name] for role, names in row.analyses.items() for name in names}
    lines = []
    for word, free in (("population", template.populations), ("treatment", ())):
        found = {
            getattr(analysis, word): name for (role, name), analysis in roles.items() if role not in free
        }
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
