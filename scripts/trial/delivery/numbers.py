"""Checks of printed numbers: they exist, are their results, agree with each other and with the text."""

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from trial.delivery.book import Book, Finding, Placed
from trial.delivery.printed import MINUS, tokens
from trial.delivery.reading import PrintedOutput, Result

COUNTS = ("n", "subjects", "responders")
TENTH = Decimal("0.1")
_SIZE = re.compile(r"\(N=(\d+)\)")


def known_results(book: Book) -> Iterator[Finding]:
    """Every printed or plotted result stands once in ard.csv."""
    for output in book.outputs:
        printed = [name for row in output.rows for cell in row.cells for name in cell.ids]
        for name in dict.fromkeys([*output.entry["results"], *printed]):
            times = len(book.rows.get(name, ()))
            yield Finding("results exist", output.id, name, "once", f"{times} times", times == 1)


def values(book: Book) -> Iterator[Finding]:
    """Every number of a cell is one of its results, rounded."""
    for placed in book.cells:
        expected = ", ".join(f"{one.id} = {one.raw or 'no value'}" for one in placed.results)
        yield Finding(
            "numbers are results",
            placed.output.id,
            placed.place,
            expected,
            placed.cell.text,
            placed.shown.agrees,
        )


def repeated(book: Book) -> Iterator[Finding]:
    """A result that is printed several times is the same text each time."""
    first: dict[str, tuple[str, Placed]] = {}
    for placed in book.cells:
        for name, text in placed.shown.texts.items():
            text = text.rstrip("%")
            if not tokens(text):
                continue  # a word in its place, such as a dash where nothing was counted
            known, where = first.setdefault(name, (text, placed))
            if where is not placed:
                place = f"{name} in {placed.place}"
                yield Finding(
                    "printed alike",
                    placed.output.id,
                    place,
                    f"{known} as in {where.output.id}",
                    text,
                    text == known,
                )


def percentages(book: Book) -> Iterator[Finding]:
    """A percentage is its count of the denominator that the cell, its heading, column or row prints."""
    columns: dict[tuple[str, str, int], set[int]] = {}
    rows: dict[tuple[str, int], set[int]] = {}
    for placed in book.cells:
        for token in tokens(placed.cell.text):
            if token.half == 0.5:
                at = placed.output.id, placed.row.block, placed.cell.column
                columns.setdefault(at, set()).add(int(token.value))
                rows.setdefault((placed.output.id, placed.cell.row), set()).add(int(token.value))
    for placed in book.cells:
        part = _percentage(placed)
        if part is None:
            continue
        count, percent, denominator = part
        heading = _SIZE.search(placed.heading)
        printed = {int(heading[1])} if heading else set()
        printed |= columns[placed.output.id, placed.row.block, placed.cell.column]
        printed |= rows[placed.output.id, placed.cell.row]
        wanted = _percent(count, denominator)
        agrees = denominator in printed and percent in wanted
        yield Finding(
            "n, percent and denominator",
            placed.output.id,
            placed.place,
            f"{' or '.join(wanted)} = {count} of {denominator}, and {denominator} printed beside it",
            placed.cell.text,
            agrees,
        )


def _percentage(placed: Placed) -> tuple[int, str, int] | None:
    """Return the printed count, the printed percentage and the denominator of a cell that has them."""
    texts = placed.shown.texts
    percents = [one for one in placed.results if _last(one) == "pct" and one.id in texts]
    counts = [one for one in placed.results if _last(one) in COUNTS and one.id in texts]
    if not percents or not counts or percents[0].n is None:
        return None
    count = texts[counts[0].id]
    return (int(count), texts[percents[0].id].rstrip("%"), int(percents[0].n)) if count.isdigit() else None


def _last(result: Result) -> str:
    return result.statistic.rpartition(".")[2]


def _percent(count: int, denominator: int) -> tuple[str, ...]:
    if not denominator:
        return ()
    exact = Decimal(100 * count) / denominator
    text = str(exact.quantize(TENTH, ROUND_HALF_UP))
    if count == denominator:
        return ("100", "100.0")
    return ({"0.0": "<0.1", "100.0": ">99.9"}.get(text, text), text) if count else ("0.0", "0")


def intervals(book: Book) -> Iterator[Finding]:
    """An interval of a printed estimate holds the estimate, in the results and in print."""
    for placed in book.cells:
        for result in placed.results:
            stem, _, end = result.statistic.rpartition(".")
            if end != "lower" or result.value is None:
                continue
            upper = book.results.get(f"{result.id.removesuffix('lower')}upper")
            estimate = _estimate(book, result, stem)
            if upper is None or upper.value is None or estimate is None or estimate.value is None:
                continue
            agrees = result.value <= estimate.value <= upper.value
            yield Finding(
                "interval holds estimate",
                placed.output.id,
                f"{estimate.id} in {placed.place}",
                f"{result.raw} to {upper.raw}",
                estimate.raw,
                agrees,
            )


def _estimate(book: Book, limit: Result, stem: str) -> Result | None:
    """Return the estimate whose limit a result is: the stem of its name, without the name of the method."""
    base = limit.id.removesuffix(limit.statistic)
    while stem:
        if found := book.results.get(base + stem):
            return found
        stem = stem.rpartition(".")[0]
    return None


def words(book: Book) -> Iterator[Finding]:
    """A number with decimals in the alternative text of a figure is one of its results, rounded.

    Those that it plots, and the others of the same analyses, endpoints and visits; or what its own titles and
    footnotes, and those of tables of the same analyses, name.
    """
    families: dict[tuple[str, str, str], list[float]] = {}
    for result in book.results.values():
        numbers = result.numbers
        if result.statistic.endswith(".smd"):
            numbers += tuple(map(abs, numbers))  # plots of balance show the size alone
        families.setdefault(_family(result), []).extend(numbers)
    named = {output.id: _named(output) for output in book.outputs}
    shown = {output.id: _families(book, output) or _declared(families, output) for output in book.outputs}
    for output in book.outputs:
        mine = shown[output.id]
        allowed = set().union(*(named[other] for other, theirs in shown.items() if theirs & mine))
        known = sorted({number for family in mine for number in families[family]})
        for token in tokens(str(output.entry["alt"])):
            if "." in token.text:
                agrees = token.text.replace(MINUS, "-") in allowed or token.shows_one_of(known)
                yield Finding(
                    "numbers in text", output.id, "alternative text", "a result of it", token.text, agrees
                )


def _family(result: Result) -> tuple[str, str, str]:
    return result.analysis, result.endpoint, result.visit


def _families(book: Book, output: PrintedOutput) -> set[tuple[str, str, str]]:
    results = (book.results.get(name) for name in output.entry["results"])
    return {_family(one) for one in results if one}


def _declared(families: Iterable[tuple[str, str, str]], output: PrintedOutput) -> set[tuple[str, str, str]]:
    """Return those of the analyses that an output without any plotted result is made of."""
    endpoints = {"", output.output.endpoint}
    return {one for one in families if one[0] in output.output.analyses and one[1] in endpoints}


def _named(output: PrintedOutput) -> set[str]:
    """Return the numbers that titles and footnotes name, such as a threshold."""
    lines = [*output.entry["headings"], *output.entry["notes"]]
    return {token.text.replace(MINUS, "-") for line in lines for token in tokens(line)}
