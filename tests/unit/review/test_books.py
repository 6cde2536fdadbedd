"""The merged books: one fate for each raw row, queries in a stable order."""

import pandas as pd
import pytest

from trial.review.books import merge_accounting, merge_queries
from trial.study.books import ACCOUNTING, QUERIES
from trial.study.errors import DataError


def fates(*rows):
    table = pd.DataFrame(rows, columns=["FILE", "ROW", "FATE"])
    return table.reindex(columns=list(ACCOUNTING), fill_value="")


def test_rows_sort_by_number_not_by_text():
    book = merge_accounting(
        [fates(("a", "10", "used"), ("a", "9", "used")), fates(("b", "1", "quarantined"))]
    )
    assert book["ROW"].tolist() == ["9", "10", "1"]


def test_two_fates_of_one_row_stop_the_run():
    with pytest.raises(DataError, match="two fates"):
        merge_accounting([fates(("a", "1", "used")), fates(("a", "1", "superseded"))])


def test_an_unknown_fate_stops_the_run():
    with pytest.raises(DataError, match="lost"):
        merge_accounting([fates(("a", "1", "lost"))])


def test_queries_are_numbered_in_one_order():
    rows = [{"SUBJECT": "S2", "ROW": "3"}, {"SUBJECT": "S1", "ROW": "10"}, {"SUBJECT": "S1", "ROW": "9"}]
    table = pd.DataFrame(rows).reindex(columns=list(QUERIES), fill_value="")
    merged = merge_queries([table.iloc[:1], table.iloc[1:]])
    again = merge_queries([table.iloc[::-1]])
    assert merged["QUERYID"].tolist() == ["Q0001", "Q0002", "Q0003"]
    assert merged[["SUBJECT", "ROW"]].values.tolist() == [["S1", "9"], ["S1", "10"], ["S2", "3"]]
    assert merged.equals(again)
