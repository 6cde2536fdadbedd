"""Peaks of liver tests after baseline (eDISH): transaminase against bilirubin, in multiples of the limit."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import ROLE

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "study", roles=(ROLE, "counts"), data=("adlbsaf",))


def build(context: Context) -> "Plot":
    """Return a panel for each transaminase."""
    from trial.display.figures.liver import draw_peaks, peak_frame, peak_heading, peak_text
    from trial.display.figures.outputs import Plot

    title = context.title("Peaks of liver tests after baseline (eDISH)")
    frame = peak_frame(context)
    heading = peak_heading(context, title)
    alt = f"{title}. {peak_text(context, frame)}"
    return Plot(heading, frame, lambda: draw_peaks(context, frame, heading), alt)
