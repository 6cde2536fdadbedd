"""The mirrored histogram of propensities: the treated arm upwards, the control arm downwards."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from trial.display.context import Context
from trial.display.design import ESS, Balance
from trial.display.figures.arms import arm_style
from trial.display.figures.axes import GRID
from trial.display.figures.frame import Heading, open_canvas
from trial.display.figures.legend import place_legend, plan_legend
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number
from trial.display.spec import Arm, OutputSpec
from trial.display.wording import output_number, population_line

BINS = 20
HATCHES = ("", "////")
LABELS, AXIS_ROOM = 0.75, 0.55


def overlap_frame(context: Context, balance: Balance) -> pd.DataFrame:
    """Return the plotted data: bars (``mark`` bar, ``arm, lower, upper, count``), then the effective sizes.

    ``kind, size, result_id`` are those of the effective sizes that the notes print.
    """
    scores = context.data["weights"].drop_duplicates("USUBJID")
    edges = np.linspace(0, 1, BINS + 1)
    rows: list[tuple[object, ...]] = []
    for arm in balance.arms:
        counts, _ = np.histogram(scores.loc[scores["ARMCD"] == arm.code, "SCORE"], edges)
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
            rows.append(("bar", arm.code, float(low), float(high), float(count), "", np.nan, ""))
    for kind in balance.kinds:
        for arm in balance.arms:
            size = balance.find(kind, "", "", "ess", arm)
            rows.append(("size", arm.code, np.nan, np.nan, np.nan, kind, size.value, size.result_id))
    columns = ["mark", "arm", "lower", "upper", "count", "kind", "size", "result_id"]
    return pd.DataFrame(rows, columns=columns)


def overlap_heading(context: Context, balance: Balance, title: str) -> Heading:
    """Return titles and notes, effective sizes and verdicts among them."""
    spec, (treated, control) = context.spec, balance.arms
    text = f"Bars: number of subjects in steps of {1 / BINS:g}; {treated.label} up, {control.label} down."
    model = next(balance.notes())
    notes = assemble_notes(
        context, denominators=(text, model, *balance.verdicts(), ESS), warnings=balance.warnings()
    )
    printed = tuple(note.printed for note in notes)
    return Heading(output_number("Figure", spec.id), (title, population_line(spec)), printed, context.stamp)


def draw_overlap(spec: OutputSpec, arms: tuple[Arm, Arm], frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the two histograms back to back on one axis."""
    canvas = open_canvas(heading, 5.6)
    left = canvas.left + LABELS
    legend = plan_legend(canvas.figure, [arm.label for arm in arms], canvas.right - left)
    axis = canvas.axes(left, canvas.bottom + AXIS_ROOM, canvas.right - 0.1, canvas.top - legend.height - 0.1)
    handles = []
    for arm, sign, hatch in zip(arms, (1, -1), HATCHES, strict=True):
        bars = frame[(frame["mark"] == "bar") & (frame["arm"] == arm.code)]
        colour = arm_style(spec, arm).colour
        look: dict[str, Any] = {
            "facecolor": "white" if hatch else colour,
            "edgecolor": colour,
            "hatch": hatch,
            "linewidth": 0.9,
        }
        axis.bar(bars["lower"], sign * bars["count"], width=1 / BINS, align="edge", **look)
        handles.append(Patch(**look))
    _set_axis(axis, arms[0])
    place_legend(axis, legend, handles)
    return canvas.figure


def _set_axis(axis: Axes, treated: Arm) -> None:
    reach = max(1.0, *(abs(limit) for limit in axis.get_ylim()))
    axis.set_xlim(0, 1)
    axis.set_ylim(-1.05 * reach, 1.05 * reach)
    axis.axhline(0, color="black", linewidth=0.8)
    axis.yaxis.set_major_locator(MaxNLocator(9, integer=True))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(abs(value), 0)))
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.set_xlabel(f"Propensity of {treated.label}")
    axis.set_ylabel("Number of subjects")
