"""Counts of subjects as tables and the flow figure show them: lines of an analysis, and their names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trial.display.context import Context

FLOW, POPULATIONS = "flow", "populations"
SEVERAL = "A subject with several reasons stands under each of them."


@dataclass(frozen=True)
class Line:
    """One line of an analysis of counts: its name in results, its printed label, how far it is set in.

    `name`: the printed name of the population, visit, endpoint or arm that it is of.
    """

    key: str
    label: str
    name: str
    depth: int
    kind: str
    code: str
    by_arm: bool


def lines_of(context: Context, role: str, section: str) -> list[Line]:
    """Return the lines of a section in order, with their labels as printed."""
    (record,) = context.records[role]
    shown, drawn = [endpoint.paramcd for endpoint in context.spec.endpoints], True
    found = []
    for one in record["lines"]:
        if one["depth"] == 0:
            drawn = one["kind"] != "endpoint" or one["code"] in shown
        if drawn and one["section"] == section:
            found.append(_line(context, one))
    return found


def _line(context: Context, found: Mapping[str, Any]) -> Line:
    kept = {name: found[name] for name in ("key", "depth", "kind", "code", "by_arm")}
    name = _name(context, found["kind"], found["code"])
    words = found["words"].replace("{name}", name)
    return Line(label=f"{words[0].upper()}{words[1:]}", name=name, **kept)


def _name(context: Context, kind: str, code: str) -> str:
    spec = context.spec
    if kind == "population":
        return spec.population_label(code)
    if kind == "visit":
        return spec.visit(code).label
    if kind == "endpoint":
        return next(endpoint.label for endpoint in spec.endpoints if endpoint.paramcd == code)
    return spec.arm(code).label if kind == "arm" else ""


def size(context: Context, role: str, key: str, arm: str) -> int:
    """Return the number of a line, for figures and sentences."""
    return int(context.results[role].get("", "", arm, f"{key}.n").value)


def below(lines: Sequence[Line], at: int) -> Iterator[Line]:
    """Yield the lines that are set in under the line at a place."""
    for line in lines[at + 1 :]:
        if line.depth <= lines[at].depth:
            return
        yield line


def groups_of(lines: Sequence[Line]) -> Iterator[tuple[Line, list[Line]]]:
    """Yield each line that is not set in, with those under it."""
    for at, line in enumerate(lines):
        if line.depth == 0:
            yield line, list(below(lines, at))


def percent_note(context: Context) -> str:
    """Return what percentages are of, and by which treatment arms are told apart."""
    return f"n (%): of N, the members of {context.spec.population.label}, {treatment_words(context)}."


def treatment_words(context: Context) -> str:
    """Return whether arms are the planned ones or those received."""
    return "by treatment as planned" if context.spec.treatment == "TRT01P" else "by treatment received"


def outside_notes(context: Context, role: str) -> Iterable[str]:
    """Yield how many subjects of the data are not in the population of the output, where there are some."""
    (record,) = context.records[role]
    if record["outside"]:
        yield f"{record['outside']} subjects of the data are not in {context.spec.population.label}."


def allocation_note(context: Context) -> str:
    """Return how subjects came into their arms, as the study declares it."""
    found = context.spec.study.allocation
    if found is None:
        return "Allocation: the study declares no unit and method."
    bias = f" Against bias: {found.against_bias.rstrip('.')}." if found.against_bias else ""
    return f"Allocation: unit: {found.unit}. Method: {found.method.rstrip('.')}.{bias}"
