"""Subject ids of a study whose exports have no hospital numbers, and screening failures."""

from types import SimpleNamespace

import pytest

from raw import raw_of
from trial.labs.config import CleanLabsSpec
from trial.labs.files import read_subjects
from trial.labs.identity import SubjectKey
from trial.study.errors import DataError
from unit.labs.one_row import KEY, clean_rows, outcome, sections


def test_every_id_of_the_subjects_file_is_known(tmp_path):
    path = tmp_path / "subjects.csv"
    path.write_bytes("\ufeffARM, USUBJID \nx, S-1\ny,\nz,S-2\n".encode())
    assert read_subjects(raw_of(tmp_path), "subjects.csv") == {"S-1": "x", "S-2": "z"}
    assert SubjectKey({}, frozenset(read_subjects(raw_of(tmp_path), "subjects.csv"))).numbers() == frozenset()


@pytest.mark.parametrize("data", [b"ID,ARM\nS1,x\n", b"USUBJID\nS1\n", b"", b"\xff\xfe\x00"])
def test_a_file_without_ids_is_refused(tmp_path, data):
    path = tmp_path / "subjects.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"subjects\.csv: "):
        read_subjects(raw_of(tmp_path), "subjects.csv")


def test_an_id_is_written_as_in_the_subjects_file():
    source = SimpleNamespace(subject=SimpleNamespace(id="study id"))
    for subjects in ({"S-1"}, {"S-1", "S-2"}):
        assert SubjectKey({"11111": "s-1"}, frozenset(subjects)).find(" s-1", source) == ("S-1", "", False)


def test_failures_are_known_by_their_text_of_the_arm():
    spec = CleanLabsSpec.model_validate(
        sections()
        | {
            "screen_failures": ["Screen Failure", ""],
            "missing": ["NA"],
            "subject_key": None,
            "subjects": "edc/subjects.csv",
        }
    )
    arms = {"S-1": "active", "S-2": "SCREEN  failure", "S-3": "na", "S-4": ""}
    assert spec.screened(arms) == {"S-2", "S-3", "S-4"}
    assert spec.model_copy(update={"screen_failures": ("Screen Failure",)}).screened(arms) == {"S-2"}


def test_rows_of_a_failure_are_counted_and_neither_used_nor_asked_about(tmp_path):
    first, second = list(KEY)[:2]
    failing = [
        {"subject": first},
        {"subject": first, "result": "abc", "unit": "furlong"},
        {"subject": first.lstrip("0"), "fasting": "perhaps", "visit": "???", "collected": "31/02/2019"},
        {"subject": first, "analyte": "Ferritinn"},
    ]
    cleaned = clean_rows(tmp_path, *failing, {"subject": second}, screened=[KEY[first]])
    assert [outcome(cleaned, at) for at in range(4)] == [("quarantined", "SCREEN_FAILURE", set())] * 4
    assert outcome(cleaned, 4)[:2] == ("used", "")
    assert set(cleaned.labs["USUBJID"]) == {KEY[second]}
    assert KEY[first] not in set(cleaned.queries["SUBJECT"])
    assert cleaned.quality["RULES"].str.contains("SCREEN_FAILURE: 3").any()
    assert first.lstrip("0") not in "".join(table.to_csv() for table in vars(cleaned).values())
    # Neither does the row of a failure stand for that of another: without the declaration it is used.
    assert outcome(clean_rows(tmp_path, *failing), 0)[:2] == ("used", "")
