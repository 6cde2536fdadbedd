"""Lines of arms over time: estimate with interval by visit, and n under the axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trial.display.figures.arms import arm_style
from trial.display.figures.axes import (
    VisitAxis,
    plan_visit_axis,
    set_limits,
    set_value_axis,
    set_value_label,
    set_visit_axis,
    time_label,
)
from trial.display.figures.frame import HEIGHT, QUIET, Canvas, Heading, open_canvas, text_width, wrap_text
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.numbers import format_number
from trial.display.spec import Arm, Endpoint, OutputSpec

STRIP_LINE, STRIP_SIZE = 0.17, 7.5
LABEL_LIMIT = 2.1  # inches that arm names may take left of the axis
LOWEST_PLOT = 3.3  # inches: room for the label of the y axis


@dataclass(frozen=True)
class Lines:
    """What is drawn, one row per arm and visit, and how its axis reads.

    Attributes
    ----------
    frame : DataFrame
        ``arm, visit, day, x`` (where the mark stands), ``estimate, lower, upper, n``, each with its
        result_id (empty where there is no such result), ``detectability`` (why it is that only).
    label : str
        What the value axis shows, with its unit.
    levels : sequence of float
        Where lines across the plot stand, such as no change.
    """

    frame: pd.DataFrame
    label: str
    levels: Sequence[float] = ()


def draw_lines(spec: OutputSpec, endpoint: Endpoint, shown: Lines, heading: Heading) -> Figure:
    """Draw the lines of all arms with their intervals, and n under the axis."""
    frame, layout = shown.frame, _plan_layout(spec, heading)
    canvas, strip, left = layout.canvas, layout.strip, layout.left
    bottom = canvas.bottom + strip.height + layout.visits.room
    axis = canvas.axes(left, bottom, canvas.right, canvas.top - layout.legend.height)
    values = frame[["estimate", "lower", "upper"]].to_numpy(float).ravel().tolist()
    set_limits(axis, [*values, *shown.levels], endpoint.is_log)
    set_value_axis(axis, endpoint.is_log)
    set_visit_axis(axis, spec.visits, time_label(spec), layout.visits)
    for level in shown.levels:
        axis.axhline(level, color="#6e7781", linewidth=0.9, zorder=1)
    for arm in spec.arms:
        _draw_arm(axis, spec, arm, frame[frame["arm"] == arm.code])
    set_value_label(axis, shown.label, endpoint)
    grey = bool((frame["detectability"] != "").any())
    place_legend(axis, layout.legend, [_handle(spec, arm, grey) for arm in spec.arms])
    _draw_strip(canvas, spec, axis, frame, strip)
    return canvas.figure


@dataclass(frozen=True)
class Layout:
    """The places of a figure's parts on its canvas."""

    canvas: Canvas
    strip: "Strip"
    left: float
    legend: LegendPlan
    visits: VisitAxis


def _plan_layout(spec: OutputSpec, heading: Heading, height: float = HEIGHT) -> Layout:
    """Return the layout; a canvas whose plot would be too low for long arm names is made higher."""
    canvas = open_canvas(heading, height)
    strip = strip_labels(canvas.figure, spec)
    left = canvas.left + strip.width
    legend = plan_legend(canvas.figure, [arm.label for arm in spec.arms], canvas.right - left)
    visits = plan_visit_axis(canvas.figure, spec.visits, canvas.right - left)
    missing = LOWEST_PLOT - (canvas.top - canvas.bottom - strip.height - legend.height - visits.room)
    if missing > 0.01:
        return _plan_layout(spec, heading, height + missing)
    return Layout(canvas, strip, left, legend, visits)


def _draw_arm(axis: Axes, spec: OutputSpec, arm: Arm, rows: pd.DataFrame) -> None:
    style = arm_style(spec, arm)
    # A line begins at its first mark; a later visit without one keeps its place, where the line breaks.
    marked = rows[rows["estimate"].astype(float).notna().cummax()]
    values = marked["estimate"].to_numpy(float)
    errors = [values - marked["lower"].to_numpy(float), marked["upper"].to_numpy(float) - values]
    open_grey = (marked["detectability"] != "").any()
    colour, face = (QUIET, "white") if open_grey else (style.colour, style.colour)
    container = axis.errorbar(
        marked["x"], values, yerr=errors, color=colour, marker=style.marker, markerfacecolor=face,
        linestyle=style.line, capsize=3.5, elinewidth=1.2, zorder=3,
    )  # fmt: skip
    # The data line alone is named: errorbar would pass a gid on to the caps as well.
    container.lines[0].set_gid(f"profile-{arm.code}")
    container.lines[2][0].set_gid(f"interval-{arm.code}")


def _handle(spec: OutputSpec, arm: Arm, grey: bool) -> Line2D:
    style = arm_style(spec, arm)
    colour, face = (QUIET, "white") if grey else (style.colour, style.colour)
    return Line2D([], [], color=colour, marker=style.marker, markerfacecolor=face, linestyle=style.line)


@dataclass(frozen=True)
class Strip:
    """Arm names left of the counts: their lines, and the room the strip takes in inches."""

    labels: tuple[tuple[str, ...], ...]
    width: float
    row_height: float

    @property
    def height(self) -> float:
        """Height of the strip with its heading line."""
        return self.row_height * len(self.labels) + STRIP_LINE


def strip_labels(figure: Figure, spec: OutputSpec) -> Strip:
    """Return the arm names broken into lines that fit left of the axis."""
    labels = tuple(tuple(wrap_text(arm.label, LABEL_LIMIT, STRIP_SIZE)) for arm in spec.arms)
    widest = max(text_width(line, STRIP_SIZE) for lines in labels for line in lines)
    row_height = STRIP_LINE * (1 + 0.75 * (max(map(len, labels)) - 1))
    return Strip(labels, max(widest + 0.2, 0.98), row_height)


def _draw_strip(canvas: Canvas, spec: OutputSpec, above: Axes, frame: pd.DataFrame, strip: Strip) -> None:
    """Write n per arm under the visits, at the same places as the ticks."""
    left = canvas.left + strip.width
    axis = canvas.axes(left, canvas.bottom, canvas.right, canvas.bottom + strip.height)
    axis.set_xlim(above.get_xlim())
    axis.set_ylim(strip.height, 0)
    axis.axis("off")
    axis.set_gid("strip")
    edge: dict[str, Any] = {
        "x": -0.1 / (canvas.right - left),
        "transform": axis.get_yaxis_transform(),
        "ha": "right",
    }
    common: dict[str, Any] = {"size": STRIP_SIZE, "va": "center"}
    axis.text(y=STRIP_LINE / 2, s="n", weight="bold", **edge, **common)
    for place, (arm, label) in enumerate(zip(spec.arms, strip.labels, strict=True)):
        y = STRIP_LINE + (place + 0.5) * strip.row_height
        axis.text(y=y, s="\n".join(label), linespacing=1.0, **edge, **common)
        rows = frame[(frame["arm"] == arm.code) & frame["n"].notna()]
        for day, count in zip(rows["day"], rows["n"], strict=True):
            axis.text(day, y, format_number(count, 0), ha="center", gid=f"n-{arm.code}", **common)
