"""An index against the glucose of its draw: near its pole values are unstable, beyond it there are none."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.wording import NULL_REPORT

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=("domain", "observed"))


def build(context: Context) -> "Plot":
    """Return the index of one endpoint against glucose."""
    from trial.display.figures.outputs import Plot
    from trial.display.figures.pole import draw_pole, effect_ids, pole_frame, pole_heading, pole_text

    endpoint = context.endpoint
    title = context.title(f"{endpoint.title} against glucose of the same draw")
    frame = pole_frame(context).assign(effect_result_id=effect_ids(context))
    heading = pole_heading(context, title, frame)
    text = pole_text(context, frame) if len(frame) else NULL_REPORT
    return Plot(heading, frame, lambda: draw_pole(context, frame, heading), f"{title}. {text}")
