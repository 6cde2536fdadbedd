"""One book of queries and one of row fates, from the books of the rooms; they must add up."""

from collections.abc import Sequence

import pandas as pd

from trial.study import variables
from trial.study.books import ACCOUNTING, FATES, QUERIES
from trial.study.errors import DataError

PLACE = [variable.name for variable in variables.PLACE]
NUMBERED = {"QUERYID": "text"} | QUERIES


def merge_queries(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return all queries sorted by subject, analyte, date and place, numbered Q0001 onwards."""
    queries = pd.concat(parts, ignore_index=True)
    order = queries.assign(LINE=pd.to_numeric(queries["ROW"], errors="coerce"))
    order = order.sort_values(
        ["SUBJECT", "ANALYTE", "DATE", "FILE", "SHEET", "LINE", "COLUMN", "RULE"], kind="stable"
    )
    queries = order.drop(columns="LINE").reset_index(drop=True)
    queries.insert(0, "QUERYID", [f"Q{number:04d}" for number in range(1, len(queries) + 1)])
    return queries[list(NUMBERED)]


def merge_accounting(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the fate of every raw row, sorted by place.

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
    return order.sort_values(["FILE", "SHEET", "LINE", "COLUMN"], kind="stable")[list(ACCOUNTING)]
