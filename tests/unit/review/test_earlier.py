"""What an earlier lock had otherwise: results that vanished, samples that took a visit over."""

import pandas as pd
import pytest

from trial.review.earlier import RECORDS, RESULTS, ROWS, Earlier, carry_over, compare_locks, load_earlier
from trial.study.books import QUERIES, QUERY_BOOK
from trial.study.files import write_table


def result(source="lis", day="2020-01-10", value="8.1", accession="", analyte="HBA1C", row="2"):
    cells = {"USUBJID": "S1", "ANALYTE": analyte, "VALUE_RAW": value, "UNIT_RAW": "%", "SOURCE": source}
    return (
        dict.fromkeys(RESULTS, "")
        | cells
        | {"COLLECTED": f"{day}T08:00", "ACCESSION": accession, "FILE": f"{source}.csv", "ROW": row}
    )


def table(rows, columns):
    return pd.DataFrame(list(rows), columns=list(columns))


def rows_of(*results):
    names = {"SOURCE": "SOURCE", "USUBJID": "SUBJECT", "ANALYTE": "ANALYTE"}
    found = [
        {to: one[name] for name, to in names.items()} | {"DATE": one["COLLECTED"][:10]} for one in results
    ]
    return table(found, ROWS)


def earlier_of(results=(), records=(), queries=()):
    return Earlier("DBL-1", table(queries, QUERY_BOOK), table(records, RECORDS), table(results, RESULTS))


def compare(before, now, used=None):
    used = now if used is None else used
    asked = compare_locks(earlier_of(before), rows_of(*now), table(used, RESULTS), table([], RECORDS))
    assert list(asked) == list(QUERIES)
    return asked[["RULE", "ANALYTE", "FOUND", "FILE", "ROW"]].to_numpy().tolist()


def test_a_row_that_another_export_stands_for_is_asked_about():
    before = [result(), result(analyte="CPEP", value="2")]
    copies = [result("excel", row="7", value="8.2"), result("excel", analyte="CPEP", value="2", row="7")]
    assert compare(before, copies) == [[
        "RECORD_REPLACED", "CPEP, HBA1C",
        "lock DBL-1 had CPEP 2 % (lis), now CPEP 2 % (excel); HBA1C 8.1 % (lis), now HBA1C 8.2 % (excel)",
        "excel.csv", "7",
    ]]  # fmt: skip


def test_a_row_that_nothing_stands_for_is_asked_about():
    found = "lock DBL-1 had HBA1C 8.1 % (lis)"
    assert compare([result()], [result("excel", "2020-01-11")]) == [
        ["RECORD_VANISHED", "HBA1C", found, "lis.csv", ""]
    ]


@pytest.mark.parametrize(
    "now",
    [
        [result(value="9.9", row="40")],  # corrected, and on another line
        [result(day="2020-01-12", accession="77")],  # the same sample under a corrected date
    ],
)
def test_a_row_that_is_still_there_is_not(now):
    assert compare([result(accession="77")], now) == []


def test_a_row_that_is_there_and_not_used_is_not_asked_about_here():
    assert compare([result()], [result()], used=[]) == []


def record(day, visit="M6", code="HBA1C", flag="Y"):
    return {"PARAMCD": code, "USUBJID": "S1", "AVISIT": visit, "ADT": day, "ANL01FL": flag}


@pytest.mark.parametrize(
    ("before", "now", "asked"),
    [
        ([record("2020-01-10")], [record("2020-01-10", flag=""), record("2020-01-20")], True),
        ([record("2020-01-10")], [record("2020-01-10"), record("2020-01-20", flag="")], False),
        ([], [record("2020-01-20")], False),
        ([record("2020-01-10")], [], False),
    ],
)
def test_a_sample_that_takes_a_visit_over_is_asked_about(before, now, asked):
    found = compare_locks(earlier_of((), before), rows_of(), table([], RESULTS), table(now, RECORDS))
    expected = [["VISIT_TAKEN_OVER", "S1", "HBA1C", "M6: 2020-01-10 in lock DBL-1, now 2020-01-20"]]
    assert found[["RULE", "SUBJECT", "ANALYTE", "FOUND"]].to_numpy().tolist() == (expected if asked else [])


def test_one_sample_is_asked_about_once_for_all_endpoints():
    before, now = (
        [record(day, code=code) for code in ("HBA1C", "FPG")] for day in ("2020-01-10", "2020-01-20")
    )
    found = compare_locks(earlier_of((), before), rows_of(), table([], RESULTS), table(now, RECORDS))
    assert found["ANALYTE"].tolist() == ["HBA1C, FPG"]


def test_a_question_stays_until_it_is_answered():
    """The next lock sees no change any more: its parent had the row neither."""
    asked = [
        dict.fromkeys(QUERY_BOOK, "") | {"QUERYID": f"Q-{at}", "RULE": rule, "STATUS": status}
        for at, (rule, status) in enumerate(
            [("RECORD_VANISHED", "open"), ("VISIT_TAKEN_OVER", "answered"), ("NO_DATE", "open")]
        )
    ]
    book = carry_over(table([], QUERY_BOOK), earlier_of(queries=asked))
    assert book[["QUERYID", "STATUS"]].to_numpy().tolist() == [["Q-0", "open"]]


def test_an_archive_is_read_and_one_of_an_older_make_is_none(tmp_path):
    folder = tmp_path / "locks" / "DBL-1" / "results" / "data"
    parts = {"queries": QUERY_BOOK, "adlb": RECORDS, "labs": RESULTS}
    for name, columns in parts.items():
        write_table(folder / f"{name}.csv", table([], columns), list(columns))
    files = [folder / f"{name}.csv" for name in parts]
    assert load_earlier(files).lock_id == "DBL-1"
    assert load_earlier([]) is None
    write_table(folder / "queries.csv", table([], QUERIES), list(QUERIES))
    assert load_earlier(files) is None
