"""Each criterion of the registry record on its boundary and just beyond it, as the demonstration decides it."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from trial.eligibility.config_criteria import Eligibility
from trial.eligibility.judge import judge_criterion
from trial.study.load import read_yaml
from unit.eligibility.conftest import subject

ROOT = Path(__file__).resolve().parents[3]
NAN = float("nan")


@pytest.fixture(scope="module")
def criteria():
    return TypeAdapter(Eligibility).validate_python(read_yaml(ROOT / "config.yaml")["eligibility"]).criteria


def lab(analyte, value, **more):
    return {"ANALYTE": analyte, "VALUE": value} | more


def medicine(group, start, end, name="m"):
    return {"CMTRT": name, "CMCLASS": group, "CMSTDTC": start, "CMENDTC": end}


def liver(**changed):
    values = {"AST": 20.0, "ALT": 20.0, "BILI": 10.0} | changed
    limits = {"AST": 40.0, "ALT": 40.0, "BILI": 21.0}
    return {"labs": [lab(name, value, ANRHI=limits[name]) for name, value in values.items()]}


def serology(**changed):
    found = {"HIV": "NEGATIVE", "HBsAg": "NEGATIVE", "Anti-HCV": "NEGATIVE"} | changed
    return {"serology": [{"LBTEST": name, "LBSTRESC": text} for name, text in found.items()]}


def tablets(*names, hba1c=8.0):
    return {
        "medicines": [medicine("biguanide", "2015", "", name) for name in names],
        "labs": [lab("HBA1C", hba1c, UNIT="%")],
    }


def past(category, start, end="", ongoing="N"):
    return {"history": [{"MHCAT": category, "MHSTDTC": start, "MHENDTC": end, "MHONGO": ongoing}]}


# Reference date 2019-07-15. Met: an inclusion criterion holds, an exclusion criterion does not.
CASES = [
    # three years of diabetes, by day, month and year
    ("I1", past("DIABETES", "2016-07-15", ongoing="Y"), "MET"),
    ("I1", past("DIABETES", "2016-07-16", ongoing="Y"), "NOT_MET"),
    ("I1", past("DIABETES", "2016-06", ongoing="Y"), "MET"),
    ("I1", past("DIABETES", "2016-07", ongoing="Y"), "UNKNOWN"),
    ("I1", past("DIABETES", "2016-08", ongoing="Y"), "NOT_MET"),
    ("I1", past("DIABETES", "2015", ongoing="Y"), "MET"),
    ("I1", past("DIABETES", "2016", ongoing="Y"), "UNKNOWN"),
    ("I1", past("DIABETES", "2017", ongoing="Y"), "NOT_MET"),
    ("I1", {}, "UNKNOWN"),
    # age by year of birth: both years of age are possible
    ("I3", {"adsl": {"BRTHYR": 2000.0}}, "MET"),
    ("I3", {"adsl": {"BRTHYR": 2001.0}}, "UNKNOWN"),
    ("I3", {"adsl": {"BRTHYR": 2002.0}}, "NOT_MET"),
    ("I3", {"adsl": {"BRTHYR": 1949.0}}, "MET"),
    ("I3", {"adsl": {"BRTHYR": 1948.0}}, "UNKNOWN"),
    ("I3", {"adsl": {"BRTHYR": 1947.0}}, "NOT_MET"),
    ("I3", {"adsl": {"BRTHYR": NAN}}, "UNKNOWN"),
    # strict: 7.0 is not above 7
    ("I4", {"labs": [lab("GLUC", 7.0)]}, "NOT_MET"),
    ("I4", {"labs": [lab("GLUC", 7.1)]}, "MET"),
    ("I4", {"labs": [lab("GLUC", 126 / 18)]}, "NOT_MET"),
    ("I4", {"labs": [lab("GLUC", 9.0, SPECIMEN="CAPILLARY")]}, "UNKNOWN"),
    ("I4", {"labs": [lab("GLUC", 9.0, FASTING="N")]}, "UNKNOWN"),
    ("I4", {"labs": [lab("GLUC", 9.0, COLLECTED="2019-07-29T08:00")]}, "MET"),
    ("I4", {"labs": [lab("GLUC", 9.0, COLLECTED="2019-07-30T08:00")]}, "UNKNOWN"),
    ("I4", {"labs": [lab("GLUC", 9.0, COLLECTED="2019-07-01")]}, "MET"),
    ("I4", {"labs": [lab("GLUC", 9.0, COLLECTED="2019-06-30")]}, "UNKNOWN"),
    # both ends included
    ("I5", {"labs": [lab("HBA1C", 7.9)]}, "NOT_MET"),
    ("I5", {"labs": [lab("HBA1C", 8.0)]}, "MET"),
    ("I5", {"labs": [lab("HBA1C", 11.0)]}, "MET"),
    ("I5", {"labs": [lab("HBA1C", 11.1)]}, "NOT_MET"),
    # strict, and honest about a limit of quantification
    ("I6", {"labs": [lab("CPEP", 0.6)]}, "NOT_MET"),
    ("I6", {"labs": [lab("CPEP", 0.61)]}, "MET"),
    ("I6", {"labs": [lab("CPEP", NAN, CENSOR="<", LIMIT=0.6)]}, "NOT_MET"),
    ("I6", {"labs": [lab("CPEP", NAN, CENSOR="<", LIMIT=0.8)]}, "UNKNOWN"),
    ("I6", {"labs": [lab("CPEP", NAN, CENSOR=">", LIMIT=0.6)]}, "MET"),
    # words, or a titre against the laboratory's own limit
    ("I7", {"labs": [lab("GAD", NAN, WORD="NEGATIVE")]}, "MET"),
    ("I7", {"labs": [lab("GAD", NAN, WORD="POSITIVE")]}, "NOT_MET"),
    ("I7", {"labs": [lab("GAD", NAN, WORD="TRACE")]}, "UNKNOWN"),
    ("I7", {"labs": [lab("GAD", 4.9, ANRHI=5.0)]}, "MET"),
    ("I7", {"labs": [lab("GAD", 5.0, ANRHI=5.0)]}, "NOT_MET"),
    ("I7", {"labs": [lab("GAD", 4.9)]}, "UNKNOWN"),
    # two oral medicines or more, and HbA1c
    ("I8", tablets("metformin"), "NOT_MET"),
    ("I8", tablets("metformin", "Metformin "), "NOT_MET"),
    ("I8", tablets("metformin", "gliclazide"), "MET"),
    ("I8", tablets("metformin", "gliclazide", "sitagliptin"), "MET"),
    ("I8", tablets("metformin", "gliclazide", hba1c=7.9), "NOT_MET"),
    (
        "I8",
        {**tablets("m"), "medicines": [medicine("biguanide", "2015", ""), medicine("", "2015", "", "n")]},
        "UNKNOWN",
    ),
    # 2 x ULN itself is excluded, by any of the three
    ("E7", liver(AST=79.9), "MET"),
    ("E7", liver(AST=80.0), "NOT_MET"),
    ("E7", liver(ALT=80.0), "NOT_MET"),
    ("E7", liver(BILI=41.9), "MET"),
    ("E7", liver(BILI=42.0), "NOT_MET"),
    # a conversion leaves noise in the last digits, which is no reason to include
    ("E7", liver(AST=79.99999999999999), "NOT_MET"),
    ("E7", {"labs": [lab("AST", 80.0)]}, "UNKNOWN"),
    # kidneys: creatinine in umol/L of a woman of 58 or 59
    ("E3", {"labs": [lab("CREA", 80.0, UNIT="umol/L")]}, "MET"),
    ("E3", {"labs": [lab("CREA", 300.0, UNIT="umol/L")]}, "NOT_MET"),
    # antibiotics: 14 days, the 14th included
    ("E5", {"medicines": [medicine("antibiotic", "2019-06-25", "2019-07-01")]}, "NOT_MET"),
    ("E5", {"medicines": [medicine("antibiotic", "2019-06-25", "2019-06-30")]}, "MET"),
    ("E5", {"medicines": [medicine("Antibiotic", "2019-07-14", "")]}, "NOT_MET"),
    ("E5", {"medicines": [medicine("antibiotic", "2019-07-16", "")]}, "MET"),
    ("E5", {"medicines": [medicine("antibiotic", "2019-06", "2019-06")]}, "MET"),
    ("E5", {"medicines": [medicine("antibiotic", "2019-06", "2019-07")]}, "NOT_MET"),
    ("E5", {"medicines": [medicine("antibiotic", "2019-07", "2019-07")]}, "UNKNOWN"),
    ("E5", {}, "MET"),
    # a medicine of no known class may be one
    ("E5", {"medicines": [medicine("", "2019-06-25", "2019-07-01")]}, "UNKNOWN"),
    ("E5", {"medicines": [medicine("", "2019-06-25", "2019-06-30")]}, "MET"),
    ("E5", {"medicines": [medicine("vitamin", "2019-06-25", "")]}, "MET"),
    # immunosuppressants: six months of the calendar
    ("E10", {"medicines": [medicine("immunosuppressant", "2018-01-01", "2019-01-15")]}, "NOT_MET"),
    ("E10", {"medicines": [medicine("immunosuppressant", "2018-01-01", "2019-01-14")]}, "MET"),
    # malignancy: five years
    ("E4", past("MALIGNANCY", "2013-01-01", "2014-07-15"), "NOT_MET"),
    ("E4", past("MALIGNANCY", "2013-01-01", "2014-07-14"), "MET"),
    ("E4", past("MALIGNANCY", "2013", "2014"), "UNKNOWN"),
    ("E4", past("MALIGNANCY", "2010", "2013"), "MET"),
    ("E4", past("MALIGNANCY", "2010", "", "Y"), "NOT_MET"),
    ("E4", past("MALIGNANCY", "2010", "", "N"), "UNKNOWN"),
    # ever
    ("E9", past("PANCREATITIS", "1990", "1990"), "NOT_MET"),
    ("E9", past("", "1990", "1990"), "MET"),
    # one positive is enough, one that is not known leaves it open
    ("E8", serology(), "MET"),
    ("E8", serology(HBsAg="POSITIVE", HIV=""), "NOT_MET"),
    ("E8", serology(HIV="EQUIVOCAL"), "UNKNOWN"),
    ("E8", {}, "UNKNOWN"),
    ("E8", {"serology": [*serology()["serology"], {"LBTEST": "HIV", "LBSTRESC": "POSITIVE"}]}, "UNKNOWN"),
    # pregnancy is asked of women
    ("E1", {"adsl": {"SEX": "M"}}, "MET"),
    ("E1", {}, "UNKNOWN"),
    ("E1", {"serology": [{"LBTEST": "hCG", "LBSTRESC": "POSITIVE"}]}, "NOT_MET"),
    ("E1", {"serology": [{"LBTEST": "hCG", "LBSTRESC": "NEGATIVE"}]}, "MET"),
    # consent is there, and before the first procedure
    ("I2", {}, "DECLARED"),
    ("I2", {"adsl": {"RFICDT": "2019-08-01"}}, "DECLARED"),
    ("I2", {"adsl": {"RFICDT": "2019-08-02"}}, "NOT_MET"),
    ("I2", {"adsl": {"RFICDT": ""}}, "UNKNOWN"),
    ("E11", {}, "DECLARED"),
]


@pytest.mark.parametrize(("code", "records", "expected"), CASES)
def test_each_boundary_on_both_sides(criteria, code, records, expected):
    answer = "Y" if code.startswith("I") else "N"  # a form in favour: it decides nothing alone
    file = subject(form=[{"IETESTCD": code, "IEORRES": answer}], **records)
    assert judge_criterion(criteria[code], file).result == expected


def test_every_computed_criterion_is_met_and_not_met_here(criteria):
    seen = {(code, expected) for code, _, expected in CASES}
    recorded_history = {"E2", "E6"}  # as E9
    for code, criterion in criteria.items():
        if criterion.decided == "computed" and code not in recorded_history:
            assert {(code, "MET"), (code, "NOT_MET")} <= seen, code


def test_all_criteria_of_the_record_are_there(criteria):
    assert list(criteria) == [*(f"I{n}" for n in range(1, 9)), *(f"E{n}" for n in range(1, 13))]
    assert all(one.kind == ("inclusion" if code[0] == "I" else "exclusion") for code, one in criteria.items())
