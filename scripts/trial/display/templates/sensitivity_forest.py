"""The sensitivity panel as a forest: the primary contrast of one endpoint under every analysis."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.panel import ROLE, panel_title

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=(ROLE,), intervals=(ROLE,), many=(ROLE,), populations=(ROLE,))


def build(context: Context) -> "Plot":
    """Return the forest of one endpoint."""
    from trial.display.figures.outputs import Plot
    from trial.display.figures.panel import draw_panel, panel_frame, panel_heading

    title = context.title(panel_title(context))
    frame, heading = panel_frame(context), panel_heading(context, title)
    texts = [f"{row.label}: {row.estimate_text}, p {row.p_text}" for row in frame.itertuples()]
    words = [text for text in dict.fromkeys(frame["detectability"]) if text]
    alt = " ".join([f"{title}. {'. '.join(texts)}.", *words])
    return Plot(heading, frame, lambda: draw_panel(context, frame, heading), alt)
