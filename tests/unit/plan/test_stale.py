"""What no longer belongs to the study is moved, named, and nothing else is touched."""

import copy
from pathlib import Path

from trial.plan.jobs import homa2_files, study_files
from trial.plan.load import load_study
from trial.plan.stale import set_aside
from trial.study.files import write_text
from trial.study.load import read_yaml

CONTENT = read_yaml(Path(__file__).parents[3] / "config.yaml")
HOMA2 = {
    "calculator": "2.2.4", "glucose": "GLUC", "partner": "INS", "partner_kind": "specific insulin",
    "insulin_factor": 6.0, "fasting": "required", "specimens": ["SERUM", "PLASMA", "BLOOD"],
    "ranges": {"glucose": [3.0, 25.0], "partner": [20.0, 400.0]}, "results": None,
}  # fmt: skip


def test_the_exchange_of_a_study_that_gave_it_up_is_set_aside(tmp_path):
    having = load_study(copy.deepcopy(CONTENT) | {"homa2": HOMA2})
    without = load_study(copy.deepcopy(CONTENT))
    for file in (*homa2_files(having), "results/data/adsl.csv", study_files(without)[0]):
        write_text(tmp_path / file, "x")
    assert set_aside(tmp_path / "results", study_files(having)) == []
    assert set_aside(tmp_path / "results", study_files(without)) == [
        "homa2/homa2_input.csv", "homa2/homa2_lineage.csv",
    ]  # fmt: skip
    assert (tmp_path / "results/set_aside/homa2/homa2_input.csv").read_text() == "x"
    assert not (tmp_path / "results/homa2").exists()
    assert (tmp_path / "results/data/adsl.csv").exists()
    assert (tmp_path / study_files(without)[0]).exists()
