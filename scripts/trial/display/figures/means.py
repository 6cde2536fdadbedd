"""Observed means over time: mean or geometric mean with its interval by arm, and n under the axis."""

import math
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from trial.display.context import Context
from trial.display.figures.arms import dodge
from trial.display.figures.axes import smallest_gap, visit_span
from trial.display.figures.empty import draw_null_report
from trial.display.figures.frame import Heading
from trial.display.figures.lines import Lines, draw_lines
from trial.display.notes import assemble_notes
from trial.display.numbers import format_level
from trial.display.results import Statistic
from trial.display.spec import Arm, Endpoint, Visit
from trial.display.wording import output_number, population_line

ROLE = "observed"


def mean_name(endpoint: Endpoint) -> str:
    """Return what the marks are: the mean of an endpoint, or its geometric mean on the log scale."""
    return "geometric mean" if endpoint.is_log else "mean"


def mean_statistic(endpoint: Endpoint) -> str:
    """Return the name of what the descriptive results call it."""
    return "AVAL.geomean" if endpoint.is_log else "AVAL.mean"


def interval_name(context: Context) -> str:
    """Return the name of the interval, for example ``95% CI``; empty where the results have none."""
    level = context.results[ROLE].get(context.endpoint.paramcd, "", "", "level")
    return f"{format_level(level.value)} CI" if level.present else ""


def means_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data, one row per arm and visit: columns of `lines.Lines`.

    Empty where the results hold no value of the endpoint.
    """
    spec = context.spec
    shifts = dodge(len(spec.arms), smallest_gap(spec.visits), visit_span(spec.visits))
    rows = [
        _row(context, arm, visit, shift)
        for arm, shift in zip(spec.arms, shifts, strict=True)
        for visit in spec.visits
    ]
    frame = pd.DataFrame(rows)
    return frame if (frame["n"] > 0).any() else frame.iloc[:0]


def _row(context: Context, arm: Arm, visit: Visit, shift: float) -> dict[str, Any]:
    name = mean_statistic(context.endpoint)
    row: dict[str, Any] = {
        "arm": arm.code, "visit": visit.code, "day": visit.day, "x": visit.day + shift, "detectability": "",
    }  # fmt: skip
    names = {"estimate": name, "lower": f"{name}.lower", "upper": f"{name}.upper", "n": "AVAL.n"}
    found = {column: _get(context, arm, visit, statistic) for column, statistic in names.items()}
    row |= {column: one.value if one.present else math.nan for column, one in found.items()}
    return row | {f"{column}_result_id": one.result_id for column, one in found.items()}


def _get(context: Context, arm: Arm, visit: Visit, name: str) -> Statistic:
    return context.results[ROLE].get(context.endpoint.paramcd, visit.code, arm.code, name)


def means_heading(context: Context, title: str, frame: pd.DataFrame) -> Heading:
    """Return titles and notes of the observed means."""
    spec, endpoint = context.spec, context.endpoint
    interval = interval_name(context)
    lines = assemble_notes(
        context,
        abbreviations=["CI", *(["SD", "SE"] if len(frame) else [])] if interval else [],
        denominators=() if frame.empty else _definitions(endpoint, interval),
        warnings=[*context.results[ROLE].warnings(endpoint.paramcd), *_cell_notes(context)],
    )
    return Heading(
        output_number("Figure", spec.id),
        (title, population_line(spec)),
        tuple(line.printed for line in lines),
        context.stamp,
    )


def _definitions(endpoint: Endpoint, interval: str) -> list[str]:
    name = mean_name(endpoint)
    of = " of ln values, taken back" if endpoint.is_log else ""
    marks = f"Marks: {name} of the observed values of the arm at the visit{', log axis' * endpoint.is_log}"
    bars = f"; bars: {interval}{of}, by t with n − 1 degrees of freedom (not SE, not SD)" if interval else ""
    texts = [
        f"{marks}{bars}. Marks stand side by side so that bars do not overlap. Lines join neighbouring "
        "visits and stop where a visit has no mark.",
        "n: subjects with a value at the visit. Nothing is modelled or imputed: where values are missing, "
        "visits are of different subjects. Numbers and SD are those of the table of observed values.",
    ]
    if endpoint.has_limits:
        texts.append("Half the limit stands for a value below the limit of quantification.")
    return texts


def _cell_notes(context: Context) -> list[str]:
    """Return the warnings of marks, and why some are absent though there are values, with their places."""
    found: dict[str, list[str]] = {}
    for arm in context.spec.arms:
        for visit in context.spec.visits:
            one = _get(context, arm, visit, mean_statistic(context.endpoint))
            count = _get(context, arm, visit, "AVAL.n")
            text = one.warning if one.present else f"no mark: {one.reason}"
            if text and count.present and count.value > 0:
                found.setdefault(text, []).append(f"{arm.label}, {visit.label}")
    return [f"{text} ({'; '.join(places)})" for text, places in found.items()]


def draw_means(context: Context, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the observed means from their data."""
    if frame.empty:
        return draw_null_report(heading)
    endpoint = context.endpoint
    unit = f" ({endpoint.unit_label})" if endpoint.unit_label else ""
    shown = Lines(frame, f"{endpoint.label}: observed {mean_name(endpoint)}{unit}")
    return draw_lines(context.spec, endpoint, shown, heading)
