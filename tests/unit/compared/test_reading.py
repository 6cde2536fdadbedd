"""What is no comparison is refused with what is missing and what to do."""

import pytest

import render_compare
from trial.compared.changes import read_changes
from trial.display.files import load_stamp
from trial.display.pages.comparisons import comparisons_page
from trial.display.pages.frame import Frame
from trial.study.base import Identity
from trial.study.errors import DataError
from trial.study.files import write_json
from unit.compared.two_runs import NEW, changed_results, write_comparison
from unit.display import study_rows as rows


def test_a_folder_without_a_comparison_names_the_command(tmp_path):
    with pytest.raises(DataError) as caught:
        render_compare.main(["--old", "locks/DBL-1", "--study", str(tmp_path)])
    assert "make compare OLD=locks/<id>" in caught.value.text()


def test_a_missing_part_and_a_missing_column_are_named(tmp_path):
    write_comparison(tmp_path / "one", changed_results())
    path = tmp_path / "one" / "results.csv"
    path.write_text(path.read_text().replace("delta_se", "delta_sd"))
    with pytest.raises(DataError, match="delta_se"):
        read_changes(tmp_path / "one", ())
    path.unlink()
    with pytest.raises(DataError, match=r"results\.csv"):
        read_changes(tmp_path / "one", ())


def page(folder, lock):
    write_json(folder / "lock.json", rows.LOCK | lock)
    write_json(folder / "label.json", rows.LABEL)
    study = Identity(**rows.STUDY)
    return comparisons_page(
        Frame(study, load_stamp(folder / "lock.json", folder / "label.json", study, "p")), folder / "compare"
    )


def test_a_report_without_comparisons_says_so_and_how_to_make_one(tmp_path):
    assert "None has been made" in page(tmp_path, NEW)


def test_a_comparison_of_other_results_is_listed_as_such(tmp_path):
    content = {
        "old": "DBL-0 (00)",
        "new": f"{NEW['lock_id']} ({NEW['short_hash']})",
        "results": 1,
        "flips": 0,
    }
    write_json(tmp_path / "compare" / "DBL-0" / "comparison.json", content)
    assert "not the results of this report" not in page(tmp_path, NEW)
    assert "not the results of this report" in page(tmp_path, {"short_hash": "other"})
