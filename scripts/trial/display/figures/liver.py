"""The plot of peaks of liver tests: one panel per transaminase, subjects as marks, named quadrants."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import GRID, log_ticks, plain_ticks
from trial.display.figures.frame import QUIET, Heading, open_canvas
from trial.display.figures.legend import place_legend, plan_legend
from trial.display.laboratory import (
    ROLE,
    Parameter,
    baseline_note,
    by_code,
    in_line,
    limits_notes,
    rules_of_liver,
)
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number, format_plain
from trial.display.wording import NULL_REPORT, output_number, population_line
from trial.endpoints.peaks import BILIRUBIN, HYS_LAW, NEITHER, QUADRANTS, TEMPLE, find_peaks

NAMES = {
    HYS_LAW: "Range of Hy's law",
    TEMPLE: "Temple's corollary",
    BILIRUBIN: "Raised bilirubin alone",
    NEITHER: "Neither raised",
}
SUBJECT, COUNT = "subject", "count"
LABEL_WIDTH, AXIS_ROOM, HEAD_ROOM, GAP = 0.75, 0.55, 0.3, 0.3
SMALL = 7.5
COLUMNS = (
    "mark", "parameter", "arm", "subject", "quadrant", "peak", "bilirubin", "n", "of", "result_id"
)  # fmt: skip


def peak_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data: one row per subject and panel, then the subjects in each quadrant by arm.

    Returns
    -------
    DataFrame
        ``mark`` (subject or count), ``parameter`` (the transaminase), ``arm, subject, quadrant``; ``peak``
        and ``bilirubin`` in multiples of the upper limit; ``n`` in the quadrant, ``of`` with both peaks, with
        their result_ids.
    """
    rules = rules_of_liver(context)
    rows = [row for code in rules.get("transaminases", ()) for row in _rows(context, code, rules)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(context: Context, code: str, rules: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    spec, records = context.spec, context.data["adlbsaf"]
    members = records[records[spec.population.flag] == "Y"]
    peaks = find_peaks(members, code, rules["bilirubin"], rules["times"], rules["bilirubin_times"])
    arms = dict(zip(members["USUBJID"], members[spec.treatment], strict=True))
    empty = {"parameter": code, "subject": "", "peak": math.nan, "bilirubin": math.nan, "n": math.nan}
    for subject, peak in peaks.to_dict("index").items():
        yield empty | {
            "mark": SUBJECT, "arm": arms[str(subject)], "subject": subject, "quadrant": peak["QUADRANT"],
            "peak": peak["PEAK"], "bilirubin": peak["BILIRUBIN"], "of": math.nan, "result_id": "",
        }  # fmt: skip
    for quadrant in QUADRANTS:
        for arm in spec.arms:
            found = [
                context.results[ROLE].get("", "", arm.code, f"edish.{code}.{name}.n")
                for name in (quadrant, "BOTH")
            ]
            yield empty | {
                "mark": COUNT, "arm": arm.code, "quadrant": quadrant, "n": found[0].value,
                "of": found[1].value, "result_id": " ".join(one.result_id for one in found),
            }  # fmt: skip


def peak_heading(context: Context, title: str) -> Heading:
    """Return titles and notes."""
    rules = rules_of_liver(context)
    words: list[str] = []
    if rules:
        found = by_code(context)
        names = {one: found[one].label for one in (*rules["transaminases"], rules["bilirubin"])}
        times, yellow = format_plain(rules["times"]), format_plain(rules["bilirubin_times"])
        either = " or ".join(names[one] for one in rules["transaminases"])
        words = [
            baseline_note(context),
            f"One mark is one subject: its highest {either} and its highest {names[rules['bilirubin']]} "
            "after baseline, each in multiples of the upper limit of its own result, whenever they were. "
            f"Both axes are logarithmic. Dashed: {times} × ULN and {yellow} × ULN, from which a peak is "
            "raised; dotted: the upper limit itself.",
            "n in a quadrant: its subjects by arm, in the order of the legend, of those with both peaks "
            f"({_with_both(context, rules['transaminases'], names)}). Candidates of Hy's law, whose two "
            "values lie near each other in time, are in the listing.",
            *limits_notes(context, [found[one] for one in names]),
        ]
        if rules["alkaline_phosphatase"] is None:
            words.append("Alkaline phosphatase is not measured: cholestasis cannot be told apart.")
    notes = assemble_notes(context, abbreviations=["ULN"], denominators=words)
    sizes = ", ".join(in_line(context, arm) for arm in context.spec.arms)
    titles = (title, f"{population_line(context.spec)}. {sizes}")
    return Heading(
        output_number("Figure", context.spec.id), titles, tuple(note.printed for note in notes), context.stamp
    )


def _with_both(context: Context, codes: Sequence[str], names: Mapping[str, str]) -> str:
    """Return the subjects with both peaks by transaminase and arm."""
    results = context.results[ROLE]
    parts = []
    for code in codes:
        sizes = [results.get("", "", arm.code, f"edish.{code}.BOTH.n").value for arm in context.spec.arms]
        parts.append(f"{names[code]}: {' / '.join(map(_count, sizes))}")
    return ", ".join(parts)


def peak_text(context: Context, frame: pd.DataFrame) -> str:
    """Return what the plot shows, in words and numbers."""
    if frame.empty:
        return NULL_REPORT
    found, parts = by_code(context), []
    for code, rows in frame[frame["mark"] == COUNT].groupby("parameter", sort=False):
        for quadrant, several in rows.groupby("quadrant", sort=False):
            counts = "; ".join(
                f"{context.spec.arm(row['arm']).label} {_count(row['n'])} of {_count(row['of'])}"
                for row in several.to_dict("records")
            )
            parts.append(f"{found[str(code)].label}, {NAMES[str(quadrant)]}: {counts}")
    return f"{'. '.join(parts)}."


def _count(value: float) -> str:
    return format_number(value, 0)


def draw_peaks(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw one panel per transaminase, all with the same axes."""
    spec, rules = context.spec, rules_of_liver(context)
    canvas = open_canvas(heading)
    if frame.empty:
        axis = canvas.axes(canvas.left, canvas.bottom, canvas.right, canvas.top)
        axis.set_axis_off()
        axis.text(0.5, 0.5, NULL_REPORT, ha="center", va="center", size=9, transform=axis.transAxes)
        return canvas.figure
    left = canvas.left + LABEL_WIDTH
    legend = plan_legend(canvas.figure, [arm.label for arm in spec.arms], canvas.right - left)
    codes, found = rules["transaminases"], by_code(context)
    width = (canvas.right - left - GAP * (len(codes) - 1)) / len(codes)
    limits = _limits(frame, rules)
    axes = []
    for place, code in enumerate(codes):
        start = left + place * (width + GAP)
        axis = canvas.axes(
            start, canvas.bottom + AXIS_ROOM, start + width, canvas.top - legend.height - HEAD_ROOM
        )
        _set_axes(axis, limits, found[code])
        _draw_lines(axis, rules)
        _draw_marks(axis, context, frame[frame["parameter"] == code])
        _name_quadrants(axis, frame[(frame["parameter"] == code) & (frame["mark"] == COUNT)])
        axis.tick_params(axis="y", labelleft=place == 0)
        axes.append(axis)
    axes[0].set_ylabel(f"Highest {found[rules['bilirubin']].label} (× ULN)", size=9)
    place_legend(axes[0], legend, [_sample(context, arm.code) for arm in spec.arms], HEAD_ROOM)
    return canvas.figure


def _limits(frame: pd.DataFrame, rules: Mapping[str, Any]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the limits of x and y: room on both sides of the lines, and every mark."""
    pairs = []
    for name, line in (("peak", rules["times"]), ("bilirubin", rules["bilirubin_times"])):
        values = [*frame[name].dropna(), 0.12, 4.0 * line]
        positive = [value for value in values if value > 0]
        pairs.append((0.85 * min(positive), 1.25 * max(positive)))
    return pairs[0], pairs[1]


def _set_axes(
    axis: Axes, limits: tuple[tuple[float, float], tuple[float, float]], parameter: Parameter
) -> None:
    axis.set_xscale("log")
    axis.set_yscale("log")
    taken = axis.set_xlim(*limits[0]), axis.set_ylim(*limits[1])
    for each, ends in zip((axis.xaxis, axis.yaxis), taken, strict=True):
        ticks = log_ticks(*ends)
        each.set_major_locator(FixedLocator(ticks))
        each.set_minor_locator(NullLocator())
        each.set_major_formatter(plain_ticks(ticks))
    axis.grid(color=GRID, linewidth=0.5)
    axis.set_axisbelow(True)
    axis.set_title(parameter.label, size=9.5, weight="bold")
    axis.set_xlabel(f"Highest {parameter.label} (× ULN)", size=9)


def _draw_lines(axis: Axes, rules: Mapping[str, Any]) -> None:
    for draw, value in ((axis.axvline, rules["times"]), (axis.axhline, rules["bilirubin_times"])):
        draw(1.0, color="#6e7781", linestyle=":", linewidth=0.9, zorder=1)
        draw(value, color="black", linestyle="--", linewidth=1.1, zorder=2)


def _draw_marks(axis: Axes, context: Context, rows: pd.DataFrame) -> None:
    subjects = rows[rows["mark"] == SUBJECT]
    for arm in context.spec.arms:
        mine = subjects[subjects["arm"] == arm.code]
        if len(mine):
            sample = _sample(context, arm.code)
            (line,) = axis.plot(
                mine["peak"], mine["bilirubin"], linestyle="none", marker=sample.get_marker(),
                color=sample.get_color(), markerfacecolor=sample.get_markerfacecolor(), markersize=5,
                markeredgewidth=1.0, zorder=4, clip_on=False,
            )  # fmt: skip
            line.set_gid(f"peaks-{rows['parameter'].iloc[0]}-{arm.code}")
    for subject, x, y in subjects.loc[
        subjects["quadrant"] != NEITHER, ["subject", "peak", "bilirubin"]
    ].itertuples(index=False):
        axis.annotate(subject, (x, y), xytext=(5, 3), textcoords="offset points", size=SMALL - 0.5, zorder=5)


def _sample(context: Context, code: str) -> Line2D:
    style = arm_style(context.spec, context.spec.arm(code))
    face = "white" if code == context.spec.reference_arm else style.colour
    return Line2D(
        [], [], color=style.colour, marker=style.marker, linestyle="none", markersize=5, markerfacecolor=face
    )


def _name_quadrants(axis: Axes, counts: pd.DataFrame) -> None:
    """Write name and counts of each quadrant into its outer corner."""
    corners = {
        HYS_LAW: (0.985, 0.985),
        TEMPLE: (0.985, 0.015),
        BILIRUBIN: (0.015, 0.985),
        NEITHER: (0.015, 0.015),
    }
    for quadrant, (x, y) in corners.items():
        numbers: Sequence[float] = counts.loc[counts["quadrant"] == quadrant, "n"].tolist()
        text = f"{NAMES[quadrant]}\nn: {' / '.join(_count(number) for number in numbers)}"
        axis.text(
            x, y, text, transform=axis.transAxes, size=SMALL, color=QUIET, weight="bold",
            ha="right" if x > 0.5 else "left", va="top" if y > 0.5 else "bottom", zorder=3,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0, "alpha": 0.75},
        )  # fmt: skip
