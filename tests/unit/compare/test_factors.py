"""What differs between two runs by factor, and whether it can move a result at all."""

import json
from pathlib import Path

from trial.compare.factors import find_factors
from trial.compare.run import study_run
from trial.study.files import write_json, write_text

LOCK = {"lock_id": "A", "state": "hard", "cut_date": "2021-09-30", "short_hash": "0", "files": []}


def make(folder: Path, *, lock=None, config="level: 0.95\n", code=None, numpy="2.4.6", raw="1\n"):
    study, root = folder / "study", folder / "code"
    write_text(study / "data" / "raw" / "labs.csv", raw)
    write_text(study / "data" / "raw" / "LOCK.yaml", json.dumps(LOCK | (lock or {})))
    write_text(study / "config.yaml", config)
    files = {"scripts/run_analysis.py": "1", "scripts/render_output.py": "1", "workflow/docs/a.md": "1"} | (
        code or {}
    )
    for name, text in files.items():
        write_text(root / name, text)
    spec = study / "results" / "spec" / "code"
    write_json(spec / "run_analysis.mmrm.json", {"run_analysis.py": "", "mmrm/core.py": ""})
    write_json(spec / "render_output.forest.json", {"render_output.py": ""})
    environment = {"python": "3.11", "packages": {"numpy": numpy}}
    write_json(study / "results" / "manifest.json", {"lock": LOCK | (lock or {}), "environment": environment})
    return study_run(study, root)


def changed(tmp_path, **new):
    factors = find_factors(make(tmp_path / "old"), make(tmp_path / "new", **new))
    return {factor.name: (factor.moves, factor.said()) for factor in factors if factor.changed}


def test_nothing_differs(tmp_path):
    assert changed(tmp_path) == {}


def test_comments_of_a_configuration_are_no_change(tmp_path):
    assert changed(tmp_path, config="# said\nlevel:   0.95\n") == {}
    found = changed(tmp_path, config="level: 0.9\n")
    assert found == {"config": (True, "level: 0.95 -> 0.9")}


def test_another_lock_id_over_the_same_bytes_is_no_change_of_data(tmp_path):
    assert changed(tmp_path, lock={"lock_id": "B", "state": "relocked"}) == {}
    assert changed(tmp_path, lock={"state": "dry-run"})["data"][0], "a dry run has dummy arms"
    assert changed(tmp_path, lock={"cut_date": "2021-10-31"}) == {
        "data": (True, "cut_date 2021-09-30 -> 2021-10-31")
    }
    assert changed(tmp_path, raw="2\n") == {"data": (True, "labs.csv")}


def test_code_counts_where_results_stand_on_it(tmp_path):
    assert changed(tmp_path, code={"scripts/render_output.py": "2", "workflow/docs/a.md": "2"}) == {
        "code": (False, "2 files that no result is made by")
    }
    found = changed(tmp_path, code={"scripts/mmrm/core.py": "2", "scripts/render_output.py": "2"})
    assert found == {"code": (True, "scripts/mmrm/core.py; 1 file that no result is made by")}
    assert changed(tmp_path, code={"workflow/rules/analyse.smk": "2"})["code"][0]


def test_environment_names_what_is_another(tmp_path):
    assert changed(tmp_path, numpy="2.5.0") == {"environment": (True, "packages.numpy: 2.4.6 -> 2.5.0")}
