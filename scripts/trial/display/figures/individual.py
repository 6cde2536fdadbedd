"""Single subjects: baseline to the primary visit as slopes, and the sorted changes as a waterfall, by arm."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import set_limits, set_value_axis, set_value_label
from trial.display.figures.changes import ABSENT, SIZE, SUBJECT, change_heading, event_notes
from trial.display.figures.empty import draw_null_report
from trial.display.figures.frame import Canvas, Heading, open_canvas, wrap_text
from trial.display.figures.legend import place_legend, plan_legend
from trial.display.figures.sized import sized_canvas
from trial.display.spec import Arm, Endpoint
from trial.display.wording import population_line

LABEL_WIDTH = 0.95  # inches of the y labels left of the first panel
PANEL_GAP = 0.34
SLOPES, FALL = 2.5, 2.3  # inches: height of the upper and of the lower panels
BETWEEN, FOOT = 0.62, 0.3  # inches below the upper and the lower panels
TITLE_SIZE, TICK_SIZE = 9.0, 8.5
INK = "#1b1f24"

_ABSENT: dict[str, Any] = {
    "color": INK, "marker": "x", "markersize": 5.5, "markeredgewidth": 1.3, "zorder": 6
}  # fmt: skip
_BELOW: dict[str, Any] = {
    "color": INK, "marker": "v", "markersize": 5, "markerfacecolor": "white", "markeredgewidth": 0.9,
    "zorder": 5,
}  # fmt: skip
_EVENT: dict[str, Any] = {
    "color": INK, "marker": "D", "markersize": 4.5, "markerfacecolor": "white", "markeredgewidth": 1.1,
    "zorder": 7,
}  # fmt: skip
RING: dict[str, Any] = {
    "color": INK, "marker": "o", "markersize": 11, "markerfacecolor": "none", "markeredgewidth": 1.3,
    "zorder": 8,
}  # fmt: skip


def change_words(endpoint: Endpoint) -> str:
    """Return what the change of a subject is on the scale of the endpoint."""
    return "ratio to baseline" if endpoint.is_log else "change from baseline"


def individual_heading(context: Context, title: str, frame: pd.DataFrame) -> Heading:
    """Return titles and notes of the figure."""
    definitions = _definitions(context, frame) if len(frame) else ()
    return change_heading(context, (title, population_line(context.spec)), frame, definitions)


def _definitions(context: Context, frame: pd.DataFrame) -> list[str]:
    endpoint, visit = context.endpoint, context.spec.primary_visit(context.endpoint).label
    null = "1" if endpoint.is_log else "0"
    scale = ", on a log axis" if endpoint.is_log else ""
    texts = [
        f"Upper panels: one line per subject with values at baseline and {visit}{scale}. Lower panels: the "
        f"same subjects, one bar each from {null} (no change) to its {change_words(endpoint)}{scale}, "
        "sorted. Observed values, not adjusted: they hold differences between arms at baseline, and "
        "regression to the mean.",
        f"n: subjects with values at baseline and {visit}; N: subjects of the population.",
    ]
    if ABSENT in set(frame["mark"]):
        texts.append(f"Crosses: baseline of subjects without a value at {visit}; they have no bar.")
    if (frame["below_limit"] != "").any():
        texts.append(
            "Triangles: below the limit of quantification, drawn at it. Open bars: one value lies below its "
            "limit; half the limit stands for it, so that the length is not measured. Triangles among the "
            "bars: both do."
        )
    if (frame["unstable"] != "").any():
        texts.append("Rings: the index is unstable there, because glucose lies near its pole.")
    return [*texts, *event_notes(context)]


def draw_individual(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw slopes and waterfall, one column per arm, all with the same axes."""
    if frame.empty:
        return draw_null_report(heading)
    spec, endpoint = context.spec, context.endpoint
    probe = open_canvas(heading, 8.0)
    first = probe.left + LABEL_WIDTH
    width = (probe.right - first - PANEL_GAP * (len(spec.arms) - 1)) / len(spec.arms)
    entries = _legend_entries(context, frame)
    legend = plan_legend(probe.figure, list(entries), probe.right - first)
    titles = [_panel_title(probe.figure, arm, frame, width) for arm in spec.arms]
    title_room = 0.155 * max(title.count("\n") + 1 for title in titles) + 0.1
    canvas = sized_canvas(heading, legend.height + title_room + SLOPES + BETWEEN + FALL + FOOT)
    places = [first + place * (width + PANEL_GAP) for place in range(len(spec.arms))]
    # Row by row, as they are read.
    upper, lower = (
        [
            draw(canvas, context, arm, frame[frame["arm"] == arm.code], frame, left, width)
            for arm, left in zip(spec.arms, places, strict=True)
        ]
        for draw in (_slopes, _waterfall)
    )
    for axis, title in zip(upper, titles, strict=True):
        axis.set_title(title, size=TITLE_SIZE, weight="bold", linespacing=1.1)
    for axis in (*upper[1:], *lower[1:]):
        axis.tick_params(axis="y", labelleft=False)
    _label(endpoint, upper[0], lower[0])
    place_legend(upper[0], legend, list(entries.values()), title_room + 0.04)
    return canvas.figure


def _slopes(
    canvas: Canvas,
    context: Context,
    arm: Arm,
    rows: pd.DataFrame,
    frame: pd.DataFrame,
    left: float,
    width: float,
) -> Axes:
    bottom = canvas.bottom + FOOT + FALL + BETWEEN
    axis = canvas.axes(left, bottom, left + width, bottom + SLOPES)
    spec, style = context.spec, arm_style(context.spec, arm)
    is_log = context.endpoint.is_log
    kept = frame[frame["mark"].isin([SUBJECT, ABSENT])]
    drawn = [*kept["base"].dropna(), *kept["value"].dropna()]
    set_limits(axis, [one for one in drawn if one > 0 or not is_log], is_log)
    set_value_axis(axis, is_log)
    axis.set_xlim(-0.12, 1.12)
    axis.set_xticks([0, 1], [spec.baseline.label, spec.primary_visit(context.endpoint).label], size=TICK_SIZE)
    subjects = rows[rows["mark"] == SUBJECT]
    ends = [[(0, a), (1, b)] for a, b in zip(subjects["base"], subjects["value"], strict=True)]
    lines = LineCollection(ends, colors=style.colour, linewidths=0.9, alpha=0.65, zorder=3)
    lines.set_gid(f"slopes-{arm.code}")
    axis.add_collection(lines, autolim=False)
    absent = rows[rows["mark"] == ABSENT]
    _marks(axis, [0.0] * len(absent), absent["base"], f"absent-{arm.code}", _ABSENT)
    for x, column, names in ((0.0, "base", ("baseline", "both")), (1.0, "value", ("value", "both"))):
        for kind, why, look in (("below", "below_limit", _BELOW), ("unstable", "unstable", RING)):
            chosen = subjects.loc[subjects[why].isin(names), column]
            _marks(axis, [x] * len(chosen), chosen, f"{kind}-{column}-{arm.code}", look)
    marked = subjects.loc[subjects["event"] != "", "value"]
    _marks(axis, [1.0] * len(marked), marked, f"event-{arm.code}", _EVENT)
    return axis


def _marks(axis: Axes, x: list[float], y: "pd.Series[float]", gid: str, look: dict[str, Any]) -> None:
    if len(y):
        axis.plot(x, y, linestyle="none", gid=gid, clip_on=False, **look)


def _waterfall(
    canvas: Canvas,
    context: Context,
    arm: Arm,
    rows: pd.DataFrame,
    frame: pd.DataFrame,
    left: float,
    width: float,
) -> Axes:
    bottom = canvas.bottom + FOOT
    axis = canvas.axes(left, bottom, left + width, bottom + FALL)
    style, is_log = arm_style(context.spec, arm), context.endpoint.is_log
    null = 1.0 if is_log else 0.0
    set_limits(axis, [*frame["change"].dropna(), null], is_log, 0.09)
    set_value_axis(axis, is_log)
    subjects = rows[rows["mark"] == SUBJECT].iloc[::-1]
    places, change = list(range(len(subjects))), subjects["change"].to_numpy(float)
    faces = ["white" if limited else style.colour for limited in subjects["below_limit"]]
    bars = axis.bar(
        places, change - null, bottom=null, width=0.78, color=faces, edgecolor=style.colour, linewidth=0.8,
        zorder=3,
    )  # fmt: skip
    for bar, subject in zip(bars, subjects["subject"], strict=True):
        bar.set_gid(f"bar-{subject}")
    axis.axhline(null, color=INK, linewidth=0.9, zorder=4)
    axis.set_xlim(-1, max(len(subjects), 1))
    axis.set_xticks([])
    axis.set_xlabel("Subjects, sorted by change", size=TICK_SIZE)
    kinds = {"below": "below_limit", "event": "event", "unstable": "unstable"}
    looks = {"below": _BELOW, "event": _EVENT, "unstable": RING}
    for kind, column in kinds.items():
        found = subjects[column]
        chosen = ((found == "both") if kind == "below" else (found != "")).to_numpy(bool)
        _marks(axis, _where(chosen), subjects.loc[chosen, "change"], f"bar-{kind}-{arm.code}", looks[kind])
    return axis


def _where(chosen: "np.ndarray[Any, Any]") -> list[float]:
    """Return the places of the bars that are chosen."""
    return [float(place) for place, is_chosen in enumerate(chosen) if is_chosen]


def _label(endpoint: Endpoint, upper: Axes, lower: Axes) -> None:
    scale = ", log axis" if endpoint.is_log else ""
    set_value_label(upper, f"{endpoint.title}{scale}", endpoint)
    unit = f" ({endpoint.difference_unit})" if endpoint.unit_label and not endpoint.is_log else ""
    words = change_words(endpoint)
    set_value_label(lower, f"{words[0].upper()}{words[1:]}{unit}{scale}", endpoint)


def _panel_title(figure: Figure, arm: Arm, frame: pd.DataFrame, width: float) -> str:
    (size,) = frame[(frame["mark"] == SIZE) & (frame["arm"] == arm.code)].to_dict("records")
    lines = wrap_text(arm.label, width, TITLE_SIZE, "bold")
    return "\n".join([*lines, f"(n={size['n']} of N={size['of']})"])


def _legend_entries(context: Context, frame: pd.DataFrame) -> dict[str, Any]:
    """Return label and sample of every kind of mark that is drawn."""
    visit = context.spec.primary_visit(context.endpoint).label
    none: dict[str, Any] = {"linestyle": "none"}
    kinds = [
        (f"no value at {visit}", ABSENT in set(frame["mark"]), Line2D([], [], **none, **_ABSENT)),
        ("after an intercurrent event", (frame["event"] != "").any(), Line2D([], [], **none, **_EVENT)),
        ("below the limit", (frame["below_limit"] != "").any(), Line2D([], [], **none, **_BELOW)),
        ("unstable index", (frame["unstable"] != "").any(), Line2D([], [], **none, **RING)),
        (
            "bar with one value below the limit",
            (frame["below_limit"] != "").any(),
            Patch(facecolor="white", edgecolor=INK, linewidth=0.8),
        ),
    ]
    return {label: sample for label, is_drawn, sample in kinds if is_drawn}
