"""How data, form and declaration come together, and where the evidence stands."""

import pytest
from pydantic import ValidationError

from trial.eligibility.config_criteria import Criterion

HBA1C = {"test": "laboratory", "analyte": "HBA1C", "unit": "%", "of": "number", "at_least": 8.0, "fasting": "any",
         "specimens": []}  # fmt: skip
HISTORY = {"test": "history", "category": ["X"], "within_months": None}


def lab(value, **more):
    return {"labs": [{"ANALYTE": "HBA1C", "VALUE": value} | more]}


def form(*answers):
    return {"form": [{"IETESTCD": "X", "IEORRES": answer} for answer in answers]}


def results(judged, **criterion):
    """Return result and contradiction by value (met, not met, none) and answer of the form."""
    found = {}
    for name, data in (("met", lab(9.0)), ("not", lab(7.0)), ("none", {})):
        for answer in ("Y", "N", ""):
            one = judged(data | form(answer), tests=[HBA1C], **criterion)
            found[name, answer] = (one.result, one.contradicted)
    return found


def test_a_form_that_answers_the_same_is_compared_and_does_not_decide(judged):
    assert results(judged, form="compared") == {
        ("met", "Y"): ("MET", False),
        ("met", "N"): ("MET", True),
        ("met", ""): ("MET", False),
        ("not", "Y"): ("NOT_MET", True),
        ("not", "N"): ("NOT_MET", False),
        ("not", ""): ("NOT_MET", False),
        ("none", "Y"): ("UNKNOWN", False),
        ("none", "N"): ("UNKNOWN", False),
        ("none", ""): ("UNKNOWN", False),
    }


def test_a_form_that_answers_the_rest_must_be_in_favour_too(judged):
    assert results(judged, form="part") == {
        ("met", "Y"): ("MET", False),
        ("met", "N"): ("NOT_MET", False),  # it knows what cannot be computed
        ("met", ""): ("UNKNOWN", False),
        ("not", "Y"): ("NOT_MET", True),
        ("not", "N"): ("NOT_MET", False),
        ("not", ""): ("NOT_MET", False),
        ("none", "Y"): ("UNKNOWN", False),
        ("none", "N"): ("NOT_MET", False),
        ("none", ""): ("UNKNOWN", False),
    }


def test_the_form_of_an_exclusion_criterion_says_whether_it_holds(judged):
    exclusion = {"kind": "exclusion", "tests": [HISTORY], "form": "part"}
    assert judged(form("N"), **exclusion).result == "MET"
    assert judged(form("Y"), **exclusion).result == "NOT_MET"
    denied = judged(form("N") | {"history": [{"MHCAT": "X", "MHSTDTC": "2010"}]}, **exclusion)
    assert (denied.result, denied.contradicted, denied.form) == ("NOT_MET", True, "N")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [(("Y",), "MET"), (("N",), "NOT_MET"), ((), "UNKNOWN"), (("",), "UNKNOWN"), (("Y", "N"), "UNKNOWN"),
     (("Y", "Y"), "MET")],
)  # fmt: skip
def test_a_recorded_criterion_is_what_the_form_says(judged, answers, expected):
    assert judged(form(*answers), decided="recorded").result == expected


def test_a_ticked_box_is_no_more_than_that(judged):
    assert judged(form("Y"), decided="declared").result == "DECLARED"
    assert judged(form("N"), decided="declared").result == "NOT_MET"
    assert judged({}, decided="declared").result == "UNKNOWN"
    assert judged(form("N"), kind="exclusion", decided="declared").result == "DECLARED"


def test_what_nothing_decides_is_unknown_with_its_reason(judged):
    one = judged(form("Y"), decided="not decidable", why="never asked")
    assert (one.result, one.evidence.reason, one.form) == ("UNKNOWN", "never asked", "")


def test_several_tests(judged):
    both = [HBA1C, {"test": "text", "variable": "SEX", "one_of": ["F"]}]
    assert judged(lab(9.0), tests=both).result == "MET"
    assert judged(lab(9.0) | {"adsl": {"SEX": "M"}}, tests=both).result == "NOT_MET"
    assert judged({"adsl": {"SEX": "M"}}, tests=both).result == "NOT_MET"  # one that fails decides
    assert judged({}, tests=both).result == "UNKNOWN"
    assert judged({}, kind="exclusion", tests=both).result == "NOT_MET"
    assert judged({"adsl": {"SEX": "M"}}, kind="exclusion", tests=both).result == "UNKNOWN"


def test_the_evidence_is_that_of_the_record_that_decides(judged):
    rows = [{"MHCAT": "X", "MHSTDTC": "2020", "MHTERM": "later", "ROW": "3"},
            {"MHCAT": "x", "MHSTDTC": "2010", "MHENDTC": "2011-02", "MHTERM": "before", "ROW": "4"}]  # fmt: skip
    one = judged({"history": rows}, kind="exclusion", tests=[HISTORY])
    assert one.result == "NOT_MET"
    assert one.evidence.value == "before (2010 to 2011-02)"
    assert one.evidence.place == ("f.csv", "", "4", "")


def test_values_stand_with_unit_and_limit(judged):
    twice = HBA1C | {"of": "upper normal", "at_least": 2.0}
    one = judged(lab(13.0, ANRHI=6.0, UNIT="%"), tests=[twice])
    assert (one.evidence.value, one.evidence.unit) == ("13 (ULN 6)", "%")
    censored = judged(lab(float("nan"), CENSOR=">", LIMIT=15.0, UNIT="%"), tests=[HBA1C])
    assert (censored.result, censored.evidence.value) == ("MET", ">15")


def test_the_last_result_near_the_reference_date_counts(judged):
    rows = [
        {"ANALYTE": "HBA1C", "VALUE": value, "COLLECTED": day}
        for value, day in ((9.0, "2019-07-14T07:00"), (7.0, "2019-07-15T08:00"), (9.0, "2019-08-30"))
    ]
    assert judged({"labs": rows}, tests=[HBA1C]).result == "NOT_MET"
    twice = [rows[0], rows[0] | {"VALUE": 7.0}]
    one = judged({"labs": twice}, tests=[HBA1C])
    assert (one.result, one.evidence.reason) == ("UNKNOWN", "results of one draw contradict each other")


def test_exactly_two_medicines_and_combinations_are_configuration(holds):
    rows = [{"CMCLASS": "oral", "CMTRT": name, "CMSTDTC": "2015"} for name in ("a", "b", "a/b")]
    count = {
        "test": "number of medicines",
        "classes": ["oral"],
        "substances": {},
        "at_least": 2,
        "at_most": 2,
    }
    assert holds(count, medicines=rows[:2]) is True
    assert holds(count, medicines=rows) is False
    assert holds(count, medicines=rows[2:]) is False
    assert holds(count | {"substances": {"A/B": 2}}, medicines=rows[2:]) is True
    # one that may have ended before leaves the number open
    ended = [rows[0], rows[1] | {"CMENDTC": "2019-07"}]
    assert holds(count, medicines=ended) is None
    assert holds(count, medicines=[rows[0], rows[1] | {"CMENDTC": "2019-06"}]) is False


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"decided": "computed"}, "computed has some tests"),
        ({"decided": "recorded", "tests": [HISTORY]}, "recorded has no tests"),
        ({"decided": "recorded", "form": "part"}, "form belongs to a computed"),
        ({"decided": "not decidable"}, "why belongs to"),
        ({"decided": "recorded", "why": "x"}, "why belongs to"),
        (
            {"decided": "computed", "tests": [{"test": "medicine", "classes": ["a"]}]},
            "exactly one of within_days",
        ),
    ],
)
def test_a_criterion_that_says_too_much_or_too_little_is_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        Criterion.model_validate({"kind": "inclusion", "wording": "w", "needs": "n"} | given)
