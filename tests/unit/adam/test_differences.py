"""What the file derived is derived again: each difference is one question that names the cell, nothing is replaced."""

import pandas as pd
import pytest

from unit.adam.entered import as_csv, config, enter, rows_of


def at(rows, code, subject, visit):
    """Return the place of one record among the rows."""
    return next(
        place
        for place, row in enumerate(rows)
        if (row["PARAMCD"], row["USUBJID"], row["AVISIT"]) == (code, subject, visit)
    )


def changed(tmp_path, code, visit, **cells):
    """Return (what the programs leave, row of the file, the record) after a change of one record."""
    rows = rows_of("adlb")
    place = at(rows, code, "MN-001", visit)
    rows[place] |= cells
    return enter(tmp_path, files={"adlb.csv": as_csv(rows)}), str(place + 2), rows[place]


def test_a_wrong_baseline_is_asked_about_once_and_used_as_given(tmp_path):
    rows = rows_of("adlb")
    mine = [row for row in rows if row["PARAMCD"] == "HBA1C" and row["USUBJID"] == "MN-001"]
    base = float(mine[0]["AVAL"])
    for row in mine:
        row["BASE"] = "9.0"
        if row["CHG"]:
            change = float(row["AVAL"]) - 9.0
            row |= {"CHG": repr(change), "PCHG": repr(100.0 * change / 9.0)}
    entered = enter(tmp_path, files={"adlb.csv": as_csv(rows)})
    first = str(at(rows, "HBA1C", "MN-001", "Baseline") + 2)
    found = f"9 in {len(mine)} records, not {base:g}"
    assert entered.asked() == [("BASE_DIFFERS", "MN-001", first, "BASE", found)]
    taken = entered.table("HBA1C.adlb.csv")
    assert set(taken.loc[taken["USUBJID"] == "MN-001", "BASE"]) == {"9.0"}


@pytest.mark.parametrize(
    ("name", "wrong", "asked"),
    [
        ("CHG", lambda text: repr(float(text) + 0.001), True),
        ("CHG", lambda text: repr(-float(text)), True),
        ("CHG", lambda text: "", True),
        ("PCHG", lambda text: repr(float(text) / 100.0), True),
        # Ten significant digits are what an export keeps at least: no question.
        ("CHG", lambda text: f"{float(text):.9e}", False),
        ("PCHG", lambda text: f"{float(text):.9e}", False),
    ],
)
def test_a_wrong_change_is_asked_about_and_used_as_given(tmp_path, name, wrong, asked):
    right = next(
        row
        for row in rows_of("adlb")
        if (row["PARAMCD"], row["USUBJID"], row["AVISIT"]) == ("HOMAIR", "MN-001", "Week 12")
    )[name]
    entered, line, _ = changed(tmp_path, "HOMAIR", "Week 12", **{name: wrong(right)})
    places = [question[:4] for question in entered.asked()]
    assert places == ([("CHANGE_DIFFERS", "MN-001", line, name)] if asked else [])
    taken = entered.table("HOMAIR.adlb.csv")
    (given,) = taken.loc[(taken["USUBJID"] == "MN-001") & (taken["AVISIT"] == "V2"), name]
    # What the file leaves out is derived; what it says stands, right or wrong.
    assert given == repr(float(wrong(right) or right))
    if not wrong(right):
        assert list(entered.table("HOMAIR.queries.csv")["DONE"]) == ["derived value used"]


def test_a_file_without_percent_changes_gets_them(tmp_path):
    content = config()
    del content["adam"]["bds"]["ADLB"]["columns"]["PCHG"]
    entered = enter(tmp_path, content)
    given = [row["PCHG"] for row in rows_of("adlb") if row["PARAMCD"] == "HOMAIR"]
    assert list(entered.table("HOMAIR.adlb.csv")["PCHG"]) == given
    assert entered.asked() == []


def test_a_baseline_that_a_record_lacks_is_derived_and_asked_about(tmp_path):
    entered, line, row = changed(tmp_path, "HBA1C", "Week 4", BASE="")
    rules = [(question[0], question[2], question[3]) for question in entered.asked()]
    assert ("BASE_DIFFERS", line, "BASE") in rules
    taken = entered.table("HBA1C.adlb.csv").set_index(["USUBJID", "AVISIT"])
    assert taken.loc[("MN-001", "V1"), "BASE"] == taken.loc[("MN-001", "BL"), "AVAL"]
    assert taken.loc[("MN-001", "V1"), "CHG"] == row["CHG"]


def test_dates_of_another_epoch_are_asked_about_once_per_subject(tmp_path):
    rows = rows_of("adlb")
    for row in rows:
        if row["USUBJID"] == "MN-002" and row["PARAMCD"] == "HBA1C":
            row["ADT"] = str((pd.Timestamp(row["ADT"]) - pd.Timedelta(days=3653)).date())
    entered = enter(tmp_path, files={"adlb.csv": as_csv(rows)})
    (question,) = entered.asked()
    count = sum(row["USUBJID"] == "MN-002" and row["PARAMCD"] == "HBA1C" for row in rows)
    assert question[:2] == ("DAY_DIFFERS", "MN-002") and f" in {count} records, not -36" in question[4]


def test_the_decimal_mark_is_the_declared_one(tmp_path):
    content = config()
    content["adam"]["bds"]["ADLB"]["decimal"] = ","
    rows = [{name: cell.replace(".", ",") for name, cell in row.items()} for row in rows_of("adlb")]
    rows[0]["AVAL"] = "9.8"  # nine thousand eight hundred, or a slip
    questions = enter(tmp_path, content, {"adlb.csv": as_csv(rows)}).asked()
    assert ("NOT_A_NUMBER", "MN-001", "2", "AVAL", "AVAL = '9.8'") in questions
    assert {question[0] for question in questions} == {"NOT_A_NUMBER", "BASE_DIFFERS"}


def test_digits_of_a_number_are_no_phone_number(tmp_path):
    rows = rows_of("adlb")
    rows[0]["AVALC"], rows[1]["AVALC"], rows[2]["AVALC"] = "0.123456789", "<0.12345678", "0901234567"
    entered = enter(tmp_path, files={"adlb.csv": as_csv(rows)})
    shown = list(entered.table("HBA1C.adlb.csv")["AVALC"][:3])
    assert shown == ["0.123456789", "<0.12345678", "[withheld]"]
    assert [question[0] for question in entered.asked()] == ["IDENTIFIER_IN_TEXT"]


def two_at_week_12(rows, day, flag):
    """Add a second HbA1c of MN-001 at week 12 (target day 90, day 91 without a day 0)."""
    place = at(rows, "HBA1C", "MN-001", "Week 12")
    value = float(rows[place]["AVAL"]) + 1.0
    change = value - float(rows[place]["BASE"])
    more = {"ADY": str(day), "AVAL": repr(value), "CHG": repr(change), "ASEQ": "9.0", "ANL01FL": flag}
    # MN-001 was first treated on 2021-02-11, its day 1.
    more["ADT"] = str((pd.Timestamp("2021-02-11") + pd.Timedelta(days=day - 1)).date())
    more |= {"AVALC": repr(value), "PCHG": repr(100.0 * change / float(rows[place]["BASE"]))}
    rows.append(rows[place] | more)
    return place


def test_another_record_closer_to_the_target_day_is_asked_about(tmp_path):
    rows = rows_of("adlb")
    place = two_at_week_12(rows, 91, "")
    entered = enter(tmp_path, files={"adlb.csv": as_csv(rows)})
    day = float(rows[place]["ADY"]) - 1
    found = f"flagged is row {place + 2} (day {day:g}), by the rule row {len(rows) + 1} (day 90)"
    question = ("ANALYSIS_FLAG_DIFFERS", "MN-001", str(place + 2), "ANL01FL", found)
    assert entered.asked() == [question]
    # What is flagged is what is analysed.
    taken = entered.table("HBA1C.adlb.csv")
    analysed = taken[(taken["USUBJID"] == "MN-001") & (taken["AVISIT"] == "V2") & (taken["ANL01FL"] == "Y")]
    assert list(analysed["AVAL"]) == [rows[place]["AVAL"]]


def test_a_record_further_from_the_target_day_is_not(tmp_path):
    rows = rows_of("adlb")
    two_at_week_12(rows, 120, "")
    assert enter(tmp_path, files={"adlb.csv": as_csv(rows)}).asked() == []


def test_without_a_declared_rule_flags_are_not_derived_again(tmp_path):
    content, rows = config(), rows_of("adlb")
    content["selection"] = None
    two_at_week_12(rows, 91, "")
    assert enter(tmp_path, content, {"adlb.csv": as_csv(rows)}).asked() == []


def test_a_visit_without_a_flag_is_asked_about(tmp_path):
    entered, line, row = changed(tmp_path, "HBA1C", "Week 4", ANL01FL="N")
    found = f"flagged is none, by the rule row {line} (day {int(row['ADY']) - 1})"
    assert entered.asked() == [("ANALYSIS_FLAG_DIFFERS", "MN-001", line, "ANL01FL", found)]


def test_an_earlier_baseline_is_asked_about(tmp_path):
    rows = rows_of("adlb")
    place = at(rows, "HBA1C", "MN-001", "Baseline")
    rows.append(rows[place] | {"ADY": "1", "AVAL": "7.0", "ASEQ": "9.0", "ABLFL": "", "ANL01FL": ""})
    entered = enter(tmp_path, files={"adlb.csv": as_csv(rows)})
    found = f"flagged is row {place + 2} (day {rows[place]['ADY']}), by the rule row {len(rows) + 1} (day 0)"
    assert ("BASELINE_FLAG_DIFFERS", "MN-001", str(place + 2), "ABLFL", found) in entered.asked()


def test_a_record_after_the_index_date_is_no_baseline_by_the_rule(tmp_path):
    rows = rows_of("adlb")
    place = at(rows, "HBA1C", "MN-001", "Baseline")
    more = {"ADY": "4", "ADT": "2021-02-14", "AVAL": "7.0", "ASEQ": "9.0", "ABLFL": "", "ANL01FL": ""}
    rows.append(rows[place] | more)
    assert enter(tmp_path, files={"adlb.csv": as_csv(rows)}).asked() == []


def test_a_day_outside_the_window_of_its_visit_is_asked_about(tmp_path):
    entered, line, _ = changed(tmp_path, "HBA1C", "Week 4", ADY="80", ADT="2021-05-01")
    assert entered.asked() == [("OUT_OF_WINDOW", "MN-001", line, "AVISIT", "V1, day 79, window 10 to 59")]


def test_a_baseline_flag_after_baseline_is_asked_about_and_not_analysed(tmp_path):
    rows = rows_of("adlb")
    first, later = at(rows, "HBA1C", "MN-001", "Baseline"), at(rows, "HBA1C", "MN-001", "Week 4")
    rows[first]["ABLFL"], rows[later]["ABLFL"] = "", "Y"
    entered = enter(tmp_path, files={"adlb.csv": as_csv(rows)})
    rules = {question[0] for question in entered.asked()}
    assert {"BASELINE_FLAG_AT_LATER_VISIT", "BASE_DIFFERS", "BASELINE_FLAG_DIFFERS"} <= rules
    taken = entered.table("HBA1C.adlb.csv").set_index(["USUBJID", "AVISIT"]).loc["MN-001"]
    assert dict(taken["ANL01FL"]) == {"BL": "", "V1": "", "V2": "Y"}
    assert taken.loc["BL", "REASON"] == "NOT_THE_BASELINE"
    assert taken.loc["V1", "REASON"] == "BASELINE_FLAG_AT_LATER_VISIT"


@pytest.mark.parametrize(
    ("file", "cells", "question"),
    [
        ("adlb", {"AVAL": "9,8"}, ("NOT_A_NUMBER", "MN-001", "2", "AVAL", "AVAL = '9,8'")),
        ("adlb", {"ADT": "2021-02-30"}, ("IMPOSSIBLE_DATE", "MN-001", "2", "ADT", "ADT = '2021-02-30'")),
        ("adlb", {"ADT": ""}, ("NO_DATE", "", "2", "ADT", "ADT = '' in 1 row")),
        ("adlb", {"ABLFL": "yes"}, ("UNKNOWN_CODE", "MN-001", "2", "ABLFL", "ABLFL = 'yes'")),
        ("adlb", {"ADY": "0"}, ("NO_DAY_0", "MN-001", "2", "ADY", "ADY = '0'")),
        ("adlb", {"AVISIT": "Wk 0"}, ("UNKNOWN_VISIT", "", "2", "AVISIT", "AVISIT = 'Wk 0' in 1 rows")),
        ("adlb", {"WHY": "see Nguyễn Thị Hoa"}, ("IDENTIFIER_IN_TEXT", "MN-001", "2", "WHY", "WHY = '[withheld]'")),
        ("adsl", {"SEX": "W"}, ("UNKNOWN_CODE", "MN-001", "2", "SEX", "SEX = 'W'")),
        ("adsl", {"AGE": "old"}, ("NOT_A_NUMBER", "MN-001", "2", "AGE", "AGE = 'old'")),
    ],
)  # fmt: skip
def test_a_cell_that_is_not_what_is_declared_is_asked_about(tmp_path, file, cells, question):
    rows = rows_of(file)
    rows[0] |= cells
    assert question in enter(tmp_path, files={f"{file}.csv": as_csv(rows)}).asked()
