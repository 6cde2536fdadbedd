"""Listings by subject: their frame, subjects in order of arm and id, and how cells are written."""

import datetime
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trial.display.context import Context
from trial.display.notes import assemble_notes
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number

if TYPE_CHECKING:
    import pandas as pd

Record = Mapping[Hashable, Any]
NO_ARM = "No treatment received"


def subject_listing(
    context: Context,
    titles: tuple[str, ...],
    columns: Mapping[str, float],
    blocks: Sequence[Block],
    words: Sequence[str],
    fixed: Sequence[str] = ("Subject", "Date"),
) -> Table:
    """Return a listing; `columns` have their share of the width, those of `fixed` do not wrap."""
    spec = context.spec
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title(titles[0]), *titles[1:]),
        population="",
        columns=tuple(
            Column(name, width=width, align="left", wraps=name not in fixed)
            for name, width in columns.items()
        ),
        blocks=tuple(blocks),
        notes=assemble_notes(context, denominators=words),
        stamp=context.stamp,
        font_size=7,
    )


def arm_blocks(
    context: Context, table: "pd.DataFrame", texts: Callable[[Record], Sequence[str]]
) -> Iterator[Block]:
    """Yield the rows of each planned arm, by subject; an arm without rows has no block."""
    for arm in context.spec.arms:
        mine = table[table["TRT01P"] == arm.code]
        rows = tuple(Row(tuple(map(Cell, texts(record)))) for record in mine.to_dict("records"))
        if rows:
            yield Block(arm.label, rows)


def arm_label(context: Context, code: str) -> str:
    """Return the label of an arm; nobody's treatment is said to be none."""
    return context.spec.arm(code).label if code else NO_ARM


def as_written(text: str) -> str:
    """Return a text of the data as print shows it: one in capitals alone would shout."""
    return text.capitalize() if text.isupper() else text


def day(date: str, zero: str) -> str:
    """Return the days from time zero (day 0) to a date, both as ISO texts; an empty text where one is not."""
    try:
        return str((datetime.date.fromisoformat(date) - datetime.date.fromisoformat(zero)).days)
    except ValueError:
        return ""
