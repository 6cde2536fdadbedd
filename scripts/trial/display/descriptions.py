"""Rows that describe numbers by arm and in total: mean (SD), median, minimum to maximum."""

from collections.abc import Callable, Iterator

from trial.display.cells import find_cell
from trial.display.context import Context
from trial.display.groups import column_groups
from trial.display.notes import Marks
from trial.display.numbers import Decimals, format_number, format_with_spread
from trial.display.table import Cell, Row

NOTHING = "\u2013"  # of nobody there is nothing to describe, and nothing to explain


def description_rows(
    context: Context, marks: Marks, role: str, key: str, label: str, decimals: int, visit: str = ""
) -> Iterator[Row]:
    """Yield the rows of one quantity; `decimals` are those it was collected with.

    The cells of a group without any value hold a dash.
    """
    d = Decimals(decimals, 2)
    lines: tuple[tuple[str, Callable[..., str], tuple[str, ...]], ...] = (
        ("n", lambda n: format_number(n, 0), ("n",)),
        ("mean (SD)", lambda mean, sd: format_with_spread(mean, sd, d.location, d.spread), ("mean", "sd")),
        ("median", lambda median: format_number(median, d.location), ("median",)),
        ("Min, Max", lambda low, high: f"{format_number(low, d.extreme)}, {format_number(high, d.extreme)}",
         ("min", "max")),
    )  # fmt: skip
    for name, write, statistics in lines:
        cells = [
            _cell(context, marks, role, (visit, group.code), write, [f"{key}.{one}" for one in statistics])
            for group in column_groups(context)
        ]
        yield Row((Cell(f"{label}: {name}"), *cells))


def _cell(
    context: Context,
    marks: Marks,
    role: str,
    place: tuple[str, str],
    write: Callable[..., str],
    names: list[str],
) -> Cell:
    results = context.results[role]
    number = results.get("", *place, f"{names[0].rsplit('.', 1)[0]}.n")
    if number.value == 0 and not names[0].endswith(".n"):
        return Cell(NOTHING, (number.result_id,))
    return find_cell(write, marks, results, ("", *place), names)
