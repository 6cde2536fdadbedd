"""One book of queries and one of row fates, from the books of the rooms; they must add up."""

from collections.abc import Sequence

import pandas as pd

from trial.review.answers import Answer, Settled, settle
from trial.review.earlier import Earlier, carry_over, compare_locks
from trial.study import variables
from trial.study.books import FATES, OPEN, QUERIES, QUERY_BOOK, ROW_BOOK
from trial.study.errors import DataError
from trial.study.identity import QUERY_DIGITS, ROW_DIGITS, about, fingerprint, name_all

PLACE = [variable.name for variable in variables.PLACE]
# What names a raw row, beside its occurrence.
ROW_KEY = ["FILE", "SHEET", "COLUMN", "SUBJECT", "ANALYTE", "DATE", "ITEM"]


def merge_queries(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return all queries (`QUERY_BOOK`), open, sorted by subject, analyte, date and place.

    QUERYID is made of what is asked about, rule and occurrence: it is the same in every lock that asks it.
    """
    queries = sort_queries(pd.concat(parts, ignore_index=True))
    keys = [about(*pair) for pair in zip(queries["ABOUT"], queries["RULE"], strict=True)]
    under = [fingerprint(pair) for pair in zip(queries["UNDER"], queries["FOUND"], strict=True)]
    named = queries.assign(
        QUERYID=name_all("Q-", keys, QUERY_DIGITS), STATUS=OPEN, ANSWER="", FINGERPRINT=under
    )
    return named[list(QUERY_BOOK)]


def sort_queries(queries: pd.DataFrame) -> pd.DataFrame:
    """Return queries by subject, analyte, date and place."""
    order = queries.assign(LINE=pd.to_numeric(queries["ROW"], errors="coerce"))
    order = order.sort_values(
        ["SUBJECT", "ANALYTE", "DATE", "FILE", "SHEET", "LINE", "COLUMN", "RULE"], kind="stable"
    )
    return order.drop(columns="LINE").reset_index(drop=True)


def collect_queries(
    parts: Sequence[pd.DataFrame],
    fates: pd.DataFrame,
    results: pd.DataFrame,
    records: pd.DataFrame,
    answers: tuple[str, Sequence[Answer]],
    earlier: Earlier | None,
) -> Settled:
    """Return the book of all queries with the answers to them, and what became of each answer.

    Parameters
    ----------
    parts : sequence of DataFrame
        The rooms' questions (`QUERIES`).
    fates, results, records : DataFrame
        Raw rows, used results and endpoint records of this lock, for the comparison with the earlier one.
    answers : tuple
        The file of the answers and its rows.
    earlier : Earlier or None
        The earlier lock, where its archive is at hand.
    """
    if earlier is not None:
        parts = [*parts, compare_locks(earlier, fates, results, records)]
    queries = merge_queries(parts)
    queries = queries if earlier is None else carry_over(queries, earlier)
    name, rows = answers
    settled = settle(queries, rows, name, None if earlier is None else earlier.queries)
    asked = merge_queries([pd.DataFrame(settled.asked, columns=list(QUERIES))])
    settled.queries = sort_queries(pd.concat([settled.queries, asked], ignore_index=True))
    return settled


def merge_accounting(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the fate of every raw row (`ROW_BOOK`), sorted by place.

    Raises
    ------
    DataError
        If a raw row has two fates, or a fate that is none of `FATES`: then rows were lost or counted twice.
    """
    book = pd.concat(parts, ignore_index=True)
    twice = book[book.duplicated(PLACE, keep=False)]
    strange = book[~book["FATE"].isin(FATES)]
    for bad, problem in ((twice, "a raw row has two fates"), (strange, f"a fate is none of {FATES}")):
        if not bad.empty:
            offenders = [
                f"{r.FILE} {r.SHEET} row {r.ROW} {r.COLUMN}: {r.FATE} {r.RULE}" for r in bad.itertuples()
            ]
            raise DataError("row accounting", problem, offenders, "report this: it is a defect of the reader")
    order = book.assign(LINE=pd.to_numeric(book["ROW"], errors="coerce"))
    book = order.sort_values(["FILE", "SHEET", "LINE", "COLUMN"], kind="stable")
    keys = [about(*key) for key in zip(*(book[name] for name in ROW_KEY), strict=True)]
    return book.assign(SRCID=name_all("R-", keys, ROW_DIGITS))[list(ROW_BOOK)]
