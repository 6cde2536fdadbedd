"""The LS-mean profile: estimate with confidence interval by arm over time, and n under the axis."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trial.display.comparisons import arm_statistic
from trial.display.context import Context
from trial.display.figures.arms import arm_style, dodge
from trial.display.figures.axes import (
    VisitAxis,
    plan_visit_axis,
    set_limits,
    set_value_axis,
    set_value_label,
    set_visit_axis,
    smallest_gap,
    time_label,
    visit_span,
)
from trial.display.figures.frame import HEIGHT, QUIET, Canvas, Heading, open_canvas, text_width, wrap_text
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.notes import assemble_notes, estimate_notes
from trial.display.numbers import format_number
from trial.display.results import Results
from trial.display.spec import Arm, Endpoint, OutputSpec, Visit
from trial.display.wording import estimate_name, level_text, output_number, population_line

STRIP_LINE, STRIP_SIZE = 0.17, 7.5
LABEL_LIMIT = 2.1  # inches that arm names may take left of the axis
LOWEST_PLOT = 3.3  # inches: room for the label of the y axis


def profile_frame(spec: OutputSpec, endpoint: Endpoint, model: Results, observed: Results) -> pd.DataFrame:
    """Return the plotted data of the profile, one row per arm and visit.

    Returns
    -------
    DataFrame
        ``arm, visit, day, x`` (where the mark stands), ``estimate, lower, upper, n``, each with its
        result_id, ``detectability`` (why an endpoint is that only). On the log
        scale estimates are geometric mean ratios to baseline, or geometric means. Baseline rows: n only.
    """
    shifts = dodge(len(spec.arms), smallest_gap(spec.visits), visit_span(spec.visits))
    rows = [
        _profile_row(arm, visit, shift, endpoint, arm_statistic(spec, endpoint), (model, observed))
        for arm, shift in zip(spec.arms, shifts, strict=True)
        for visit in spec.visits
    ]
    return pd.DataFrame(rows)


def draw_profile(spec: OutputSpec, endpoint: Endpoint, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the profile from its data."""
    layout = _plan_layout(spec, heading)
    canvas, strip, left = layout.canvas, layout.strip, layout.left
    bottom = canvas.bottom + strip.height + layout.visits.room
    axis = canvas.axes(left, bottom, canvas.right, canvas.top - layout.legend.height)
    limits = frame[["estimate", "lower", "upper"]].to_numpy(float).ravel().tolist()
    none = _no_change(spec, endpoint)
    set_limits(axis, [*limits, *none], endpoint.is_log)
    set_value_axis(axis, endpoint.is_log)
    set_visit_axis(axis, spec.visits, time_label(spec), layout.visits)
    for value in none:
        axis.axhline(value, color="#6e7781", linewidth=0.9, zorder=1)
    for arm in spec.arms:
        _draw_arm(axis, spec, arm, frame[frame["arm"] == arm.code])
    set_value_label(axis, _value_text(spec, endpoint), endpoint)
    grey = bool((frame["detectability"] != "").any())
    place_legend(axis, layout.legend, [_handle(spec, arm, grey) for arm in spec.arms])
    _draw_strip(canvas, spec, axis, frame, strip)
    return canvas.figure


def _no_change(spec: OutputSpec, endpoint: Endpoint) -> tuple[float, ...]:
    """Return where no change lies on the value axis; nowhere where the response is the value itself."""
    if spec.model(endpoint).response == "value":
        return ()
    return (1.0,) if endpoint.is_log else (0.0,)


@dataclass(frozen=True)
class Layout:
    """The places of a profile's parts on its canvas."""

    canvas: Canvas
    strip: "Strip"
    left: float
    legend: LegendPlan
    visits: VisitAxis


def _plan_layout(spec: OutputSpec, heading: Heading, height: float = HEIGHT) -> Layout:
    """Return the layout; a canvas whose plot would be too low for long arm names is made higher."""
    canvas = open_canvas(heading, height)
    strip = strip_labels(canvas.figure, spec)
    left = canvas.left + strip.width
    legend = plan_legend(canvas.figure, [arm.label for arm in spec.arms], canvas.right - left)
    visits = plan_visit_axis(canvas.figure, spec.visits, canvas.right - left)
    missing = LOWEST_PLOT - (canvas.top - canvas.bottom - strip.height - legend.height - visits.room)
    if missing > 0.01:
        return _plan_layout(spec, heading, height + missing)
    return Layout(canvas, strip, left, legend, visits)


def profile_heading(context: Context, title: str) -> Heading:
    """Return titles and notes of the profile."""
    spec, endpoint = context.spec, context.endpoint
    interval, name = level_text(spec), estimate_name(spec, endpoint)
    subject = f"{name}, log axis" if endpoint.is_log else name
    marks = (
        f"Marks: {subject}; bars: {interval} from the model below (not SE, not SD). "
        f"Marks stand side by side so that bars do not overlap."
    )
    frame = profile_frame(spec, endpoint, context.results["model"], context.results["observed"])
    if (frame["detectability"] != "").any():
        marks += " Open grey marks: detectability only; see the warning."
    marks += "".join(f" Line at {value:.0f}: no change." for value in _no_change(spec, endpoint))
    counts = "n: subjects in the model with a value at the visit; at baseline: with an observed baseline."
    notes = assemble_notes(
        context,
        abbreviations=["CI", "LS", "SD", "SE"],
        model=(marks, context.specification("model")),
        denominators=(counts,),
        warnings=estimate_notes(spec, endpoint, context.results["model"]),
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, population_line(spec)),
        tuple(note.printed for note in notes),
        context.stamp,
    )


def _profile_row(
    arm: Arm, visit: Visit, shift: float, endpoint: Endpoint, name: str, results: tuple[Results, Results]
) -> dict[str, object]:
    model, observed = results
    row: dict[str, object] = {
        "arm": arm.code, "visit": visit.code, "day": visit.day, "x": visit.day + shift
    }  # fmt: skip
    if visit.baseline:
        count = observed.get(endpoint.paramcd, visit.code, arm.code, "AVAL.n")
        found = {"estimate": None, "lower": None, "upper": None, "n": count}
    else:
        names = {"estimate": name, "lower": f"{name}.lower", "upper": f"{name}.upper", "n": "n"}
        found = {
            column: model.get(endpoint.paramcd, visit.code, arm.code, statistic)
            for column, statistic in names.items()
        }
    for column, statistic in found.items():
        row[column] = statistic.value if statistic and statistic.present else math.nan
    row["detectability"] = found["estimate"].detectability if found["estimate"] else ""
    for column, statistic in found.items():
        row[f"{column}_result_id"] = statistic.result_id if statistic else ""
    return row


def _draw_arm(axis: Axes, spec: OutputSpec, arm: Arm, rows: pd.DataFrame) -> None:
    style = arm_style(spec, arm)
    later = rows[~rows["visit"].eq(spec.baseline.code)]
    values = later["estimate"].to_numpy(float)
    errors = [values - later["lower"].to_numpy(float), later["upper"].to_numpy(float) - values]
    open_grey = (later["detectability"] != "").any()
    colour, face = (QUIET, "white") if open_grey else (style.colour, style.colour)
    container = axis.errorbar(
        later["x"], values, yerr=errors, color=colour, marker=style.marker, markerfacecolor=face,
        linestyle=style.line, capsize=3.5, elinewidth=1.2, zorder=3,
    )  # fmt: skip
    # The data line alone is named: errorbar would pass a gid on to the caps as well.
    container.lines[0].set_gid(f"profile-{arm.code}")
    container.lines[2][0].set_gid(f"interval-{arm.code}")


def _value_text(spec: OutputSpec, endpoint: Endpoint) -> str:
    is_ratio = arm_statistic(spec, endpoint) == "ratio"
    name = endpoint.difference_unit if spec.model(endpoint).response == "change" else endpoint.unit_label
    unit = f" ({name})" if name and not is_ratio else ""
    return f"{endpoint.label}: {estimate_name(spec, endpoint)}{unit}, {level_text(spec)}"


def _handle(spec: OutputSpec, arm: Arm, grey: bool) -> Line2D:
    style = arm_style(spec, arm)
    colour, face = (QUIET, "white") if grey else (style.colour, style.colour)
    return Line2D([], [], color=colour, marker=style.marker, markerfacecolor=face, linestyle=style.line)


@dataclass(frozen=True)
class Strip:
    """Arm names left of the counts: their lines, and the room the strip takes in inches."""

    labels: tuple[tuple[str, ...], ...]
    width: float
    row_height: float

    @property
    def height(self) -> float:
        """Height of the strip with its heading line."""
        return self.row_height * len(self.labels) + STRIP_LINE


def strip_labels(figure: Figure, spec: OutputSpec) -> Strip:
    """Return the arm names broken into lines that fit left of the axis."""
    labels = tuple(tuple(wrap_text(figure, arm.label, LABEL_LIMIT, STRIP_SIZE)) for arm in spec.arms)
    widest = max(text_width(figure, line, STRIP_SIZE) for lines in labels for line in lines)
    row_height = STRIP_LINE * (1 + 0.75 * (max(map(len, labels)) - 1))
    return Strip(labels, max(widest + 0.2, 0.98), row_height)


def _draw_strip(canvas: Canvas, spec: OutputSpec, above: Axes, frame: pd.DataFrame, strip: Strip) -> None:
    """Write n per arm under the visits, at the same places as the ticks."""
    left = canvas.left + strip.width
    axis = canvas.axes(left, canvas.bottom, canvas.right, canvas.bottom + strip.height)
    axis.set_xlim(above.get_xlim())
    axis.set_ylim(strip.height, 0)
    axis.axis("off")
    axis.set_gid("strip")
    edge: dict[str, Any] = {
        "x": -0.1 / (canvas.right - left),
        "transform": axis.get_yaxis_transform(),
        "ha": "right",
    }
    common: dict[str, Any] = {"size": STRIP_SIZE, "va": "center"}
    axis.text(y=STRIP_LINE / 2, s="n", weight="bold", **edge, **common)
    for place, (arm, label) in enumerate(zip(spec.arms, strip.labels, strict=True)):
        y = STRIP_LINE + (place + 0.5) * strip.row_height
        axis.text(
            y=y, s="\n".join(label), color=arm_style(spec, arm).colour, linespacing=1.0, **edge, **common
        )
        rows = frame[(frame["arm"] == arm.code) & frame["n"].notna()]
        for day, count in zip(rows["day"], rows["n"], strict=True):
            axis.text(day, y, format_number(count, 0), ha="center", gid=f"n-{arm.code}", **common)
