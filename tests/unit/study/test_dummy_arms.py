"""The arms of a dry run, their label, and the record of when real ones were first analysed."""

from datetime import UTC, datetime

import pytest

from trial.study.dummy_arms import arm_key, deal_arms, with_dummy_labels
from trial.study.errors import LockError
from trial.study.label import make_label
from trial.study.unblinding import read_unblindings, record_unblinding

ARMS = {f"S{number:02d}": "ACT" if number % 3 else "REF" for number in range(30)}
NOW = datetime(2021, 5, 4, 12, tzinfo=UTC)
LOCK = {"lock_id": "L1", "state": "hard", "synthetic": False, "fingerprint": "f" * 64}


def test_each_arm_keeps_its_size_and_subjects_change_arms():
    dealt = deal_arms(ARMS, "L1")
    assert dealt.keys() == ARMS.keys()
    assert sorted(dealt.values()) == sorted(ARMS.values())
    assert sum(dealt[one] != ARMS[one] for one in ARMS) > 5


def test_the_deal_hangs_on_lock_and_subjects_and_on_no_order():
    assert deal_arms(dict(reversed(ARMS.items())), "L1") == deal_arms(ARMS, "L1")
    assert deal_arms(ARMS, "L2") != deal_arms(ARMS, "L1")


def test_the_places_that_are_dealt_are_the_same_whoever_had_which_arm():
    # Were the arms themselves in the draw, the dummy arms could lead back to the real ones.
    marked = {one: number for number, one in enumerate(ARMS)}
    moved = deal_arms(marked, "L1")
    names = list(ARMS)
    assert deal_arms(ARMS, "L1") == {one: ARMS[names[moved[one]]] for one in ARMS}


def test_labels_say_dummy():
    content = {"arms": [{"code": "A", "label": "Active"}, {"code": "R", "label": "Reference"}], "x": 1}
    changed = with_dummy_labels(content)
    assert [arm["label"] for arm in changed["arms"]] == ["DUMMY Active", "DUMMY Reference"]
    assert (changed["x"], content["arms"][0]["label"]) == (1, "Active")


def test_what_outputs_say():
    assert make_label(LOCK) == {"synthetic": False, "dummy_arms": False, "blind": None, "marks": []}
    assert make_label(LOCK, "L1")["marks"] == []
    dry = make_label(LOCK | {"state": "dry-run", "synthetic": True})
    assert dry["dummy_arms"] and dry["blind"]
    assert [mark.partition(":")[0] for mark in dry["marks"]] == ["SYNTHETIC DATA", "DRY RUN"]
    seen = make_label(LOCK | {"state": "dry-run"}, "L1")
    assert seen["blind"] is False
    assert seen["marks"][1] == "NOT BLIND: the real arms were analysed before, under lock L1"


def test_the_first_analysis_of_real_arms_is_recorded_once(tmp_path):
    path = tmp_path / "UNBLINDED.csv"
    record_unblinding(path, LOCK | {"state": "dry-run"}, ARMS, NOW)
    assert not path.exists()
    for _ in range(2):
        record_unblinding(path, LOCK, ARMS, NOW)
    (line,) = read_unblindings(path)
    assert (line["WHEN"], line["LOCK_ID"], line["STATE"]) == ("2021-05-04T12:00:00+00:00", "L1", "hard")
    assert (line["DATA"], line["ARM_KEY"]) == (LOCK["fingerprint"], arm_key(ARMS))
    record_unblinding(path, LOCK | {"lock_id": "L2", "fingerprint": "e" * 64}, ARMS, NOW)
    record_unblinding(path, LOCK, ARMS | {"S00": "ACT"}, NOW)
    assert [line["LOCK_ID"] for line in read_unblindings(path)] == ["L1", "L2", "L1"]


def test_an_edited_record_stops_the_run(tmp_path):
    path = tmp_path / "UNBLINDED.csv"
    record_unblinding(path, LOCK, ARMS, NOW)
    path.write_text(path.read_text().replace("2021-05-04", "2021-06-04"))
    with pytest.raises(LockError, match="entry 1: it was edited"):
        record_unblinding(path, LOCK | {"lock_id": "L2"}, {}, NOW)
