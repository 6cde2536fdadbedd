"""The configuration described from its own models: a JSON Schema for editors, and a page for readers.

The meaning of a key is the text under its field in the model; its allowed values are the model's own.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from trial.adam.config import AdamSections
from trial.analysis.config import AnalysisSections
from trial.analysis.design.config import DesignSections
from trial.display.config import DisplaySections
from trial.eligibility.config import EligibilitySections
from trial.endpoints.config import EndpointSections
from trial.labs.config import LabsSpec
from trial.plan.study import AnalysedStudy, AnyStudy, Study

Schema = Mapping[str, Any]
TYPES = {
    "string": "text",
    "number": "number",
    "integer": "whole number",
    "boolean": "true, false",
    "null": "null",
}
# What an entry of a section is called in key paths.
ENTRY = "<NAME>"
HEAD = """# Configuration

Every key of `config.yaml`, its meaning and its allowed values. Every key is required unless its values end
with "may be left out"; an unknown key, a missing one or a contradiction between sections stops the run before
any job, with all of them listed. This page is made from the models by `make schema`, as is
[config.schema.json](../config.schema.json), which editors use: put

    # yaml-language-server: $schema=<path to>/workflow/config.schema.json

on the first line of a configuration. `<NAME>` stands for a name that the study gives.
"""
ANALYSED = """# A study that is analysed already

A study that has the section `adam` takes ADaM data sets as given ([adam.md](adam.md)). It has `study`,
`dictionaries`, `reference_arm`, `design`, `estimands`, `analyses`, `outputs` and `printing` as above, the
sections below in the place of those of raw data, and no others. Its schema for editors is
[analysed.schema.json](../analysed.schema.json).
"""


class _Described(GenerateJsonSchema):
    """JSON Schema whose properties carry the texts under the fields of their models."""

    def model_schema(self, schema: Any) -> dict[str, Any]:
        """Add the meaning of each property."""
        found = super().model_schema(schema)
        model = schema["cls"]
        texts = meanings(model)
        for name, field in model.model_fields.items():
            shown = found.get("properties", {}).get(field.alias or name)
            if shown is not None and name in texts:
                shown["description"] = texts[name]
        return found


@cache
def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Return the text under each field of a model, those of its parents included."""
    found: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, BaseModel) and parent.__module__.startswith("trial."):
            (body,) = ast.parse(textwrap.dedent(inspect.getsource(parent))).body
            assert isinstance(body, ast.ClassDef)
            for field, text in zip(body.body, body.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
                    value = text.value
                    if isinstance(value, ast.Constant) and isinstance(value.value, str):
                        found[ast.unparse(field.target)] = " ".join(value.value.split())
    return found


def config_schema(model: type[AnyStudy] = Study) -> dict[str, Any]:
    """Return the JSON Schema of `config.yaml`: of a study from raw data, or of one analysed already."""
    schema = model.model_json_schema(by_alias=True, schema_generator=_Described)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema


def config_page() -> str:
    """Return the page `configuration.md`."""
    schema, analysed = config_schema(), config_schema(AnalysedStudy)
    parts = [_section(name, schema) for name in _sections()]
    others = [_section(name, analysed) for name in AdamSections.model_fields]
    return "\n".join([HEAD, *parts, ANALYSED, *(part for part in others if part not in parts)])


def _section(name: str, schema: Schema) -> str:
    """Return the text and the table of one section."""
    section = schema["properties"][name]
    parts = [f"## {name}\n\n{section.get('description', '')}\n"]
    if rows := list(_rows(name, section, schema["$defs"])):
        parts.append("| key | meaning | values |\n|---|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


def _sections() -> list[str]:
    """Return the sections in the order of the rooms that declare them."""
    rooms = (
        EligibilitySections,
        LabsSpec,
        EndpointSections,
        DesignSections,
        AnalysisSections,
        DisplaySections,
    )
    return ["study", "dictionaries", *(name for room in rooms for name in room.model_fields)]


def missing_meanings() -> list[str]:
    """Return the keys that no text explains."""
    schemas = [config_schema(), config_schema(AnalysedStudy)]
    models = [found for schema in schemas for found in (("", schema), *schema["$defs"].items())]
    return [
        f"{name}.{key}" if name else key
        for name, model in models
        for key, shown in model.get("properties", {}).items()
        if not shown.get("description")
    ]


def _rows(path: str, shown: Schema, defs: Schema, depth: int = 0) -> Iterator[str]:
    """Yield a line for every key below a path."""
    for step, inner in _below(shown, defs):
        model, place = _resolve(inner, defs), f"{path}{step}"
        required = set(model.get("required", ()))
        for key, entry in model.get("properties", {}).items():
            end = "" if key in required else "; may be left out"
            text = str(entry.get("description", "")).replace("|", "\\|")
            yield f"| `{place}.{key}` | {text} | {_values(entry, defs)}{end} |"
            if depth < 6:
                yield from _rows(f"{place}.{key}", entry, defs, depth + 1)


def _below(shown: Schema, defs: Schema, step: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield the models below a value: itself, entries of a mapping, items of a list, members of a union."""
    found = _resolve(shown, defs)
    if "properties" in found:
        yield step, found
    for member in (*found.get("anyOf", ()), *found.get("oneOf", ())):
        yield from _below(member, defs, step)
    if entries := _entries(found):
        yield from _below(entries, defs, f"{step}.{ENTRY}")
    if isinstance(found.get("items"), Mapping):
        yield from _below(found["items"], defs, f"{step}[]")


def _entries(found: Schema) -> Schema:
    """Return what stands under the names of a mapping; empty where it is none."""
    inside = [found.get("additionalProperties"), *found.get("patternProperties", {}).values()]
    return next((entry for entry in inside if isinstance(entry, Mapping)), {})


def _resolve(shown: Schema, defs: Schema) -> Schema:
    while "$ref" in shown:
        shown = defs[shown["$ref"].rpartition("/")[2]]
    return shown


def _values(shown: Schema, defs: Schema) -> str:
    """Return the allowed values of a key in words."""
    found = _resolve(shown, defs)
    if "const" in found:
        return f"`{found['const']}`"
    if "enum" in found:
        return ", ".join(f"`{value}`" for value in found["enum"]).replace("|", "\\|")
    if members := (*found.get("anyOf", ()), *found.get("oneOf", ())):
        return " or ".join(dict.fromkeys(_values(member, defs) for member in members))
    if "properties" in found:
        return "section"
    if entries := _entries(found):
        return f"names, each with {_values(entries, defs)}"
    if "prefixItems" in found:
        return f"list of {len(found['prefixItems'])}: {_values(found['prefixItems'][0], defs)}"
    if "items" in found:
        return f"list of {_values(found['items'], defs)}"
    return _bounded(found)


def _bounded(found: Schema) -> str:
    kind = str(found.get("type", "anything"))
    text = "date" if found.get("format") == "date" else TYPES.get(kind, kind)
    bounds = (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
    limits = [f"{mark} {found[name]:g}" for name, mark in bounds if name in found]
    if "pattern" in found:
        limits.append(f"like `{found['pattern']}`".replace("|", "\\|"))
    return f"{text} {', '.join(limits)}".strip()
