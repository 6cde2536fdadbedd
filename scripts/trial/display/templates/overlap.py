"""The propensities of the two arms as a mirrored histogram, with effective sizes and the verdict."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.design import Balance
from trial.display.numbers import format_number

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

RANGE = ("min", "median", "max")
TEMPLATE = Template("figure", "study", roles=("balance",), data=("weights",))


def build(context: Context) -> "Plot":
    """Return the figure of overlap."""
    from trial.display.figures.outputs import Plot
    from trial.display.figures.overlap import draw_overlap, overlap_frame, overlap_heading

    balance = Balance(context)
    treated, _ = balance.arms
    title = context.title(f"Propensity of {treated.label} by arm")
    frame = overlap_frame(context, balance)
    heading = overlap_heading(context, balance, title)
    ranges = []
    for arm in balance.arms:
        found = [context.results["balance"].get("", "", arm.code, f"score.{end}") for end in RANGE]
        low, middle, high = (format_number(statistic.value, 2) for statistic in found)
        ranges.append(f"{arm.label} {low} to {high}, median {middle}")
    alt = f"{title}: {'; '.join(ranges)}. {' '.join(balance.verdicts())}"
    return Plot(heading, frame, lambda: draw_overlap(context.spec, balance.arms, frame, heading), alt)
