"""The data that a figure plots, as its page lists them: numbers lead to their trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trial.display.pages.trace_links import trace_link

MOST_ROWS = 200
ID, TEXT = "result_id", "_text"
# Columns that say the same in every row: the page says it already.
OF_FILE = {"output", "lock", "marks"}


@dataclass(frozen=True)
class Plotted:
    """Names of columns; rows of (text, address or nothing); how many rows more the file has."""

    names: tuple[str, ...]
    rows: tuple[tuple[tuple[str, str], ...], ...]
    left_out: int


def list_plotted(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Plotted:
    """Return the first rows of a figure's data with links.

    A cell of a column `x` or `x_text` leads to the ids in `x_result_id`. Another number of the row, such as a
    place on an axis, leads to all ids of the row.
    """
    shown = [i for i, name in enumerate(names) if not name.endswith(ID) and name not in OF_FILE]
    owners = {i: _own_column(names, names[i]) for i in shown}
    holders = [i for i, name in enumerate(names) if name.endswith(ID)]
    return Plotted(
        names=tuple(names[i] for i in shown),
        rows=tuple(
            tuple((row[i], _address(row, i, owners, holders)) for i in shown) for row in rows[:MOST_ROWS]
        ),
        left_out=max(len(rows) - MOST_ROWS, 0),
    )


def _own_column(names: Sequence[str], name: str) -> int | None:
    """Return the column with the ids of a column's cells."""
    own = [f"{name}_{ID}", f"{name.removesuffix(TEXT)}_{ID}"]
    return next((names.index(one) for one in own if one in names), None)


def _address(
    row: Sequence[str], column: int, owners: Mapping[int, int | None], holders: Sequence[int]
) -> str:
    own = owners[column]
    if not row[column] or (own is None and not _is_number(row[column])):
        return ""
    cells = [row[own]] if own is not None else [row[i] for i in holders]
    ids = list(dict.fromkeys(one for cell in cells for one in cell.split()))
    return trace_link(ids) if ids else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
