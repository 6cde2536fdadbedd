"""Subgroups as a forest: the effect in each level with n per arm, and the p-value of the interaction."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=("subgroups", "model"), intervals=("subgroups", "model"))


def build(context: Context) -> "Plot":
    """Return the subgroup forest of one endpoint."""
    from trial.display.figures.outputs import Plot
    from trial.display.figures.subgroups import draw_subgroups, subgroup_frame, subgroup_heading

    spec, endpoint = context.spec, context.endpoint
    title = context.title(
        f"{endpoint.title} at {spec.primary_visit(endpoint).label}: the comparison in subgroups"
    )
    frame = subgroup_frame(context)
    heading = subgroup_heading(context, title, frame)
    texts = [
        f"{row.subgroup} {row.label}: {row.estimate_text}, n {row.n_text}, p {row.p_text}"
        if row.kind != "heading"
        else f"{row.label}: interaction p {row.p_text}"
        for row in frame.itertuples()
    ]
    return Plot(
        heading, frame, lambda: draw_subgroups(context, frame, heading), f"{title}. {'. '.join(texts)}."
    )
