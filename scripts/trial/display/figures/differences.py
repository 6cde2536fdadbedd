"""The forest of one endpoint's comparisons by visit and over averages: each arm against the reference."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trial.display.comparisons import stable_notes
from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.empty import draw_null_report
from trial.display.figures.frame import QUIET, Heading, open_canvas, wrap_text
from trial.display.figures.panel import (
    AXIS_ROOM,
    SIDE_ROOM,
    favoured_sides,
    plot_canvas,
    set_effect_axis,
    write_sides,
)
from trial.display.notes import assemble_notes, estimate_notes
from trial.display.numbers import format_interval, format_number, format_p_value
from trial.display.results import NOT_ESTIMABLE, WITHHELD, Statistic
from trial.display.spec import Arm, Average, Endpoint, OutputSpec, Visit
from trial.display.wording import (
    average_notes,
    comparison_notes,
    direction_sentence,
    level_text,
    output_number,
    population_line,
)

TEXT_SIZE = 8.5
ROW, LINE = 0.36, 0.15  # inches: a row, and each further line of a name
NAME_WIDTH = 1.9
TEXT_ROOM = (1.65, 0.75, 0.75)  # inches of the columns of text: estimate, p-value, n
HEAD, POINT = "arm", "visit"


def differences_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data: for each compared arm its visits after baseline, then its averages.

    Returns
    -------
    DataFrame
        ``arm, visit, label, kind`` (primary, visit, average), ``detectability`` (why the endpoint is that
        only), ``x, lower, upper`` on the printed scale, the printed texts, and each number's result_id.
        Empty where nothing was compared.
    """
    spec, endpoint = context.spec, context.endpoint
    rows = [
        _row(context, arm, visit)
        for arm in spec.active_arms
        for visit in spec.modelled_visits(endpoint)
        if context.results["model"].holds(endpoint.paramcd)
    ]
    if all(row.pop("missing") for row in rows):
        return pd.DataFrame(rows[:0], columns=list(rows[0]) if rows else ["arm"])
    return pd.DataFrame(rows)


def _row(context: Context, arm: Arm, visit: Visit | Average) -> dict[str, Any]:
    spec, endpoint, results = context.spec, context.endpoint, context.results["model"]
    name = "gmr" if endpoint.is_log else "diff"

    def get(group: str, statistic: str) -> Statistic:
        return results.get(endpoint.paramcd, visit.code, group, statistic)

    values = [get(spec.comparison(arm), f"{name}{end}") for end in ("", ".lower", ".upper")]
    p_value = get(spec.comparison(arm), "diff.pvalue")
    counts = [get(one.code, "n") for one in (arm, spec.reference)]
    complete = all(one.present for one in values)
    x, lower, upper = (one.value if complete else math.nan for one in values)
    places = spec.estimate_decimals(endpoint)
    text = (
        f"{format_number(x, places)} {format_interval(lower, upper, places)}" if complete else NOT_ESTIMABLE
    )
    return {
        "arm": arm.code,
        "visit": visit.code,
        "label": visit.label,
        "kind": _kind(endpoint, visit),
        "detectability": values[0].detectability,
        "x": x,
        "lower": lower,
        "upper": upper,
        "estimate_text": text,
        "p_text": _text(partial(format_p_value, style=spec.p_values), p_value),
        "n_text": " / ".join(_text(partial(format_number, decimals=0), one) for one in counts),
        "estimate_result_id": " ".join(one.result_id for one in values),
        "p_result_id": p_value.result_id,
        "n_result_id": " ".join(one.result_id for one in counts),
        "missing": all(one.missing for one in values),
    }


def _kind(endpoint: Endpoint, visit: Visit | Average) -> str:
    if isinstance(visit, Average):
        return "average"
    return "primary" if visit.code == endpoint.primary_visit else "visit"


def _text(write: "partial[str]", statistic: Statistic) -> str:
    return write(statistic.value) if statistic.present else statistic.stand_in


def differences_heading(context: Context, title: str, frame: pd.DataFrame) -> Heading:
    """Return titles and notes of the forest."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["model"]
    lines = assemble_notes(
        context,
        abbreviations=["CI", *(_abbreviations(endpoint, frame) if len(frame) else [])],
        model=(context.specification("model"),) if results.holds(endpoint.paramcd) else (),
        denominators=()
        if frame.empty
        else [
            *_definitions(spec, endpoint, frame),
            *stable_notes(spec, endpoint, results),
        ],
        warnings=(
            *([] if spec.active_arms else ["the study has one arm: there is no comparison of arms"]),
            *estimate_notes(spec, endpoint, results, spec.modelled_visits(endpoint)),
        ),
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, f"{population_line(spec)}. {direction_sentence(spec, endpoint)}"),
        tuple(line.printed for line in lines),
        context.stamp,
    )


def _abbreviations(endpoint: Endpoint, frame: pd.DataFrame) -> list[str]:
    absent = bool((frame.filter(like="_text") == NOT_ESTIMABLE).any(axis=None))
    return ["LS", *(["GMR", "ln"] if endpoint.is_log else []), *([NOT_ESTIMABLE] if absent else [])]


def _definitions(spec: OutputSpec, endpoint: Endpoint, frame: pd.DataFrame) -> list[str]:
    null, of = ("1", "GMR, log axis") if endpoint.is_log else ("0", "difference of LS means")
    shapes = {"primary": "squares at the primary visit", "average": "diamonds for averages over visits"}
    found = [words for kind, words in shapes.items() if kind in set(frame["kind"])]
    marks = f"Marks: {of}, to {spec.reference.label}; {', '.join([*found, 'circles elsewhere'])}. "
    marks += f"Bars: {level_text(spec)}. Line at {null}: no difference between arms."
    if (frame["detectability"] != "").any():
        marks += f" Open grey marks: detectability only, the p-value is {WITHHELD}; see the warning."
    counts = "n: subjects in the model with a value at the visit, compared arm / reference."
    return [marks, counts, *average_notes(spec, endpoint), *comparison_notes(spec)]


@dataclass(frozen=True)
class Line:
    """One line of the forest: its name, broken into lines, and the place of its middle from the top."""

    name: str
    kind: str
    y: float


def draw_differences(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the forest from its data; its height follows the number of rows."""
    if frame.empty:
        return draw_null_report(heading)
    spec, endpoint = context.spec, context.endpoint
    lines, height = _plan_lines(spec, frame, open_canvas(heading, 4.0).figure)
    canvas = plot_canvas(heading, height)
    left, right = canvas.left + NAME_WIDTH, canvas.right - sum(TEXT_ROOM)
    half = (right - left) / 2 - 0.1
    sides = [wrap_text(one, half, TEXT_SIZE) for one in favoured_sides(spec, endpoint)]
    axis = canvas.axes(left, canvas.bottom + AXIS_ROOM, right, canvas.top - SIDE_ROOM)
    set_effect_axis(axis, spec, endpoint, frame, height)
    _set_label(axis, spec, endpoint)
    write_sides(axis, sides)
    _write_heads(axis, spec, right - left)
    rows = frame.iterrows()
    for line in lines:
        x = -NAME_WIDTH / (right - left)
        bold = line.kind in (HEAD, "primary")
        axis.text(x, line.y, line.name, transform=axis.get_yaxis_transform(), size=TEXT_SIZE, va="center",
                  weight="bold" if bold else "normal", linespacing=1.15)  # fmt: skip
        if line.kind != HEAD:
            _, row = next(rows)
            _draw_row(axis, spec, row, line.y)
            _write_row(axis, row, line.y, right - left)
    return canvas.figure


def _plan_lines(spec: OutputSpec, frame: pd.DataFrame, figure: Figure) -> tuple[list[Line], float]:
    """Return the lines from the top with the height of all; several arms have a line of their own each."""
    lines, y = [], 0.0
    for kind, name in _names(spec, frame):
        weight = "bold" if kind in (HEAD, "primary") else "normal"
        found = wrap_text(name, NAME_WIDTH - 0.1, TEXT_SIZE, weight)
        height = ROW + LINE * (len(found) - 1)
        lines.append(Line("\n".join(found), kind, y + height / 2))
        y += height
    return lines, y


def _names(spec: OutputSpec, frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for arm in spec.active_arms:
        if len(spec.active_arms) > 1:
            yield HEAD, arm.label
        mine = frame[frame["arm"] == arm.code]
        yield from zip(mine["kind"], mine["label"], strict=True)


def _set_label(axis: Axes, spec: OutputSpec, endpoint: Endpoint) -> None:
    of = "change from baseline" if spec.model(endpoint).response == "change" else "value"
    if endpoint.is_log:
        of = "ratio to baseline" if of.startswith("change") else of
        axis.set_xlabel(f"{endpoint.label}: geometric mean ratio of arms ({of}), log axis")
    else:
        unit = f" ({endpoint.difference_unit})" if endpoint.unit_label else ""
        axis.set_xlabel(f"{endpoint.label}: difference in LS mean {of}{unit}")


def _draw_row(axis: Axes, spec: OutputSpec, row: pd.Series, y: float) -> None:
    if math.isnan(row["x"]):
        return
    grey = bool(row["detectability"])
    colour = QUIET if grey else arm_style(spec, spec.arm(row["arm"])).colour
    container = axis.errorbar(
        [row["x"]], [y], xerr=[[row["x"] - row["lower"]], [row["upper"] - row["x"]]], color=colour,
        marker={"primary": "s", "average": "D"}.get(row["kind"], "o"), markersize=7,
        markerfacecolor="white" if grey else colour, capsize=3,
        elinewidth=1.8 if row["kind"] == "primary" else 1.3, zorder=3,
    )  # fmt: skip
    name = f"{row['visit']}-{row['arm']}"
    container.lines[0].set_gid(f"difference-{name}")
    container.lines[2][0].set_gid(f"interval-{name}")


def _columns(width: float) -> Iterator[float]:
    """Yield the middle of each column of text, in widths of the axes."""
    x = 1.0 + 0.08 / width
    for room in TEXT_ROOM:
        yield x + room / 2 / width
        x += room / width


def _write_heads(axis: Axes, spec: OutputSpec, width: float) -> None:
    name = "GMR" if spec.only_endpoint.is_log else "Difference"
    heads = (f"{name} ({level_text(spec)})", "p-value", "n")
    for x, text in zip(_columns(width), heads, strict=True):
        axis.text(x, 1.01, text, transform=axis.transAxes, size=TEXT_SIZE - 0.5, weight="bold", ha="center",
                  va="bottom")  # fmt: skip


def _write_row(axis: Axes, row: pd.Series, y: float, width: float) -> None:
    transform = axis.get_yaxis_transform()
    for x, name in zip(_columns(width), ("estimate_text", "p_text", "n_text"), strict=True):
        axis.text(x, y, row[name], transform=transform, size=TEXT_SIZE, ha="center", va="center")
