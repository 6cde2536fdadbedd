"""Individual courses by arm: one line per subject, the middle of the arm on top."""

import math
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import (
    plan_visit_axis,
    set_limits,
    set_value_axis,
    set_value_label,
    set_visit_axis,
)
from trial.display.figures.frame import Heading, open_canvas, wrap_text
from trial.display.figures.legend import place_legend, plan_legend
from trial.display.notes import assemble_notes
from trial.display.results import Results
from trial.display.spec import Arm, Endpoint, OutputSpec
from trial.display.wording import output_number, population_line
from trial.study.rules import UNSTABLE_INDEX

SUBJECT, MIDDLE = "subject", "middle"
LABEL_WIDTH = 0.85  # inches of the y labels left of the first panel
PANEL_GAP = 0.34
TITLE_SIZE = 9.0


def spaghetti_frame(
    spec: OutputSpec, endpoint: Endpoint, adlb: pd.DataFrame, results: Results
) -> pd.DataFrame:
    """Return the plotted data: one row per subject and visit, then the middle of each arm.

    Returns
    -------
    DataFrame
        ``mark`` (subject or middle), ``arm, subject, visit, day, value`` (the limit where `below_limit` is
        ``Y``: the value is less), ``below_limit``, ``unstable`` (``Y``: close to the pole of an index),
        ``last`` (``Y``: visits follow, values do not), ``line`` (from the value before: solid, dotted over a
        missing visit, empty for a first value), ``result_id`` of the middle.
    """
    chosen = adlb[(adlb["PARAMCD"] == endpoint.paramcd) & (adlb["ANL01FL"] == "Y") & adlb["AVAL"].notna()]
    chosen = chosen[chosen[spec.population.flag] == "Y"]
    rows: list[dict[str, object]] = []
    for arm in spec.arms:
        for _, records in chosen[chosen[spec.treatment] == arm.code].groupby("USUBJID", sort=True):
            rows += _subject_rows(spec, arm, records)
    rows += [row for arm in spec.arms for row in _middle_rows(spec, endpoint, arm, results)]
    columns = [
        "mark", "arm", "subject", "visit", "day", "value", "below_limit", "unstable", "last", "line",
        "result_id",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def draw_spaghetti(spec: OutputSpec, endpoint: Endpoint, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw one panel per arm from the plotted data, all with the same axes."""
    canvas = open_canvas(heading)
    figure, first_left = canvas.figure, canvas.left + LABEL_WIDTH
    entries = _legend_entries(endpoint, frame)
    legend = plan_legend(figure, list(entries), canvas.right - first_left)
    width = (canvas.right - first_left - PANEL_GAP * (len(spec.arms) - 1)) / len(spec.arms)
    visits = plan_visit_axis(figure, spec.visits, width, PANEL_GAP)
    titles = [_panel_title(figure, arm, frame, width) for arm in spec.arms]
    title_room = 0.155 * max(title.count("\n") + 1 for title in titles) + 0.1
    panels = []
    for place, (arm, title) in enumerate(zip(spec.arms, titles, strict=True)):
        left = first_left + place * (width + PANEL_GAP)
        axis = canvas.axes(
            left, canvas.bottom + visits.room, left + width, canvas.top - legend.height - title_room
        )
        set_limits(axis, frame["value"].to_list(), endpoint.is_log)
        set_value_axis(axis, endpoint.is_log)
        set_visit_axis(axis, spec.visits, "Scheduled visit, to scale", visits)
        axis.set_title(title, size=TITLE_SIZE, weight="bold", linespacing=1.1)
        axis.tick_params(axis="y", labelleft=place == 0)
        _draw_arm(axis, spec, arm, frame[frame["arm"] == arm.code])
        panels.append(axis)
    scale = ", log axis" if endpoint.is_log else ""
    set_value_label(panels[0], f"{endpoint.title}{scale}", endpoint)
    place_legend(panels[0], legend, list(entries.values()), title_room + 0.04)
    return figure


def spaghetti_heading(context: Context, title: str, frame: pd.DataFrame) -> Heading:
    """Return titles and notes of the individual courses."""
    spec, endpoint = context.spec, context.endpoint
    middle = "geometric mean" if endpoint.is_log else "median"
    text = (
        f"Thin lines: analysed values of one subject at the scheduled visits; dotted over a missing visit. "
        f"Thick line: {middle} of the values of the arm at the visit."
    )
    if "Y" in set(frame["below_limit"]):
        text += (
            " Open triangles: below the limit of quantification, drawn at it (half of it enters the mean)."
        )
    if "Y" in set(frame["unstable"]):
        text += " Open squares: unstable values, from a glucose close to the pole of the formula."
    notes = assemble_notes(
        context,
        denominators=(text, "n in the panel: subjects with at least one value."),
        warnings=[*context.results["observed"].warnings(endpoint.paramcd), *_withheld(context)],
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, population_line(spec)),
        tuple(note.printed for note in notes),
        context.stamp,
    )


def _withheld(context: Context) -> list[str]:
    """Return why the thick line is missing somewhere, by arm."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["observed"]
    name = "AVAL.geomean" if endpoint.is_log else "AVAL.median"
    found = {
        f"{arm.label}: {statistic.reason}": None
        for arm in spec.arms
        for visit in spec.visits
        if (statistic := results.get(endpoint.paramcd, visit.code, arm.code, name)).withheld
    }
    return list(found)


def _subject_rows(spec: OutputSpec, arm: Arm, records: pd.DataFrame) -> list[dict[str, object]]:
    is_below = (records["BLQFL"] == "Y") & records["LLOQ"].notna()
    # A value below its limit is drawn at the limit: nothing was measured at its substitute.
    values = dict(zip(records["AVISIT"], records["AVAL"].where(~is_below, records["LLOQ"]), strict=True))
    below = dict(zip(records["AVISIT"], records["BLQFL"], strict=True))
    flagged = records["REASON"].str.contains(UNSTABLE_INDEX, regex=False)
    unstable = set(records.loc[flagged, "AVISIT"])
    subject = records["USUBJID"].iloc[0]
    places = [place for place, visit in enumerate(spec.visits) if visit.code in values]
    lines = ["", *("solid" if b - a == 1 else "dotted" for a, b in pairwise(places))]
    rows = []
    for place, line in zip(places, lines, strict=True):
        visit = spec.visits[place]
        is_last = place == places[-1] and place < len(spec.visits) - 1
        rows.append(
            {
                "mark": SUBJECT,
                "arm": arm.code,
                "subject": subject,
                "visit": visit.code,
                "day": visit.day,
                "value": values[visit.code],
                "below_limit": below[visit.code],
                "unstable": "Y" if visit.code in unstable else "",
                "last": "Y" if is_last else "",
                "line": line,
                "result_id": "",
            }
        )
    return rows


def _middle_rows(spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results) -> list[dict[str, object]]:
    name = "AVAL.geomean" if endpoint.is_log else "AVAL.median"
    rows = []
    for visit in spec.visits:
        statistic = results.get(endpoint.paramcd, visit.code, arm.code, name)
        rows.append(
            {
                "mark": MIDDLE,
                "arm": arm.code,
                "subject": "",
                "visit": visit.code,
                "day": visit.day,
                "value": statistic.value if statistic.present else math.nan,
                "below_limit": "",
                "unstable": "",
                "last": "",
                "line": "",
                "result_id": statistic.result_id,
            }
        )
    return rows


def _draw_arm(axis: Axes, spec: OutputSpec, arm: Arm, rows: pd.DataFrame) -> None:
    style = arm_style(spec, arm)
    subjects = rows[rows["mark"] == SUBJECT]
    for subject, course in subjects.groupby("subject", sort=True):
        points = list(zip(course["day"], course["value"], strict=True))
        for (a, b), line in zip(pairwise(points), course["line"].iloc[1:], strict=True):
            dashes = "-" if line == "solid" else ":"
            axis.plot(
                *zip(a, b, strict=True), color=style.colour, linestyle=dashes, linewidth=0.8, alpha=0.55
            )
        axis.lines[-1].set_gid(f"course-{subject}") if len(points) > 1 else None
    plain = subjects[(subjects["below_limit"] != "Y") & (subjects["last"] != "Y")]
    _marks(axis, plain, f"values-{arm.code}", color=style.colour, marker="o", markersize=2.4, zorder=4)
    _marks(axis, subjects[subjects["last"] == "Y"], f"last-{arm.code}", **_LAST)
    _marks(axis, subjects[subjects["below_limit"] == "Y"], f"below-{arm.code}", **_BELOW)
    _marks(axis, subjects[subjects["unstable"] == "Y"], f"unstable-{arm.code}", **_UNSTABLE)
    middle = rows[rows["mark"] == MIDDLE]
    axis.plot(middle["day"], middle["value"], color="white", linewidth=4.4, zorder=5)
    axis.plot(middle["day"], middle["value"], gid=f"middle-{arm.code}", zorder=6, **_MIDDLE)


# Ends and limits lie over the thick line, which could hide them.
_LAST: dict[str, Any] = {
    "color": "#1b1f24", "marker": "x", "markersize": 5.5, "markeredgewidth": 1.3, "zorder": 8
}  # fmt: skip
_BELOW: dict[str, Any] = {
    "color": "#1b1f24", "marker": "v", "markersize": 5, "markerfacecolor": "white", "markeredgewidth": 0.9,
    "zorder": 7,
}  # fmt: skip
_UNSTABLE: dict[str, Any] = {
    "color": "#1b1f24", "marker": "s", "markersize": 6.5, "markerfacecolor": "none", "markeredgewidth": 1.1,
    "zorder": 8,
}  # fmt: skip
_MIDDLE: dict[str, Any] = {
    "color": "black", "linewidth": 2.4, "marker": "D", "markersize": 6, "markeredgecolor": "white"
}  # fmt: skip


def _marks(axis: Axes, rows: pd.DataFrame, gid: str, **look: Any) -> None:
    if len(rows):
        axis.plot(rows["day"], rows["value"], linestyle="none", gid=gid, **look)


def _panel_title(figure: Figure, arm: Arm, frame: pd.DataFrame, width: float) -> str:
    count = frame.loc[(frame["arm"] == arm.code) & (frame["mark"] == SUBJECT), "subject"].nunique()
    return "\n".join(wrap_text(f"{arm.label} (n={count})", width, TITLE_SIZE, "bold"))


def _legend_entries(endpoint: Endpoint, frame: pd.DataFrame) -> dict[str, Line2D]:
    """Return label and sample of every kind of mark that is drawn."""
    line: dict[str, Any] = {"color": "#57606a", "linewidth": 1}
    kinds = [
        ("one subject", True, Line2D([], [], marker="o", markersize=3, **line)),
        ("over a missing visit", "dotted" in set(frame["line"]), Line2D([], [], linestyle=":", **line)),
        ("last value, nothing later", "Y" in set(frame["last"]), Line2D([], [], linestyle="none", **_LAST)),
        ("below the limit", "Y" in set(frame["below_limit"]), Line2D([], [], linestyle="none", **_BELOW)),
        ("unstable value", "Y" in set(frame["unstable"]), Line2D([], [], linestyle="none", **_UNSTABLE)),
        ("geometric mean" if endpoint.is_log else "median", True, Line2D([], [], **_MIDDLE)),
    ]
    return {label: sample for label, is_drawn, sample in kinds if is_drawn}
