"""LS means with confidence intervals by arm and visit; the strip gives the subjects in the model."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context, Drawing

TEMPLATE = Template("figure", "endpoint", roles=("model", "observed"))


def build(context: "Context") -> "Drawing":
    """Return the figure with the data it plots."""
    from trial.display.context import Drawing
    from trial.display.figures.profile import draw_profile, profile_frame, profile_heading

    frame = profile_frame(context.spec, context.endpoint, context.results)
    heading = profile_heading(
        context.spec, context.endpoint, context.results, context.model, context.stamp, context.spec.id
    )
    return Drawing(frame, heading, lambda shown: draw_profile(context.spec, context.endpoint, frame, shown))


def alt(context: "Context") -> str:
    """Return what the figure shows, in words and numbers."""
    from trial.display.alt_text import profile_alt

    return profile_alt(context.spec, context.endpoint, context.results)
