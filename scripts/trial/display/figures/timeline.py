"""The timeline of adverse events: a line per subject, events by severity, infusion, rescue, end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from trial.display.adverse import EMERGENT, severities
from trial.display.context import Context
from trial.display.figures.axes import GRID, plain_ticks
from trial.display.figures.frame import QUIET, Canvas, Heading, open_canvas, text_width
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.figures.timeline_data import (
    DISCONTINUED,
    EVENT,
    INFUSION,
    OBSERVED,
    RESCUE,
)
from trial.display.groups import column_groups
from trial.display.notes import assemble_notes
from trial.display.spec import OutputSpec
from trial.display.wording import NULL_REPORT, output_number, population_line

MOST = 60  # subjects that one page holds
LANE, AXIS_ROOM, NAME_WIDTH, TERM_WIDTH = 0.22, 0.5, 0.85, 3.5
TEXT_SIZE = 7.5
INK = "#1b1f24"
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # of the names of arms, across the axis
SERIOUS = "serious"
LOOKS: dict[str, dict[str, Any]] = {
    SERIOUS: {"marker": "s", "markersize": 10.5, "markerfacecolor": "none", "markeredgewidth": 1.3},
    # A bar, taller than the marks of events: many of these start on the same day.
    INFUSION: {"marker": "|", "markersize": 14.0, "markeredgewidth": 2.2, "zorder": 4},
    RESCUE: {"marker": "D", "markersize": 5.5, "markerfacecolor": INK, "markeredgewidth": 1.0, "zorder": 6},
    DISCONTINUED: {"marker": "x", "markersize": 6.5, "markeredgewidth": 1.6, "zorder": 7},
}  # fmt: skip
NAMES = {
    INFUSION: "infusion or first treatment",
    RESCUE: "start of rescue medicine",
    DISCONTINUED: "discontinuation",
    SERIOUS: "serious, or not known not to be",
}


def timeline_heading(context: Context, title: str, frame: pd.DataFrame) -> Heading:
    """Return titles and notes; the sizes of the arms stand beside their population."""
    spec = context.spec
    sizes = ", ".join(group.heading.replace("\n", " ") for group in column_groups(context))
    words = [
        EMERGENT,
        "One line per subject with an event, from the first day of emergent events to the last day on which "
        "the subject is known to have been observed. A mark stands on the first day of an event, a bar as "
        "long as it lasted; terms stand at the right in their order.",
        *_left_out(spec, frame),
    ]
    lines = tuple(note.printed for note in assemble_notes(context, denominators=words))
    return Heading(
        output_number("Figure", spec.id),
        (title, f"{population_line(spec)}. {sizes}"),
        lines,
        context.stamp,
    )


def _left_out(spec: OutputSpec, frame: pd.DataFrame) -> list[str]:
    """Return which subjects and events have no line or mark."""
    subjects, undated = frame["subject"].nunique(), _undated(frame)
    words = []
    if subjects > MOST:
        words.append(
            f"Drawn are the first {MOST} of {subjects} subjects with an event, by arm and id, the same share "
            "of each arm; the plotted data and the listing have all."
        )
    if len(undated):
        words.append(f"{len(undated)} events without a whole start date have no mark; the listing has them.")
    return words


def _undated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["mark"] == EVENT) & frame["day"].isna()]


def timeline_text(context: Context, frame: pd.DataFrame) -> str:
    """Return what the plot shows in words and numbers."""
    if frame.empty:
        return NULL_REPORT
    parts = []
    for arm in context.spec.arms:
        mine = frame[frame["arm"] == arm.code]
        events = mine[mine["mark"] == EVENT]
        counts = [
            f"{len(events)} events in {events['subject'].nunique()} subjects",
            *(f"{(events['severity'] == code).sum()} {label.lower()}" for code, label in severities(context)),
            f"{(events['serious'] == 'Y').sum()} serious",
            *(f"{(mine['mark'] == mark).sum()} with {NAMES[mark]}" for mark in (RESCUE, DISCONTINUED)),
        ]
        parts.append(f"{arm.label}: {', '.join(counts)}")
    return f"{'. '.join(parts)}."


@dataclass(frozen=True)
class _Lanes:
    """The lane of each subject drawn and of each arm's heading, from the top."""

    subjects: Mapping[str, int]
    arms: Mapping[str, int]

    @property
    def count(self) -> int:
        return len(self.subjects) + len(self.arms)


def _lanes(spec: OutputSpec, frame: pd.DataFrame) -> _Lanes:
    of_arm = {
        arm.code: list(dict.fromkeys(frame.loc[frame["arm"] == arm.code, "subject"])) for arm in spec.arms
    }
    total = sum(len(subjects) for subjects in of_arm.values())
    subjects: dict[str, int] = {}
    arms: dict[str, int] = {}
    at = 0
    for code, names in of_arm.items():
        arms[code] = at
        kept = names if total <= MOST else names[: max(1, round(MOST * len(names) / total))]
        subjects |= {name: at + 1 + place for place, name in enumerate(kept)}
        at += 1 + len(kept)
    return _Lanes(subjects, arms)


def draw_timeline(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the lanes from the data; the height follows the number of subjects."""
    if frame.empty:
        return _draw_nothing(heading)
    spec = context.spec
    lanes = _lanes(spec, frame)
    everyone, frame = frame, frame[frame["subject"].isin(list(lanes.subjects))]
    looks = _severity_looks(context)
    entries = _legend_entries(context, frame, looks)
    canvas, legend = _canvas(heading, lanes, list(entries))
    left, right = canvas.left + NAME_WIDTH, canvas.right - TERM_WIDTH
    axis = canvas.axes(left, canvas.bottom + AXIS_ROOM, right, canvas.top - legend.height)
    axis.set_ylim(lanes.count - 0.4, -0.6)
    axis.yaxis.set_visible(False)
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x", color=GRID, linewidth=0.6)
    for subject, rows in frame.groupby("subject", sort=False):
        _draw_subject(axis, lanes.subjects[str(subject)], rows, looks)
    _write_texts(axis, spec, everyone, lanes, right - left)
    _set_days(axis, frame)
    place_legend(axis, legend, list(entries.values()))
    return canvas.figure


def _draw_nothing(heading: Heading) -> Figure:
    canvas = open_canvas(heading, 4.0)
    axis = canvas.axes(canvas.left, canvas.bottom, canvas.right, canvas.top)
    axis.set_axis_off()
    axis.text(0.5, 0.5, NULL_REPORT, ha="center", va="center", size=9, transform=axis.transAxes)
    return canvas.figure


def _canvas(
    heading: Heading, lanes: _Lanes, labels: Sequence[str], height: float = 4.0
) -> tuple[Canvas, LegendPlan]:
    """Return a canvas that is high enough for all lanes, and the legend planned on it."""
    canvas = open_canvas(heading, height)
    legend = plan_legend(canvas.figure, labels, canvas.right - canvas.left)
    missing = LANE * lanes.count + AXIS_ROOM + legend.height - (canvas.top - canvas.bottom)
    return (canvas, legend) if abs(missing) < 0.01 else _canvas(heading, lanes, labels, height + missing)


def _severity_looks(context: Context) -> dict[str, dict[str, Any]]:
    """Return the look of each severity: darker and larger with it, so that it reads without colour."""
    codes = [code for code, _ in severities(context)]
    known = [code for code in codes if code != "NOT_RECORDED"]
    steps = max(len(known) - 1, 1)
    looks = {
        code: {"marker": "o", "markersize": 4.5 + 2.5 * place / steps, "markeredgewidth": 0.9,
               "markerfacecolor": str(round(1 - place / steps, 3))}
        for place, code in enumerate(known)
    }  # fmt: skip
    looks["NOT_RECORDED"] = {
        "marker": "p",
        "markersize": 6.0,
        "markeredgewidth": 0.9,
        "markerfacecolor": "white",
    }
    return looks


def _draw_subject(axis: Axes, lane: int, rows: pd.DataFrame, looks: Mapping[str, dict[str, Any]]) -> None:
    subject = rows["subject"].iloc[0]
    for ends in rows.loc[rows["mark"] == OBSERVED, ["day", "end"]].to_numpy(float).tolist():
        axis.plot(ends, [lane, lane], color="#8c959f", linewidth=1.0, zorder=2)
    for mark in (INFUSION, RESCUE, DISCONTINUED):
        days = rows.loc[rows["mark"] == mark, "day"].tolist()
        axis.plot(
            days, [lane] * len(days), linestyle="none", color=INK, gid=f"{mark}-{subject}", **LOOKS[mark]
        )
    events = rows[(rows["mark"] == EVENT) & rows["day"].notna()]
    for place, (day, end, severity, serious) in enumerate(
        events[["day", "end", "severity", "serious"]].itertuples(index=False, name=None)
    ):
        look = looks.get(severity, looks["NOT_RECORDED"])
        if end > day:
            bar: dict[str, Any] = {"solid_capstyle": "butt", "zorder": 3}
            axis.plot([day, end], [lane, lane], color=INK, linewidth=4.2, **bar)
            axis.plot([day, end], [lane, lane], color=look["markerfacecolor"], linewidth=2.8, **bar)
        axis.plot([day], [lane], color=INK, zorder=6, gid=f"event-{subject}-{place}", **look)
        if serious == "Y":
            axis.plot([day], [lane], color=INK, **LOOKS[SERIOUS])


def _write_texts(axis: Axes, spec: OutputSpec, frame: pd.DataFrame, lanes: _Lanes, width: float) -> None:
    """Write arms and subjects at the left, the terms of each subject at the right."""
    transform = axis.get_yaxis_transform()
    start = -NAME_WIDTH / width
    for code, lane in lanes.arms.items():
        number = frame.loc[frame["arm"] == code, "subject"].nunique()
        who = f"{number} {'subject' if number == 1 else 'subjects'} with an event" if number else "no event"
        axis.text(
            start, lane, f"{spec.arm(code).label}: {who}", transform=transform, size=TEXT_SIZE + 0.5,
            weight="bold", va="center", zorder=8, bbox=BEHIND,
        )  # fmt: skip
    figure = axis.get_figure()
    assert isinstance(figure, Figure)
    events = frame[frame["mark"] == EVENT]
    for subject, lane in lanes.subjects.items():
        axis.text(start, lane, subject, transform=transform, size=TEXT_SIZE, va="center")
        terms = _shortened(figure, events.loc[events["subject"] == subject, "term"].tolist())
        axis.text(1 + 0.12 / width, lane, terms, transform=transform, size=TEXT_SIZE - 0.5, va="center",
                  color=QUIET)  # fmt: skip


def _shortened(figure: Figure, terms: Sequence[str]) -> str:
    """Return as many terms as fit on one line, and how many more there are."""
    for count in range(len(terms), 0, -1):
        rest = f" and {len(terms) - count} more" if count < len(terms) else ""
        text = f"{'; '.join(terms[:count])}{rest}"
        if count == 1 or text_width(text, TEXT_SIZE - 0.5) <= TERM_WIDTH - 0.15:
            return text
    return ""


def _set_days(axis: Axes, frame: pd.DataFrame) -> None:
    days = frame[["day", "end"]].to_numpy(float).ravel()
    days = days[pd.notna(days)]
    low, high = (float(days.min()), float(days.max())) if len(days) else (0.0, 1.0)
    margin = max(0.02 * (high - low), 1.0)
    axis.set_xlim(low - margin, high + margin)
    axis.axvline(0, color="#6e7781", linewidth=0.9, zorder=1)
    axis.set_xlabel("Days from time zero (day 0)")
    axis.xaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 3, 5, 6, 10]))
    axis.xaxis.set_major_formatter(plain_ticks(axis.xaxis.get_major_locator().tick_values(low, high)))


def _legend_entries(
    context: Context, frame: pd.DataFrame, looks: Mapping[str, dict[str, Any]]
) -> dict[str, Line2D]:
    """Return label and sample of each kind of mark; severities stand also where nobody has one."""
    shared: dict[str, Any] = {"color": INK, "linestyle": "none"}
    entries = {label.lower(): Line2D([], [], **shared, **looks[code]) for code, label in severities(context)}
    present = {*frame["mark"], *([SERIOUS] if "Y" in set(frame["serious"]) else [])}
    for mark, name in NAMES.items():
        if mark in present:
            look = {key: value for key, value in LOOKS[mark].items() if key != "zorder"}
            entries[name] = Line2D([], [], **shared, **look)
    return entries
