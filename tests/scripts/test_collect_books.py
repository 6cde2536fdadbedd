"""The program that merges the books, twice: a lock, then the next one with answers and the archive of the first."""

import shutil

import pandas as pd

import collect_books
from raw import write_verified
from trial.review.earlier import RECORDS, RESULTS
from trial.study.books import ACCOUNTING, QUERIES, QUERY_BOOK, ROW_BOOK
from trial.study.files import read_table, write_table
from trial.study.identity import about

ANSWERS = "QUERYID,ANSWER,DATE,BY,COMMENT,FINGERPRINT\n"


def table(rows, columns):
    return pd.DataFrame(rows).reindex(columns=list(columns), fill_value="")


def write_books(folder, rows, rule="UNUSUAL_VALUE"):
    """Write what the rooms leave of laboratory rows, one question about each value above 10."""
    used = [
        {"USUBJID": subject, "ANALYTE": "HBA1C", "VALUE_RAW": value, "UNIT_RAW": "%", "SOURCE": source,
         "COLLECTED": f"{day}T08:00", "FILE": f"{source}.csv", "ROW": str(line)}
        for line, (source, subject, day, value) in enumerate(rows, 2)
    ]  # fmt: skip
    place = ("SOURCE", "FILE", "ROW")
    fates = [
        {name: one[name] for name in place}
        | {"SUBJECT": one["USUBJID"], "ANALYTE": "HBA1C", "DATE": one["COLLECTED"][:10], "FATE": "used"}
        for one in used
    ]
    asked = [
        {name: one[name] for name in place}
        | {"SUBJECT": one["USUBJID"], "RULE": rule, "FOUND": one["VALUE_RAW"], "UNDER": one["VALUE_RAW"]}
        | {"ABOUT": about(one["FILE"], one["USUBJID"], one["COLLECTED"])}
        for one in used
        if float(one["VALUE_RAW"]) > 10
    ]
    records = [
        {"PARAMCD": "HBA1C", "USUBJID": one["USUBJID"], "AVISIT": "M6", "ADT": one["COLLECTED"][:10]}
        | {"ANL01FL": "Y"}
        for one in used
    ]
    for name, content, columns in (
        ("labs", used, RESULTS),
        ("adlb", records, RECORDS),
        ("asked", asked, QUERIES),
        ("fates", fates, ACCOUNTING),
    ):
        write_table(folder / f"{name}.csv", table(content, columns), list(columns))


def collect(folder, answers="", earlier=()):
    raw = folder / "raw"
    raw.mkdir(exist_ok=True)
    if answers:
        (raw / "queries").mkdir(exist_ok=True)
        (raw / "queries" / "answers.csv").write_text(ANSWERS + answers, encoding="utf-8")
    write_verified(folder / "lock.json", raw)
    collect_books.main([
        *("--queries", str(folder / "asked.csv"), "--accounting", str(folder / "fates.csv")),
        *("--lock", str(folder / "lock.json"), "--raw", str(raw), "--records", str(folder / "adlb.csv")),
        *("--results", str(folder / "labs.csv"), "--earlier", *map(str, earlier)),
        *("--queries-out", str(folder / "queries.csv"), "--accounting-out", str(folder / "accounting.csv")),
    ])  # fmt: skip
    return read_table(folder / "queries.csv", QUERY_BOOK), read_table(folder / "accounting.csv", ROW_BOOK)


def test_a_lock_and_the_next_one(tmp_path):
    first = tmp_path / "locks" / "DBL-1" / "results" / "data"
    write_books(first, [
        ("lis", "S1", "2020-01-10", "8.1"), ("lis", "S2", "2020-01-11", "12.5"),
        ("lis", "S3", "2020-01-12", "13.5"), ("lis", "S4", "2020-01-13", "14.5"),
        ("lis", "S5", "2020-01-14", "7.0"), ("lis", "S6", "2020-01-15", "7.1"),
    ])  # fmt: skip
    before, rows = collect(first)
    number = dict(zip(before["SUBJECT"], before["QUERYID"], strict=True))
    digits = dict(zip(before["SUBJECT"], before["FINGERPRINT"], strict=True))
    assert set(before["STATUS"]) == {"open"}
    shutil.rmtree(first / "raw")
    second = tmp_path / "next"
    # S1 is gone from the LIS and stands in the workbook; S2 is confirmed; S3 changed after it was confirmed; S4 is
    # corrected; S5 is gone; another sample of S6 stands for its visit.
    write_books(second, [
        ("lis", "S2", "2020-01-11", "12.5"), ("lis", "S3", "2020-01-12", "13.9"), ("lis", "S4", "2020-01-13", "9.5"),
        ("excel", "S1", "2020-01-10", "8.1"), ("lis", "S6", "2020-01-25", "7.2"), ("lis", "S6", "2020-01-15", "7.1"),
    ])  # fmt: skip
    answers = "".join(
        f"{number[subject]},{answer},2020-03-01,investigator,,{digits[subject]}\n"
        for subject, answer in (
            ("S2", "value confirmed"), ("S3", "value confirmed"), ("S4", "corrected in the export"),
        )
    )  # fmt: skip
    archive = [first / f"{name}.csv" for name in ("queries", "adlb", "labs")]
    after, accounts = collect(second, answers, archive)
    found = after.sort_values(["SUBJECT", "RULE"])[["SUBJECT", "RULE", "STATUS", "ANSWER", "QUERYID"]]
    assert [tuple(row[:4]) for row in found.to_numpy().tolist()] == [
        ("S1", "RECORD_REPLACED", "open", ""),
        ("S2", "UNUSUAL_VALUE", "answered", "value confirmed"),
        ("S3", "UNUSUAL_VALUE", "reopened", "value confirmed"),
        ("S4", "UNUSUAL_VALUE", "answered", "corrected in the export"),
        ("S5", "RECORD_VANISHED", "open", ""),
        ("S6", "VISIT_TAKEN_OVER", "open", ""),
    ]
    known = dict(zip(found["SUBJECT"], found["QUERYID"], strict=True))
    assert {subject: known[subject] for subject in number} == number
    # The rows kept their names on other lines; the answers are rows of the lock, each with its fate.
    same = rows.merge(accounts, on="SRCID")
    assert set(same["SUBJECT_x"]) == {"S2", "S3", "S4", "S6"}
    assert (same["ROW_x"] != same["ROW_y"]).any()
    assert accounts.loc[accounts["SOURCE"] == "answers", "FATE"].tolist() == ["used"] * 3
    # Without the archive nobody can know what vanished, and no other number moves.
    alone, _ = collect(second, answers)
    mine = alone[alone["RULE"] == "UNUSUAL_VALUE"]
    assert dict(zip(mine["QUERYID"], mine["STATUS"], strict=True)) == {
        number["S2"]: "answered",
        number["S3"]: "reopened",
    }
