"""A new lock that leaves an output as it was: its lines are exchanged, and the bytes are those of one made anew."""

import os
from dataclasses import replace

import pytest

from trial.display.entry import output_entry
from trial.display.figures.outputs import Plot
from trial.display.files import save_entry
from trial.display.pages.places import Places
from trial.display.provenance import LOCK
from trial.display.stamping import stamp_outputs
from trial.study.files import sha256
from unit.display import study_rows as rows

NEXT = {"lock_id": "DEMO-2", "short_hash": "0123456789ab", "state": "relocked", "cut_date": "2021-02-28"}
TIME = 1_500_000_000 * 10**9
OUTPUTS = ("model_table", "lsmean_profile", "descriptive_table")


def places_of(folder):
    return Places(*(folder / name for name in ("outputs", "tables", "figures", "analyses", "report")))


def finish(folder, lock):
    """Write a table, a listing and a figure under a lock, a day ago; return their ids and the stamp."""
    places, ids = places_of(folder), []
    for template in OUTPUTS:
        spec = rows.output_spec(template, "HBA1C")
        data = {"adlb": rows.adlb_rows("HBA1C")} if "adlb" in rows.template_of(template).data else {}
        given = rows.context(spec, **data)
        stamp = replace(given.stamp, **lock)
        output = rows.build(template, replace(given, stamp=stamp))
        kind = rows.template_of(template)
        output.save(places.of_kind("figure" if isinstance(output, Plot) else kind.kind, spec.id))
        save_entry(output_entry(output, spec, kind, stamp), places.outputs / f"{spec.id}.json")
        ids.append(spec.id)
    for path in contents(folder):
        os.utime(folder / path, ns=(TIME, TIME))
    return tuple(ids), stamp


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def both(tmp_path):
    """Return the folder of outputs of the earlier lock, one of the next, their ids and the stamp of the next."""
    earlier = {name: str(rows.LOCK[name]) for name in LOCK}
    finish(tmp_path / "earlier", earlier)
    ids, stamp = finish(tmp_path / "next", NEXT)
    return tmp_path / "earlier", tmp_path / "next", ids, stamp


def test_outputs_of_an_earlier_lock_become_those_of_the_present_one(both):
    earlier, following, ids, stamp = both
    before = contents(earlier)
    assert all(before[name] != content for name, content in contents(following).items())
    index = stamp_outputs(ids, places_of(earlier), stamp)
    assert contents(earlier) == contents(following)
    assert index["lock"] == NEXT
    hashes = {one for files in index["outputs"].values() for one in files.values()}
    assert hashes == {sha256(path) for path in following.rglob("*") if path.is_file()}
    assert len(hashes) == 12


def test_snakemake_sees_no_newer_file(both):
    earlier, _, ids, stamp = both
    stamp_outputs(ids, places_of(earlier), stamp)
    assert {(earlier / name).stat().st_mtime_ns for name in contents(earlier)} == {TIME}


def test_outputs_of_the_present_lock_are_not_written(both, monkeypatch):
    _, following, ids, stamp = both
    monkeypatch.setattr("trial.display.stamping.restore_bytes", None)
    assert set(stamp_outputs(ids, places_of(following), stamp)["outputs"]) == set(ids)


def test_a_killed_exchange_goes_on(both, monkeypatch):
    earlier, following, ids, stamp = both
    done = []

    def die(content, path):
        if len(done) == 5:
            raise KeyboardInterrupt
        done.append(path)
        original(content, path)

    from trial.display import stamping

    original = stamping.restore_bytes
    monkeypatch.setattr(stamping, "restore_bytes", die)
    with pytest.raises(KeyboardInterrupt):
        stamp_outputs(ids, places_of(earlier), stamp)
    monkeypatch.undo()
    stamp_outputs(ids, places_of(earlier), stamp)
    assert contents(earlier) == contents(following)
