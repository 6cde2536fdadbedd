"""The merged books: one fate for each raw row, queries in a stable order."""

import pandas as pd
import pytest

from trial.review.books import merge_accounting, merge_queries
from trial.study.books import ACCOUNTING, QUERIES
from trial.study.errors import DataError
from trial.study.identity import name_all


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


def queries(*rows):
    return pd.DataFrame(rows).reindex(columns=list(QUERIES), fill_value="")


def test_queries_stand_in_one_order():
    table = queries(
        {"SUBJECT": "S2", "ROW": "3"}, {"SUBJECT": "S1", "ROW": "10"}, {"SUBJECT": "S1", "ROW": "9"}
    )
    merged = merge_queries([table.iloc[:1], table.iloc[1:]])
    again = merge_queries([table.iloc[::-1]])
    assert merged[["SUBJECT", "ROW"]].values.tolist() == [["S1", "9"], ["S1", "10"], ["S2", "3"]]
    assert merged.equals(again)


def asked(*rows):
    """Return the number and fingerprint of each query by the text that was found."""
    merged = merge_queries([queries(*rows)])
    return {row.FOUND: (row.QUERYID, row.FINGERPRINT) for row in merged.itertuples()}


def row(about, found, line, under="", rule="ODD"):
    return {"ABOUT": about, "FOUND": found, "ROW": str(line), "UNDER": under, "RULE": rule}


def test_a_query_keeps_its_number_whatever_stands_above_it():
    before = asked(row("a | S1", "x", 3), row("a | S2", "y", 4), row("a | S2", "z", 5, rule="OTHER"))
    after = asked(row("a | S2", "y", 3), row("a | S2", "z", 4, rule="OTHER"))
    assert after == {name: before[name] for name in ("y", "z")}
    assert len({number for number, _ in before.values()}) == 3
    assert all(number[:2] == "Q-" and len(number) == 10 for number, _ in before.values())


def test_equal_queries_are_told_apart_by_their_order():
    both = asked(row("a | S1", "x", 3), row("a | S1", "y", 4))
    assert both["x"][0] != both["y"][0]
    assert asked(row("a | S1", "y", 3))["y"][0] == both["x"][0]


def test_the_fingerprint_is_of_the_data_and_not_of_the_lines():
    one = asked(row("a", "8 against 9 (x.csv row 12)", 3, "u"))["8 against 9 (x.csv row 12)"]
    moved = asked(row("a", "8 against 9 (x.csv row 11)", 2, "u"))["8 against 9 (x.csv row 11)"]
    found = asked(row("a", "8 against 7 (x.csv row 12)", 3, "u"))["8 against 7 (x.csv row 12)"]
    under = asked(row("a", "8 against 9 (x.csv row 12)", 3, "v"))["8 against 9 (x.csv row 12)"]
    assert one == moved
    assert [one[0] == other[0] for other in (found, under)] == [True, True]
    assert len({one[1], found[1], under[1]}) == 3


def test_a_raw_row_keeps_its_name_whatever_stands_above_it():
    def book(*rows):
        table = pd.DataFrame(rows, columns=["SUBJECT", "ROW", "ITEM"]).assign(FILE="a", FATE="used")
        merged = merge_accounting([table.reindex(columns=list(ACCOUNTING), fill_value="")])
        return dict(zip(merged["SUBJECT"], merged["SRCID"], strict=True))

    before = book(("S1", "2", ""), ("S2", "3", ""), ("", "4", "1234"))
    assert book(("S2", "2", ""), ("", "3", "1234")) == {key: before[key] for key in ("S2", "")}
    assert all(name[:2] == "R-" and len(name) == 14 for name in before.values())


def test_names_that_share_their_digits_are_told_apart():
    names = name_all("Q-", [f"key {at}" for at in range(16)], 1)
    assert len(set(names)) == 16
