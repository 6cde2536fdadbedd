"""What the intake makes of the demonstration study, against what was planted in it."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from raw import raw_of
from trial.labs.clean import clean
from trial.labs.config import LabsSpec
from trial.labs.files import read_key
from trial.plan.load import load_study
from trial.study.load import read_yaml

ROOT = Path(__file__).parents[3]
RAW, TRUTH = ROOT / "data" / "raw", ROOT / "tests" / "reference" / "demo"
HEADERS = {"E": "HbA1c / Kết quả", "H": "C-peptid / Kết quả"}
# Half a unit of the last printed digit in the unit of the export: glucose in mg/dL is the coarsest.
TOLERANCE = {"GLUC": 0.03, "INS": 0.009, "CPEP": 0.0051, "HBA1C": 0.0051, "TNFA": 0.0051, "IL1B": 0.0051}


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def cleaned():
    spec = LabsSpec.of(load_study(read_yaml(ROOT / "config.yaml")))
    return clean(spec, raw_of(RAW), read_key(raw_of(RAW), "edc/subject_key.csv"))


PLANTED = [trap for trap in read(TRUTH / "traps.csv") if trap["ROW"]]


def fates(cleaned, trap):
    header = HEADERS.get(trap["COLUMN"]) if trap["SHEET"] else None
    books = cleaned.accounting
    mine = books[(books["FILE"] == trap["FILE"]) & (books["SHEET"] == trap["SHEET"])]
    mine = mine[mine["ROW"].astype(str) == trap["ROW"]]
    return mine if header is None else mine[mine["COLUMN"] == header]


@pytest.mark.parametrize("trap", PLANTED, ids=lambda trap: f"{trap['TRAP']}-{trap['FILE']}-{trap['ROW']}")
def test_every_planted_row_has_its_fate(cleaned, trap):
    books = fates(cleaned, trap)
    wanted = "used" if trap["FATE"] == "asked" else trap["FATE"]
    assert set(books["FATE"]) == {wanted}
    if trap["FATE"] == "asked":
        asked = cleaned.queries
        asked = asked[(asked["FILE"] == trap["FILE"]) & (asked["ROW"].astype(str) == trap["ROW"])]
        assert trap["RULE"] in set(asked["RULE"])
    elif trap["RULE"]:
        assert set(books["RULE"]) == {trap["RULE"]}


def test_every_true_value_comes_out_unless_a_planted_defect_took_it(cleaned):
    visits = {
        (row["USUBJID"], row["VISIT_DT"]): row["VISIT"]
        for row in read(RAW / "edc" / "visits.csv")
        if row["VISIT_DT"]
    }
    found = defaultdict(list)
    for row in cleaned.labs.itertuples():
        place = (row.USUBJID, visits.get((row.USUBJID, row.COLLECTED[:10]), ""), row.ANALYTE)
        found[place].append(row)
    excused = {
        (trap["USUBJID"], trap["VISIT"], trap["ANALYTE"] or {"E": "HBA1C", "H": "CPEP"}.get(trap["COLUMN"]))
        for trap in read(TRUTH / "traps.csv")
    }
    lost = []
    for row in read(TRUTH / "truth.csv"):
        place, value = (row["USUBJID"], row["VISIT"], row["ANALYTE"]), float(row["VALUE"])
        hits = [
            record
            for record in found[place]
            if (record.CENSOR == "<" and value < record.LIMIT)
            or (record.CENSOR == "" and abs(record.VALUE - value) <= TOLERANCE[place[2]])
        ]
        if len(hits) != 1 and place not in excused:
            lost.append((place, value, len(hits)))
    assert not lost


def test_few_values_are_lost(cleaned):
    truth = read(TRUTH / "truth.csv")
    kept = cleaned.labs[cleaned.labs["ANALYTE"].isin(TOLERANCE)]
    days = kept["USUBJID"] + kept["COLLECTED"].str[:10] + kept["ANALYTE"]
    assert days.nunique() > 0.99 * len(truth)


def test_no_identifier_leaves_the_intake(cleaned):
    text = "".join(table.to_csv() for table in (cleaned.labs, cleaned.queries, cleaned.accounting))
    listed = (TRUTH / "identifiers.txt").read_text(encoding="utf-8").splitlines()
    assert [word for word in listed if word in text] == []
