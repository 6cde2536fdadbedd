"""How an arm looks: Okabe-Ito colour, marker and line style, each enough on its own to tell arms apart."""

from dataclasses import dataclass
from typing import Any

from trial.display.spec import Arm, OutputSpec

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 2, 1, 2, 1, 2)), (0, (1, 3)))


@dataclass(frozen=True)
class ArmStyle:
    """Colour, marker and line style of one arm."""

    colour: str
    marker: str
    line: Any


def arm_style(spec: OutputSpec, arm: Arm) -> ArmStyle:
    """Return the style of an arm: by its place in the display order, the same in every figure."""
    place = [item.code for item in spec.arms].index(arm.code)
    return ArmStyle(COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)], LINES[place % len(LINES)])


def dodge(count: int, gap: float, span: float) -> list[float]:
    """Return sideways shifts, symmetric about zero, for `count` marks at one place.

    Parameters
    ----------
    gap : float
        Smallest distance between neighbouring places.
    span : float
        Length of the axis.
    """
    step = min(0.016 * span, 0.5 * gap / max(count, 1))
    return [step * (place - (count - 1) / 2) for place in range(count)]
