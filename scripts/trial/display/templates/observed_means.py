"""The observed means of an endpoint by arm over time, with their intervals."""

from typing import TYPE_CHECKING, Any

from trial.display.config import Template
from trial.display.context import Context
from trial.display.numbers import format_interval, format_number
from trial.display.wording import NULL_REPORT, benefit_text

if TYPE_CHECKING:
    import pandas as pd

    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=("observed",))


def build(context: Context) -> "Plot":
    """Return the observed means of one endpoint."""
    from trial.display.figures.means import draw_means, interval_name, mean_name, means_frame, means_heading
    from trial.display.figures.outputs import Plot

    endpoint, interval = context.endpoint, interval_name(context)
    name = f"observed {mean_name(endpoint)}{f' with {interval}' if interval else ''}"
    title = context.title(f"{endpoint.title}: {name} by visit")
    frame = means_frame(context)
    heading = means_heading(context, title, frame)
    return Plot(heading, frame, lambda: draw_means(context, frame, heading), _alt(context, title, frame))


def _alt(context: Context, title: str, frame: "pd.DataFrame") -> str:
    """Return every mark in words and numbers."""
    if frame.empty:
        return f"{title}. {NULL_REPORT}"
    spec = context.spec
    texts = []
    for arm in spec.arms:
        mine = frame[frame["arm"] == arm.code].to_dict("records")
        points = [f"{spec.visit(row['visit']).label} {_point(context, row)}" for row in mine]
        texts.append(f"{arm.label}: {', '.join(points)}")
    return f"{title}, {benefit_text(context.endpoint)}. {'. '.join(texts)}."


def _point(context: Context, row: "dict[Any, Any]") -> str:
    """Return one mark with its interval."""
    if row["estimate"] != row["estimate"]:
        return "no mark"
    places = context.spec.decimals(context.endpoint).location
    text = format_number(row["estimate"], places)
    if row["lower"] != row["lower"]:
        return text
    return f"{text} {format_interval(row['lower'], row['upper'], places)}"
