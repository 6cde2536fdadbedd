"""The forest of the sensitivity panel: one endpoint at one visit, one mark per analysis."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import GRID, log_ticks, plain_ticks
from trial.display.figures.frame import QUIET, Canvas, Heading, open_canvas, wrap_text
from trial.display.notes import assemble_notes
from trial.display.numbers import format_interval, format_number, format_p_value
from trial.display.panel import PanelRow, panel_notes, panel_rows, reference_estimand
from trial.display.results import NOT_ESTIMABLE, WITHHELD, Statistic
from trial.display.spec import Endpoint, OutputSpec
from trial.display.wording import (
    benefit_text,
    comparison_notes,
    favoured_name,
    level_text,
    output_number,
    population_words,
)

TEXT_SIZE = 8.0
NAME_WIDTH, AXIS_ROOM, SIDE_ROOM = 3.1, 0.55, 0.42
ROW, GAP = 0.36, 0.3  # inches per row, and between compared arms
TEXT_ROOM = (1.35, 0.62, 0.4)  # inches of the columns of text: estimate, p-value, n


MARKS = "Square: primary analysis. Filled circle: the same estimand. Open diamond: another estimand."


def panel_heading(context: Context, title: str) -> Heading:
    """Return titles and notes of the panel."""
    spec, endpoint = context.spec, context.endpoint
    rows = list(panel_rows(context))
    absent = [one for row in rows for one in (row.estimate, row.p_value)]
    absent = [one for one in absent if not one.present and not one.withheld]
    found = [(row.analysis.label, text) for row in rows for text in row.warnings]
    found += [
        (row.analysis.label, f"not estimable: {row.estimate.reason}") for row in rows if not row.complete
    ]
    words = dict.fromkeys(row.estimate.detectability for row in rows if row.estimate.detectability)
    grey = f" Open grey marks: detectability only, the p-value is {WITHHELD}." if words else ""
    lines = assemble_notes(
        context,
        abbreviations=["CI", *(row.analysis.label for row in rows), *([NOT_ESTIMABLE] if absent else [])],
        denominators=[
            *panel_notes(context),
            MARKS + grey,
            "n: subjects in the analysis.",
            *comparison_notes(spec),
        ],
        warnings=[*_joined(found), *words],
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, f"{population_words(spec)}. {endpoint.label}: {benefit_text(endpoint)}"),
        tuple(line.printed for line in lines),
        context.stamp,
    )


def _joined(notes: Iterable[tuple[str, str]]) -> list[str]:
    """Return notes of analyses by name; one text of several analyses stands once, after their names."""
    found: dict[str, dict[str, None]] = {}
    for name, text in notes:
        found.setdefault(text, {})[name] = None
    return [f"{'; '.join(names)}: {text}" for text, names in found.items()]


def panel_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data, one row per compared arm and analysis.

    Returns
    -------
    DataFrame
        ``arm, analysis, label, estimand``, ``primary`` and ``same`` (whether its estimand is that of the
        primary analysis), ``detectability`` (why it is that only), ``x, lower, upper`` on the printed scale,
        the printed texts, and each number's result_id.
    """
    main = reference_estimand(context.spec)
    return pd.DataFrame([_frame_row(context, row, main) for row in panel_rows(context)])


def _frame_row(context: Context, row: PanelRow, main: str | None) -> dict[str, object]:
    spec, endpoint = context.spec, context.endpoint
    places = spec.estimate_decimals(endpoint)
    values = [row.estimate, row.lower, row.upper]
    x, lower, upper = (one.value if row.complete else math.nan for one in values)
    text = NOT_ESTIMABLE
    if row.complete:
        text = f"{format_number(x, places)} {format_interval(lower, upper, places)}"
    return {
        "arm": row.arm.code,
        "analysis": row.analysis.id,
        "label": row.analysis.label,
        "estimand": row.analysis.estimand or "",
        "primary": row.analysis.primary,
        "same": row.analysis.estimand == main,
        "detectability": row.estimate.detectability,
        "x": x,
        "lower": lower,
        "upper": upper,
        "estimate_text": text,
        "p_text": _text(partial(format_p_value, style=spec.p_values), row.p_value),
        "n_text": _text(partial(format_number, decimals=0), row.n),
        "estimate_result_id": " ".join(one.result_id for one in values),
        "p_result_id": row.p_value.result_id,
        "n_result_id": row.n.result_id,
    }


def _text(write: "partial[str]", statistic: Statistic) -> str:
    return write(statistic.value) if statistic.present else statistic.stand_in


@dataclass(frozen=True)
class Names:
    """The lines of each row's name: the analysis, then its estimand; and the row's place from the top."""

    lines: tuple[tuple[str, ...], ...]
    places: tuple[float, ...]
    height: float


def draw_panel(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the panel from its data; its height follows the number of rows."""
    spec, endpoint = context.spec, context.endpoint
    names = _plan_names(open_canvas(heading, 4.0).figure, frame)
    canvas = plot_canvas(heading, names.height)
    left, right = canvas.left + NAME_WIDTH, canvas.right - sum(TEXT_ROOM)
    half = (right - left) / 2 - 0.1
    sides = [wrap_text(one, half, TEXT_SIZE) for one in favoured_sides(spec, endpoint)]
    axis = canvas.axes(left, canvas.bottom + AXIS_ROOM, right, canvas.top - SIDE_ROOM)
    set_effect_axis(axis, spec, endpoint, frame, names.height)
    for (_, row), y in zip(frame.iterrows(), names.places, strict=True):
        _draw_row(axis, spec, endpoint, row, y)
    write_sides(axis, sides)
    _write_names(axis, names, right - left)
    _write_texts(axis, spec, frame, names, right - left)
    return canvas.figure


def plot_canvas(heading: Heading, plot: float, height: float = 4.0) -> Canvas:
    """Return a canvas that is high enough for `plot` inches of rows."""
    canvas = open_canvas(heading, height)
    missing = plot + AXIS_ROOM + SIDE_ROOM - (canvas.top - canvas.bottom)
    return canvas if abs(missing) < 0.01 else plot_canvas(heading, plot, height + missing)


def _plan_names(figure: Figure, frame: pd.DataFrame) -> Names:
    lines, places, y = [], [], 0.0
    before = None
    for _, row in frame.iterrows():
        if before not in (None, row["arm"]):
            y += GAP
        before = row["arm"]
        found = wrap_text(row["label"], NAME_WIDTH - 0.15, TEXT_SIZE)
        height = max(ROW, 0.14 * (len(found) + 1) + 0.08)
        lines.append((*found, row["estimand"]))
        places.append(y + height / 2)
        y += height
    return Names(tuple(lines), tuple(places), y)


def set_effect_axis(
    axis: Axes, spec: OutputSpec, endpoint: Endpoint, frame: pd.DataFrame, height: float
) -> None:
    axis.set_ylim(height, 0)
    low, high = axis.set_xlim(*_limits(frame, endpoint))
    axis.spines["left"].set_visible(False)
    axis.yaxis.set_visible(False)
    if endpoint.is_log:
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(FixedLocator(log_ticks(low, high)))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(plain_ticks(log_ticks(low, high)))
    else:
        axis.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 2.5, 5, 10]))
        ticks = axis.xaxis.get_major_locator().tick_values(low, high)
        axis.xaxis.set_major_formatter(plain_ticks(ticks))
    axis.grid(axis="x", color=GRID, linewidth=0.6)
    null = 1.0 if endpoint.is_log else 0.0
    axis.axvline(null, color="#6e7781", linewidth=0.9, zorder=1)
    what = "Geometric mean ratio" if endpoint.is_log else "Difference"
    unit = "" if endpoint.is_log or not endpoint.unit_label else f" ({endpoint.difference_unit})"
    axis.set_xlabel(f"{what}{unit} at {spec.primary_visit(endpoint).label}")


def _limits(frame: pd.DataFrame, endpoint: Endpoint) -> tuple[float, float]:
    """Return limits that hold every interval and the null value, with a margin."""
    null = 1.0 if endpoint.is_log else 0.0
    found = [value for value in frame[["lower", "upper"]].to_numpy(float).ravel() if math.isfinite(value)]
    turn = math.log if endpoint.is_log else float
    ends = [turn(value) for value in (*found, null)]
    low, high = min(ends), max(ends)
    margin = 0.06 * (high - low) or 0.5
    limits = (low - margin, high + margin)
    return (math.exp(limits[0]), math.exp(limits[1])) if endpoint.is_log else limits


def favoured_sides(spec: OutputSpec, endpoint: Endpoint) -> tuple[str, str]:
    """Return whom each side of the null value favours."""
    if endpoint.benefit == "neutral":
        return "", ""
    sides = (favoured_name(spec), spec.reference.label)
    left, right = sides if endpoint.benefit == "lower" else reversed(sides)
    return f"favours {left}", f"favours {right}"


def write_sides(axis: Axes, sides: Sequence[list[str]]) -> None:
    """Write both sides with arrows that never stand alone on a line."""
    left, right = ("\n".join(lines) for lines in sides)
    for text, x, align in ((left and f"← {left}", 0.0, "left"), (right and f"{right} →", 1.0, "right")):
        axis.text(
            x, 1.01, text, transform=axis.transAxes, size=TEXT_SIZE - 0.5, ha=align, va="bottom",
            linespacing=1.1,
        )  # fmt: skip


def _draw_row(axis: Axes, spec: OutputSpec, endpoint: Endpoint, row: pd.Series, y: float) -> None:
    if math.isnan(row["x"]):
        axis.text(
            1.0 if endpoint.is_log else 0.0, y, NOT_ESTIMABLE, size=TEXT_SIZE, ha="center", va="center",
            color=QUIET, bbox={"facecolor": "white", "edgecolor": "none", "pad": 2}, zorder=3,
        )  # fmt: skip
        return
    colour = QUIET if row["detectability"] else arm_style(spec, spec.arm(row["arm"])).colour
    container = axis.errorbar(
        [row["x"]], [y], xerr=[[row["x"] - row["lower"]], [row["upper"] - row["x"]]], color=colour,
        marker="s" if row["primary"] else "o" if row["same"] else "D",
        markersize=7 if row["primary"] else 5.5,
        markerfacecolor=colour if row["same"] and not row["detectability"] else "white", capsize=3,
        elinewidth=1.8 if row["primary"] else 1.2, zorder=3,
    )  # fmt: skip
    container.lines[0].set_gid(f"panel-{row['analysis']}-{row['arm']}")
    container.lines[2][0].set_gid(f"interval-{row['analysis']}-{row['arm']}")


def _write_names(axis: Axes, names: Names, width: float) -> None:
    transform = axis.get_yaxis_transform()
    x = -NAME_WIDTH / width
    for lines, y in zip(names.lines, names.places, strict=True):
        top = y - 0.14 * len(lines) / 2
        for at, line in enumerate(lines):
            last = at == len(lines) - 1
            axis.text(
                x, top + 0.14 * (at + 0.5), line, transform=transform, va="center",
                size=TEXT_SIZE - 1 if last else TEXT_SIZE, color=QUIET if last else "black",
            )  # fmt: skip


def _write_texts(axis: Axes, spec: OutputSpec, frame: pd.DataFrame, names: Names, width: float) -> None:
    transform = axis.get_yaxis_transform()
    columns: Sequence[tuple[str, str]] = (
        (f"Estimate ({level_text(spec)})", "estimate_text"), ("p-value", "p_text"), ("n", "n_text")
    )  # fmt: skip
    x = 1.0 + 0.08 / width
    for (title, name), room in zip(columns, TEXT_ROOM, strict=True):
        centre = x + room / 2 / width
        axis.text(centre, -0.06, title, transform=transform, size=TEXT_SIZE - 0.5, weight="bold", ha="center",
                  va="bottom")  # fmt: skip
        for text, y in zip(frame[name], names.places, strict=True):
            axis.text(centre, y, text, transform=transform, size=TEXT_SIZE, ha="center", va="center")
        x += room / width
