"""The diagnostics sheet: four panels of one model."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator
from numpy.typing import NDArray

from trial.display.context import Context
from trial.display.diagnostics import (
    COLUMNS,
    INFLUENCE,
    QUANTILE,
    RESIDUAL,
    ROLE,
    SPREAD,
    SUMMARY,
    sheet_notes,
    sheet_rows,
)
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import GRID, plain_ticks
from trial.display.figures.frame import QUIET, Canvas, Heading, open_canvas, text_width
from trial.display.figures.legend import place_legend, plan_legend
from trial.display.model_terms import scale_sentence
from trial.display.notes import assemble_notes
from trial.display.spec import OutputSpec
from trial.display.wording import NULL_REPORT, output_number, population_line

HEIGHT = 9.0
LABEL_WIDTH, AXIS_ROOM, HEAD_ROOM, GAP = 0.72, 0.5, 0.28, 0.35
SMALL = 7.0
BAND, LINE = "#d0d7de", "#57606a"
BAR = 0.3  # half the width of a bar of the model's SD, in visits
# Where a name may stand beside its mark: across and up. Its height, its distance, half a mark; inches.
SIDES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))
TALL, AWAY, MARK = 0.11, 0.05, 0.02
MODEL = "SD of the model"
Array = NDArray[np.float64]
Box = tuple[float, float, float, float]


def sheet_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data, columns of `trial.display.diagnostics.COLUMNS`; see `sheet_rows`."""
    return pd.DataFrame(list(sheet_rows(context)), columns=list(COLUMNS))


def sheet_heading(context: Context, title: str) -> Heading:
    """Return titles and notes."""
    spec = context.spec
    (record,) = context.records[ROLE]
    notes = assemble_notes(
        context,
        abbreviations=["SD", "SE", *(["ln"] if context.endpoint.is_log else [])],
        model=(context.specification(ROLE),),
        denominators=sheet_notes(context),
        warnings=record["warnings"] if record["points"] else (),
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, population_line(spec)),
        tuple(one.printed for one in notes),
        context.stamp,
    )


def draw_sheet(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the four panels from their data."""
    canvas = open_canvas(heading, HEIGHT)
    if frame.empty:
        axis = canvas.axes(canvas.left, canvas.bottom, canvas.right, canvas.top)
        axis.set_axis_off()
        axis.text(0.5, 0.5, NULL_REPORT, ha="center", va="center", size=9, transform=axis.transAxes)
        return canvas.figure
    spec = context.spec
    labels = [*(arm.label for arm in spec.arms), MODEL]
    legend = plan_legend(canvas.figure, labels, canvas.right - canvas.left - LABEL_WIDTH)
    axes = _panels(canvas, legend.height)
    panels: Sequence[tuple[str, Callable[[Axes, Context, pd.DataFrame], None]]] = (
        (RESIDUAL, _draw_residuals), (QUANTILE, _draw_quantiles), (SPREAD, _draw_spreads),
        (INFLUENCE, _draw_influence),
    )  # fmt: skip
    for axis, (name, draw) in zip(axes, panels, strict=True):
        draw(axis, context, frame)
        axis.grid(color=GRID, linewidth=0.5)
        if name != SPREAD:
            axis.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
            axis.xaxis.set_major_formatter(plain_ticks(_ticks(axis.xaxis, axis.get_xlim())))
        axis.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        axis.yaxis.set_major_formatter(plain_ticks(_ticks(axis.yaxis, axis.get_ylim())))
    model = Line2D([], [], color="black", linewidth=1.6)
    place_legend(axes[0], legend, [*(_sample(spec, arm.code) for arm in spec.arms), model], HEAD_ROOM)
    return canvas.figure


def _panels(canvas: Canvas, legend: float) -> list[Axes]:
    """Return four axes, two by two, with room for their titles and labels."""
    width = (canvas.right - canvas.left - GAP) / 2
    top = canvas.top - legend
    height = (top - canvas.bottom) / 2
    axes = []
    for row in range(2):
        upper = top - row * height - HEAD_ROOM
        for column in range(2):
            left = canvas.left + column * (width + GAP) + LABEL_WIDTH
            lower = top - (row + 1) * height + AXIS_ROOM
            axes.append(canvas.axes(left, lower, left + width - LABEL_WIDTH, upper))
    return axes


def _ticks(axis: object, limits: tuple[float, float]) -> Sequence[float]:
    found: Sequence[float] = axis.get_major_locator().tick_values(*limits)  # type: ignore[attr-defined]
    return found


def _sample(spec: OutputSpec, code: str) -> Line2D:
    style = arm_style(spec, spec.arm(code))
    face = "white" if code == spec.reference_arm else style.colour
    return Line2D(
        [],
        [],
        color=style.colour,
        marker=style.marker,
        linestyle="none",
        markersize=4.5,
        markerfacecolor=face,
    )


def _draw_marks(axis: Axes, spec: OutputSpec, rows: pd.DataFrame, style: str, gid: str) -> None:
    """Draw one group of marks in the style of an arm, and write the names beside those that have one."""
    sample = _sample(spec, style)
    (line,) = axis.plot(
        rows["x"], rows["y"], linestyle="none", marker=sample.get_marker(), color=sample.get_color(),
        markerfacecolor=sample.get_markerfacecolor(), markersize=4, markeredgewidth=0.8, zorder=3,
    )  # fmt: skip
    line.set_gid(gid)


def _write_names(axis: Axes, rows: pd.DataFrame) -> None:
    """Write each name beside its mark where it covers the least: no other name, then few marks."""
    figure = axis.get_figure()
    assert isinstance(figure, Figure)
    to_inches = axis.transData + figure.dpi_scale_trans.inverted()
    marks = to_inches.transform(rows[["x", "y"]].to_numpy(float))
    frame = axis.get_window_extent().transformed(figure.dpi_scale_trans.inverted())
    edges = np.array([frame.x0, frame.y0, frame.x1, frame.y1])
    written: list[Box] = []
    named = np.flatnonzero((rows["named"] != "").to_numpy())
    for at in named[np.argsort(-marks[named, 1], kind="stable")]:
        name = str(rows["named"].iloc[at])
        half = text_width(name, SMALL) / 2
        boxes = [_box(marks[at], half, *side) for side in SIDES]
        costs = [_cost(box, written, marks, edges) for box in boxes]
        box = boxes[int(np.argmin(costs))]
        written.append(box)
        middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
        x, y = to_inches.inverted().transform(middle)
        axis.text(x, y, name, size=SMALL, ha="center", va="center", zorder=5)


def _box(mark: Array, half: float, across: int, up: int) -> Box:
    """Return the box of a name beside a mark, in inches."""
    x = mark[0] + across * (half + AWAY)
    y = mark[1] + up * (TALL / 2 + (AWAY if not across else 0.0))
    return x - half, y - TALL / 2, x + half, y + TALL / 2


def _cost(box: Box, written: Sequence[Box], marks: Array, edges: Array) -> float:
    """Return how much a box covers: the edge of the panel weighs most, then names, then marks."""
    left, low, right, high = box
    out = left < edges[0] or low < edges[1] or right > edges[2] or high > edges[3]
    names = sum(left < b[2] and b[0] < right and low < b[3] and b[1] < high for b in written)
    near = (left - MARK < marks[:, 0]) & (marks[:, 0] < right + MARK)
    near &= (low - MARK < marks[:, 1]) & (marks[:, 1] < high + MARK)
    return float(1000 * out + 100 * names + near.sum())


def _by_arm(context: Context, rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    arms = [(arm.code, rows[rows["arm"] == arm.code]) for arm in context.spec.arms]
    return [(code, mine) for code, mine in arms if len(mine)]


def _draw_residuals(axis: Axes, context: Context, frame: pd.DataFrame) -> None:
    rows = frame[frame["panel"] == RESIDUAL]
    axis.axhline(0.0, color=LINE, linewidth=0.9, zorder=1)
    for code, mine in _by_arm(context, rows):
        _draw_marks(axis, context.spec, mine, code, f"residuals-{code}")
    _widen(axis)
    _write_names(axis, rows)
    axis.set_title("Residuals against fitted values", loc="left", weight="bold")
    axis.set_xlabel(f"Fitted {scale_sentence(context.spec, context.endpoint)}")
    axis.set_ylabel("Residual")


def _draw_quantiles(axis: Axes, context: Context, frame: pd.DataFrame) -> None:
    rows = frame[frame["panel"] == QUANTILE].sort_values("x")
    band = axis.fill_between(rows["x"], rows["lower"], rows["upper"], color=BAND, linewidth=0, zorder=1)
    band.set_gid("band")
    ends = np.array([rows["x"].min(), rows["x"].max()])
    axis.plot(ends, ends, color=LINE, linewidth=0.9, zorder=2)
    for code, mine in _by_arm(context, rows):
        _draw_marks(axis, context.spec, mine, code, f"quantiles-{code}")
    _widen(axis)
    _write_names(axis, rows)
    axis.set_title("Normal quantile plot with its band", loc="left", weight="bold")
    axis.set_xlabel("Normal quantile")
    axis.set_ylabel("Residual")


def _draw_spreads(axis: Axes, context: Context, frame: pd.DataFrame) -> None:
    spec, rows = context.spec, frame[frame["panel"] == SPREAD]
    visits = [visit for visit in spec.later_visits if (rows["visit"] == visit.code).any()]
    step = 2 * BAR / len(spec.arms)
    for place, arm in enumerate(spec.arms):
        mine = rows[rows["arm"] == arm.code].set_index("visit")
        shift = step * (place - (len(spec.arms) - 1) / 2)
        sample = _sample(spec, arm.code)
        here = [(at, mine.loc[visit.code]) for at, visit in enumerate(visits) if visit.code in mine.index]
        for at, row in here:
            x = at + shift
            (bar,) = axis.plot(
                [x - step / 2, x + step / 2], [row["x"]] * 2, color="black", linewidth=1.6,
                solid_capstyle="butt", zorder=2,
            )  # fmt: skip
            bar.set_gid(f"model-{arm.code}-{visits[at].code}")
            if not np.isfinite(row["y"]):
                continue
            mark = axis.errorbar(
                [x], [row["y"]], yerr=[[row["y"] - row["lower"]], [row["upper"] - row["y"]]],
                color=sample.get_color(), marker=sample.get_marker(), markersize=5.5, capsize=3,
                markerfacecolor=sample.get_markerfacecolor(), elinewidth=1.2, zorder=3,
            )  # fmt: skip
            mark.lines[0].set_gid(f"spread-{arm.code}-{visits[at].code}")
            mark.lines[2][0].set_gid(f"spread-interval-{arm.code}-{visits[at].code}")
    axis.set_xlim(-0.5, len(visits) - 0.5)
    axis.set_ylim(0.0, 1.04 * axis.get_ylim()[1])
    axis.xaxis.set_major_locator(FixedLocator(list(range(len(visits)))))
    axis.set_xticklabels([visit.label for visit in visits])
    axis.set_title("Spread by visit and arm against the model's", loc="left", weight="bold")
    unit = "ln" if context.endpoint.is_log else context.endpoint.difference_unit
    axis.set_ylabel(f"SD of residuals ({unit})" if unit else "SD of residuals")


def _draw_influence(axis: Axes, context: Context, frame: pd.DataFrame) -> None:
    spec, rows = context.spec, frame[frame["panel"] == INFLUENCE]
    axis.set_title("Influence of single subjects", loc="left", weight="bold")
    axis.set_xlabel("Leverage")
    axis.set_ylabel("Change (SE)")
    if rows.empty:
        axis.text(0.5, 0.5, "No comparison of arms", ha="center", va="center", transform=axis.transAxes,
                  size=9, color=QUIET)  # fmt: skip
        return
    axis.axhline(0.0, color=LINE, linewidth=0.9, zorder=1)
    mean = frame.loc[(frame["panel"] == SUMMARY) & (frame["named"] == "leverage.mean"), "y"].iloc[0]
    axis.axvline(mean, color=LINE, linestyle=":", linewidth=1.0, zorder=1).set_gid("mean-leverage")
    if len(spec.active_arms) == 1:
        for code, mine in _by_arm(context, rows):
            _draw_marks(axis, spec, mine, code, f"influence-{code}")
    else:
        for arm in spec.active_arms:
            mine = rows[rows["comparison"] == spec.comparison(arm)]
            _draw_marks(axis, spec, mine, arm.code, f"influence-{arm.code}")
    _widen(axis)
    _write_names(axis, rows)


def _widen(axis: Axes) -> None:
    """Leave room for names at both sides."""
    low, high = axis.get_xlim()
    axis.set_xlim(low, high + 0.04 * (high - low))
    bottom, top = axis.get_ylim()
    axis.set_ylim(bottom - 0.03 * (top - bottom), top + 0.03 * (top - bottom))
