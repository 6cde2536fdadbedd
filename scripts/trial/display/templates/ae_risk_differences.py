"""Percentages of subjects with each adverse event by arm, and their differences with limits."""

from typing import TYPE_CHECKING

from trial.display.adverse import ROLE
from trial.display.config import Template
from trial.display.context import Context

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "study", roles=(ROLE, "counts"), intervals=(ROLE,))


def build(context: Context) -> "Plot":
    """Return the dot plot of any event and of each term, the most frequent first."""
    from trial.display.figures.adverse import adverse_frame, adverse_heading, adverse_text, draw_adverse
    from trial.display.figures.outputs import Plot

    title = context.title("Treatment-emergent adverse events by term: percentages and risk differences")
    frame, heading = adverse_frame(context), adverse_heading(context, title)
    text = f"{title}. {adverse_text(context, frame)}"
    return Plot(heading, frame, lambda: draw_adverse(context, frame, heading), text)
