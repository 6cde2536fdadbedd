"""Standardised differences of the covariates, unweighted and weighted (Love plot)."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.design import KINDS, RAW, Balance
from trial.display.numbers import format_number

if TYPE_CHECKING:
    from trial.display.figures.outputs import Plot

TEMPLATE = Template("figure", "study", roles=("balance",))


def build(context: Context) -> "Plot":
    """Return the Love plot."""
    from trial.display.figures.love import draw_love, love_frame, love_heading
    from trial.display.figures.outputs import Plot

    balance = Balance(context)
    title = context.title("Absolute standardised differences at baseline, unweighted and weighted")
    frame, heading = love_frame(balance), love_heading(context, balance, title)
    texts = []
    for kind in (RAW, *balance.kinds):
        mine = frame[frame["kind"] == kind]
        each = ", ".join(
            f"{label} {format_number(x, 2)}" if x == x else f"{label} not estimable"
            for label, x in zip(mine["label"], mine["x"], strict=True)
        )
        texts.append(f"{KINDS[kind]}: {each}")
    return Plot(heading, frame, lambda: draw_love(frame, heading), f"{title}. {'. '.join(texts)}.")
