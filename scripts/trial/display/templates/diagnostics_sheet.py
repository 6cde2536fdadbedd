"""Diagnostics of an endpoint's model: residuals, their quantiles and spread, influence of single subjects."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.diagnostics import ROLE, sheet_text

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=(ROLE,), intervals=(ROLE,))


def build(context: Context) -> "Plot":
    """Return the sheet of one endpoint."""
    from trial.display.figures.diagnostics import draw_sheet, sheet_frame, sheet_heading
    from trial.display.figures.outputs import Plot

    title = context.title(f"{context.endpoint.title}: diagnostics of the model")
    frame = sheet_frame(context)
    heading = sheet_heading(context, title)
    return Plot(
        heading, frame, lambda: draw_sheet(context, frame, heading), f"{title}. {sheet_text(context)}"
    )
