"""One subject at a time, judged by one criterion."""

from datetime import date

import pytest
from pydantic import TypeAdapter

from trial.eligibility.config_criteria import Criterion, Test
from trial.eligibility.judge import JUDGES, judge_criterion
from trial.eligibility.subject_file import SubjectFile

REFERENCE = date(2019, 7, 15)
ADSL = {
    "USUBJID": "S1",
    "SEX": "F",
    "BRTHYR": 1960.0,
    "BIRTHDT": "",
    "RFICDT": "2019-07-10",
    "TRTEMDT": "2019-08-01",
    "SCRDT": "2019-07-15",
    "FILE": "edc/subjects.csv",
    "ROW": "2",
}
PLACE = {"FILE": "f.csv", "SHEET": "", "ROW": "7", "COLUMN": ""}
LAB = {
    "CENSOR": "", "LIMIT": float("nan"), "WORD": "", "UNIT": "mmol/L", "ANRHI": float("nan"),
    "COLLECTED": "2019-07-15T08:00", "FASTING": "", "SPECIMEN": "", "VALUE": float("nan"), **PLACE,
}  # fmt: skip
TEXTS = {
    "medicines": {"CMTRT": "m", "CMCLASS": "", "CMSTDTC": "", "ASTDT": "", "CMENDTC": "", "AENDT": ""},
    "history": {"MHTERM": "h", "MHCAT": "", "MHSTDTC": "", "ASTDT": "", "MHENDTC": "", "AENDT": "", "MHONGO": ""},
    "serology": {"LBTEST": "", "LBSTRESC": "", "LBDT": "2019-07-15"},
    "form": {"IETESTCD": "X", "IEORRES": ""},
}  # fmt: skip
DATES = (("ASTDT", "CMSTDTC"), ("AENDT", "CMENDTC"), ("ASTDT", "MHSTDTC"), ("AENDT", "MHENDTC"))


def subject(labs=(), days=(-14, 14), **records):
    """Return a subject: ADSL with the changes in `adsl`, and records given by what differs from the usual."""
    tables = {"labs": tuple(LAB | row for row in labs)}
    for name, usual in TEXTS.items():
        rows = []
        for row in records.get(name, ()):
            full = usual | PLACE | row
            for whole, text in DATES:  # as the data sets have them: whole dates beside the text
                if text in full and len(full[text]) == 10:
                    full[whole] = full[text]
            rows.append(full)
        tables[name] = tuple(rows)
    return SubjectFile(adsl=ADSL | records.get("adsl", {}), reference=REFERENCE, days=days, **tables)


@pytest.fixture
def holds():
    """Return a function that says whether a test holds for a subject."""

    def run(test, **records):
        found = TypeAdapter(Test).validate_python(test)
        return JUDGES[found.test](found, subject(**records)).holds

    return run


@pytest.fixture
def judged():
    """Return a function that judges a subject by a criterion, given by what differs from a computed one."""

    def run(records=None, **criterion):
        usual = {"kind": "inclusion", "wording": "w", "needs": "n", "decided": "computed"}
        return judge_criterion(Criterion.model_validate(usual | criterion), subject(**(records or {})))

    return run
