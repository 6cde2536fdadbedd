"""Raw rows are found again by content: what was edited, added or deleted is named, and nothing else."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trial.compare.raw_changes import changed_cells, match
from trial.compare.told import raw_lines
from unit.compare.pairs import form, lab

DAYS = ["2021-02-06", "2021-03-15", "2021-05-17"]
BOOK = [
    lab(at + 2, f"{5 + at / 10:.1f}", subject=f"S{at // 9}", analyte=["GLUC", "INS", "HBA1C"][at % 3],
        date=f"{DAYS[at // 3 % 3]}T08:00", visit=["BL", "V1", "V2"][at // 3 % 3])
    for at in range(90)
]  # fmt: skip


def told(old, new):
    return [
        (line["KIND"], line["SUBJECT"], line["COLUMN"], line["OLD"], line["NEW"])
        for line in raw_lines(match(old, new))
    ]


def numbered(rows):
    """Return the rows on lines of their order, as an export of another day has them."""
    return [replace(row, row=str(at + 2)) for at, row in enumerate(rows)]


def test_nothing_changed():
    found = match(BOOK, BOOK)
    assert len(found.same) == len(BOOK)
    assert not (found.changed or found.added or found.removed)


def test_lines_do_not_matter():
    shuffled = list(BOOK)
    random.Random(1).shuffle(shuffled)
    assert told(BOOK, numbered(shuffled)) == []


def test_edited_value_is_one_cell_of_one_row_though_lines_moved():
    new = list(BOOK)
    new[40] = lab(0, "9.9", subject="S4", analyte="INS", date="2021-03-15T08:00", visit="V1")
    del new[3]
    assert sorted(told(BOOK, numbered(new))) == [
        ("changed", "S4", "Result", "9.0", "9.9"),
        ("removed", "S0", "Result", "5.3 mmol/L", ""),
    ]


def test_one_of_two_equal_draws_went():
    twice = [lab(2, "5.1"), lab(3, "5.1")]
    assert told(twice, [lab(2, "5.1")]) == [("removed", "S1", "Result", "5.1 mmol/L", "")]
    assert told([lab(2, "5.1")], twice) == [("added", "S1", "Result", "", "5.1 mmol/L")]


def test_of_two_draws_of_one_time_the_edited_one_is_told():
    """The neighbouring wrong way pairs by order alone: then both draws would seem edited."""
    old = [lab(2, "5.1", comment="first"), lab(3, "7.4", comment="second")]
    new = [lab(2, "7.4", comment="second"), lab(3, "5.6", comment="first")]
    assert told(old, new) == [("changed", "S1", "Result", "5.1", "5.6")]


def test_deleted_first_of_two_draws_is_the_one_that_went():
    old = [lab(2, "5.1"), lab(3, "7.4")]
    assert told(old, [lab(2, "7.4")]) == [("removed", "S1", "Result", "5.1 mmol/L", "")]


def test_corrected_date_is_a_change_of_the_row():
    old, new = lab(2, "5.1"), lab(2, "5.1", date="2021-02-07T08:00")
    assert told([old], [new]) == [("changed", "S1", "Collected", "2021-02-06T08:00", "2021-02-07T08:00")]


def test_another_draw_of_the_visit_is_another_row():
    """Another date and another value: the old draw went, a new one took the visit over."""
    old, new = lab(2, "5.1"), lab(2, "6.3", date="2021-02-09T08:00")
    assert sorted(told([old], [new])) == [
        ("added", "S1", "Result", "", "6.3 mmol/L"),
        ("removed", "S1", "Result", "5.1 mmol/L", ""),
    ]


def test_row_of_another_subject_is_a_change_of_whose_it_is():
    assert told([lab(2, "5.1")], [lab(2, "5.1", subject="S2")]) == [("changed", "S2", "subject", "S1", "S2")]


def test_row_whose_subject_only_one_run_knew_is_the_same():
    assert told([lab(2, "5.1", subject="")], [lab(2, "5.1")]) == []


def test_value_that_became_unusable_is_a_change():
    """The new run could not use the row: it knows neither its subject nor its date as a date."""
    old, new = lab(2, "5.1", accession="77"), lab(2, "?", accession="77", subject="")
    assert told([old], [new]) == [("changed", "S1", "Result", "5.1", "?")]


def test_renamed_file_is_no_change_of_a_row():
    assert told(BOOK, [replace(row, file="lab_final.csv") for row in BOOK]) == []


def test_name_by_content_finds_a_row_whose_texts_all_changed():
    old = replace(form(2, USUBJID="S1", AETERM="pain", AESEV="MILD", AEOUT="ONGOING"), source="R-1")
    new = replace(form(9, USUBJID="S1", AETERM="ache", AESEV="SEVERE", AEOUT="RECOVERED"), source="R-1")
    assert {kind for kind, *_ in told([old], [new])} == {"changed"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"VISIT": "V1", "VISIT_DT": "2021-03-15"}, {"VISIT": "V1", "VISIT_DT": "2021-03-18"}, {"VISIT_DT"}),
        ({"IETESTCD": "I1", "IEORRES": "Y"}, {"IETESTCD": "I1", "IEORRES": "N"}, {"IEORRES"}),
        ({"AETERM": "pain", "AESTDTC": "2021-03", "AESEV": "MILD"}, {"AETERM": "pain", "AESTDTC": "2021-04", "AESEV": "MILD"}, {"AESTDTC"}),
        ({"SEX": "M", "BRTHYR": "1960", "WEIGHT": "70"}, {"SEX": "M", "BRTHYR": "1961", "WEIGHT": "70"}, {"BRTHYR"}),
    ],
    ids=["visit", "criterion", "event begun later", "subject"],
)  # fmt: skip
def test_forms_are_found_by_their_keys(old, new, expected):
    others = [form(at, USUBJID=f"S{at}", **old) for at in range(5, 9)]
    found = told([form(2, USUBJID="S1", **old), *others], [*others, form(9, USUBJID="S1", **new)])
    assert {column for kind, _, column, *_ in found if kind == "changed"} == expected
    assert len(found) == len(expected)


def test_visit_rows_of_one_subject_are_not_taken_for_each_other():
    old = [form(at, USUBJID="S1", VISIT=f"V{at}", VISIT_DT=f"2021-0{at}-01", DONE="Y") for at in (1, 2, 3)]
    found = match(old, [old[0], form(2, USUBJID="S1", VISIT="V3", VISIT_DT="2021-03-09", DONE="N")])
    assert [row.visit for row in found.removed] == ["V2"]
    assert [list(changed_cells(*pair)) for pair in found.changed] == [
        [("VISIT_DT", "2021-03-01", "2021-03-09"), ("DONE", "Y", "N")]
    ]


@given(
    st.sets(st.integers(0, 89), max_size=6),
    st.sets(st.integers(0, 89), max_size=6),
    st.randoms(use_true_random=False),
)
def test_edits_and_deletions_are_told_exactly(edited, deleted, order):
    edited -= deleted
    new = [
        replace(row, cells=tuple((r, n, "99.9" if r == "result" else t) for r, n, t in row.cells),
                texts=dict(row.texts) | {"result": "99.9"}) if at in edited else row
        for at, row in enumerate(BOOK) if at not in deleted
    ]  # fmt: skip
    order.shuffle(new)
    found = match(BOOK, numbered(new))
    assert {id(old) for old, _ in found.changed} == {id(BOOK[at]) for at in edited}
    assert {id(row) for row in found.removed} == {id(BOOK[at]) for at in deleted}
    assert not found.added


def test_unchanged_file_has_no_changed_row_however_it_is_read():
    """The configuration reads another column as the unit, and one more sheet: the file says what it said."""
    new = [replace(row, texts=dict(row.texts) | {"unit": "%"}, cells=row.cells[:-1]) for row in BOOK]
    more = replace(BOOK[0], sheet="another")
    assert match(BOOK, [*new, more], {"lab.csv"}) == match(BOOK, new, {"lab.csv"})
    assert told(BOOK, new) != []
    assert not match(BOOK, new, {"lab.csv"}).changed


def test_other_key_of_subjects_changes_whose_a_row_of_an_unchanged_file_is():
    found = match([lab(2, "5.1")], [lab(2, "5.1", subject="S2")], {"lab.csv"})
    assert [list(changed_cells(*pair)) for pair in found.changed] == [[("subject", "S1", "S2")]]
