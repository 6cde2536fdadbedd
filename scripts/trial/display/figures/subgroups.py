"""The forest of subgroups: one endpoint at one visit, one mark per level, open where only described."""

import math
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.frame import QUIET, Heading, wrap_text
from trial.display.figures.panel import (
    AXIS_ROOM,
    SIDE_ROOM,
    favoured_sides,
    plot_canvas,
    set_effect_axis,
    write_sides,
)
from trial.display.notes import assemble_notes
from trial.display.numbers import format_interval, format_number, format_p_value
from trial.display.results import NOT_ESTIMABLE, Results, Statistic
from trial.display.spec import Arm, OutputSpec
from trial.display.wording import (
    comparison_notes,
    direction_sentence,
    level_text,
    output_number,
    population_words,
)
from trial.study.rules import DETECTABILITY

TEXT_SIZE = 8.0
ROW = 0.23  # inches
NAME_WIDTH, N_ROOM, TEXT_ROOM = 2.1, 0.75, (1.5, 0.85)
GREY = "#8c959f"
DESCRIPTIVE = "descr."


def subgroup_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data: all subjects, then per subgroup a heading with its interaction, and levels.

    Returns
    -------
    DataFrame
        ``arm, kind`` (all, heading, level), ``subgroup, label, descriptive, x, lower, upper``, the printed
        texts, and each number's result_id.
    """
    rows = [row for arm in context.spec.active_arms for row in _rows(context, arm)]
    return pd.DataFrame(rows)


def _rows(context: Context, arm: Arm) -> Iterator[dict[str, Any]]:
    spec, endpoint = context.spec, context.endpoint
    several = len(spec.active_arms) > 1
    name = f"All subjects: {arm.label}" if several else "All subjects"
    yield _row(context, context.results["model"], arm, "", {"kind": "all", "subgroup": "", "label": name})
    (record,) = [one for one in context.records["subgroups"] if "subgroups" in one]
    results = context.results["subgroups"]
    visit = spec.primary_visit(endpoint).code
    for one in record["subgroups"]:
        interaction = results.get(endpoint.paramcd, visit, "", f"{one['code']}.interaction.pvalue")
        yield _blank(arm) | {
            "kind": "heading", "label": one["label"], "p_text": _p_text(spec, interaction),
            "p_result_id": interaction.result_id,
        }  # fmt: skip
        for at, label in enumerate(one["levels"], start=1):
            place = {"kind": "level", "subgroup": one["label"], "label": label}
            yield _row(context, results, arm, f"{one['code']}.{at}.", place, record["smallest_cell"])


def _blank(arm: Arm) -> dict[str, Any]:
    texts = dict.fromkeys(("subgroup", "estimate_text", "n_text", "estimate_result_id", "n_result_id"), "")
    return {
        "arm": arm.code,
        "descriptive": False,
        "x": math.nan,
        "lower": math.nan,
        "upper": math.nan,
        **texts,
    }


def _row(
    context: Context,
    results: Results,
    arm: Arm,
    prefix: str,
    place: Mapping[str, str],
    smallest: int = 0,
) -> dict[str, Any]:
    spec, endpoint = context.spec, context.endpoint
    visit, pair = spec.primary_visit(endpoint).code, spec.comparison(arm)
    scale = "gmr" if endpoint.is_log else "diff"
    values = [
        results.get(endpoint.paramcd, visit, pair, f"{prefix}{scale}{end}")
        for end in ("", ".lower", ".upper")
    ]
    p_value = results.get(endpoint.paramcd, visit, pair, f"{prefix}diff.pvalue")
    counts = [results.get(endpoint.paramcd, visit, one.code, f"{prefix}n") for one in (arm, spec.reference)]
    complete = all(one.present for one in values)
    x, lower, upper = (one.value if complete else math.nan for one in values)
    places = spec.estimate_decimals(endpoint)
    text = (
        f"{format_number(x, places)} {format_interval(lower, upper, places)}" if complete else NOT_ESTIMABLE
    )
    small = any(not one.present or one.value < smallest for one in counts)
    return {
        **_blank(arm), **place, "descriptive": small, "x": x, "lower": lower, "upper": upper,
        "estimate_text": text,
        "n_text": "/".join(_count(one) for one in counts),
        "p_text": _p_text(spec, p_value) if complete else NOT_ESTIMABLE,
        "estimate_result_id": " ".join(one.result_id for one in values),
        "n_result_id": " ".join(one.result_id for one in counts),
        "p_result_id": p_value.result_id,
    }  # fmt: skip


def _count(statistic: Statistic) -> str:
    return format_number(statistic.value, 0) if statistic.present else "0"


def _p_text(spec: OutputSpec, statistic: Statistic) -> str:
    if statistic.present:
        return format_p_value(statistic.value, spec.p_values)
    return DESCRIPTIVE if statistic.reason.startswith("descriptive") else statistic.stand_in


def subgroup_heading(context: Context, title: str, frame: pd.DataFrame) -> Heading:
    """Return titles and notes of the forest."""
    spec, endpoint = context.spec, context.endpoint
    (record,) = [one for one in context.records["subgroups"] if "subgroups" in one]
    smallest = record["smallest_cell"]
    warnings = [
        text for role in ("model", "subgroups") for text in context.results[role].warnings(endpoint.paramcd)
    ]
    notes = assemble_notes(
        context,
        abbreviations=["CI", *frame["label"], *frame["estimate_text"], *frame["p_text"]],
        denominators=[
            f"{direction_sentence(spec, endpoint)}. Each subgroup has a model of its own: the primary model "
            "with subgroup and arm × subgroup, both by visit. Against each subgroup's name: p-value of the "
            "interaction at this visit. n: subjects with a value at this visit, compared arm / reference.",
            f"{DESCRIPTIVE}: described only, an arm has fewer than {smallest} subjects in a level: open grey "
            "mark, dashed line, no p-value. A trial of this size has little power for interactions: one "
            "that is not significant is no evidence of equal effects.",
            *comparison_notes(spec),
        ],
        warnings=[*dict.fromkeys(warnings), *_reasons(context)],
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, population_words(spec)),
        tuple(note.printed for note in notes),
        context.stamp,
    )


def _reasons(context: Context) -> list[str]:
    """Return why estimates and interactions of the visit do not exist, other than by the smallest cell."""
    rows = context.results["subgroups"].rows
    here = rows[rows["visit"] == context.spec.primary_visit(context.endpoint).code]
    errors = here.loc[here["error"].str.len() > 0, "error"]
    return [
        text if text.startswith(DETECTABILITY) else f"NE: {text}"
        for text in dict.fromkeys(errors)
        if not text.startswith("descriptive")
    ]


def draw_subgroups(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the forest from its data; its height follows the number of rows."""
    spec, endpoint = context.spec, context.endpoint
    height = ROW * (len(frame) + 0.6)
    canvas = plot_canvas(heading, height)
    left = canvas.left + NAME_WIDTH + N_ROOM
    right = canvas.right - sum(TEXT_ROOM)
    half = (right - left) / 2 - 0.1
    sides = [wrap_text(one, half, TEXT_SIZE) for one in favoured_sides(spec, endpoint)]
    axis = canvas.axes(left, canvas.bottom + AXIS_ROOM, right, canvas.top - SIDE_ROOM)
    set_effect_axis(axis, spec, endpoint, frame, height)
    write_sides(axis, sides)
    _write_titles(axis, f"Estimate ({level_text(spec)})", right - left)
    for at, (_, row) in enumerate(frame.iterrows()):
        y = ROW * (at + 0.8)
        _draw(axis, spec, row, y, at)
        _write(axis, row, y, right - left)
    return canvas.figure


def _draw(axis: Axes, spec: OutputSpec, row: pd.Series, y: float, at: int) -> None:
    if math.isnan(row["x"]):
        return
    colour = GREY if row["descriptive"] else arm_style(spec, spec.arm(row["arm"])).colour
    container = axis.errorbar(
        [row["x"]], [y], xerr=[[row["x"] - row["lower"]], [row["upper"] - row["x"]]], color=colour,
        marker="s" if row["kind"] == "all" else "o", markersize=6.5 if row["kind"] == "all" else 5.5,
        markerfacecolor="white" if row["descriptive"] else colour, capsize=2.5, elinewidth=1.3, zorder=3,
    )  # fmt: skip
    container.lines[0].set_gid(f"subgroup-{at}")
    bar = container.lines[2][0]
    bar.set_gid(f"interval-{at}")
    if row["descriptive"]:
        bar.set_linestyle((0, (3, 2)))


def _write_titles(axis: Axes, estimate: str, width: float) -> None:
    write = partial(
        axis.text, transform=axis.transAxes, size=TEXT_SIZE - 0.5, weight="bold", va="bottom", linespacing=1.1
    )
    write(-N_ROOM / 2 / width, 1.01, "n", ha="center")
    x = 1.0 + 0.08 / width
    for title, room in zip((estimate, "p-value"), TEXT_ROOM, strict=True):
        write(x + room / 2 / width, 1.01, title, ha="center")
        x += room / width


def _write(axis: Axes, row: pd.Series, y: float, width: float) -> None:
    """Write the texts of a row; a heading's p-value is that of the interaction."""
    is_level, is_heading = row["kind"] == "level", row["kind"] == "heading"
    colour = QUIET if row["descriptive"] else "black"
    write = partial(
        axis.text, transform=axis.get_yaxis_transform(), size=TEXT_SIZE, va="center", color=colour
    )
    indent = 0.15 if is_level else 0.0
    weight = "normal" if is_level else "bold"
    write((-NAME_WIDTH - N_ROOM + indent) / width, y, row["label"], weight=weight)
    write(-N_ROOM / 2 / width, y, row["n_text"], ha="center")
    first, second = TEXT_ROOM
    write(1.0 + (0.08 + first / 2) / width, y, row["estimate_text"], ha="center")
    at = 1.0 + (0.08 + first + second / 2) / width
    write(at, y, f"int. {row['p_text']}" if is_heading else row["p_text"], ha="center")
