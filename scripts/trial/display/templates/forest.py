"""All endpoints at their primary visit on the standardised scale; native estimates at the right."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context, Drawing

TEMPLATE = Template("figure", "study", roles=("model",))


def build(context: "Context") -> "Drawing":
    """Return the figure with the data it plots."""
    from trial.display.context import Drawing
    from trial.display.figures.forest import draw_forest, forest_frame, forest_heading

    frame = forest_frame(context.spec, context.results)
    heading = forest_heading(context.spec, context.results, context.stamp, context.spec.id)
    return Drawing(frame, heading, lambda shown: draw_forest(context.spec, frame, shown))


def alt(context: "Context") -> str:
    """Return what the figure shows, in words and numbers."""
    from trial.display.alt_text import forest_alt

    return forest_alt(context.spec, context.results)
