"""The empirical distribution of the change at the primary visit: a curve per arm, thresholds as lines."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from trial.display.context import Context
from trial.display.figures.arms import ArmStyle, arm_style
from trial.display.figures.axes import GRID, LABEL_SIZE, benefit_arrow, log_ticks, plain_ticks
from trial.display.figures.changes import SIZE, SUBJECT, change_heading
from trial.display.figures.empty import draw_null_report
from trial.display.figures.frame import Canvas, Heading, open_canvas, wrap_text
from trial.display.figures.individual import INK, RING, change_words
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.figures.sized import sized_canvas
from trial.display.numbers import format_count_percent, format_number
from trial.display.spec import Arm, Endpoint
from trial.display.wording import population_words

RESPONDERS = "responders"
PLOT, AXIS_ROOM, LABEL_WIDTH, MARK_ROOM = 3.4, 0.5, 0.75, 0.2  # inches
TEXT_SIZE, TEXT_LINE = 8.0, 0.155
THRESHOLD = "threshold"


@dataclass(frozen=True)
class Threshold:
    """A change that the responder analysis declares: letter and place on the axis, and what it counts."""

    letter: str
    code: str
    label: str
    at: float


def thresholds(context: Context) -> list[Threshold]:
    """Return the declared falls from baseline; those are differences and have no place on a ratio axis."""
    if context.endpoint.is_log:
        return []
    found = [
        one
        for record in context.records.get(RESPONDERS, ())
        for one in record.get("definitions", ())
        if one["kind"] == "fall"
    ]
    return [
        Threshold(chr(ord("A") + place), one["code"], one["label"], -float(one["amount"]))
        for place, one in enumerate(found)
    ]


def distribution_frame(context: Context, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the subjects with a change and the sizes of `changes`, then each threshold with its responders.

    Returns
    -------
    DataFrame
        Columns of `change_frame`; ``label`` and ``x`` of a threshold, ``n_text`` responders of an arm as
        printed, ``threshold_result_id``.
    """
    kept = changes[changes["mark"].isin([SUBJECT, SIZE])]
    if kept.empty:
        return kept
    rows = [_threshold_row(context, one, arm) for one in thresholds(context) for arm in context.spec.arms]
    lines = pd.DataFrame(rows, columns=["mark", "arm", "label", "x", "n_text", "threshold_result_id"])
    frame = pd.concat([kept, lines.astype({"x": float})], ignore_index=True)
    numbers = ("base", "value", "change", "low", "high", "x")
    return frame.assign(**{name: frame[name].fillna("") for name in frame.columns if name not in numbers})


def _threshold_row(context: Context, threshold: Threshold, arm: Arm) -> dict[str, Any]:
    endpoint, results = context.endpoint, context.results[RESPONDERS]
    found = [
        results.get(endpoint.paramcd, endpoint.primary_visit, arm.code, f"{threshold.code}.observed.{name}")
        for name in ("responders", "N", "pct")
    ]
    text = "not counted"
    if all(one.present for one in found):
        responders, of, percent = (one.value for one in found)
        text = f"{format_count_percent(responders, percent)} of {format_number(of, 0)}"
    return {
        "mark": THRESHOLD, "arm": arm.code, "label": f"{threshold.letter} {threshold.label}",
        "x": threshold.at, "n_text": text, "threshold_result_id": " ".join(one.result_id for one in found),
    }  # fmt: skip


def distribution_heading(context: Context, title: str, frame: pd.DataFrame) -> Heading:
    """Return titles and notes of the curves."""
    definitions = _definitions(context, frame) if len(frame) else ()
    return change_heading(context, (title, population_words(context.spec)), frame, definitions)


def _definitions(context: Context, frame: pd.DataFrame) -> list[str]:
    endpoint, visit = context.endpoint, context.spec.primary_visit(context.endpoint).label
    words = change_words(endpoint)
    texts = [
        f"Curves: percentage of the n subjects whose {words} at {visit} is at most x. "
        f"{_better(endpoint)}n: subjects with values at baseline and {visit}; those without one are in "
        "no curve. N: subjects of the population. Observed values, not adjusted."
    ]
    if THRESHOLD in set(frame["mark"]):
        texts.append(
            "Dotted lines: falls that the responder analysis declares; beside them the responders among "
            "those with a value. Its table has the other rules for missing values and the comparison of arms."
        )
    if (frame["unstable"] != "").any():
        texts.append("Rings: the index is unstable there, because glucose lies near its pole.")
    if (frame["below_limit"] != "").any():
        texts.append(
            "Some values lie below the limit of quantification: half of it stands for them on the curve. "
            "Bands between thin lines: where the curve may lie, whatever these values are."
        )
    return texts


def _better(endpoint: Endpoint) -> str:
    side = {"lower": "left", "higher": "right"}.get(endpoint.benefit)
    return f"Further to the {side} is better. " if side else ""


def draw_distribution(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the curves of all arms with the thresholds."""
    if frame.empty:
        return draw_null_report(heading)
    spec = context.spec
    probe = open_canvas(heading, 7.0)
    left = probe.left + LABEL_WIDTH
    labels = [_arm_label(arm, frame) for arm in spec.arms]
    legend = plan_legend(probe.figure, labels, probe.right - left)
    texts = _threshold_lines(probe.figure, context, frame, probe.right - left)
    below = AXIS_ROOM + TEXT_LINE * len(texts)
    above = MARK_ROOM if texts else 0.06
    canvas = sized_canvas(heading, PLOT + below + above + legend.height)
    axis = canvas.axes(left, canvas.bottom + below, canvas.right, canvas.top - legend.height - above)
    limits = _set_axes(axis, context.endpoint, frame)
    for arm in spec.arms:
        mine = frame[(frame["arm"] == arm.code) & (frame["mark"] == SUBJECT)]
        _draw_curve(axis, context, arm, mine, limits)
    _draw_thresholds(axis, frame)
    _write_lines(canvas, axis, texts)
    _place_legend(axis, context, legend, above)
    return canvas.figure


def _arm_label(arm: Arm, frame: pd.DataFrame) -> str:
    (size,) = frame[(frame["mark"] == SIZE) & (frame["arm"] == arm.code)].to_dict("records")
    return f"{arm.label} (n={size['n']} of N={size['of']})"


def _set_axes(axis: Axes, endpoint: Endpoint, frame: pd.DataFrame) -> tuple[float, float]:
    """Set both axes; return the limits of the change."""
    null = 1.0 if endpoint.is_log else 0.0
    drawn = [*frame["change"].dropna(), *frame["x"].dropna(), null]
    turn, back = (math.log, math.exp) if endpoint.is_log else (float, float)
    found = [turn(value) for value in drawn]
    margin = 0.05 * (max(found) - min(found)) or 0.5
    low, high = back(min(found) - margin), back(max(found) + margin)
    axis.set_ylim(-1.5, 101.5)
    axis.set_yticks(range(0, 101, 20))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{format_number(value, 0)}%"))
    axis.set_ylabel(f"Subjects with at most this {'ratio' if endpoint.is_log else 'change'}", size=LABEL_SIZE)
    axis.grid(color=GRID, linewidth=0.6)
    low, high = axis.set_xlim(low, high)
    if endpoint.is_log:
        axis.set_xscale("log")
        ticks: Sequence[float] = log_ticks(low, high)
        axis.xaxis.set_major_locator(FixedLocator(ticks))
        axis.xaxis.set_minor_locator(NullLocator())
    else:
        axis.xaxis.set_major_locator(MaxNLocator(9, steps=[1, 2, 2.5, 5, 10]))
        ticks = axis.xaxis.get_major_locator().tick_values(low, high)
    axis.xaxis.set_major_formatter(plain_ticks(ticks))
    axis.axvline(null, color="#6e7781", linewidth=0.9, zorder=1)
    axis.set_xlabel(_change_label(endpoint), size=LABEL_SIZE)
    return low, high


def _change_label(endpoint: Endpoint) -> str:
    unit = f" ({endpoint.difference_unit})" if endpoint.unit_label and not endpoint.is_log else ""
    scale = ", log axis" if endpoint.is_log else ""
    return f"{endpoint.label}: {change_words(endpoint)}{unit}{scale}    {benefit_arrow(endpoint)}"


def _draw_curve(
    axis: Axes, context: Context, arm: Arm, rows: pd.DataFrame, limits: tuple[float, float]
) -> None:
    style, n = arm_style(context.spec, arm), len(rows)
    if n == 0:
        return
    change = np.sort(rows["change"].to_numpy(float))
    low, high = limits
    x = np.concatenate([[low], change, [high]])
    y = 100 * np.concatenate([np.arange(n + 1), [n]]) / n
    (line,) = axis.step(x, y, where="post", color=style.colour, linestyle=style.line, linewidth=1.9, zorder=4)
    line.set_gid(f"ecdf-{arm.code}")
    (points,) = axis.plot(
        change, y[1:-1], linestyle="none", marker=style.marker, markersize=3.6, color=style.colour, zorder=5,
        clip_on=False,
    )  # fmt: skip
    points.set_gid(f"points-{arm.code}")
    unstable = (rows.sort_values("change")["unstable"] != "").to_numpy(bool)
    if unstable.any():
        axis.plot(change[unstable], y[1:-1][unstable], gid=f"unstable-{arm.code}",
                  linestyle="none", clip_on=False, **RING)  # fmt: skip
    if (rows["below_limit"] != "").any():
        _draw_band(axis, rows, style, limits, arm)


def _draw_band(
    axis: Axes, rows: pd.DataFrame, style: ArmStyle, limits: tuple[float, float], arm: Arm
) -> None:
    """Shade where the curve may lie: all of the unknown changes as high, or as low as they can be."""
    low, high = (np.sort(rows[name].to_numpy(float)) for name in ("low", "high"))
    grid = np.unique(np.clip(np.concatenate([low, high, limits]), *limits))
    least, most = (100 * np.searchsorted(ends, grid, side="right") / len(rows) for ends in (high, low))
    band = axis.fill_between(
        grid, least, most, step="post", color=style.colour, alpha=0.14, linewidth=0, zorder=2
    )
    band.set_gid(f"band-{arm.code}")
    for edge in (least, most):
        axis.step(grid, edge, where="post", color=style.colour, linestyle=style.line, linewidth=0.7, zorder=3)


def _draw_thresholds(axis: Axes, frame: pd.DataFrame) -> None:
    found = frame[frame["mark"] == THRESHOLD].drop_duplicates("label")
    for label, x in zip(found["label"], found["x"], strict=True):
        letter = label.partition(" ")[0]
        axis.axvline(x, color=INK, linestyle=":", linewidth=1.2, zorder=3, gid=f"threshold-{letter}")
        axis.text(x, 1.01, letter, transform=axis.get_xaxis_transform(), size=TEXT_SIZE, weight="bold",
                  ha="center", va="bottom")  # fmt: skip


def _threshold_lines(figure: Figure, context: Context, frame: pd.DataFrame, width: float) -> list[str]:
    """Return what stands below the axis: each threshold with the responders of each arm."""
    lines: list[str] = []
    found = frame[frame["mark"] == THRESHOLD]
    for label, rows in found.groupby("label", sort=False):
        arms = [
            f"{context.spec.arm(arm).label} {text}"
            for arm, text in zip(rows["arm"], rows["n_text"], strict=True)
        ]
        lines += wrap_text(f"{label}: {'; '.join(arms)}", width, TEXT_SIZE)
    return lines


def _write_lines(canvas: Canvas, axis: Axes, texts: Sequence[str]) -> None:
    height = canvas.figure.get_size_inches()[1]
    x = axis.get_position().x0
    for place, text in enumerate(texts):
        y = (canvas.bottom + TEXT_LINE * (len(texts) - place) + 0.02) / height
        canvas.figure.text(x, y, text, size=TEXT_SIZE, va="top")


def _place_legend(axis: Axes, context: Context, plan: LegendPlan, gap: float) -> None:
    styles = [arm_style(context.spec, arm) for arm in context.spec.arms]
    handles = [
        Line2D(
            [], [], color=style.colour, linestyle=style.line, marker=style.marker, markersize=4, linewidth=1.9
        )
        for style in styles
    ]
    place_legend(axis, plan, handles, gap)
