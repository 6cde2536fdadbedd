"""Timeline of adverse events: one line per subject with an event, by arm, with infusion, rescue and end."""

from typing import TYPE_CHECKING

from trial.display.adverse import ROLE
from trial.display.config import Template
from trial.display.context import Context

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "study", roles=(ROLE, "counts"), data=("adae", "adsl", "adsv"))


def build(context: Context) -> "Plot":
    """Return the timeline of the members with a treatment-emergent event."""
    from trial.display.figures.outputs import Plot
    from trial.display.figures.timeline import draw_timeline, timeline_heading, timeline_text
    from trial.display.figures.timeline_data import timeline_frame

    title = context.title("Timeline of treatment-emergent adverse events by subject")
    frame = timeline_frame(context)
    heading = timeline_heading(context, title, frame)
    text = f"{title}. {timeline_text(context, frame)}"
    return Plot(heading, frame, lambda: draw_timeline(context, frame, heading), text)
