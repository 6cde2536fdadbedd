"""The pattern figure: visits observed or not, one row per pattern, and its number of subjects by arm."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from trial.display.context import Context
from trial.display.figures.arms import arm_style
from trial.display.figures.frame import Heading, open_canvas, text_width
from trial.display.figures.legend import LegendPlan, place_legend, plan_legend
from trial.display.notes import assemble_notes
from trial.display.numbers import format_count_percent
from trial.display.spec import Arm, OutputSpec, Visit
from trial.display.wording import output_number, population_line

OBSERVED, GAP, GONE = "observed", "gap", "after drop-out"
LOOKS: dict[str, dict[str, Any]] = {
    OBSERVED: {"facecolor": "#3b434c", "edgecolor": "#3b434c"},
    GAP: {"facecolor": "white", "edgecolor": "#3b434c"},
    GONE: {"facecolor": "#d9dee3", "edgecolor": "#3b434c", "hatch": "////"},
}
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++")
ROW = 0.44  # inches of a pattern
COLUMN = 1.0  # inches of a visit
ROOM = 0.55  # inches below the rows: visits and axis label
TEXT_SIZE = 8.0


def pattern_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data: one row per pattern and arm.

    Returns
    -------
    DataFrame
        ``row`` (from the top), ``pattern`` (x observed, o missing, one for each visit after baseline),
        ``kind``, ``arm``, ``n``, ``percent``, ``text``, each number with its result_id.
    """
    spec, results, code = context.spec, context.results["missing"], context.endpoint.paramcd
    (record,) = context.records["missing"]
    rows = []
    for row, one in enumerate(record["patterns"]):
        for arm in spec.arms:
            count = results.get(code, "", arm.code, f"pattern.{one['code']}.n")
            share = results.get(code, "", arm.code, f"pattern.{one['code']}.pct")
            rows.append(
                {
                    "row": row, "pattern": one["code"], "kind": one["kind"], "arm": arm.code,
                    "n": count.value, "percent": share.value,
                    "text": format_count_percent(count.value, share.value) if share.present else "0",
                    "result_id": f"{count.result_id} {share.result_id}",
                }
            )  # fmt: skip
    columns = ["row", "pattern", "kind", "arm", "n", "percent", "text", "result_id"]
    return pd.DataFrame(rows, columns=columns)


def pattern_heading(context: Context, title: str) -> Heading:
    """Return titles and notes of the figure."""
    (record,) = context.records["missing"]
    text = (
        "One row for each set of visits that is observed together, as analysed: values that the estimand "
        "sets aside count as missing. Gap: a later value follows. After drop-out: none follows. Bars: "
        "subjects of each arm with that pattern, n (% of the arm)."
    )
    notes = assemble_notes(context, denominators=(text,), warnings=record["warnings"])
    return Heading(
        output_number("Figure", context.spec.id),
        (title, population_line(context.spec)),
        tuple(note.printed for note in notes),
        context.stamp,
    )


def state_of(pattern: str, place: int) -> str:
    """Return what a visit of a pattern is: observed, a gap, or after drop-out."""
    if pattern[place] == "x":
        return OBSERVED
    return GAP if "x" in pattern[place:] else GONE


def draw_patterns(spec: OutputSpec, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the figure; its height follows the number of patterns and arms."""
    n_rows, height = _rows(frame), 4.0
    row = max(ROW, 0.2 * len(spec.arms) + 0.12)
    for _ in range(2):  # the second time with the height that the first one found
        canvas = open_canvas(heading, height)
        width = canvas.right - canvas.left
        legend = plan_legend(canvas.figure, [*LOOKS, *(arm.label for arm in spec.arms)], width)
        needed = n_rows * row + ROOM + legend.height + 0.1
        height += needed - (canvas.top - canvas.bottom)
    visits = list(spec.later_visits)
    middle = min(canvas.left + COLUMN * max(len(visits), 1) + 0.2, canvas.left + 0.55 * width)
    bottom, top = canvas.bottom + ROOM, canvas.top - legend.height - 0.1
    grid = canvas.axes(canvas.left, bottom, middle - 0.2, top)
    bars = canvas.axes(middle, bottom, canvas.right - 0.2, top)
    _draw_grid(grid, frame, visits)
    _draw_bars(bars, spec, frame)
    _legend(grid, spec, legend)
    return canvas.figure


def _rows(frame: pd.DataFrame) -> int:
    return int(frame["row"].max()) + 1 if len(frame) else 1


def _draw_grid(axis: Axes, frame: pd.DataFrame, visits: list[Visit]) -> None:
    """Draw one square per pattern and visit, filled, open or hatched."""
    for row, pattern in frame.drop_duplicates("row")[["row", "pattern"]].itertuples(index=False):
        for place in range(len(pattern)):
            look = LOOKS[state_of(pattern, place)]
            patch = Rectangle((place - 0.32, row - 0.3), 0.64, 0.6, linewidth=0.9, **look)
            patch.set_gid(f"visit-{row}-{place}")
            axis.add_patch(patch)
    axis.set_xlim(-0.5, len(visits) - 0.5)
    axis.set_ylim(_rows(frame) - 0.5, -0.5)
    axis.set_xticks(range(len(visits)), [visit.label for visit in visits])
    axis.set_yticks([])
    axis.tick_params(axis="x", length=0)
    axis.spines[["left", "bottom"]].set_visible(False)
    axis.set_xlabel("Visit after baseline")


def _draw_bars(axis: Axes, spec: OutputSpec, frame: pd.DataFrame) -> None:
    """Draw the subjects of each pattern by arm, with their number beside the bar."""
    high = 0.8 / max(len(spec.arms), 1)
    most = float(frame["n"].max()) if len(frame) else 1.0
    figure = axis.get_figure()
    assert isinstance(figure, Figure)
    for place, arm in enumerate(spec.arms):
        mine = frame[frame["arm"] == arm.code]
        shift = (place - (len(spec.arms) - 1) / 2) * high
        look = _bar_look(spec, arm)
        for row, count, text in mine[["row", "n", "text"]].itertuples(index=False):
            bar = axis.barh(row + shift, count, height=0.86 * high, **look)
            bar[0].set_gid(f"count-{arm.code}-{row}")
            axis.annotate(
                text, (count, row + shift), xytext=(4, 0), textcoords="offset points", va="center",
                size=TEXT_SIZE,
            )  # fmt: skip
    inches = axis.get_position().width * figure.get_size_inches()[0]
    widest = max((text_width(text, TEXT_SIZE) for text in frame["text"]), default=0.0) + 0.15
    axis.set_xlim(0, max(most, 1.0) * inches / max(inches - widest, 0.5))
    axis.set_ylim(_rows(frame) - 0.5, -0.5)
    axis.set_yticks([])
    axis.set_xlabel("Subjects")
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _bar_look(spec: OutputSpec, arm: Arm) -> dict[str, Any]:
    place = [one.code for one in spec.arms].index(arm.code)
    colour = arm_style(spec, arm).colour
    if place == 0:
        return {"facecolor": colour, "edgecolor": colour}
    return {"facecolor": "white", "edgecolor": colour, "hatch": HATCHES[place % len(HATCHES)]}


def _legend(axis: Axes, spec: OutputSpec, plan: LegendPlan) -> None:
    handles = [Rectangle((0, 0), 1, 1, **look) for look in LOOKS.values()]
    handles += [Rectangle((0, 0), 1, 1, **_bar_look(spec, arm)) for arm in spec.arms]
    place_legend(axis, plan, handles)
