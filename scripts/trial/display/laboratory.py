"""What the outputs of the safety laboratory share: parameters as the analysis recorded them, arms, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from trial.display.context import Context
from trial.display.numbers import format_number, format_plain
from trial.display.sizes import arm_size
from trial.display.spec import Arm
from trial.display.wording import arm_heading

ROLE = "laboratory"
SIDES = {"high": "highest", "low": "lowest"}
SOURCES = {"LABORATORY": "the laboratory", "STUDY": "the study"}
count = partial(format_number, decimals=0)


@dataclass(frozen=True)
class Criterion:
    """Grades of a parameter to one side: its term, its grades, its bounds in words by kind of baseline."""

    term: str
    side: str
    grades: Sequence[int]
    bounds: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Parameter:
    """A parameter as the analysis recorded it.

    `records`: how many results the population has. `visits`: those at which any stands. `sides`: those to
    which any result has a limit. `limits`: whose limits they are; `unlimited`: results without any.
    """

    code: str
    label: str
    title: str
    unit: str
    decimals: int
    records: int
    visits: Sequence[str]
    sides: Sequence[str]
    limits: Sequence[str]
    unlimited: int
    criteria: tuple[Criterion, ...]
    marked: Sequence[str]

    def criterion(self, side: str) -> Criterion | None:
        """Return the criterion to a side, where there is one."""
        return next((one for one in self.criteria if one.side == side), None)


def parameters(context: Context) -> list[Parameter]:
    """Return the parameters in the order of the configuration."""
    (record,) = context.records[ROLE]
    return [
        Parameter(**one | {"criteria": tuple(Criterion(**each) for each in one["criteria"])})
        for one in record["parameters"]
    ]


def by_code(context: Context) -> dict[str, Parameter]:
    """Return the parameters by their code."""
    return {one.code: one for one in parameters(context)}


def measured(context: Context) -> list[Parameter]:
    """Return the parameters of which the population has any result."""
    return [one for one in parameters(context) if one.records]


def rules_of_liver(context: Context) -> Mapping[str, Any]:
    """Return the rules of Hy's law, empty where the study has none."""
    (record,) = context.records[ROLE]
    return record["hys_law"] or {}


def heading(context: Context, arm: Arm) -> str:
    """Return the heading of an arm with its N, which comes from the population."""
    return arm_heading(arm, arm_size(context.results["counts"], arm))


def in_line(context: Context, arm: Arm) -> str:
    """Return label and N of an arm on one line."""
    return heading(context, arm).replace("\n", " ")


def baseline_note(context: Context) -> str:
    """Return what the baseline is, and what lies after it."""
    (record,) = context.records[ROLE]
    low, high = record["baseline_window"]
    return (
        f"Baseline: the last result of days {format_plain(low)} to {format_plain(high)} from time zero "
        "(day 0). After baseline: every later result, at whatever visit or at none."
    )


def limits_notes(context: Context, shown: Sequence[Parameter]) -> tuple[str, ...]:
    """Return whose limits of normal were used, and which results have none."""
    found: dict[str, list[str]] = {}
    for one in shown:
        whose = " and ".join(SOURCES[source] for source in one.limits) or "nobody"
        found.setdefault(whose, []).append(one.label)
    named = "; ".join(f"{whose}: {', '.join(labels)}" for whose, labels in found.items())
    texts = [f"Limits of normal, each result against its own, by {named}. A limit itself is normal."]
    without = [f"{one.label} {one.unlimited}" for one in shown if one.unlimited]
    return (*texts, *([f"Results without limits: {', '.join(without)}."] if without else []))


def nothing_measured(context: Context) -> tuple[str, ...]:
    """Return the parameters without any result."""
    absent = [one.label for one in parameters(context) if not one.records]
    return (f"No results: {', '.join(absent)}.",) if absent else ()
