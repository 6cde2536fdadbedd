"""A small export: the data sets of the mini study with a few records of two subjects, and not one fault."""

from pathlib import Path

import pandas as pd

from trial.export.datasets import exported_datasets
from trial.export.package import Export
from trial.plan.load import load_study
from trial.study.load import read_yaml

ROOT = Path(__file__).resolve().parents[3]
NAMES = ("ADSL", "ADLB", "ADLBSAF", "ADAE", "ADICE")
STUDY = load_study(read_yaml(ROOT / "tests" / "studies" / "mini" / "config.yaml"))
DATASETS = {one.name: one for one in exported_datasets(STUDY, NAMES)}
CUT = "2021-12-31"
SUBJECT = {
    "TRT01P": "ACT", "TRT01A": "ACT", "ARMCD": "ACT", "ENRLFL": "Y", "FASFL": "Y", "SAFFL": "Y",
}  # fmt: skip
PERSON = {
    "ARM": "Active",
    "SEX": "F",
    "AGE": 50.0,
    "AGEU": "YEARS",
    "TRTSDT": "2021-01-10",
    "INDEXDT": "2021-01-10",
}
VISITS = (("BL", 0.0, "2021-01-09", -1.0, 8.0, "Y"), ("V1", 1.0, "2021-02-10", 32.0, 7.5, ""))


def frame(name, rows):
    """Return records of a data set with all its variables; those that a row does not name are missing."""
    dataset = DATASETS[name]
    kinds = {column.name: column for column in dataset.columns}
    assert not {key for row in rows for key in row} - set(kinds)

    def value(row, column):
        if column.name in row:
            return row[column.name]
        return float("nan") if column.kind == "number" else ""

    columns = {key: [value(row, column) for row in rows] for key, column in kinds.items()}
    table = pd.DataFrame(columns)
    numbers = {key: float for key, column in kinds.items() if column.kind == "number"}
    return table.astype(numbers | {key: object for key in kinds if key not in numbers})


def tables():
    """Return the records of each data set, anew: a test may change them."""
    common = [{"STUDYID": "MINI-01", "USUBJID": subject} for subject in ("S-1", "S-2")]
    records = [
        person
        | SUBJECT
        | {
            "PARAMCD": "HBA1C", "PARAM": "HbA1c (%)", "PARAMN": 1.0, "ASEQ": at + 1.0, "AVISIT": visit, "AVISITN": number,
            "ADT": day, "ADY": ady, "AVAL": value, "AVALU": "%", "BASE": 8.0, "ABLFL": base, "ANL01FL": "Y",
        }
        | ({} if base else {"CHG": -0.5})
        for person in common
        for at, (visit, number, day, ady, value, base) in enumerate(VISITS)
    ]  # fmt: skip
    percent = [row | ({} if row["ABLFL"] else {"PCHG": -6.25}) for row in records]
    safety = [
        row | {"PARAMCD": "ALT", "PARAM": "ALT (U/L)", "AVALU": "U/L", "ANRLO": 5.0, "ANRHI": 7.75, "ROW": "2"}
        | {"ANRIND": "HIGH" if row["ABLFL"] else "NORMAL", "BNRIND": "HIGH", "FILE": "a.csv"}
        for row in records
    ]  # fmt: skip
    events = [
        person
        | {
            "ASEQ": 1.0,
            "TRT01A": "ACT",
            "AETERM": "Headache",
            "AEDECOD": "Headache",
            "AEBODSYS": "Nervous system",
        }
        | {
            "ASTDT": "2021-01-12",
            "AENDT": "2021-01-13",
            "ASTDY": 3.0,
            "ADURN": 2.0,
            "TRTEMFL": "Y",
            "AESER": "N",
        }
        | {"AESEV": "MILD"}
        for person in common
    ]
    rescue = [person | {"ASEQ": 1.0, "EVENT": "RESCUE", "ICEDT": "2021-03-01"} for person in common]
    return {
        "ADSL": frame("ADSL", [one | SUBJECT | PERSON | {"SUBJID": one["USUBJID"]} for one in common]),
        "ADLB": frame("ADLB", percent),
        "ADLBSAF": frame("ADLBSAF", safety),
        "ADAE": frame("ADAE", events),
        "ADICE": frame("ADICE", rescue),
    }


def export(found=None, names=NAMES, results=Path("results")):
    """Return an export of some data sets, as the writers get it."""
    lock = {"lock_id": "MINI-1", "short_hash": "0" * 12, "state": "hard", "cut_date": CUT, "synthetic": True}
    found = found or tables()
    return Export(
        STUDY, {"lock": lock, "code": {}}, ("SYNTHETIC DATA",), ROOT, results,
        tuple(DATASETS[name] for name in names), {name: found[name] for name in names},
    )  # fmt: skip
