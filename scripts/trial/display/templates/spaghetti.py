"""Individual courses by arm, with the median (geometric mean on the logarithmic scale) on top."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context, Drawing

TEMPLATE = Template("figure", "endpoint", roles=("observed",), data=("adlb",))


def build(context: "Context") -> "Drawing":
    """Return the figure with the data it plots."""
    from trial.display.context import Drawing
    from trial.display.figures.spaghetti import draw_spaghetti, spaghetti_frame, spaghetti_heading

    frame = spaghetti_frame(context.spec, context.endpoint, context.data["adlb"], context.results)
    heading = spaghetti_heading(
        context.spec, context.endpoint, context.results, context.stamp, context.spec.id
    )
    return Drawing(frame, heading, lambda shown: draw_spaghetti(context.spec, context.endpoint, frame, shown))


def alt(context: "Context") -> str:
    """Return what the figure shows, in words and numbers."""
    from trial.display.alt_text import spaghetti_alt

    return spaghetti_alt(context.spec, context.endpoint, context.results)
