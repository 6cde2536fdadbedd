"""The distribution of an endpoint's change at the primary visit by arm, with declared thresholds."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.wording import NULL_REPORT

if TYPE_CHECKING:
    import pandas as pd

    from trial.display.figures.outputs import Plot

TEMPLATE = Template(
    "figure", "endpoint", roles=("observed", "counts", "responders"), data=("adlb",), optional=("responders",)
)


def build(context: Context) -> "Plot":
    """Return the distribution curves of one endpoint."""
    from trial.display.figures.changes import change_frame
    from trial.display.figures.distribution import (
        distribution_frame,
        distribution_heading,
        draw_distribution,
    )
    from trial.display.figures.individual import change_words
    from trial.display.figures.outputs import Plot

    spec, endpoint = context.spec, context.endpoint
    words = f"cumulative distribution of the {change_words(endpoint)}"
    title = context.title(f"{endpoint.title}: {words} at {spec.primary_visit(endpoint).label}")
    frame = distribution_frame(context, change_frame(context))
    heading = distribution_heading(context, title, frame)
    alt = _alt(context, title, frame)
    return Plot(heading, frame, lambda: draw_distribution(context, frame, heading), alt)


def _alt(context: Context, title: str, frame: "pd.DataFrame") -> str:
    """Return the sizes of the arms, and their responders at each threshold."""
    if frame.empty:
        return f"{title}. {NULL_REPORT}"
    spec = context.spec
    sizes = [
        f"{spec.arm(row['arm']).label} {row['n']} of {row['of']} subjects"
        for row in frame[frame["mark"] == "size"].to_dict("records")
    ]
    found = [
        f"{row['label']}: {spec.arm(row['arm']).label} {row['n_text']}"
        for row in frame[frame["mark"] == "threshold"].to_dict("records")
    ]
    return f"{title}, one curve per arm: {'; '.join(sizes)}. {'. '.join([*found, ''])}".strip()
