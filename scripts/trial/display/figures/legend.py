"""Legends above the plot, in as many columns as fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trial.display.figures.frame import text_width, wrap_text

SIZE = 8.5
LINE = 0.18
HANDLE = 0.62  # inches of the sample and the gaps beside it
HANDLE_LENGTH = 3.6


@dataclass(frozen=True)
class LegendPlan:
    """Labels broken into lines, the number of columns, and the height it takes in inches."""

    labels: tuple[str, ...]
    columns: int
    height: float


def plan_legend(figure: Figure, labels: Sequence[str], width: float) -> LegendPlan:
    """Return how a legend with these labels fits into `width` inches; none takes no room."""
    if not labels:
        return LegendPlan((), 1, 0.0)
    wrapped = tuple("\n".join(wrap_text(label, width - HANDLE, SIZE)) for label in labels)
    widest = max(text_width(line, SIZE) for label in wrapped for line in label.split("\n"))
    columns = max(1, min(len(labels), int(width / (widest + HANDLE + 0.15))))
    rows = -(-len(labels) // columns)
    # matplotlib fills columns from the top down: labels 0..rows-1 stand in the first one.
    stacks = [wrapped[start : start + rows] for start in range(0, len(wrapped), rows)]
    lines = max(sum(label.count("\n") + 1 for label in stack) for stack in stacks)
    return LegendPlan(wrapped, columns, LINE * lines + 0.05 * rows + 0.06)


def place_legend(axis: Axes, plan: LegendPlan, handles: Sequence[Any], gap: float = 0.06) -> None:
    """Put the legend above the axes, its lower edge `gap` inches over them."""
    if not plan.labels:
        return
    figure = axis.get_figure()
    assert figure is not None
    height = axis.get_position().height * figure.get_size_inches()[1]  # type: ignore[union-attr]
    axis.legend(
        handles=handles,
        labels=list(plan.labels),
        loc="lower left",
        bbox_to_anchor=(0, 1 + gap / height),
        ncols=plan.columns,
        handlelength=HANDLE_LENGTH,
        columnspacing=1.5,
        fontsize=SIZE,
        borderpad=0,
    )
