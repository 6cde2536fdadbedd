"""The results of a tipping point, as its table and its figure look them up."""

import math
import re

from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.spec import Visit

TIPPED = "tipped"  # the name of the tipping point among shifts


def visit_of(context: Context) -> Visit:
    """Return the visit that the analysis examines: the only one of its results."""
    rows = context.results["tipping"].rows
    mine = rows[(rows["endpoint"] == context.endpoint.paramcd) & (rows["visit"] != "")]
    (code,) = mine["visit"].unique()
    return context.spec.visit(code)


def comparison_results(context: Context, comparison: str) -> dict[str, float]:
    """Return the present statistics of a comparison by name."""
    rows = context.results["tipping"].rows
    mine = rows[(rows["endpoint"] == context.endpoint.paramcd) & (rows["comparison"] == comparison)]
    pairs = zip(mine["statistic"], mine["value"], strict=True)
    return {name: float(value) for name, value in pairs if math.isfinite(float(value))}


def shift_names(found: dict[str, float]) -> list[str]:
    """Return the names of the shifts of the first arm alone, in order."""
    numbers = [int(match[1]) for name in found if (match := re.fullmatch(r"shift\.(\d+)\.sd", name))]
    return [f"shift.{number}" for number in sorted(numbers)]


def shift_label(size: float) -> str:
    """Return how the tipping point is called in the column of shifts."""
    return f"{format_number(size, 2)}, tipping point"
