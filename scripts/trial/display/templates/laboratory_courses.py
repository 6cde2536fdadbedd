"""Safety laboratory over time: one panel per parameter, every subject, medians by arm, limits of normal."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import ROLE

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "study", roles=(ROLE, "counts"), data=("adlbsaf",))


def build(context: Context) -> "Plot":
    """Return a panel for each parameter."""
    from trial.display.figures.courses import course_frame, course_heading, course_text, draw_courses
    from trial.display.figures.outputs import Plot

    title = context.title("Safety laboratory over time")
    frame = course_frame(context)
    heading = course_heading(context, title)
    alt = f"{title}. {course_text(context, frame)}"
    return Plot(heading, frame, lambda: draw_courses(context, frame, heading), alt)
