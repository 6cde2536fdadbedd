"""What a change reruns: exactly the rules that stand on what changed, no more and no fewer."""

import json
import re
import shutil

import pytest

from workflow.conftest import snakemake


@pytest.fixture
def finished(mini, tmp_path):
    """Return a copy of the finished mini study and of its code, free to edit."""
    study, code, _ = mini
    shutil.copytree(study, tmp_path / "study", symlinks=True)
    shutil.copytree(code, tmp_path / "code")
    return tmp_path / "study", tmp_path / "code"


def planned(study, code):
    """Return the rules that a dry run lists."""
    done = snakemake(study, "-n", "--quiet", "progress", code=code)
    assert done.returncode == 0, done.text
    return set(re.findall(r"^(?:local)?rule (\w+):", done.text, re.M)) - {"all"}


DISPLAYED = {"render_endpoint_tables", "plot_endpoint", "plot_forest", "render_report", "write_manifest"}
ANALYSED = {"fit_mmrm", "collect_ard"} | DISPLAYED

MODULES = {
    "scripts/mmrm/kenward_roger.py": ANALYSED,
    "scripts/trial/analysis/model.py": ANALYSED,
    "scripts/trial/analysis/descriptive.py": {"count_population", "describe_endpoint", "collect_ard"}
    | DISPLAYED - {"plot_forest"},
    "scripts/fit_mmrm.py": ANALYSED,
    "scripts/write_manifest.py": {"write_manifest"},
    "scripts/trial/display/rtf_writer.py": {
        "render_endpoint_tables", "render_listings", "render_report", "write_manifest",
    },
    "scripts/collect_ard.py": {"collect_ard", "render_report", "write_manifest"},
}  # fmt: skip


@pytest.mark.parametrize("module", sorted(MODULES))
def test_an_edited_module_reruns_the_rules_that_import_it(finished, module):
    study, code = finished
    with (code / module).open("a") as stream:
        stream.write("\n# a comment\n")
    assert planned(study, code) == MODULES[module]


def test_a_moved_study_and_moved_code_rerun_nothing(finished):
    assert planned(*finished) == set()


def test_a_touched_file_reruns_nothing(finished):
    study, code = finished
    (code / "scripts" / "mmrm" / "kenward_roger.py").touch()
    assert planned(study, code) == set()


def test_a_new_module_in_an_imported_package_counts_once_it_is_imported(finished):
    study, code = finished
    (code / "scripts" / "mmrm" / "unused.py").write_text('"""Not imported by anyone."""\n')
    assert planned(study, code) == set()


def test_a_convention_of_the_displays_redraws_and_computes_nothing(finished):
    study, code = finished
    config = study / "config.yaml"
    text = config.read_text(encoding="utf-8")
    assert "ratio_decimals: 2" in text
    config.write_text(text.replace("ratio_decimals: 2", "ratio_decimals: 3"))
    assert planned(study, code) == DISPLAYED | {"render_listings"}


def test_the_label_of_an_endpoint_reruns_from_the_analysis_data_on(finished):
    study, code = finished
    config = study / "config.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("label: HbA1c", "label: HbA1c changed", 1))
    # ADLB carries the label as PARAM; nothing before it does.
    prepared = {"derive_adlb", "collect_books", "derive_endpoint", "describe_endpoint", "render_listings"}
    assert planned(study, code) == prepared | ANALYSED


def test_the_ladder_refits_every_endpoint_and_cleans_nothing(finished):
    study, code = finished
    config = study / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"covariance_ladder: \[.*\]", "covariance_ladder: [us, cs]", text))
    rules = planned(study, code)
    assert "fit_mmrm" in rules
    assert not rules & {"clean_labs", "derive_adlb", "describe_endpoint"}


def test_each_slice_is_on_disk_as_the_rules_read_it(finished):
    study, _ = finished
    slices = {path.stem for path in (study / "results" / "spec").glob("*.json")}
    assert {"clean_labs", "derive_subjects", "derive_adlb", "display"} <= slices
    assert all(json.loads(path.read_text()) for path in (study / "results" / "spec").glob("*.json"))
