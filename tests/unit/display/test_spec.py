"""What an output is told: names and numbers that follow from its slice; the lock's own words."""

import pytest

from trial.display.provenance import read_stamp
from trial.display.spec import OutputSpec
from trial.study.base import Identity
from trial.study.errors import ConfigError, DataError
from trial.study.files import json_text
from trial.study.load import read_slice
from unit.display import study_rows as rows


def test_arms_and_visits_keep_their_order():
    spec = rows.output_spec("model_table", "HBA1C", rows.THREE_ARMS)
    assert [arm.code for arm in spec.arms] == ["CELL", "MSC", "STD"]
    assert [arm.code for arm in spec.active_arms] == ["CELL", "MSC"]
    assert spec.reference.label == "Standard medicines"
    assert spec.baseline.code == "BL"
    assert [visit.code for visit in spec.later_visits] == ["M1", "M3", "M6"]
    assert spec.comparison(spec.arms[1]) == "MSC-STD"


def test_a_slice_is_read_back_as_it_was_written(tmp_path):
    spec = rows.output_spec("model_table", "HBA1C", footnotes=("One.",))
    path = tmp_path / "output.json"
    path.write_text(json_text(spec.model_dump(mode="json")), encoding="utf-8")
    assert read_slice(path, OutputSpec) == spec
    path.write_text(path.read_text().replace('"sas4"', '"three"'), encoding="utf-8")
    with pytest.raises(ConfigError, match="p_values"):
        read_slice(path, OutputSpec)


def test_a_role_says_which_analysis_covers_each_endpoint():
    two = (
        rows.shown_analysis("model", ["HBA1C"]),
        rows.shown_analysis("model", ["FPG", "CPEP"], id="LOGS"),
    )
    spec = rows.output_spec("forest", roles={"model": two})
    assert spec.covering("model") == {"HBA1C": "PRIMARY", "FPG": "LOGS", "CPEP": "LOGS"}
    assert rows.output_spec("model_table", "HBA1C").covering("counts") == {"": "POPULATION"}


def test_an_output_without_one_level_has_no_intervals():
    with pytest.raises(ConfigError, match="one confidence level, found"):
        _ = rows.output_spec("descriptive_table", "HBA1C").level


@pytest.mark.parametrize("name", ["lock_id", "short_hash", "state", "cut_date"])
def test_the_lock_must_say_what_outputs_print(name):
    lock = {key: value for key, value in rows.LOCK.items() if key != name}
    with pytest.raises(DataError, match=rf"missing \['{name}'\]"):
        read_stamp(lock, (), Identity(**rows.STUDY), "scripts/x.py", "lock.json")
