"""Statistics to cells: the text, the result_ids it was made from, and its footnote letters."""

from collections.abc import Callable, Sequence

from trial.display.notes import Marks
from trial.display.numbers import format_number, is_exact
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
    If any of the statistics is absent the cell reads ``NE``, or ``withheld`` (detectability only), and its
    footnote says why.
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


def bounded_cell(
    write: Callable[..., str],
    marks: Marks,
    results: Results,
    place: tuple[str, str, str],
    names: Sequence[str],
    collected: int,
) -> Cell:
    """Return the cell of `find_cell`; where only a bound of a statistic is known it prints as ``<`` or ``≤``.

    Each statistic is then written on its own, because a bound stands beside numbers that are exact. A bound
    that is a limit of quantification prints with the decimals as `collected`, like a result.
    """
    found = [results.get(*place, name) for name in names]
    bounds = [_bound(results, place, name) for name in names]
    if not any(bounds):
        return find_cell(write, marks, results, place, names)
    texts, shown = [], []
    for statistic, bound in zip(found, bounds, strict=True):
        sign, value = bound or ("", statistic)
        limit = bool(sign) and is_exact(value.value, collected)
        text = format_number(value.value, collected) if limit else value.present and write(value.value)
        texts.append(f"{sign}{text or value.stand_in}")
        shown.append(value)
    return Cell(", ".join(texts), tuple(one.result_id for one in shown), marks.of(shown))


def _bound(results: Results, place: tuple[str, str, str], name: str) -> tuple[str, Statistic] | None:
    """Return the sign and value of what is known of a statistic that values below the limit leave open."""
    if results.get(*place, name).present:
        return None
    for sign, suffix in (("<", "below"), ("≤", "at_most")):
        found = results.get(*place, f"{name}.{suffix}")
        if found.present:
            return sign, found
    return None


def make_row(label: str, cells: list[Cell]) -> Row:
    """Return a row of a label and its cells."""
    return Row((Cell(label), *cells))
