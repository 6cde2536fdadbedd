"""The p-value of the comparison under shifts of the imputed values of both arms, with the tipping line."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.tipping import conclusions, visit_of

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=("tipping",), intervals=("tipping",))


def build(context: Context) -> "Plot":
    """Return the contour figure of one endpoint."""
    from trial.display.figures.outputs import Plot
    from trial.display.figures.tipping import draw_tipping, tipping_frame, tipping_heading

    endpoint, visit = context.endpoint, visit_of(context)
    title = context.title(f"{endpoint.title} at {visit.label}: p-value under shifts of the imputed values")
    frame, heading = tipping_frame(context), tipping_heading(context, title)
    alt = f"{title}. {' '.join(conclusions(context))}"
    return Plot(heading, frame, lambda: draw_tipping(context, frame, heading), alt)
