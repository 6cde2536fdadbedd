"""Every changed variable of ADSL is told, flags first, with the reasons of both runs."""

from trial.compare.populations import changed_subjects

ROW = {"USUBJID": "S1", "AGE": "56.0", "ARMCD": "A", "FASFL": "Y", "PPROTFL": "Y"}


def test_flags_come_first_with_reasons():
    new = ROW | {"AGE": "57.0", "PPROTFL": ""}
    found = changed_subjects([ROW], [new], {("S1", "PPROTFL"): ""}, {("S1", "PPROTFL"): "no visit"})
    assert [list(line.values()) for line in found] == [
        ["S1", "PPROTFL", "Y", "", "", "no visit"],
        ["S1", "AGE", "56.0", "57.0", "", ""],
    ]


def test_reason_alone_is_a_change():
    sides = {("S1", "PPROTFL"): "no visit"}, {("S1", "PPROTFL"): "rescue"}
    found = changed_subjects([ROW], [ROW], *sides)
    assert [(line["VARIABLE"], line["OLD_REASON"], line["NEW_REASON"]) for line in found] == [
        ("PPROTFL", "no visit", "rescue")
    ]


def test_subject_who_came_has_a_line_of_its_own():
    found = changed_subjects([], [ROW], {}, {})
    assert ("USUBJID", "N", "Y") in [(line["VARIABLE"], line["OLD"], line["NEW"]) for line in found]
    assert ("FASFL", "", "Y") in [(line["VARIABLE"], line["OLD"], line["NEW"]) for line in found]


def test_nothing_changed():
    assert changed_subjects([ROW], [ROW], {}, {}) == []
