"""Every row of every EDC file has one fate, and no query shows a hospital number."""

from pathlib import Path

import pytest

import derive_subjects
from raw import write_verified
from trial.study.books import ACCOUNTING, QUERIES
from trial.study.errors import DataError
from trial.study.files import json_text, read_table
from trial.study.load import read_yaml
from trial.study.privacy import WITHHELD
from trial.subjects.books import RULES
from trial.subjects.config import SubjectSections, slices
from trial.subjects.edc import COLUMNS

ROOT = Path(__file__).resolve().parents[3]
STUDIES = {"demo": ROOT, "mini": ROOT / "tests/studies/mini", "three_arm": ROOT / "tests/studies/three_arm"}


def lines_of_rows(data):
    """Return the lines on which the rows of a CSV start, by the parity of quotes alone."""
    starts, inside = [], False
    for number, line in enumerate(data.split(b"\n"), 1):
        if not inside and line.rstrip(b"\r"):
            starts.append(str(number))
        inside ^= line.count(b'"') % 2 == 1
    return starts[1:]


@pytest.fixture
def run_script(tmp_path):
    """Return a function that runs the script on one of the studies and returns its plan."""

    def run(study, cut=None):
        root = STUDIES[study]
        content = read_yaml(root / "config.yaml")
        plan = SubjectSections.model_validate({key: content[key] for key in SubjectSections.model_fields})
        ((_, spec),) = slices(plan)
        (tmp_path / "spec.json").write_text(json_text(spec.model_dump(mode="json")))
        cut = cut or str(read_yaml(root / "data/raw/LOCK.yaml")["cut_date"])
        write_verified(tmp_path / "lock.json", root / "data/raw", cut)
        inputs = [f"--{name}={tmp_path / name}.json" for name in ("spec", "lock")]
        books = [f"--{name}={tmp_path / name}.csv" for name in ("queries", "accounting")]
        derive_subjects.main(
            [
                *inputs,
                f"--raw={root / 'data/raw'}",
                f"--out={tmp_path}",
                *books,
                f"--unblinded={tmp_path}/UNBLINDED.csv",
            ]
        )
        return plan

    return run


@pytest.mark.parametrize("study", sorted(STUDIES))
def test_the_rows_of_the_studies_add_up(study, run_script, tmp_path):
    plan = run_script(study)
    book = read_table(tmp_path / "accounting.csv", ACCOUNTING)
    names = set(plan.edc.files().values())
    assert set(book["FILE"]) <= names
    for name in names:
        data = (STUDIES[study] / "data/raw" / name).read_bytes()
        assert book.loc[book["FILE"] == name, "ROW"].tolist() == lines_of_rows(data)
    assert set(book["FATE"]) == {"used"}
    asked = read_table(tmp_path / "queries.csv", QUERIES)
    planted = {
        ("edc/serology.csv", "LBORRES = 'chưa có'"),
        ("edc/eligibility.csv", "IEORRES = '?'"),
        ("edc/adverse_events.csv", "AESTDTC '2019-12-06', discontinued 2019-11-03"),
    }
    assert set(zip(asked["FILE"], asked["FOUND"], strict=True)) == (planted if study == "demo" else set())


def test_a_cut_before_the_study_is_refused(run_script):
    with pytest.raises(DataError, match="every subject has its first date after the data cut, 2000-01-01"):
        run_script("mini", cut="2000-01-01")


def test_the_script_asks_for_the_lock(capsys):
    with pytest.raises(SystemExit):
        derive_subjects.main([])
    assert "--lock" in capsys.readouterr().err.partition("required:")[2]


NASTY = {
    "visits": b'\r\nS1,BL,2019-06-20,Y,8,\r\n\r\ns1,M1,,Y,,\r\nS1,M1\r\nS2,BL,2019-06-21,Y,,"a\r\n\r\nb"\r\n,,,,,\r\n \r\nS3,BL,,N,,x,\r\n',
    "medications": b"S1,a,b,1,mg,2005,,\nS1,a\x00,b,1,mg,2005,,\nS9,a,b,1,mg,2005,,rescue\n\n",
    "adverse_events": b'S1,"x\ny",,,2019-06-25,,,,,,,\nS2,,\n\nS3,z,,,2019-06-25,,,,,,,\n',
    "discontinuation": b'S1,2019-07-01,A,"say ""no"""\nS1,2019-08-01,A,b\n""\n',
}
ENDS = {"visits": b"\r\n"}


def test_the_rows_of_nasty_files_add_up(derive):
    files = {
        kind: ",".join(COLUMNS[kind]).encode() + ENDS.get(kind, b"\n") + rows for kind, rows in NASTY.items()
    }
    derived = derive(**files)
    for kind, data in files.items():
        mine = derived.fates[derived.fates["FILE"] == f"{kind}.csv"]
        assert mine["ROW"].tolist() == lines_of_rows(data)
    aside = derived.fates[derived.fates["FATE"] == "quarantined"]
    assert aside[["FILE", "ROW", "RULE"]].to_numpy().tolist() == [
        ["medications.csv", "3", "BROKEN_ROW"],
        ["medications.csv", "4", "UNKNOWN_SUBJECT"],
        ["discontinuation.csv", "4", "BROKEN_ROW"],
        ["visits.csv", "5", "UNKNOWN_SUBJECT"],
        ["visits.csv", "6", "BROKEN_ROW"],
        ["visits.csv", "10", "UNKNOWN_SUBJECT"],
        ["visits.csv", "11", "BROKEN_ROW"],
        ["visits.csv", "12", "BROKEN_ROW"],
        ["adverse_events.csv", "4", "BROKEN_ROW"],
    ]
    second = ("discontinuation.csv", "3", "SECOND_DISCONTINUATION")
    asked = set(derived.asked("FILE", "ROW", "RULE")) - {second}
    assert asked == set(aside[["FILE", "ROW", "RULE"]].itertuples(index=False, name=None))


def test_a_broken_row_is_asked_about_with_its_subject_if_that_is_known(derive):
    header = ",".join(COLUMNS["discontinuation"]).encode() + b"\n"
    derived = derive(discontinuation=header + b"S1,2019-07-01,A\nNguyen Van A,2019-07-01,A\n")
    assert derived.asked("SUBJECT", "RULE", "FOUND", "DONE", "FILE", "ROW") == [
        ("S1", "BROKEN_ROW", "3 cells, the header has 4", "row quarantined", "discontinuation.csv", "2"),
        ("", "BROKEN_ROW", "3 cells, the header has 4", "row quarantined", "discontinuation.csv", "3"),
    ]
    assert derived.adsl["DISCDT"].tolist() == ["", "", ""]


@pytest.mark.parametrize("text", ["0012345671", "12345671", "012345671", "BN 0012345671.", "x0012345671x"])
def test_no_query_shows_a_hospital_number(derive, text):
    derived = derive(
        {"ALLOC_DT": [text, "2019-06-10", "2019-06-10"]},
        visits={
            "USUBJID": ["S1", "S1", text],
            "VISIT": [text, text, "BL"],
            "DONE": [text, "Y", "Y"],
            "VISIT_DT": ["2019-06-20"] * 3,
        },
    )
    assert derived.asked("RULE", "SUBJECT", "FOUND") == [
        ("IMPOSSIBLE_DATE", "S1", WITHHELD),
        ("UNKNOWN_SUBJECT", "", "the subject is not in the subjects file"),
        ("REPEATED_VISIT", "S1", WITHHELD),
        ("IDENTIFIER_IN_TEXT", "S1", "in VISIT"),
        ("IDENTIFIER_IN_TEXT", "S1", "in VISIT"),
        ("UNKNOWN_CODE", "S1", WITHHELD),
    ]
    assert set(derived.adsv["VISIT"]) == {WITHHELD}


@pytest.mark.parametrize("text", ["x112345-671", "1234-56710 x", "2345671 x"])
def test_other_numbers_are_shown(derive, text):
    assert derive({"HEIGHT_CM": ["160", text, "170"]}).asked("FOUND") == [f"HEIGHT_CM = '{text}'"]


def test_every_rule_has_its_words():
    assert all(rule.question and rule.done for rule in RULES.values())


LEAK = "fever, patient Nguyễn Văn An 12345671 phone 0912 345 678"


def test_no_text_of_the_results_shows_an_identifier(derive):
    """Every column of every file, with an identifier in each text cell: none comes out, each is asked about."""
    texts = {
        "visits": ("VISIT", "DONE", "REASON_NOT_DONE"),
        "adverse_events": tuple(name for name in COLUMNS["adverse_events"] if name.startswith("AE")),
        "medications": tuple(name for name in COLUMNS["medications"] if name.startswith("CM")),
        "discontinuation": ("DSDTC", "DSDECOD", "DSTERM"),
    }
    own = {"SITE": {"label": "Site", "kind": "text"}}
    derived = derive(
        {"SEX": ["F", LEAK, "M"], "SITE": ["A", LEAK, "B"], "HEIGHT_CM": ["160", LEAK, "170"]},
        own=own,
        **{kind: {"USUBJID": ["S1"]} | {name: [LEAK] for name in names} for kind, names in texts.items()},
    )
    tables = (derived.adsl, derived.members, derived.adsv, derived.adae, derived.queries, derived.fates)
    text = "\n".join(table.to_csv() for table in tables)
    assert not [part for part in ("Nguyễn", "12345671", "0912", "345 678") if part in text]
    asked = derived.queries[derived.queries["RULE"] == "IDENTIFIER_IN_TEXT"]
    assert set(asked["FOUND"].str.removeprefix("in ")) == {
        "SITE", "VISIT", "REASON_NOT_DONE", "AETERM", "AESOC", "AEDECOD", "AEOUT", "AEACN", "DSDECOD",
        "CMTRT", "CMCLASS", "CMDOSU", "CMSTDTC", "CMENDTC", "AESTDTC", "AEENDTC",
    }  # fmt: skip
    assert derived.adae["AETERM"].tolist() == [WITHHELD]


def test_a_short_hospital_number_hides_no_date(derive):
    key = {"USUBJID": ["S1", "S2", "S3"], "MA_BN": ["0011", "0012", "0013"]}
    derived = derive(
        {"ALLOC_DT": ["11/02/2021", "2019-06-10", "2019-06-10"]},
        subject_key=key,
        adverse_events={
            "USUBJID": ["S1", "S2"],
            "AETERM": ["as BN 0013", "11 days of fever"],
            "AESTDTC": ["2019-07-01"] * 2,
        },
    )
    assert derived.asked("RULE", "FOUND")[0] == ("IMPOSSIBLE_DATE", "ALLOC_DT = '11/02/2021'")
    assert derived.adae["AETERM"].tolist() == [WITHHELD, "11 days of fever"]
