"""All endpoints at their primary visit on one standardised scale, with native estimates beside it."""

from typing import TYPE_CHECKING

from trial.display.comparisons import comparison_text
from trial.display.config import Template
from trial.display.context import Context
from trial.display.wording import at_primary_visit, level_text

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "study", roles=("model",), intervals=("model",))


def build(context: Context) -> "Plot":
    """Return the forest of all endpoints."""
    from trial.display.figures.forest import draw_forest, forest_frame, forest_heading
    from trial.display.figures.outputs import Plot

    spec, results = context.spec, context.results["model"]
    title = context.title(
        f"All endpoints {at_primary_visit(spec)}: standardised difference with {level_text(spec)}"
    )
    frame, heading = forest_frame(spec, results), forest_heading(context, title)
    texts = [
        f"{endpoint.label}: {comparison_text(spec, endpoint, arm, results)}"
        for endpoint in spec.endpoints
        for arm in spec.active_arms
    ]
    return Plot(heading, frame, lambda: draw_forest(spec, frame, heading), f"{title}. {'. '.join(texts)}.")
