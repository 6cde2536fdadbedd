"""The comparisons of an endpoint's model by visit as a forest: each arm against the reference."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.wording import NULL_REPORT, level_text

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=("model",), intervals=("model",))


def build(context: Context) -> "Plot":
    """Return the forest of one endpoint by visit."""
    from trial.display.figures.differences import differences_frame, differences_heading, draw_differences
    from trial.display.figures.outputs import Plot

    spec, endpoint = context.spec, context.endpoint
    what = "geometric mean ratio" if endpoint.is_log else "difference"
    title = context.title(f"{endpoint.title}: {what} to {spec.reference.label} by visit, {level_text(spec)}")
    frame = differences_frame(context)
    heading = differences_heading(context, title, frame)
    texts = [
        f"{spec.arm(row['arm']).label}, {row['label']}: {row['estimate_text']}, p {row['p_text']}, "
        f"n {row['n_text']}"
        for row in frame.to_dict("records")
    ]
    alt = f"{title}. {'. '.join(texts)}." if texts else f"{title}. {NULL_REPORT}"
    return Plot(heading, frame, lambda: draw_differences(context, frame, heading), alt)
