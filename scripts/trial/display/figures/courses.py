"""Small multiples of the safety laboratory: courses of subjects, medians of arms, limits of normal."""

import math
from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import set_limits, set_value_axis
from trial.display.figures.frame import QUIET, Canvas, Heading, open_canvas, wrap_text
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.laboratory import ROLE, Parameter, baseline_note, in_line, limits_notes, measured
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number, format_plain
from trial.display.wording import NULL_REPORT, output_number, population_line

SUBJECT, MIDDLE, LIMIT = "subject", "median", "limit"
ACROSS = 3  # panels beside each other
PANEL, GAP_X, GAP_Y, LABEL, FOOT = 1.75, 0.62, 0.62, 0.5, 0.45  # inches
SHARE = 0.1  # of the results of a parameter: a limit of fewer is not drawn
SMALL = 7.5
COLUMNS = ("mark", "parameter", "arm", "subject", "visit", "day", "value", "limit", "result_id")


def course_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data: results of subjects, medians by visit and arm, and limits.

    Returns
    -------
    DataFrame
        ``mark`` (subject, median, limit), ``parameter, arm, subject, visit, day, value``; ``limit`` ULN or
        LLN; ``result_id`` of a median.
    """
    rows = [row for one in measured(context) for row in _rows(context, one)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(context: Context, parameter: Parameter) -> Iterator[dict[str, object]]:
    spec, found = context.spec, context.data["adlbsaf"]
    mine = found[(found["PARAMCD"] == parameter.code) & (found[spec.population.flag] == "Y")]
    empty = dict.fromkeys(COLUMNS, "") | {"parameter": parameter.code, "day": math.nan}
    shown = mine[mine["AVAL"].notna() & mine["ADY"].notna()].sort_values(["USUBJID", "ADY", "ASEQ"])
    for arm in spec.arms:
        for record in shown[shown[spec.treatment] == arm.code].to_dict("records"):
            yield empty | {
                "mark": SUBJECT, "arm": arm.code, "subject": record["USUBJID"], "visit": record["AVISIT"],
                "day": record["ADY"], "value": record["AVAL"],
            }  # fmt: skip
        standing = shown[(shown["ANL01FL"] == "Y") & (shown[spec.treatment] == arm.code)]
        for visit in spec.visits:
            name = f"{parameter.code}.AVAL.median"
            statistic = context.results[ROLE].get("", visit.code, arm.code, name)
            if visit.code in parameter.visits and statistic.present:
                yield empty | {
                    "mark": MIDDLE, "arm": arm.code, "visit": visit.code, "value": statistic.value,
                    "day": standing.loc[standing["AVISIT"] == visit.code, "ADY"].median(),
                    "result_id": statistic.result_id,
                }  # fmt: skip
    for column, name in (("ANRHI", "ULN"), ("ANRLO", "LLN")):
        shares = mine[column].dropna().value_counts() / max(len(mine), 1)
        for value in sorted(shares.index[shares >= SHARE]):
            yield empty | {"mark": LIMIT, "value": value, "limit": name}


def course_heading(context: Context, title: str) -> Heading:
    """Return titles and notes."""
    words = [
        baseline_note(context),
        "Thin lines: the results of one subject by day from time zero; dots alone where there is one. Thick "
        "lines: median of the arm at each scheduled visit, drawn at the median day of its results. Dashed: "
        "limits of normal that at least a tenth of the results have (several where they differ by sex or "
        "laboratory). Ticks: target days of the visits.",
        *limits_notes(context, measured(context)),
    ]
    notes = assemble_notes(context, abbreviations=["LLN", "ULN"], denominators=words)
    sizes = ", ".join(in_line(context, arm) for arm in context.spec.arms)
    return Heading(
        output_number("Figure", context.spec.id),
        (title, f"{population_line(context.spec)}. {sizes}"),
        tuple(note.printed for note in notes),
        context.stamp,
    )


def course_text(context: Context, frame: pd.DataFrame) -> str:
    """Return the medians in words and numbers."""
    if frame.empty:
        return NULL_REPORT
    spec, parts = context.spec, []
    middles = frame[frame["mark"] == MIDDLE]
    for one in measured(context):
        for arm in spec.arms:
            rows = middles[(middles["parameter"] == one.code) & (middles["arm"] == arm.code)]
            points = [
                f"{format_number(value, one.decimals + 1)} at {spec.visit(visit).label}"
                for visit, value in zip(rows["visit"], rows["value"], strict=True)
            ]
            if points:
                parts.append(f"{one.title}, median of {arm.label}: {', '.join(points)}")
    return f"{'. '.join(parts)}."


def draw_courses(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the panels; the height follows their number."""
    shown = measured(context)
    if not shown:
        canvas = open_canvas(heading, 4.0)
        axis = canvas.axes(canvas.left, canvas.bottom, canvas.right, canvas.top)
        axis.set_axis_off()
        axis.text(0.5, 0.5, NULL_REPORT, ha="center", va="center", size=9, transform=axis.transAxes)
        return canvas.figure
    rows = -(-len(shown) // ACROSS)
    labels = [arm.label for arm in context.spec.arms]
    legend = plan_legend(open_canvas(heading, 4.0).figure, labels, 8.0)
    canvas = _canvas(heading, rows * PANEL + (rows - 1) * GAP_Y + FOOT + legend.height + 0.35)
    width = (canvas.right - canvas.left - LABEL - (ACROSS - 1) * GAP_X) / ACROSS
    for place, one in enumerate(shown):
        row, column = divmod(place, ACROSS)
        left = canvas.left + LABEL + column * (width + GAP_X)
        top = canvas.top - legend.height - 0.35 - row * (PANEL + GAP_Y)
        axis = canvas.axes(left, top - PANEL, left + width, top)
        _draw_panel(axis, context, one, frame[frame["parameter"] == one.code])
        _write_title(axis, canvas, one, width)
        if place == 0:
            _place_legend(axis, context, legend)
    return canvas.figure


def _canvas(heading: Heading, plot: float, height: float = 6.0) -> Canvas:
    """Return a canvas with `plot` inches of room."""
    canvas = open_canvas(heading, height)
    missing = plot - (canvas.top - canvas.bottom)
    return canvas if abs(missing) < 0.01 else _canvas(heading, plot, height + missing)


def _draw_panel(axis: Axes, context: Context, parameter: Parameter, rows: pd.DataFrame) -> None:
    spec = context.spec
    set_limits(axis, rows["value"].tolist(), is_log=False)
    set_value_axis(axis, is_log=False)
    subjects = rows[rows["mark"] == SUBJECT]
    for arm in spec.arms:
        style = arm_style(spec, arm)
        for subject, course in subjects[subjects["arm"] == arm.code].groupby("subject", sort=True):
            mark = "." if len(course) == 1 else ""
            (line,) = axis.plot(
                course["day"], course["value"], color=style.colour, linewidth=0.5, alpha=0.4, marker=mark,
                markersize=2.5,
            )  # fmt: skip
            line.set_gid(f"course-{parameter.code}-{subject}")
    for arm in spec.arms:
        style = arm_style(spec, arm)
        middle = rows[(rows["mark"] == MIDDLE) & (rows["arm"] == arm.code)]
        axis.plot(middle["day"], middle["value"], color="white", linewidth=3.6, zorder=5)
        face = "white" if arm.code == spec.reference_arm else style.colour
        (line,) = axis.plot(
            middle["day"], middle["value"], color=style.colour, linestyle=style.line, marker=style.marker,
            linewidth=1.8, markersize=4.5, markerfacecolor=face, zorder=6,
        )  # fmt: skip
        line.set_gid(f"median-{parameter.code}-{arm.code}")
    for value, name in rows.loc[rows["mark"] == LIMIT, ["value", "limit"]].itertuples(index=False):
        axis.axhline(value, color="black", linestyle=(0, (4, 2)), linewidth=0.9, zorder=4)
        axis.annotate(
            name, (1, value), xycoords=axis.get_yaxis_transform(), xytext=(2, 0), textcoords="offset points",
            size=SMALL - 1, va="center", color=QUIET, annotation_clip=False,
        )  # fmt: skip
    _set_days(axis, context, subjects)


def _set_days(axis: Axes, context: Context, subjects: pd.DataFrame) -> None:
    """Put the target days of the visits on the x axis, over all days of the study's results."""
    days = [visit.day for visit in context.spec.visits]
    found = context.data["adlbsaf"]["ADY"].dropna()
    first, last = min([*days, *found]), max([*days, *found])
    margin = 0.03 * (last - first)
    axis.set_xlim(first - margin, last + margin)
    axis.set_xticks(days, [format_plain(day) for day in days])
    axis.tick_params(labelsize=SMALL)
    axis.set_xlabel("Day from time zero", size=SMALL, labelpad=2)


def _write_title(axis: Axes, canvas: Canvas, parameter: Parameter, width: float) -> None:
    lines = wrap_text(parameter.title, width, 8.5, "bold")
    axis.set_title("\n".join(lines), size=8.5, weight="bold", pad=4)


def _place_legend(axis: Axes, context: Context, plan: LegendPlan) -> None:
    handles = []
    for arm in context.spec.arms:
        style = arm_style(context.spec, arm)
        face = "white" if arm.code == context.spec.reference_arm else style.colour
        handles.append(
            Line2D([], [], color=style.colour, linestyle=style.line, marker=style.marker, linewidth=1.8,
                   markersize=4.5, markerfacecolor=face)
        )  # fmt: skip
    place_legend(axis, plan, handles, 0.3)
