"""The tipping figure: p-values over shifts of both arms, the exact tipping line, the point of no shift."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator

from trial.display.context import Context
from trial.display.figures.axes import LABEL_SIZE, plain_ticks
from trial.display.figures.frame import QUIET, Canvas, Heading, open_canvas, wrap_text
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.notes import assemble_notes
from trial.display.numbers import format_plain
from trial.display.spec import Comparison, Endpoint
from trial.display.tipping import alpha_of, conclusions, visit_of
from trial.display.wording import (
    benefit_text,
    comparison_name,
    comparison_notes,
    output_number,
    population_line,
)

SIGNIFICANT = "#cfe3f2"
LEVELS = (0.001, 0.01, 0.1, 0.5)
FACTORS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
LEFT, BOTTOM, GAP = 0.95, 0.62, 1.0  # inches: labels left of a panel and below it, and between panels
PLOT, EMPTY = 4.8, 0.9  # inches: height of a panel, and where none has anything to draw
TOP = 0.3  # inches: room for the name of a panel where there are several
AWAY = "withheld: detectability only"
NOTHING = "nothing is imputed at this visit in either arm"


def tipping_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data.

    Returns
    -------
    DataFrame
        ``comparison``, ``mark`` (grid: shifts of the configuration; line: the exact tipping line; tipping:
        the tipping point of the first arm alone), ``first, second`` (shifts of both; ln on the log scale),
        ``pvalue``, ``significant`` (Y), ``result_id``.
    """
    (record,) = context.records["tipping"]
    rows: list[dict[str, object]] = []
    for comparison in context.spec.model(context.endpoint).comparisons:
        surface = record["surfaces"].get(comparison.code)
        if surface:
            rows += _grid_rows(context, comparison)
            rows += _line_rows(comparison, surface, alpha_of(context))
    columns = ["comparison", "mark", "first", "second", "pvalue", "significant", "result_id"]
    return pd.DataFrame(rows, columns=columns)


def _grid_rows(context: Context, comparison: Comparison) -> list[dict[str, object]]:
    code, results = context.endpoint.paramcd, context.results["tipping"]
    place, rows = (code, visit_of(context).code, comparison.code), []
    count = 1
    while results.get(*place, f"shift.{count}.delta").present:
        count += 1
    shifts = {number: results.get(*place, f"shift.{number}.delta") for number in range(1, count)}
    for i, first in shifts.items():
        for j, second in shifts.items():
            found = results.get(*place, f"grid.{i}.{j}.pvalue")
            if found.withheld:
                continue
            rows.append(
                {
                    "comparison": comparison.code, "mark": "grid", "first": first.value,
                    "second": second.value, "pvalue": found.value,
                    "significant": "Y" if found.value < alpha_of(context) else "",
                    "result_id": f"{first.result_id} {second.result_id} {found.result_id}",
                }
            )  # fmt: skip
    tipped = results.get(*place, "delta*")
    if tipped.present:
        rows.append(
            {
                "comparison": comparison.code, "mark": "tipping", "first": tipped.value, "second": 0.0,
                "pvalue": alpha_of(context), "significant": "", "result_id": tipped.result_id,
            }
        )  # fmt: skip
    return rows


def _line_rows(comparison: Comparison, surface: Mapping[str, Any], alpha: float) -> list[dict[str, object]]:
    return [
        {
            "comparison": comparison.code, "mark": f"line {number}", "first": first, "second": second,
            "pvalue": alpha, "significant": "", "result_id": "",
        }
        for number, branch in enumerate(surface["line"], 1)
        for first, second in branch
    ]  # fmt: skip


def tipping_heading(context: Context, title: str) -> Heading:
    """Return titles and notes of the figure."""
    spec, endpoint = context.spec, context.endpoint
    alpha = format_plain(alpha_of(context))
    scale = "the factor by which they are multiplied" if endpoint.is_log else "added to them"
    notes = assemble_notes(
        context,
        abbreviations=["SD"] * bool(_surfaces(context)),
        model=(context.specification("tipping"),),
        denominators=(
            *_explained(context, alpha, scale),
            *conclusions(context),
            *comparison_notes(spec),
        ),
        warnings=context.results["tipping"].warnings(endpoint.paramcd),
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, f"{population_line(spec)}. {endpoint.label}: {benefit_text(endpoint)}"),
        tuple(note.printed for note in notes),
        context.stamp,
    )


def _explained(context: Context, alpha: str, scale: str) -> Iterator[str]:
    """Yield what the marks of the figure are, of those that it has."""
    surfaces = _surfaces(context)
    if not surfaces:
        return
    parts = [
        f"Axes: shift of the imputed values of each arm ({scale}). Shaded: p below {alpha} (two-sided).",
        f"Thick line: p = {alpha}, solved exactly." if _has_line(surfaces) else "",
        "Dashed line: no difference." if _has_zero(surfaces) else "",
        f"Thin lines: other p-values. Dots: the grid of shifts in SDs, filled where p is below {alpha}.",
    ]
    yield " ".join(part for part in parts if part)


def _surfaces(context: Context) -> list[Mapping[str, Any]]:
    """Return the surfaces of the comparisons that have one."""
    (record,) = context.records["tipping"]
    found = [record["surfaces"].get(one.code) for one in context.spec.model(context.endpoint).comparisons]
    return [surface for surface in found if surface]


def _has_line(surfaces: Iterable[Mapping[str, Any]]) -> bool:
    return any(branch for surface in surfaces for branch in surface["line"])


def _has_zero(surfaces: Iterable[Mapping[str, Any]]) -> bool:
    return any(zero_line(surface) is not None for surface in surfaces)


def draw_tipping(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw one panel per comparison."""
    (record,) = context.records["tipping"]
    comparisons = context.spec.model(context.endpoint).comparisons
    canvas, legend = _plan(context, heading, frame)
    top = _top(context)
    width = (canvas.right - canvas.left - LEFT - GAP * (len(comparisons) - 1)) / len(comparisons)
    panels = []
    for place, comparison in enumerate(comparisons):
        left = canvas.left + LEFT + place * (width + GAP)
        axis = canvas.axes(left, canvas.bottom + BOTTOM, left + width, canvas.top - legend.height - top)
        surface = record["surfaces"].get(comparison.code)
        mine = frame[frame["comparison"] == comparison.code]
        if surface:
            _draw_surface(axis, context, surface, mine)
            _set_axes(axis, context, surface)
        else:
            axis.set_axis_off()
            axis.text(
                0.5,
                0.5,
                AWAY if record.get("detectability") else NOTHING,
                ha="center",
                transform=axis.transAxes,
                size=10,
            )
        if len(comparisons) > 1:
            axis.set_title(comparison_name(context.spec, context.endpoint, comparison), size=9)
        panels.append(axis)
    handles = [handle for _, handle in _entries(context, frame)]
    place_legend(panels[0], legend, handles, gap=top - 0.02)
    return canvas.figure


def _top(context: Context) -> float:
    return TOP if len(context.spec.model(context.endpoint).comparisons) > 1 else 0.08


def _plan(
    context: Context, heading: Heading, frame: pd.DataFrame, height: float = 8.0
) -> tuple[Canvas, LegendPlan]:
    """Return canvas and legend; the canvas is made as high as the panels need."""
    canvas = open_canvas(heading, height)
    labels = [label for label, _ in _entries(context, frame)]
    legend = plan_legend(canvas.figure, labels, canvas.right - canvas.left - LEFT)
    plot = PLOT if labels else EMPTY
    missing = plot - (canvas.top - canvas.bottom - BOTTOM - legend.height - _top(context))
    return (canvas, legend) if abs(missing) < 0.01 else _plan(context, heading, frame, height + missing)


def _draw_surface(axis: Axes, context: Context, surface: Mapping[str, Any], frame: pd.DataFrame) -> None:
    places, alpha = np.array(surface["axis"]), alpha_of(context)
    pvalue = np.array(surface["pvalue"])
    axis.contourf(places, places, pvalue, levels=[-1.0, alpha], colors=[SIGNIFICANT], zorder=0)
    shown = [level for level in LEVELS if level != alpha]
    lines = axis.contour(places, places, pvalue, levels=shown, colors=[QUIET], linewidths=0.6, zorder=1)
    axis.clabel(lines, fmt={level: f"p = {format_plain(level)}" for level in shown}, fontsize=7)
    for name, branch in frame[frame["mark"].str.startswith("line")].groupby("mark", sort=True):
        ordered = branch.sort_values("second")
        axis.plot(ordered["first"], ordered["second"], gid=f"tipping-{name}", zorder=4, **_LINE)
    if (zero := zero_line(surface)) is not None:
        axis.plot(*zero, gid="no-difference", zorder=2, **_ZERO)
    grid = frame[frame["mark"] == "grid"]
    for significant, face in (("Y", "black"), ("", "white")):
        rows = grid[grid["significant"] == significant]
        axis.plot(
            rows["first"], rows["second"], linestyle="none", marker="o", markersize=2.6, markeredgewidth=0.5,
            markeredgecolor="black", markerfacecolor=face, zorder=3, gid=f"grid-{significant or 'N'}",
        )  # fmt: skip
    axis.plot([0], [0], gid="no-shift", zorder=6, **_ORIGIN)
    tipped = frame[frame["mark"] == "tipping"]
    axis.plot(tipped["first"], tipped["second"], gid="tipping-point", zorder=7, **_POINT)
    axis.set_xlim(places[0], places[-1])
    axis.set_ylim(places[0], places[-1])


_LINE: dict[str, Any] = {"color": "black", "linewidth": 2.4}
_ORIGIN: dict[str, Any] = {
    "color": "black", "marker": "D", "markersize": 8, "linestyle": "none", "markeredgecolor": "white"
}  # fmt: skip
_POINT: dict[str, Any] = {
    "color": "#D55E00", "marker": "^", "markersize": 10, "linestyle": "none", "markeredgecolor": "black"
}  # fmt: skip
_ZERO: dict[str, Any] = {"color": "black", "linewidth": 1.1, "linestyle": "--"}


def zero_line(surface: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Return the line on which the estimate is zero, over the shifts of both arms; None outside the panel."""
    places, estimate = np.array(surface["axis"]), float(surface["estimate"])
    first, second = (float(slope) for slope in surface["slope"])
    if not (first or second):
        return None
    if abs(first) > abs(second):
        line = -(estimate + second * places) / first, places
    else:
        line = places, -(estimate + first * places) / second
    inside = [(places[0] <= part) & (part <= places[-1]) for part in line]
    return line if (inside[0] & inside[1]).any() else None


def _entries(context: Context, frame: pd.DataFrame) -> list[tuple[str, Any]]:
    """Return label and handle of every kind of mark that the figure has."""
    alpha, surfaces = format_plain(alpha_of(context)), _surfaces(context)
    shaded = Rectangle((0, 0), 1, 1, facecolor=SIGNIFICANT, edgecolor=QUIET)
    entries: list[tuple[bool, str, Any]] = [
        (bool(surfaces), f"p < {alpha}", shaded),
        (_has_line(surfaces), f"tipping line, p = {alpha}", Line2D([], [], **_LINE)),
        (_has_zero(surfaces), "no difference", Line2D([], [], **_ZERO)),
        (bool(surfaces), "no shift", Line2D([], [], **_ORIGIN)),
        (
            "tipping" in set(frame["mark"]),
            "tipping point of the compared arm alone",
            Line2D([], [], **_POINT),
        ),
    ]
    return [(label, handle) for there, label, handle in entries if there]


def _set_axes(axis: Axes, context: Context, surface: Mapping[str, Any]) -> None:
    """Label both axes with arm, number imputed, unit and what a larger shift means."""
    endpoint = context.endpoint
    labels = [context.spec.arm(code).label for code in surface["arms"]]
    texts = [
        f"Shift of the {count} imputed values of {label}{_unit(endpoint)}"
        for label, count in zip(labels, surface["imputed"], strict=True)
    ]
    worse = {"lower": "higher = worse", "higher": "lower = worse"}.get(
        endpoint.benefit, "no direction of benefit declared"
    )
    figure = axis.get_figure()
    assert isinstance(figure, Figure)
    sizes = figure.get_size_inches()
    box = axis.get_position()
    across = wrap_text(f"{texts[0]}; {worse}", box.width * sizes[0], LABEL_SIZE)
    up = wrap_text(f"{texts[1]}; {worse}", box.height * sizes[1], LABEL_SIZE)
    axis.set_xlabel("\n".join(across), size=LABEL_SIZE)
    axis.set_ylabel("\n".join(up), size=LABEL_SIZE)
    for one, limits in ((axis.xaxis, axis.get_xlim()), (axis.yaxis, axis.get_ylim())):
        if endpoint.is_log:
            factors = _factors(limits)
            one.set_major_locator(FixedLocator([float(np.log(factor)) for factor in factors]))
            one.set_major_formatter(FixedFormatter([f"×{format_plain(factor)}" for factor in factors]))
        else:
            one.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
            one.set_major_formatter(plain_ticks(one.get_major_locator().tick_values(*limits)))


def _unit(endpoint: Endpoint) -> str:
    if endpoint.is_log:
        return " (factor)"
    return f" ({endpoint.difference_unit})" if endpoint.unit_label else ""


def _factors(limits: tuple[float, float]) -> Sequence[float]:
    """Return round factors inside limits of ln, at most nine."""
    inside = [factor for factor in FACTORS if limits[0] <= np.log(factor) <= limits[1]]
    if len(inside) > 9:
        inside = [factor for factor in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0) if factor in inside]
    return inside
