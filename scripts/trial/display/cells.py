"""Statistics to cells: the text, the result_ids it was made from, and its footnote letters."""

from collections.abc import Callable, Sequence

from trial.display.notes import Marks
from trial.display.results import Results, Statistic
from trial.display.table import Cell, Row


def make_cell(write: Callable[..., str], marks: Marks, *statistics: Statistic) -> Cell:
    """Return one cell from the statistics it shows.

    Parameters
    ----------
    write : callable
        Takes the values in the order of `statistics` and returns the text.
    marks : Marks
        Collects the reason of an absent value and the warnings as footnotes.

    Notes
    -----
    If any of the statistics is absent the cell reads ``NE``, or ``withheld`` by the rule of detectability, and
    its footnote says why.
    """
    if all(statistic.present for statistic in statistics):
        text = write(*(statistic.value for statistic in statistics))
    else:
        text = next(statistic.stand_in for statistic in statistics if not statistic.present)
    ids = tuple(statistic.result_id for statistic in statistics)
    return Cell(text, ids, marks.of(statistics))


def find_cell(
    write: Callable[..., str],
    marks: Marks,
    results: Results,
    place: tuple[str, str, str],
    names: Sequence[str],
) -> Cell:
    """Return the cell of the statistics `names` at one place of the results; without names an empty cell.

    Parameters
    ----------
    place : tuple of str
        Endpoint, visit, and arm or comparison.
    """
    return make_cell(write, marks, *(results.get(*place, name) for name in names)) if names else Cell()


def make_row(label: str, cells: list[Cell]) -> Row:
    """Return a row of a label and its cells."""
    return Row((Cell(label), *cells))
