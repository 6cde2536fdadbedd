"""The participant flow: a column of boxes per arm under those that all arms share, each with its counts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from trial.display.context import Context
from trial.display.disposition import (
    FLOW,
    POPULATIONS,
    SEVERAL,
    Line,
    allocation_note,
    groups_of,
    lines_of,
    size,
)
from trial.display.figures.arms import arm_style
from trial.display.figures.frame import Heading, open_canvas, wrap_text
from trial.display.groups import TOTAL
from trial.display.notes import assemble_notes
from trial.display.spec import OutputSpec
from trial.display.wording import output_number, population_line

ROLE = "disposition"
INK, PAPER = "#1b1f24", "#f3f5f7"
GAP, PAD, ARROW = 0.22, 0.12, 0.34  # inches between columns, inside boxes, between rows
LEADING = 1.28  # of a line, in text sizes
# Large letters: on a telephone the whole picture is some 350 points wide.
SIZES = {1: 18.0, 2: 17.0, 3: 14.0, 4: 11.5}
SMALLEST = 9.0
COLUMNS = ("row", "arm", "head", "n", "details", "result_id")


def flow_frame(context: Context) -> pd.DataFrame:
    """Return the plotted data: one row per box.

    Returns
    -------
    DataFrame
        ``row`` from the top, ``arm`` (empty: of all arms), ``head``, ``n``, ``details``, ``result_id``.
    """
    rows = [
        dict(zip(COLUMNS, (at, *cells), strict=True))
        for at, boxes in enumerate(_rows(context))
        for cells in boxes
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(context: Context) -> Iterator[list[tuple[object, ...]]]:
    """Yield the boxes of each row of the flow: one of all arms, or one per arm."""
    allocation, split = context.spec.study.allocation, False
    groups = list(groups_of(lines_of(context, ROLE, FLOW)))
    last = [(line, under) for line, under in groups if line.key in ("completed", "discontinued")]
    for line, under in [group for group in groups if group not in last]:
        if line.by_arm and not split:
            split = True
            if allocation:
                words = (f"Unit: {allocation.unit}", f"Method: {allocation.method}")
                yield [(TOTAL, "Allocation", float("nan"), "\n".join(words), "")]
            yield [_box(context, arm.code, line, under, f"{arm.label}: ") for arm in context.spec.arms]
        elif line.by_arm:
            yield [_box(context, arm.code, line, under) for arm in context.spec.arms]
        else:
            yield [_box(context, TOTAL, line, under)]
    if last:
        yield [_end(context, arm.code, last) for arm in context.spec.arms]
    analysed = [line for line in lines_of(context, ROLE, POPULATIONS) if line.kind == "endpoint"]
    if analysed:
        yield [_analysed(context, arm.code, analysed) for arm in context.spec.arms]


def _box(
    context: Context, arm: str, line: Line, under: Sequence[Line], before: str = ""
) -> tuple[object, ...]:
    label = f"{line.name}: {line.label.lower()}" if line.kind == "visit" else line.label
    label = f"{label[0].lower()}{label[1:]}" if before else label
    shown = [one for one in under if not _is_idle(context, line, one, arm)]
    n, ids = _number(context, line, arm), _ids(context, [line, *shown], arm)
    return arm, f"{before}{label} (n={n})", float(n), "\n".join(_details(context, shown, arm)), ids


def _is_idle(context: Context, line: Line, one: Line, arm: str) -> bool:
    """Return whether a line says nothing in a picture: a reason of nobody, or a first step that all took.

    The table prints them all.
    """
    idle = one.depth > 1 or (line.key.startswith("step.") and not line.by_arm)
    return idle and _number(context, one, arm) == 0


def _details(context: Context, lines: Sequence[Line], arm: str) -> Iterator[str]:
    """Yield a line of text for each count that is set in once, its reasons after it."""
    at = 0
    while at < len(lines):
        line, reasons = lines[at], []
        at += 1
        while at < len(lines) and lines[at].depth > line.depth:
            reasons.append(f"{_lower(lines[at].label)} {_number(context, lines[at], arm)}")
            at += 1
        text = f"{line.label}: {_number(context, line, arm)}"
        yield f"{text} ({'; '.join(reasons)})" if reasons else text


def _lower(text: str) -> str:
    return f"{text[0].lower()}{text[1:]}" if text[1:2].islower() else text


def _end(context: Context, arm: str, groups: Sequence[tuple[Line, Sequence[Line]]]) -> tuple[object, ...]:
    (completed, _), (left, reasons) = groups
    shown = [one for one in reasons if _number(context, one, arm)]
    words = [f"Discontinued: {_number(context, left, arm)}"]
    words += [f"– {_lower(one.label)}: {_number(context, one, arm)}" for one in shown]
    n = _number(context, completed, arm)
    return (
        arm,
        f"Completed (n={n})",
        float(n),
        "\n".join(words),
        _ids(context, [completed, left, *shown], arm),
    )


def _analysed(context: Context, arm: str, lines: Sequence[Line]) -> tuple[object, ...]:
    words = [f"{line.name}: {_number(context, line, arm)}" for line in lines]
    return arm, "Analysed", float("nan"), "\n".join(words), _ids(context, lines, arm)


def _number(context: Context, line: Line, arm: str) -> int:
    return size(context, ROLE, line.key, arm if line.by_arm else TOTAL)


def _ids(context: Context, lines: Sequence[Line], arm: str) -> str:
    results = context.results[ROLE]
    found = [results.get("", "", arm if line.by_arm else TOTAL, f"{line.key}.n").result_id for line in lines]
    return " ".join(found)


def flow_heading(context: Context, title: str) -> Heading:
    """Return titles and notes of the figure."""
    spec = context.spec
    (record,) = context.records[ROLE]
    words = [allocation_note(context), f"{SEVERAL} Reasons of nobody are in the table."]
    if not record["screened"]:
        words.append("The data have nobody who was screened and not enrolled.")
    words.append("Analysed: a baseline and at least one later analysed value of the endpoint.")
    drawn = [*(one.label for one in spec.endpoints), *(one.label for one in spec.visits)]
    notes = assemble_notes(context, abbreviations=drawn, denominators=words)
    lines = tuple(note.printed for note in notes)
    return Heading(output_number("Figure", spec.id), (title, population_line(spec)), lines, context.stamp)


def flow_text(context: Context, title: str, frame: pd.DataFrame) -> str:
    """Return what the figure shows in words and numbers."""
    parts = []
    for _, row in frame.iterrows():
        arm = f"{context.spec.arm(row['arm']).label}, " if row["arm"] and row["row"] else ""
        head = row["head"] if row["head"].startswith(arm.rstrip(", ")) and arm else f"{arm}{row['head']}"
        parts.append(": ".join(part for part in (head, row["details"].replace("\n", "; ")) if part))
    return f"{title}. {'. '.join(parts)}."


@dataclass(frozen=True)
class _Placed:
    """A box in inches from the upper left corner of the plot, with its lines of text."""

    arm: str
    left: float
    width: float
    top: float
    height: float
    head: tuple[str, ...]
    lines: tuple[str, ...]


def draw_flow(spec: OutputSpec, frame: pd.DataFrame, heading: Heading) -> Figure:
    """Draw the boxes; the height of the figure follows from their texts."""
    letters = SIZES.get(len(spec.arms), SMALLEST)
    canvas = open_canvas(heading, 4.0)
    width = canvas.right - canvas.left
    boxes = _place(spec, frame, canvas.figure, width, letters)
    needed = max(box.top + box.height for box in boxes) + 0.05
    canvas = open_canvas(heading, 4.0 + needed - (canvas.top - canvas.bottom))
    axis = canvas.axes(canvas.left, canvas.bottom, canvas.right, canvas.top)
    axis.set_axis_off()
    axis.set_xlim(0, width)
    axis.set_ylim(canvas.top - canvas.bottom, 0)
    for at, box in enumerate(boxes):
        _draw_box(axis, spec, box, letters, at)
    _draw_arrows(axis, boxes)
    return canvas.figure


def _place(
    spec: OutputSpec, frame: pd.DataFrame, figure: Figure, width: float, letters: float
) -> list[_Placed]:
    column = (width - GAP * (len(spec.arms) - 1)) / len(spec.arms)
    codes, line, top, boxes = [arm.code for arm in spec.arms], letters * LEADING / 72, 0.0, []
    for _, row in frame.groupby("row", sort=True):
        placed = []
        for cells in row.to_dict("records"):
            is_wide = cells["arm"] == TOTAL
            left = 0.0 if is_wide else codes.index(cells["arm"]) * (column + GAP)
            across = width if is_wide else column
            head = wrap_text(cells["head"], across - 2 * PAD, letters, "bold")
            texts = [one for one in cells["details"].split("\n") if one]
            lines = [part for text in texts for part in wrap_text(text, across - 2 * PAD, letters - 1.5)]
            height = line * (len(head) + len(lines)) + 2 * PAD
            placed.append(_Placed(cells["arm"], left, across, top, height, tuple(head), tuple(lines)))
        tallest = max(box.height for box in placed)
        boxes += [_Placed(**{**vars(box), "height": tallest}) for box in placed]
        top += tallest + ARROW
    return boxes


def _draw_box(axis: Axes, spec: OutputSpec, box: _Placed, letters: float, at: int) -> None:
    edge = arm_style(spec, spec.arm(box.arm)).colour if box.arm else INK
    patch = Rectangle(
        (box.left, box.top),
        box.width,
        box.height,
        facecolor=PAPER,
        edgecolor=edge,
        linewidth=1.6,
        clip_on=False,
    )
    patch.set_gid(f"box-{at}-{box.arm}")
    axis.add_patch(patch)
    step, y = letters * LEADING / 72, box.top + PAD
    for text in box.head:
        axis.text(box.left + PAD, y, text, size=letters, weight="bold", va="top", color=INK)
        y += step
    for text in box.lines:
        axis.text(box.left + PAD, y, text, size=letters - 1.5, va="top", color=INK)
        y += step


def _draw_arrows(axis: Axes, boxes: Sequence[_Placed]) -> None:
    """Draw an arrow down from each box to the next row: to its arm's box, or to every arm's."""
    tops = sorted({box.top for box in boxes})
    rows = [[box for box in boxes if box.top == top] for top in tops]
    for upper, lower in pairwise(rows):
        for box in lower:
            middle = box.left + box.width / 2
            start = upper[0].top + upper[0].height
            arrow = FancyArrowPatch(
                (middle, start), (middle, box.top), arrowstyle="-|>", mutation_scale=14, color=INK,
                linewidth=1.3, shrinkA=0, shrinkB=0,
            )  # fmt: skip
            axis.add_patch(arrow)
