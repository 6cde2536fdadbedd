"""Which lock may follow which: the table of states, one id for one content, parents, reasons and signatures."""

from datetime import date

import pytest

from trial.review.config import Lock, LockedFile
from trial.review.transitions import NEXT, find_problems

TODAY = date(2021, 6, 30)
SAME, OTHER = "a" * 12, "b" * 12
STATES = ("dry-run", "soft", "hard", "unlocked", "relocked")


def lock(lock_id="L1", state="hard", cut=date(2021, 1, 31), signed=("DM", "statistician"), synthetic=False):
    return Lock(
        lock_id=lock_id,
        state=state,
        parent_lock=None,
        cut_date=cut,
        synthetic=synthetic,
        signed_by=signed,
        dictionaries={},
        config_sha256=None,
        plan_sha256=None,
        files=(LockedFile(path="a.csv", sha256="0" * 64, bytes=1),),
    )


def line(one, short=SAME):
    return {
        "WHEN": "2021-02-01T00:00:00+00:00",
        "LOCK_ID": one.lock_id,
        "STATE": one.state,
        "SHORT_HASH": short,
    }


def problems(new, old=None, *, files=SAME, parent="", reason="", log=None):
    log = log if log is not None else [line(old)] if old else []
    return find_problems(new, files, old, log, (parent, reason), TODAY)


# Every pair of states, as the page of locks has it; nothing follows silently.
MAY_FOLLOW = {
    "dry-run": "dry-run soft hard",
    "soft": "dry-run soft hard unlocked",
    "hard": "unlocked",
    "unlocked": "dry-run soft unlocked relocked",
    "relocked": "unlocked",
}


@pytest.mark.parametrize("old", STATES)
@pytest.mark.parametrize("new", STATES)
def test_the_table_of_states(old, new):
    found = problems(lock("L2", new), lock("L1", old), parent="L1", reason="why")
    assert (found == []) == (new in MAY_FOLLOW[old].split()), found
    if found:
        (text,) = found
        assert f"STATE={new}: lock L1 is {old}; expected " in text
        assert all(state in text for state in NEXT[old])


@pytest.mark.parametrize("new", STATES)
def test_the_first_lock_is_a_dry_run_soft_or_hard(new):
    found = problems(lock(state=new))
    assert (found == []) == (new in ("dry-run", "soft", "hard"))
    assert all("nothing is locked yet" in text for text in found)
    assert problems(lock(), parent="L0") == ["PARENT=L0: nothing is locked yet; leave it out"]


@pytest.mark.parametrize("old", ["hard", "relocked"])
def test_a_later_cut_begins_anew_and_an_earlier_one_does_not(old):
    later, earlier = (lock("L2", "hard", cut) for cut in (date(2021, 3, 31), date(2020, 12, 31)))
    assert problems(later, lock("L1", old), files=OTHER, parent="L1", reason="cut of March") == []
    assert "STATE=hard: lock L1 is" in problems(earlier, lock("L1", old), parent="L1", reason="x")[0]


def test_a_hard_lock_is_never_locked_anew_silently():
    (text,) = problems(lock("L2"), lock("L1"), files=OTHER, parent="L1", reason="a value")
    assert 'make lock ID=L1 STATE=unlocked REASON="..."' in text
    assert "make lock ID=NEW-ID STATE=relocked PARENT=L1" in text


def test_other_files_need_a_new_id_a_parent_and_a_reason():
    old = lock("L1", "soft")
    assert problems(lock("L2", "soft"), old, files=OTHER) == [
        "PARENT is missing: files differ from lock L1; add PARENT=L1",
        'REASON is missing: say why; add REASON="..."',
    ]
    (text, *_) = problems(lock("L1", "hard"), old, files=OTHER, parent="L1", reason="x")
    assert "ID=L1: it stands for other files" in text and "take a new id" in text
    assert problems(lock("L2", "soft"), old, files=OTHER, parent="L0", reason="x") == [
        "PARENT=L0: the lock in force is L1; PARENT=L1"
    ]
    assert problems(lock("L2", "soft"), old, files=OTHER, parent="L1", reason="x") == []


def test_one_id_stands_for_one_content():
    first, old = lock("L1", "soft"), lock("L2", "soft")
    log = [line(first), line(old, OTHER)]
    for taken in ("L1", "l1"):
        (text,) = problems(lock(taken, "soft"), old, files=OTHER, parent="L2", reason="x", log=log)
        assert text == f"ID={taken}: lock L1 of 2021-02-01 has it; take a new id"
    other_cut = lock("L2", "soft", date(2021, 2, 1))
    assert "it stands for the cut 2021-01-31" in problems(other_cut, old, parent="L2", reason="x")[0]
    real = lock("L2", "hard", synthetic=True)
    assert "synthetic=False" in problems(real, old, parent="L2", reason="x")[0]


def test_the_same_files_may_go_on_under_their_id_to_each_state_once():
    assert problems(lock("L1", "hard"), lock("L1", "soft")) == []
    log = [line(lock("L1", "soft")), line(lock("L1", "dry-run"))]
    again = problems(lock("L1", "soft"), lock("L1", "dry-run"), log=log)
    assert again == ["ID=L1: it was soft before; take a new id, with PARENT=L1"]


@pytest.mark.parametrize("state", ["unlocked", "relocked"])
def test_change_control_needs_a_reason(state):
    old = lock("L1", "hard" if state == "unlocked" else "unlocked")
    assert problems(lock("L2", state), old) == ['REASON is missing: say why; add REASON="..."']


@pytest.mark.parametrize("state", ["hard", "unlocked", "relocked"])
def test_two_roles_sign_what_is_final(state):
    old = {"hard": None, "unlocked": lock("L1"), "relocked": lock("L1", "unlocked")}[state]
    (text,) = problems(lock("L2", state, signed=("DM",)), old, reason="x")
    assert text == f'STATE={state} needs two roles or more: SIGNED="data manager; statistician"'
    (text,) = problems(lock("L2", state, signed=("DM", "dm")), old, reason="x")
    assert "a role stands twice" in text


@pytest.mark.parametrize("state", ["dry-run", "soft"])
def test_one_role_signs_a_dry_run_or_a_soft_lock(state):
    assert problems(lock(state=state, signed=("DM",))) == []


def test_a_cut_in_the_future_is_refused():
    assert problems(lock(cut=TODAY)) == []
    (text,) = problems(lock(cut=date(2021, 7, 1)))
    assert text == "CUT=2021-07-01: it lies in the future (today is 2021-06-30)"


def test_everything_is_said_at_once():
    new = lock("L2", "hard", date(2030, 1, 1), signed=("DM",))
    assert len(problems(new, lock("L1"), files=OTHER)) == 4
