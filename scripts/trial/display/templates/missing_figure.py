"""Which visits of an endpoint are missing together, and how often in each arm."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "endpoint", roles=("missing",))


def build(context: Context) -> "Plot":
    """Return the figure of patterns of one endpoint."""
    from trial.display.figures.missing import draw_patterns, pattern_frame, pattern_heading
    from trial.display.figures.outputs import Plot

    spec, endpoint = context.spec, context.endpoint
    title = context.title(f"{endpoint.title}: pattern of missing visits by arm")
    frame = pattern_frame(context)
    heading = pattern_heading(context, title)
    return Plot(heading, frame, lambda: draw_patterns(spec, frame, heading), _alt(context, title))


def _alt(context: Context, title: str) -> str:
    """Return how many subjects of each arm have every value, and how many dropped out."""
    results, code = context.results["missing"], context.endpoint.paramcd
    parts = []
    for arm in context.spec.arms:
        counts = {
            kind: int(results.get(code, "", arm.code, f"kind.{kind}.n").value)
            for kind in ("complete", "intermittent", "monotone", "none")
        }
        size = int(results.get(code, "", arm.code, "N").value)
        parts.append(
            f"{arm.label}, {size} subjects: {counts['complete']} without a missing visit, "
            f"{counts['intermittent']} with a gap, {counts['monotone']} dropped out after a value, "
            f"{counts['none']} without any value after baseline"
        )
    return f"{title}. {'. '.join(parts)}."
