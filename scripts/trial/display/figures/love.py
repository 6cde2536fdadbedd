"""The Love plot: absolute standardised differences of each covariate before and after weighting."""

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from trial.display.context import Context
from trial.display.design import ESS, KINDS, RAW, Balance
from trial.display.figures.axes import GRID
from trial.display.figures.frame import QUIET, Heading, open_canvas
from trial.display.figures.legend import place_legend, plan_legend
from trial.display.notes import assemble_notes
from trial.display.results import NOT_ESTIMABLE
from trial.display.wording import output_number, population_line

# Colour, marker and filling of each kind, each enough on its own.
STYLES = {
    RAW: ("#000000", "o", "white"),
    "ATO": ("#0072B2", "s", "#0072B2"),
    "ATE": ("#D55E00", "^", "#D55E00"),
    "ATT": ("#009E73", "D", "white"),
}
LINES = ((0.1, "--"), (0.25, ":"))
ROW, NAME_WIDTH, AXIS_ROOM, TITLES = 0.42, 2.1, 0.55, 3.0
SPREAD = 0.17  # between the marks of one covariate, in rows


def love_frame(balance: Balance) -> pd.DataFrame:
    """Return the plotted data: ``kind, variable, label, x`` (absolute; NaN: none), ``reason, result_id``."""
    rows = []
    for kind in (RAW, *balance.kinds):
        for line in balance.lines:
            if line.has_smd:
                found = balance.get(kind, line, "smd")
                label = line.label.removesuffix(" (%)") if line.level else line.label  # a name may end so too
                rows.append((kind, line.variable, label, abs(found.value), found.error, found.result_id))
    return pd.DataFrame(rows, columns=["kind", "variable", "label", "x", "reason", "result_id"])


def love_heading(context: Context, balance: Balance, title: str) -> Heading:
    """Return titles and notes."""
    spec = context.spec
    absent = any(
        not balance.get(kind, line, "smd").present for kind in (RAW, *balance.kinds) for line in balance.lines
    )
    notes = assemble_notes(
        context,
        abbreviations=[*([NOT_ESTIMABLE] if absent else []), *(line.label for line in balance.lines)],
        denominators=("Lines at 0.1 and 0.25.", *balance.notes(), *balance.verdicts(), ESS),
        warnings=balance.warnings(),
    )
    printed = tuple(line.printed for line in notes)
    return Heading(output_number("Figure", spec.id), (title, population_line(spec)), printed, context.stamp)


def draw_love(frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw one row per covariate, one mark per kind of weights."""
    variables = list(dict.fromkeys(frame["variable"]))
    kinds = list(dict.fromkeys(frame["kind"]))
    canvas = open_canvas(heading, TITLES + ROW * len(variables) + 0.13 * len(heading.notes))
    left = canvas.left + NAME_WIDTH
    legend = plan_legend(canvas.figure, [KINDS[kind] for kind in kinds], canvas.right - left)
    axis = canvas.axes(left, canvas.bottom + AXIS_ROOM, canvas.right - 0.1, canvas.top - legend.height - 0.1)
    _set_axis(axis, frame, variables)
    for at, kind in enumerate(kinds):
        colour, marker, filling = STYLES[kind]
        shift = SPREAD * (at - (len(kinds) - 1) / 2)
        for row in frame[frame["kind"] == kind].itertuples():
            y = variables.index(row.variable) + shift
            if math.isfinite(row.x):
                axis.plot(
                    row.x, y, marker=marker, color=colour, markerfacecolor=filling, clip_on=False, zorder=3,
                    gid=f"love-{kind}-{row.variable}",
                )  # fmt: skip
            else:
                axis.text(0, y, f" {NOT_ESTIMABLE}", size=7, va="center", color=QUIET)
    handles = [
        Line2D([], [], linestyle="none", marker=marker, color=colour, markerfacecolor=filling)
        for colour, marker, filling in (STYLES[kind] for kind in kinds)
    ]
    place_legend(axis, legend, handles)
    return canvas.figure


def _set_axis(axis: Axes, frame: pd.DataFrame, variables: list[str]) -> None:
    labels = dict(zip(frame["variable"], frame["label"], strict=True))
    largest = max([0.3, *(x for x in frame["x"] if math.isfinite(x))])
    axis.set_xlim(0, 1.06 * largest)
    axis.set_ylim(len(variables) - 0.5, -0.5)
    axis.set_yticks(range(len(variables)), [labels[name] for name in variables])
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="y", color=GRID, linewidth=0.6)
    axis.axvline(0, color="black", linewidth=0.8)
    for place, style in LINES:
        axis.axvline(place, color=QUIET, linestyle=style, linewidth=1.1, zorder=1)
    axis.set_xlabel("Absolute standardised difference")
