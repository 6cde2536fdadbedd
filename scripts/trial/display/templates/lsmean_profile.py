"""The LS means of an endpoint's model by arm over time, with their intervals."""

from typing import TYPE_CHECKING

from trial.display.comparisons import arm_decimals, arm_statistic, comparison_text
from trial.display.config import Template
from trial.display.context import Context
from trial.display.numbers import format_interval, format_number
from trial.display.spec import Arm
from trial.display.wording import benefit_text, estimate_name, level_text

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=("model", "observed"), intervals=("model",))


def build(context: Context) -> "Plot":
    """Return the profile of one endpoint."""
    from trial.display.figures.outputs import Plot
    from trial.display.figures.profile import draw_profile, profile_frame, profile_heading

    spec, endpoint = context.spec, context.endpoint
    title = context.title(
        f"{endpoint.title}: {estimate_name(spec, endpoint)} with {level_text(spec)} by visit",
    )
    frame = profile_frame(spec, endpoint, context.results["model"], context.results["observed"])
    heading = profile_heading(context, title)
    return Plot(heading, frame, lambda: draw_profile(spec, endpoint, frame, heading), _alt(context, title))


def _alt(context: Context, title: str) -> str:
    """Return what the profile shows at the primary visit."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["model"]
    arms = "; ".join(_arm_estimate(context, arm) for arm in spec.arms)
    comparisons = "; ".join(comparison_text(spec, endpoint, arm, results) for arm in spec.active_arms)
    return (
        f"{title}, {benefit_text(endpoint)}. At {spec.primary_visit(endpoint).label}: {arms}. "
        f"{comparisons[0].upper()}{comparisons[1:]}."
    )


def _arm_estimate(context: Context, arm: Arm) -> str:
    endpoint, results = context.endpoint, context.results["model"]
    name = arm_statistic(context.spec, endpoint)
    parts = ("", ".lower", ".upper")
    found = [
        results.get(endpoint.paramcd, endpoint.primary_visit, arm.code, f"{name}{part}") for part in parts
    ]
    if not all(statistic.present for statistic in found):
        return f"{arm.label} not estimable"
    places = arm_decimals(context.spec, endpoint)
    value, lower, upper = (statistic.value for statistic in found)
    return f"{arm.label} {format_number(value, places)} {format_interval(lower, upper, places)}"
