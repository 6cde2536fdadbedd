"""A comparison says what changed up to the present lock; under another lock it is moved aside, whole."""

from trial.plan.comparisons import set_aside_comparisons
from trial.study.files import write_json, write_text


def test_comparison_of_another_lock_is_moved_with_its_pages(tmp_path):
    write_json(tmp_path / "lock.json", {"short_hash": "b"})
    for name, lock in (("DBL-1", "a"), ("DBL-0", "b")):
        write_json(tmp_path / "compare" / name / "compare.json", {"new": {"short_hash": lock}})
        write_text(tmp_path / "compare" / name / "raw.csv", name)
        write_text(tmp_path / "report" / "compare" / name / "index.html", name)
    assert set_aside_comparisons(tmp_path) == ["DBL-1"]
    aside = tmp_path / "set_aside"
    assert (aside / "compare" / "DBL-1" / "raw.csv").read_text() == "DBL-1"
    assert (aside / "report" / "compare" / "DBL-1" / "index.html").is_file()
    assert not (tmp_path / "compare" / "DBL-1").exists()
    assert (tmp_path / "compare" / "DBL-0" / "raw.csv").is_file()
    assert set_aside_comparisons(tmp_path) == []
