"""Deviations that the data show, and the columns that populations stand on."""

from datetime import date

import pandas as pd
import pytest
from pydantic import ValidationError

from trial.eligibility.build import decide
from trial.eligibility.config import DueVisit, PopulationsSpec
from trial.eligibility.config_deviations import DerivedDeviation, Deviations
from trial.eligibility.schema import ADDV, ADIE
from trial.subjects.config import Population
from trial.subjects.record_files import RECORD_FILES
from trial.subjects.schema import ADCM, ADSV, assigned

CUT = date(2020, 10, 31)


def table(columns, rows):
    kinds = dict(columns)
    blank = {name: float("nan") if kind == "number" else "" for name, kind in kinds.items()}
    return pd.DataFrame([blank | row for row in rows], columns=list(kinds))


SUBJECT = {"USUBJID": "S1", "SEX": "F", "TRT01P": "A", "TRT01A": "A", "INDEXDT": "2019-07-01", "ENRLDT": "2019-06-01",
           "FILE": "edc/subjects.csv", "ROW": "2"}  # fmt: skip


def run(derived=(), cut=CUT, eligibility=None, populations=None, **records):
    """Decide for one subject, or for those given in `subjects`."""
    tables = {
        "assigned": table(assigned({}), [SUBJECT | row for row in records.get("subjects", [{}])]),
        "adsv": table(ADSV, records.get("visits", [])),
        "adcm": table(ADCM, records.get("medicines", [])),
        "labs": pd.DataFrame(columns=["USUBJID"]),
    }
    tables |= {file.table: table(file.dataset, records.get(file.table, [])) for file in RECORD_FILES}
    everyone = {"label": "All", "conditions": [{"variable": "ENRLDT", "is": "present", "otherwise": "no"}]}
    spec = PopulationsSpec(
        populations={
            name: Population.model_validate(one)
            for name, one in {"ALLFL": everyone, **(populations or {})}.items()
        },
        columns={},
        order=tuple(eligibility["criteria"]) if eligibility else (),
        eligibility=eligibility,
        deviations=Deviations(
            categories={"X": "x"},
            derived=tuple(
                DerivedDeviation(label="l", category="X", **{"important": True, **one}) for one in derived
            ),
        ),
        visits=(DueVisit(code="V1", window=(15, 45)),),
    )
    return decide(spec, tables, cut)


def details(found):
    return found["addv"]["DETAIL"].tolist()


MISSING = {"rule": "visit missing", "visits": ("V1",), "after_leaving": False}
STRAY = {"rule": "visit outside window", "visits": ("V1",)}
DRUG = {"rule": "medicine", "where": {"CMCLASS": ("steroid",)}}


def visit(**more):
    return {"USUBJID": "S1", "VISIT": "V1", "DONE": "Y"} | more


def test_a_visit_that_was_not_done_or_not_recorded_is_missing():
    assert details(run([MISSING])) == ["V1: no record"]
    found = run([MISSING], visits=[visit(DONE="N", REASON="ill", FILE="edc/visits.csv", ROW="9")])
    assert found["addv"][["DETAIL", "FILE", "ROW"]].values.tolist() == [["V1: ill", "edc/visits.csv", "9"]]
    assert details(run([MISSING], visits=[visit(SVDT="2019-07-30")])) == []
    # Where the answer could not be read, the date says it.
    assert details(run([MISSING], visits=[visit(DONE="", SVDT="2019-07-30")])) == []
    assert details(run([MISSING], visits=[visit(DONE="")])) == ["V1: no reason"]


def test_a_visit_that_is_not_due_yet_is_not_missing():
    """The window ends on day 45, 2019-08-15."""
    assert details(run([MISSING], cut=date(2019, 8, 14))) == []
    assert details(run([MISSING], cut=date(2019, 8, 15))) == ["V1: no record"]


def test_a_visit_after_leaving_counts_only_where_the_study_says_so():
    """Its window begins on 2019-07-16."""
    for day, expected in (("2019-07-15", []), ("2019-07-16", ["V1: no record"])):
        assert details(run([MISSING], subjects=[{"DISCDT": day}])) == expected
    assert details(run([MISSING | {"after_leaving": True}], subjects=[{"DISCDT": "2019-07-02"}])) == [
        "V1: no record"
    ]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2019-07-15", ["V1: day 14"]),
        ("2019-07-16", []),
        ("2019-08-15", []),
        ("2019-08-16", ["V1: day 46"]),
        ("", []),
    ],
)
def test_both_ends_of_a_window_belong_to_it(day, expected):
    assert details(run([STRAY], visits=[visit(SVDT=day)])) == expected


def test_a_subject_without_time_zero_has_no_visits_to_judge():
    assert details(run([MISSING, STRAY, DRUG], subjects=[{"INDEXDT": ""}])) == []


def test_treatment_as_allocated():
    rows = [{}, {"USUBJID": "S2", "TRT01A": ""}, {"USUBJID": "S3", "TRT01A": "B"}]
    found = run([{"rule": "treatment"}], subjects=rows)
    assert found["addv"]["USUBJID"].tolist() == ["S2", "S3"]
    assert details(found) == ["allocated A, treated with none", "allocated A, treated B"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2019-06-01", "2019-06-30", []),
        ("2019-06-01", "2019-07-01", ["m, 2019-06-01 to 2019-07-01"]),
        ("2019-06-01", "", ["m, 2019-06-01 to now"]),
        ("2019-06", "2019-06", []),
        ("2019-07", "2019-07", ["m, 2019-07 to 2019-07"]),
        ("2018", "2019", ["m, 2018 to 2019: date not known well enough"]),
    ],
)
def test_a_prohibited_medicine_at_time_zero_or_later(start, end, expected):
    row = {"USUBJID": "S1", "CMTRT": "m", "CMCLASS": "Steroid", "CMSTDTC": start, "CMENDTC": end}
    other = {"USUBJID": "S1", "CMTRT": "n", "CMCLASS": "vitamin", "CMSTDTC": start}
    assert details(run([DRUG], medicines=[row, other])) == expected


def test_recorded_and_derived_deviations_stand_together():
    recorded = {
        "USUBJID": "S1",
        "DVTERM": "late form",
        "DVCAT": "OTHER",
        "DVIMP": "",
        "FILE": "dv.csv",
        "ROW": "3",
    }
    found = run([MISSING | {"important": False}], dv=[recorded])
    assert list(found["addv"].columns) == list(ADDV)
    assert found["addv"][["DVSRC", "DVTERM", "DVIMP"]].values.tolist() == [
        ["DERIVED", "l", "N"],
        ["RECORDED", "late form", ""],
    ]
    assert found["adsl"]["DVIMPORT"].tolist() == [""]
    assert run([], dv=[recorded | {"DVIMP": "Y"}])["adsl"]["DVIMPORT"].tolist() == ["OTHER"]
    # Important without a category is important all the same.
    assert run([], dv=[recorded | {"DVIMP": "Y", "DVCAT": ""}])["adsl"]["DVIMPORT"].tolist() == [
        "no category"
    ]
    asked = run([], dv=[recorded, recorded | {"ROW": "4"}])["queries"]
    assert asked[["RULE", "FOUND", "FILE", "ROW"]].values.tolist() == [
        ["UNDECLARED_CODE", "DVCAT = 'OTHER' in 2 rows", "dv.csv", "3"]
    ]


def test_an_answer_about_a_criterion_that_the_study_has_not_is_asked_about():
    criterion = {"kind": "inclusion", "wording": "w", "needs": "n", "decided": "recorded"}
    eligibility = {"reference": "ENRLDT", "days": (0, 0), "criteria": {"I1": criterion}}
    answers = [{"USUBJID": "S1", "IETESTCD": code, "IEORRES": "Y", "FILE": "ie.csv", "ROW": row}
               for code, row in (("I1", "2"), ("I01", "3"))]  # fmt: skip
    found = run(eligibility=eligibility, ie=answers)
    assert found["adie"]["RESULT"].tolist() == ["MET"]
    asked = found["queries"]
    assert asked[["SUBJECT", "RULE", "FOUND", "ROW"]].values.tolist() == [
        ["S1", "UNDECLARED_CODE", "IETESTCD = 'I01'", "3"]
    ]


def test_a_population_may_ask_for_criteria_and_deviations():
    eligibility = {
        "reference": "ENRLDT",
        "days": (0, 0),
        "criteria": {
            code: {"kind": "inclusion", "wording": "w", "needs": "n", "decided": "computed",
                   "tests": [{"test": "text", "variable": "SEX", "one_of": ["F"]}]}
            for code in ("I2", "I1")
        },
    }  # fmt: skip
    asked = {
        "label": "PP",
        "conditions": [
            {"variable": "IENOTMET", "is": "missing", "otherwise": "not met: {value}"},
            {"variable": "IEUNKNWN", "is": "missing", "otherwise": "unknown: {value}"},
            {"variable": "DVIMPORT", "is": "missing", "otherwise": "deviations: {value}"},
        ],
    }
    rows = [
        {},
        {"USUBJID": "S2", "SEX": "M"},
        {"USUBJID": "S3", "SEX": ""},
        {"USUBJID": "S4", "ENRLDT": "", "TRT01A": ""},
    ]
    found = run([{"rule": "eligibility"}, {"rule": "treatment"}], eligibility=eligibility,
                populations={"PPROTFL": asked}, subjects=rows)  # fmt: skip
    members = found["populations"]
    mine = members[members["POPULATION"] == "PPROTFL"].set_index("USUBJID")
    assert mine["MEMBER"].to_dict() == {"S1": "Y", "S2": "N", "S3": "N", "S4": "N"}
    assert mine["REASON"].to_dict() == {
        "S1": "",
        "S2": "not met: I2, I1; deviations: X",  # in the order of the study
        "S3": "unknown: I2, I1",
        "S4": "unknown: I2, I1; deviations: X",
    }
    assert list(found["adie"].columns) == list(ADIE)
    assert set(found["adie"].loc[found["adie"]["USUBJID"] == "S4", "REASON"]) == {"ENRLDT is missing"}
    asked_about = found["queries"]
    assert set(asked_about["RULE"]) == {"ELIGIBILITY_UNKNOWN"} and len(asked_about) == 4


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rule": "visit missing", "after_leaving": False}, "visits is needed"),
        ({"rule": "visit missing", "visits": ["V1"]}, "after_leaving is needed"),
        ({"rule": "treatment", "visits": ["V1"]}, "visits does not belong"),
        ({"rule": "medicine"}, "where is needed"),
        ({"rule": "treatment", "criteria": ["I1"]}, "criteria does not belong"),
    ],
)
def test_a_rule_that_says_too_much_or_too_little_is_refused(given, message):
    with pytest.raises(ValidationError, match=message):
        DerivedDeviation.model_validate({"label": "l", "category": "X", "important": True} | given)
