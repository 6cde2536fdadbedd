"""The individual courses of an endpoint by arm, with the middle of each arm."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.numbers import format_number
from trial.display.spec import Arm, Visit

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=("observed",), data=("adlb",))


def build(context: Context) -> "Plot":
    """Return the individual courses of one endpoint."""
    from trial.display.figures.outputs import Plot
    from trial.display.figures.spaghetti import draw_spaghetti, spaghetti_frame, spaghetti_heading

    spec, endpoint = context.spec, context.endpoint
    middle = "geometric mean" if endpoint.is_log else "median"
    title = context.title(f"{endpoint.title}: individual courses by arm, with {middle}")
    frame = spaghetti_frame(spec, endpoint, context.data["adlb"], context.results["observed"])
    heading = spaghetti_heading(context, title, frame)
    alt = f"{title}, one panel per arm. {middle.capitalize()}: {_middles(context)}."
    return Plot(heading, frame, lambda: draw_spaghetti(spec, endpoint, frame, heading), alt)


def _middles(context: Context) -> str:
    """Return the middle of each arm at baseline and the primary visit."""
    spec = context.spec
    first, last = spec.baseline, spec.primary_visit(context.endpoint)
    return "; ".join(
        f"{arm.label} {_middle(context, arm, first)} at {first.label}, "
        f"{_middle(context, arm, last)} at {last.label}"
        for arm in spec.arms
    )


def _middle(context: Context, arm: Arm, visit: Visit) -> str:
    endpoint = context.endpoint
    name = "AVAL.geomean" if endpoint.is_log else "AVAL.median"
    statistic = context.results["observed"].get(endpoint.paramcd, visit.code, arm.code, name)
    places = context.spec.decimals(endpoint).location
    if statistic.withheld:
        return "withheld (too many values below the limit)"
    return format_number(statistic.value, places) if statistic.present else "not estimable"
