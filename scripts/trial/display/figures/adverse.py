"""The dot plot of adverse events: percentages by arm, and differences to the reference with limits."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from trial.display.adverse import EMERGENT, ROLE, any_event, classes, has_events
from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import GRID, plain_ticks
from trial.display.figures.frame import QUIET, Canvas, Heading, open_canvas, wrap_text
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.groups import column_groups
from trial.display.notes import assemble_notes
from trial.display.numbers import PERCENT_DECIMALS, format_count_percent, format_interval, format_number
from trial.display.results import NOT_ESTIMABLE, Statistic
from trial.display.spec import Arm, OutputSpec
from trial.display.terms import Level
from trial.display.wording import NULL_REPORT, design_caveat, level_text, output_number, population_line

MOST = 40  # terms that one page holds
TEXT_SIZE = 8.0
NAME_WIDTH, TEXT_WIDTH, GAP, AXIS_ROOM, HEAD_ROOM = 2.5, 1.5, 0.25, 0.5, 0.2
LINE, SPACE = 0.19, 0.14  # inches of one difference, and between terms
APART = 0.11  # inches between the marks of two arms, which would hide each other at equal percentages
LIMITS = {"mn": "Miettinen and Nurminen", "nc": "Newcombe"}


def adverse_heading(context: Context, title: str) -> Heading:
    """Return titles and notes; the sizes of the arms stand beside their population."""
    spec = context.spec
    sizes = ", ".join(group.heading.replace("\n", " ") for group in column_groups(context))
    words = [
        EMERGENT,
        f"Difference: percentage of subjects, {_differences(spec)}; limits by {LIMITS['mn']}. Those by "
        f"{LIMITS['nc']} stand in the plotted data. Limits are nominal: not adjusted for several terms.",
        _shown(context),
    ]
    if not spec.study.randomised:
        words.append(design_caveat(spec, "Differences are not adjusted for any covariate"))
    notes = assemble_notes(context, abbreviations=["CI"], denominators=words)
    lines = tuple(note.printed for note in notes)
    titles = (title, f"{population_line(spec)}. {sizes}")
    return Heading(output_number("Figure", spec.id), titles, lines, context.stamp)


def _differences(spec: OutputSpec) -> str:
    return f"{' or '.join(arm.label for arm in spec.active_arms)} minus {spec.reference.label}"


def _shown(context: Context) -> str:
    terms = sum(len(terms) for _, terms in classes(context))
    if terms > MOST:
        return f"Shown are the {MOST} most frequent of {terms} terms; the table has all."
    return "Every term is shown, the most frequent in all arms first, then by name."


def adverse_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data, one row per term and compared arm.

    Returns
    -------
    DataFrame
        ``key, label, arm``; ``pct`` of the arm and ``reference_pct``, with counts; the difference ``rd`` in
        percent with ``mn_lower, mn_upper, nc_lower, nc_upper``; its printed text; and each result_id. Without
        any event there is no row.
    """
    found = _levels(context) if has_events(context) else []
    rows = [_frame_row(context, level, arm) for level in found for arm in context.spec.active_arms]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


_COLUMNS = (
    "key", "label", "arm", "subjects", "pct", "reference_subjects", "reference_pct", "rd", "mn_lower",
    "mn_upper", "nc_lower", "nc_upper", "text", "arm_result_id", "reference_result_id", "rd_result_id",
)  # fmt: skip


def _levels(context: Context) -> list[Level]:
    """Return any event, then the terms in order of frequency."""
    results = context.results[ROLE]
    terms = [term for _, found in classes(context) for term in found]
    terms.sort(key=lambda term: (-results.get("", "", "", f"{term.key}.subjects").value, term.label))
    return [any_event(context), *terms[:MOST]]


def _frame_row(context: Context, level: Level, arm: Arm) -> dict[str, object]:
    results, spec = context.results[ROLE], context.spec
    mine, theirs = ([results.get("", "", code, f"{level.key}.{name}") for name in ("subjects", "pct")]
                    for code in (arm.code, spec.reference_arm))  # fmt: skip
    names = ("rd", "rd.mn.lower", "rd.mn.upper", "rd.nc.lower", "rd.nc.upper")
    found = [results.get("", "", spec.comparison(arm), f"{level.key}.{name}") for name in names]
    values = [one.value if one.present else math.nan for one in (*mine, *theirs, *found)]
    return dict(
        zip(_COLUMNS, (level.key, level.label, arm.code, *values, _text(found), _ids(mine), _ids(theirs),
                       _ids(found)), strict=True)
    )  # fmt: skip


def _text(found: Sequence[Statistic]) -> str:
    if not all(one.present for one in found):
        return NOT_ESTIMABLE
    places = PERCENT_DECIMALS
    return (
        f"{format_number(found[0].value, places)} {format_interval(found[1].value, found[2].value, places)}"
    )


def _ids(found: Sequence[Statistic]) -> str:
    return " ".join(one.result_id for one in found)


def adverse_text(context: Context, frame: pd.DataFrame) -> str:
    """Return what the plot shows in words and numbers."""
    if frame.empty:
        return NULL_REPORT
    spec = context.spec
    parts = []
    for row in frame.to_dict("records"):
        arm = spec.arm(row["arm"]).label
        if math.isnan(row["rd"]):
            parts.append(f"{row['label']}, {arm}: not estimable")
            continue
        first = format_count_percent(row["subjects"], row["pct"])
        second = format_count_percent(row["reference_subjects"], row["reference_pct"])
        shares = f"{arm} {first}, {spec.reference.label} {second}"
        parts.append(f"{row['label']}: {shares}, difference {row['text']}")
    return f"{'. '.join(parts)}."


@dataclass(frozen=True)
class Places:
    """Where each term and each of its differences stands, in inches from the top, and the whole height."""

    terms: tuple[tuple[Level | str, float], ...]
    rows: tuple[float, ...]
    height: float


def draw_adverse(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw both panels from the data; the height follows the number of terms."""
    spec = context.spec
    if frame.empty:
        return _draw_nothing(heading)
    places = _places(frame, len(spec.active_arms))
    legend = plan_legend(open_canvas(heading, 4.0).figure, [arm.label for arm in spec.arms], 9.0)
    canvas = _canvas(heading, places.height + legend.height)
    inner = canvas.right - canvas.left - NAME_WIDTH - TEXT_WIDTH - GAP
    left = canvas.left + NAME_WIDTH
    bottom, top = canvas.bottom + AXIS_ROOM, canvas.top - HEAD_ROOM - legend.height
    shares = canvas.axes(left, bottom, left + 0.45 * inner, top)
    differences = canvas.axes(left + 0.45 * inner + GAP, bottom, left + inner + GAP, top)
    for axis in (shares, differences):
        axis.set_ylim(places.height, 0)
        axis.yaxis.set_visible(False)
        axis.spines["left"].set_visible(False)
        axis.grid(axis="x", color=GRID, linewidth=0.6)
    _draw_shares(shares, spec, frame, places)
    _draw_differences(differences, spec, frame, places)
    _write_names(shares, frame, places, 0.45 * inner)
    _write_texts(differences, spec, frame, places, 0.55 * inner)
    _place_legend(shares, spec, legend)
    return canvas.figure


def _draw_nothing(heading: Heading) -> Figure:
    canvas = open_canvas(heading, 4.0)
    axis = canvas.axes(canvas.left, canvas.bottom, canvas.right, canvas.top)
    axis.set_axis_off()
    axis.text(0.5, 0.5, NULL_REPORT, ha="center", va="center", size=TEXT_SIZE + 1, transform=axis.transAxes)
    return canvas.figure


def _places(frame: pd.DataFrame, arms: int) -> Places:
    step = LINE * arms + SPACE
    keys = list(dict.fromkeys(frame["key"]))
    terms = tuple((key, step * (at + 0.5)) for at, key in enumerate(keys))
    middle = dict(terms)
    order = frame.groupby("key", sort=False).cumcount()
    rows = tuple(
        middle[key] + LINE * (at - (arms - 1) / 2) for key, at in zip(frame["key"], order, strict=True)
    )
    return Places(terms, rows, step * len(keys))


def _canvas(heading: Heading, plot: float, height: float = 4.0) -> Canvas:
    """Return a canvas that is high enough for `plot` inches of rows and legend."""
    canvas = open_canvas(heading, height)
    missing = plot + AXIS_ROOM + HEAD_ROOM - (canvas.top - canvas.bottom)
    return canvas if abs(missing) < 0.01 else _canvas(heading, plot, height + missing)


def _points(spec: OutputSpec, frame: pd.DataFrame, places: Places) -> Iterator[tuple[Arm, str, float, float]]:
    """Yield arm, key, percentage and place of each mark of the left panel."""
    for key, y in places.terms:
        rows = frame[frame["key"] == key]
        for at, arm in enumerate(spec.arms):
            mine = rows[rows["arm"] == arm.code]
            value = mine["pct"].iloc[0] if len(mine) else rows["reference_pct"].iloc[0]
            if math.isfinite(value):
                yield arm, str(key), value, y + APART * (at - (len(spec.arms) - 1) / 2)


def _draw_shares(axis: Axes, spec: OutputSpec, frame: pd.DataFrame, places: Places) -> None:
    for arm, key, value, y in _points(spec, frame, places):
        style = arm_style(spec, arm)
        (mark,) = axis.plot(
            [value], [y], style.marker, color=style.colour, linestyle="none", zorder=3, clip_on=False,
            markerfacecolor="white" if arm.code == spec.reference_arm else style.colour,
        )  # fmt: skip
        mark.set_gid(f"pct-{arm.code}-{key}")
    highest = float(frame[["pct", "reference_pct"]].max().max())
    axis.set_xlim(0, max(1.08 * highest, 5.0))
    axis.set_xlabel("Subjects (%)")
    _set_ticks(axis)


def _draw_differences(axis: Axes, spec: OutputSpec, frame: pd.DataFrame, places: Places) -> None:
    for (_, row), y in zip(frame.iterrows(), places.rows, strict=True):
        if math.isnan(row["rd"]):
            axis.text(0.0, y, NOT_ESTIMABLE, size=TEXT_SIZE, ha="center", va="center", color=QUIET)
            continue
        style = arm_style(spec, spec.arm(row["arm"]))
        container = axis.errorbar(
            [row["rd"]], [y], xerr=[[row["rd"] - row["mn_lower"]], [row["mn_upper"] - row["rd"]]],
            color=style.colour, marker=style.marker, markersize=5.5, capsize=2.5, elinewidth=1.3, zorder=3,
        )  # fmt: skip
        container.lines[0].set_gid(f"rd-{row['arm']}-{row['key']}")
    axis.axvline(0, color="#6e7781", linewidth=0.9, zorder=1)
    ends = [0.0, *(v for v in frame[["mn_lower", "mn_upper"]].to_numpy(float).ravel() if math.isfinite(v))]
    margin = 0.05 * (max(ends) - min(ends)) or 5.0
    axis.set_xlim(min(ends) - margin, max(ends) + margin)
    axis.set_xlabel(f"Difference in percentage points ({level_text(spec)})")
    _set_ticks(axis)


def _set_ticks(axis: Axes) -> None:
    axis.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axis.xaxis.set_major_formatter(plain_ticks(axis.xaxis.get_major_locator().tick_values(*axis.get_xlim())))


def _write_names(axis: Axes, frame: pd.DataFrame, places: Places, width: float) -> None:
    labels = dict(zip(frame["key"], frame["label"], strict=True))
    figure = axis.get_figure()
    assert isinstance(figure, Figure)
    for key, y in places.terms:
        lines = wrap_text(labels[str(key)], NAME_WIDTH - 0.2, TEXT_SIZE)
        axis.text(
            -NAME_WIDTH / width, y, "\n".join(lines), transform=axis.get_yaxis_transform(), size=TEXT_SIZE,
            va="center", linespacing=1.0,
        )  # fmt: skip


def _write_texts(axis: Axes, spec: OutputSpec, frame: pd.DataFrame, places: Places, width: float) -> None:
    transform, x = axis.get_yaxis_transform(), 1 + TEXT_WIDTH / 2 / width
    axis.text(x, -0.06, f"Difference ({level_text(spec)})", transform=transform, size=TEXT_SIZE - 0.5,
              weight="bold", ha="center", va="bottom")  # fmt: skip
    for text, y in zip(frame["text"], places.rows, strict=True):
        axis.text(x, y, text, transform=transform, size=TEXT_SIZE, ha="center", va="center")


def _place_legend(axis: Axes, spec: OutputSpec, plan: LegendPlan) -> None:
    handles = []
    for arm in spec.arms:
        style = arm_style(spec, arm)
        face = "white" if arm.code == spec.reference_arm else style.colour
        handles.append(Line2D([], [], color=style.colour, marker=style.marker, linestyle="none",
                              markerfacecolor=face))  # fmt: skip
    place_legend(axis, plan, handles)
