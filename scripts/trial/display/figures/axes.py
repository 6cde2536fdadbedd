"""Axes that several figures share: visits on x to scale, plain numbers on y."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from trial.display.figures.frame import text_width, wrap_text
from trial.display.numbers import format_number, format_plain
from trial.display.spec import Endpoint, OutputSpec, Visit
from trial.display.wording import benefit_text

# Wider than this, ticks at equal steps would crowd at one end of a log axis.
WIDE_RATIO = 5.0
FACTORS = ((1, 2, 5), (1, 1.5, 2, 3, 5, 7))  # of the round values of a decade, more where few fit
GRID = "#d9dee3"
TICK_SIZE, LABEL_SIZE, SLANT = 8.5, 9.0, 40
STEP = 0.1  # inches by which lines are narrowed until they are even
SIDE = 0.05  # free room on both sides of the visits, as a share of their span


@dataclass(frozen=True)
class VisitAxis:
    """How visit labels fit under an axis: slanted or not, and the room they take with the axis label."""

    slanted: bool
    room: float


def plan_visit_axis(
    figure: Figure, visits: Sequence[Visit], width: float, panel_gap: float | None = None
) -> VisitAxis:
    """Return how the labels of `visits` fit under an axis of `width` inches.

    Parameters
    ----------
    panel_gap : float, optional
        Inches to the next panel, whose first label must not touch the last one of this panel.
    """
    scale = width / (visit_span(visits) * (1 + 2 * SIDE))
    places = [visit.day * scale for visit in visits]
    sizes = [text_width(visit.label, TICK_SIZE) for visit in visits]
    if panel_gap is not None:
        places.append(places[0] + width + panel_gap)
        sizes.append(sizes[0])
    slanted = any(
        b - a < (one + two) / 2 + 0.1
        for (a, b), (one, two) in zip(pairwise(places), pairwise(sizes), strict=True)
    )
    tall = max(sizes) * math.sin(math.radians(SLANT)) + 0.12 if slanted else 0.16
    return VisitAxis(slanted, 0.32 + tall)


def set_visit_axis(axis: Axes, visits: Sequence[Visit], label: str, plan: VisitAxis) -> None:
    """Put the visits on the x axis at their target days, labels slanted where they would touch."""
    days = [visit.day for visit in visits]
    margin = SIDE * visit_span(visits)
    axis.set_xlim(min(days) - margin, max(days) + margin)
    axis.xaxis.set_major_locator(FixedLocator(days))
    axis.set_xticklabels([visit.label for visit in visits])
    axis.set_xlabel(label)
    if plan.slanted:
        axis.tick_params(axis="x", labelrotation=SLANT)
        for text in axis.get_xticklabels():
            text.set_horizontalalignment("right")
            text.set_rotation_mode("anchor")


def smallest_gap(visits: Sequence[Visit]) -> float:
    """Return the smallest distance between neighbouring visits in days."""
    days = sorted(visit.day for visit in visits)
    return min((b - a for a, b in pairwise(days)), default=1.0)


def visit_span(visits: Sequence[Visit]) -> float:
    """Return the distance between the first and the last visit in days, at least one."""
    days = [visit.day for visit in visits]
    return max(max(days) - min(days), 1.0)


def set_value_axis(axis: Axes, is_log: bool) -> None:
    """Give the y axis plain numbers, light grid lines, and on a log axis ticks at round values."""
    if is_log:
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(FixedLocator(log_ticks(*axis.get_ylim())))
        axis.yaxis.set_minor_locator(NullLocator())
    else:
        axis.yaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
    axis.yaxis.set_major_formatter(plain_ticks(axis.yaxis.get_major_locator().tick_values(*axis.get_ylim())))
    axis.grid(axis="y", color=GRID, linewidth=0.6)


def plain_ticks(ticks: Sequence[float]) -> FuncFormatter:
    """Return a formatter that gives equally spaced ticks the same decimals, others as many as they have."""
    texts = [format_plain(tick) for tick in ticks]
    decimals = max((len(text.partition(".")[2]) for text in texts), default=0)
    even = len(ticks) < 3 or math.isclose(ticks[1] - ticks[0], ticks[-1] - ticks[-2])
    if even:
        return FuncFormatter(lambda value, _: format_number(value, decimals))
    return FuncFormatter(lambda value, _: format_plain(value))


def log_ticks(low: float, high: float) -> list[float]:
    """Return round values between two positive limits: equal steps, or 1-2-5 over a wide range.

    Three at least where there is room for them: through two, no reader can tell a log axis from another.
    """
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    choices = [[factor * 10.0**decade for decade in decades for factor in factors] for factors in FACTORS]
    if high / low <= WIDE_RATIO:
        choices.insert(0, list(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)))
    inside = [[float(tick) for tick in ticks if low <= tick <= high] for ticks in choices]
    return next((ticks for ticks in inside if len(ticks) >= 3), inside[-1])


def benefit_arrow(endpoint: Endpoint) -> str:
    """Return the direction of benefit with an arrow that, turned with the y label, points that way."""
    text = benefit_text(endpoint)
    return {"lower": f"← {text}", "higher": f"{text} →"}.get(endpoint.benefit, text)


def set_value_label(axis: Axes, text: str, endpoint: Endpoint) -> None:
    """Label the y axis, broken to its height, with the direction of benefit on a line of its own."""
    figure = axis.get_figure()
    assert isinstance(figure, Figure)
    height = axis.get_position().height * figure.get_size_inches()[1]
    lines = even_lines(text, height, LABEL_SIZE)
    axis.set_ylabel("\n".join([*lines, benefit_arrow(endpoint)]), size=LABEL_SIZE, linespacing=1.25)


def even_lines(text: str, width: float, size: float) -> list[str]:
    """Return as few lines as fit into `width` inches, as even as words allow: no word alone at the end."""
    lines = wrap_text(text, width, size)
    for narrower in range(1, int(width / STEP)):
        found = wrap_text(text, width - narrower * STEP, size)
        if len(lines) == 1 or len(found) > len(lines):
            break
        lines = found
    return lines


def set_limits(axis: Axes, values: Sequence[float], is_log: bool, share: float = 0.06) -> None:
    """Set the y limits around finite values with a margin on both sides."""
    found = [math.log(value) if is_log else value for value in values if math.isfinite(value)]
    low, high = (min(found), max(found)) if found else (-1.0, 1.0)
    margin = share * (high - low) if high > low else max(abs(high) * 0.1, 0.1)
    limits = (low - margin, high + margin)
    axis.set_ylim(*(math.exp(limit) if is_log else limit for limit in limits))


def time_label(spec: OutputSpec) -> str:
    """Return the label of the time axis."""
    return f"Scheduled visit, to scale (target days {', '.join(format_plain(v.day) for v in spec.visits)})"
