"""The forest of all endpoints at one visit, on one standardised scale, with native estimates beside it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from trial.display.comparisons import comparison_statistic, native_statistics, p_statistic
from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import GRID, plain_ticks
from trial.display.figures.frame import QUIET, Canvas, Heading, open_canvas, wrap_text
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.notes import assemble_notes, estimate_notes
from trial.display.numbers import format_interval, format_number, format_p_value
from trial.display.results import NOT_ESTIMABLE, WITHHELD, Results, Statistic
from trial.display.spec import POINTS, Arm, Endpoint, OutputSpec
from trial.display.wording import (
    at_primary_visit,
    benefit_text,
    comparison_notes,
    favoured_name,
    level_text,
    output_number,
    population_line,
    visit_suffix,
)

POINTS_SHORT = "pp"
NOT_ESTIMATED = "not estimated"  # the results have no such row, unlike an estimate that failed
ROW, DENSE_ROW = 0.38, 0.27  # inches per row, one or several to an endpoint
TEXT_SIZE = 8.0
AXIS_ROOM = 0.55  # inches below the rows: ticks and axis label
NAME_WIDTH = 1.75
TEXT_ROOM = (2.15, 0.68, 0.75)  # inches of the columns of text: estimate, p-value, n


def forest_frame(spec: OutputSpec, results: Results) -> pd.DataFrame:
    """Return the plotted data of the forest, one row per endpoint and compared arm.

    Returns
    -------
    DataFrame
        ``endpoint, arm, benefit``, ``turned`` (-1 where the sign was changed), ``x, lower, upper``
        (standardised difference times ``turned``, so that right is better; neutral endpoints as they are),
        the printed texts ``x_text`` (in the place of an absent mark), ``estimate_text, p_text, n_text``,
        ``detectability`` (why an endpoint is that only; empty where it is not), and the result_id of each
        number.
    """
    return pd.DataFrame(
        [_forest_row(spec, endpoint, arm, results) for endpoint in spec.endpoints for arm in spec.active_arms]
    )


def draw_forest(spec: OutputSpec, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the forest from its data; its height follows the number of rows."""
    several = len(spec.active_arms) > 1
    row_height = DENSE_ROW if several else ROW
    layout = _plan_layout(spec, heading, row_height * (_places(frame, several)[-1] + 0.7))
    canvas, places = layout.canvas, _places(frame, several)
    top = canvas.top - layout.legend.height * several - layout.side_room
    axis = canvas.axes(layout.left, canvas.bottom + AXIS_ROOM, layout.right, top)
    _set_axis(axis, spec, frame, places)
    _write_sides(axis, layout.sides)
    for (_, row), y in zip(frame.iterrows(), places, strict=True):
        _draw_row(axis, spec, row, y)
    _write_names(axis, canvas, spec, frame, places)
    _write_texts(axis, spec, frame, places, layout.right - layout.left)
    if several:
        styles = [arm_style(spec, arm) for arm in spec.active_arms]
        handles = [Line2D([], [], linestyle="none", color=s.colour, marker=s.marker) for s in styles]
        place_legend(axis, layout.legend, handles, gap=layout.side_room)
    return canvas.figure


@dataclass(frozen=True)
class Layout:
    """The places of the forest's parts on its canvas."""

    canvas: Canvas
    left: float
    right: float
    legend: LegendPlan
    sides: tuple[str, str]

    @property
    def side_room(self) -> float:
        """Height of the words above the axis that say which side favours whom."""
        return 0.15 * max(text.count("\n") + 1 for text in self.sides) + 0.1


def _plan_layout(spec: OutputSpec, heading: Heading, plot: float, height: float = 4.0) -> Layout:
    """Return the layout on a canvas that is high enough for `plot` inches of rows."""
    canvas = open_canvas(heading, height)
    left = canvas.left + NAME_WIDTH
    right = canvas.right - sum(TEXT_ROOM)
    legend = plan_legend(canvas.figure, [arm.label for arm in spec.active_arms], canvas.right - left)
    texts = (f"← favours {spec.reference.label}", f"favours {favoured_name(spec)} →")
    half = (right - left) / 2 - 0.1
    one, two = ("\n".join(wrap_text(text, half, TEXT_SIZE)) for text in texts)
    layout = Layout(canvas, left, right, legend, (one, two))
    used = layout.side_room + AXIS_ROOM + legend.height * (len(spec.active_arms) > 1)
    missing = plot + used - (canvas.top - canvas.bottom)
    return layout if abs(missing) < 0.01 else _plan_layout(spec, heading, plot, height + missing)


def forest_heading(context: Context, title: str) -> Heading:
    """Return titles and notes of the forest."""
    spec, results = context.spec, context.results["model"]
    reference = spec.reference.label
    text = (
        f"Marks: difference to {reference} {at_primary_visit(spec)} from each endpoint's model, divided by "
        f"the model's SD at that visit; bars: {level_text(spec)}."
    )
    if any(endpoint.benefit == "lower" for endpoint in spec.endpoints):
        text += (
            " Endpoints for which lower is better are turned (sign changed), so that right favours "
            f"{favoured_name(spec)}."
        )
    if any(endpoint.is_log for endpoint in spec.endpoints):
        text += " GMR: the model is on ln."
    notes = [text]
    if any(endpoint.benefit == "neutral" for endpoint in spec.endpoints):
        notes.append("Open marks: no direction of benefit declared; right means higher, not better.")
    frame = forest_frame(spec, results)
    if (frame["detectability"] != "").any():
        notes.append(f"Open grey marks: detectability only, the p-value is {WITHHELD}; see the warning.")
    notes.append("n: subjects in the model with a value at the visit, compared arm / reference.")
    notes += comparison_notes(spec)
    names, texts = [one.title for one in spec.endpoints], frame[["x_text", "estimate_text", "p_text"]]
    lines = assemble_notes(
        context,
        abbreviations=["CI", "SD", *names, *texts.to_numpy().ravel().tolist()],
        denominators=notes,
        warnings=_forest_warnings(spec, results),
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, population_line(spec)),
        tuple(line.printed for line in lines),
        context.stamp,
    )


def estimate_text(spec: OutputSpec, endpoint: Endpoint, statistics: Sequence[Statistic]) -> str:
    """Return the difference with its unit, or the GMR, with its interval."""
    if any(statistic.missing for statistic in statistics):
        return NOT_ESTIMATED
    if not all(statistic.present for statistic in statistics):
        return NOT_ESTIMABLE
    places = spec.estimate_decimals(endpoint)
    value, lower, upper = (statistic.value for statistic in statistics)
    text = f"{format_number(value, places)} {format_interval(lower, upper, places)}"
    return f"GMR {text}" if endpoint.is_log else f"{text} {_short_unit(endpoint)}".strip()


def _short_unit(endpoint: Endpoint) -> str:
    """Return the unit of a difference, as short as its column asks."""
    return POINTS_SHORT if endpoint.difference_unit == POINTS else endpoint.unit_label


def _forest_warnings(spec: OutputSpec, results: Results) -> list[str]:
    """Return warnings and reasons of absent values: by endpoint, then of the standardised scale."""
    warnings = [
        f"{endpoint.label}: {note}"
        for endpoint in spec.endpoints
        for note in estimate_notes(spec, endpoint, results, (spec.primary_visit(endpoint),))
    ]
    found: dict[str, dict[str, None]] = {}
    for endpoint in spec.endpoints:
        for arm in spec.active_arms:
            native, standardised = (
                comparison_statistic(spec, endpoint, arm, results, name) for name in ("diff", "stddiff")
            )
            if native.present and not standardised.present:
                found.setdefault(standardised.reason, {})[endpoint.label] = None
    return warnings + [
        f"{', '.join(labels)}: no standardised difference: {reason}" for reason, labels in found.items()
    ]


def _forest_row(spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results) -> dict[str, object]:
    comparison = spec.comparison(arm)

    def get(group: str, name: str) -> Statistic:
        return results.get(endpoint.paramcd, endpoint.primary_visit, group, name)

    sign = -1.0 if endpoint.benefit == "lower" else 1.0
    standardised = [get(comparison, f"stddiff{part}") for part in ("", ".lower", ".upper")]
    value, *limits = (sign * s.value if s.present else math.nan for s in standardised)
    native = native_statistics(spec, endpoint, arm, results)
    estimate = estimate_text(spec, endpoint, native)
    p_value = p_statistic(spec, endpoint, arm, results)
    write_p = partial(format_p_value, style=spec.p_values)
    counts = [get(arm.code, "n"), get(spec.reference_arm, "n")]
    return {
        "endpoint": endpoint.paramcd,
        "arm": arm.code,
        "benefit": endpoint.benefit,
        "turned": sign,
        "x": value,
        "lower": min(limits),
        "upper": max(limits),
        "x_text": NOT_ESTIMABLE if math.isnan(value) and estimate != NOT_ESTIMATED else "",
        "estimate_text": estimate,
        "p_text": "" if p_value.missing and estimate == NOT_ESTIMATED else _text(write_p, p_value),
        "detectability": native[0].detectability,
        "n_text": "" if counts[0].of_no_visit else " / ".join(_text(_count, count) for count in counts),
        "x_result_id": " ".join(s.result_id for s in standardised),
        "estimate_result_id": " ".join(s.result_id for s in native),
        "p_result_id": p_value.result_id,
        "n_result_id": " ".join(c.result_id for c in counts),
    }


def _text(write: Callable[[float], str], statistic: Statistic) -> str:
    return write(statistic.value) if statistic.present else statistic.stand_in


def _count(value: float) -> str:
    return format_number(value, 0)


def _places(frame: pd.DataFrame, several: bool) -> list[float]:
    """Return the y place of each row, with a gap between endpoints when each has several rows."""
    places, y = [], 0.5
    names = frame["endpoint"].to_list()
    for index, name in enumerate(names):
        if several and index and name != names[index - 1]:
            y += 0.5
        places.append(y)
        y += 1.0
    return places


def _set_axis(axis: Axes, spec: OutputSpec, frame: pd.DataFrame, places: list[float]) -> None:
    ends = frame[["x", "lower", "upper"]].abs().to_numpy(float)
    reach = 1.08 * max(ends[~pd.isna(ends)].max(initial=0.0), 0.25)
    axis.set_xlim(-reach, reach)
    axis.set_ylim(places[-1] + 0.6, -0.1)
    axis.spines["left"].set_visible(False)
    axis.yaxis.set_visible(False)
    axis.xaxis.set_major_locator(MaxNLocator(8, symmetric=True, steps=[1, 2, 2.5, 5, 10]))
    axis.xaxis.set_major_formatter(plain_ticks(axis.xaxis.get_major_locator().tick_values(-reach, reach)))
    axis.grid(axis="x", color=GRID, linewidth=0.6)
    axis.axvline(0, color="#6e7781", linewidth=0.9, zorder=1)
    axis.set_xlabel(f"Standardised difference (model SD {at_primary_visit(spec)})")


def _write_sides(axis: Axes, sides: tuple[str, str]) -> None:
    for text, x, align in zip(sides, (0.0, 1.0), ("left", "right"), strict=True):
        axis.text(
            x, 1.0, text, transform=axis.transAxes, size=TEXT_SIZE, ha=align, va="bottom", linespacing=1.1
        )


def _draw_row(axis: Axes, spec: OutputSpec, row: pd.Series, y: float) -> None:
    if math.isnan(row["x"]):
        # On the line of no difference, which the text interrupts.
        axis.text(0, y, row["x_text"], size=TEXT_SIZE, ha="center", va="center", color=QUIET, zorder=3,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 2})  # fmt: skip
        return
    arm = next(arm for arm in spec.arms if arm.code == row["arm"])
    style = arm_style(spec, arm)
    is_open = row["benefit"] == "neutral" or bool(row["detectability"])
    colour = QUIET if row["detectability"] else style.colour
    container = axis.errorbar(
        [row["x"]], [y], xerr=[[row["x"] - row["lower"]], [row["upper"] - row["x"]]], color=colour,
        marker=style.marker, markerfacecolor="white" if is_open else colour,
        capsize=3, elinewidth=1.3, zorder=3,
    )  # fmt: skip
    container.lines[0].set_gid(f"forest-{row['endpoint']}-{row['arm']}")
    container.lines[2][0].set_gid(f"interval-{row['endpoint']}-{row['arm']}")


def _write_names(
    axis: Axes, canvas: Canvas, spec: OutputSpec, frame: pd.DataFrame, places: list[float]
) -> None:
    transform = axis.get_yaxis_transform()
    width = axis.get_position().width * canvas.figure.get_size_inches()[0]
    for endpoint in spec.endpoints:
        rows = [y for y, name in zip(places, frame["endpoint"], strict=True) if name == endpoint.paramcd]
        name = f"{endpoint.title}{visit_suffix(spec, endpoint)}"
        lines = wrap_text(name, NAME_WIDTH - 0.1, TEXT_SIZE + 0.5)
        y = sum(rows) / len(rows)
        # Name and direction share the row's height: the name ends where the direction begins.
        split = 0.0 if len(lines) == 1 else 0.13
        axis.text(-NAME_WIDTH / width, y + split, "\n".join(lines), transform=transform, size=TEXT_SIZE + 0.5,
                  va="bottom", linespacing=1.1)  # fmt: skip
        axis.text(-NAME_WIDTH / width, y + split + 0.02, benefit_text(endpoint), transform=transform,
                  size=TEXT_SIZE - 1, va="top", color=QUIET)  # fmt: skip


def _write_texts(
    axis: Axes, spec: OutputSpec, frame: pd.DataFrame, places: list[float], width: float
) -> None:
    transform = axis.get_yaxis_transform()
    top = axis.get_ylim()[1]
    x = 1.0 + 0.1 / width
    columns = {
        f"Difference or GMR ({level_text(spec)})": "estimate_text", "p-value": "p_text", "n": "n_text"
    }  # fmt: skip
    for (heading, name), room in zip(columns.items(), TEXT_ROOM, strict=True):
        common: dict[str, Any] = {"transform": transform, "size": TEXT_SIZE, "ha": "center"}
        centre = x + room / 2 / width
        axis.text(centre, top, heading, weight="bold", va="bottom", **common)
        for text, y in zip(frame[name], places, strict=True):
            axis.text(centre, y, text, va="center", **common)
        x += room / width
