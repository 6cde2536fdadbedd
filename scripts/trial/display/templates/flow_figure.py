"""Participant flow as a figure, by TREND: allocation and its method, each step with counts and reasons."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "study", roles=("disposition", "counts"))


def build(context: Context) -> "Plot":
    """Return the flow of all arms beside each other."""
    from trial.display.figures.flow import draw_flow, flow_frame, flow_heading, flow_text
    from trial.display.figures.outputs import Plot

    title = context.title("Participant flow")
    frame, heading = flow_frame(context), flow_heading(context, title)
    return Plot(
        heading, frame, lambda: draw_flow(context.spec, frame, heading), flow_text(context, title, frame)
    )
