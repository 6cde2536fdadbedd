"""What came in, as the first page and the data page say it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from trial.display.fates import count_after_cut, count_fates, count_open
from trial.display.numbers import format_number
from trial.study.books import FATES


@dataclass(frozen=True)
class Intake:
    """Totals of the intake."""

    raw_rows: int
    used: int
    superseded: int
    quarantined: int
    queries: int


@dataclass(frozen=True)
class Part:
    """One table of the data page: words before it, links, names of columns, rows of text."""

    anchor: str
    heading: str
    text: str
    links: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Books:
    """The books of the intake; data that were analysed elsewhere have no book of quality."""

    queries: pd.DataFrame
    accounting: pd.DataFrame
    quality: pd.DataFrame | None


def count_intake(queries: pd.DataFrame, accounting: pd.DataFrame) -> Intake:
    """Return the totals of raw rows by fate and the number of open queries."""
    raw_rows, used, superseded, quarantined = count_fates(accounting)
    return Intake(raw_rows, used, superseded, quarantined, count_open(queries))


def data_parts(books: Books, links: dict[str, tuple[tuple[str, str], ...]]) -> Iterator[Part]:
    """Yield the tables of the data page; `links`: of each book, address and name of its listing and file."""
    if books.quality is not None:
        yield _quality(books.quality, links["quality"])
    yield _queries(books.queries, links["queries"])
    yield _accounting(books.accounting, links["accounting"])
    yield _cut(books.accounting, links["accounting"])


def _quality(book: pd.DataFrame, links: tuple[tuple[str, str], ...]) -> Part:
    counts = ("RAW", "USED", "SUPERSEDED", "QUARANTINED", "SUBJECTS", "CENSORED")
    shown = ("SOURCE", "ANALYTE", *counts, "UNITS", "RULES")
    rows = [
        tuple(format_number(one[name], 0) if name in counts else one[name] for name in shown)
        for one in book.to_dict("records")
    ]
    names = ("Source", "Analyte", "Raw", "Used", "Superseded", "Quarantined", "Subjects", "Beyond a limit")
    text = "What came in of each source and analyte, and what became of it."
    return Part("quality", "Data quality", text, links, (*names, "Units as reported", "Rules"), tuple(rows))


def _queries(book: pd.DataFrame, links: tuple[tuple[str, str], ...]) -> Part:
    waiting, answered = count_open(book), len(book) - count_open(book)
    text = f"{waiting} open {'query' if waiting == 1 else 'queries'} and {answered} answered, by rule."
    asked = list(zip(book["RULE"], book["QUESTION"], book["DONE"], book["STATUS"], strict=True))
    counted = sorted(Counter(asked).items(), key=lambda one: (-one[1], one[0]))
    rows = tuple(
        (rule, str(count), status, question, done) for (rule, question, done, status), count in counted
    )
    names = ("Rule", "Queries", "Status", "Question", "What was done")
    return Part("queries", "Queries", text, links, names, rows)


def _accounting(book: pd.DataFrame, links: tuple[tuple[str, str], ...]) -> Part:
    text = "Every raw row has exactly one fate: raw rows = used + superseded + quarantined."
    counts = pd.crosstab(book["SOURCE"], book["FATE"]).reindex(columns=list(FATES), fill_value=0)
    listed = [
        (str(source), [int(one) for one in fates])
        for source, fates in zip(counts.index, counts.to_numpy(), strict=True)
    ]
    total = ("All sources", [sum(fates[i] for _, fates in listed) for i in range(len(FATES))])
    rows = tuple((name, str(sum(fates)), *map(str, fates)) for name, fates in [*listed, total])
    names = ("Source", "Raw rows", *(fate.capitalize() for fate in FATES))
    return Part("accounting", "Accounting of raw rows", text, links, names, rows)


def _cut(book: pd.DataFrame, links: tuple[tuple[str, str], ...]) -> Part:
    text = (
        "What began after the data cut of the lock is in no analysis; of what began before it, an end or a "
        "further date after the cut is left out. The earliest day that a record may be of decides."
    )
    rows = tuple((file, str(out), str(ends)) for file, out, ends in count_after_cut(book))
    names = ("File", "Rows left out", "Rows without their later end or date")
    return Part("cut", "After the data cut", text, links, names, rows or (("No file", "0", "0"),))
