"""What a change reruns: exactly the jobs that stand on what changed, no more and no fewer."""

import json
import re
import shutil
import subprocess
import sys

import pytest

from trial.plan.environment import ONE_THREAD, pinned
from workflow.conftest import copy_study, snakemake

ENDPOINTS = ("HBA1C", "HOMAIR")


@pytest.fixture
def finished(mini, tmp_path):
    """Return a copy of the finished mini study and of its code, free to edit."""
    study, code, _ = mini
    shutil.copytree(study, tmp_path / "study", symlinks=True)
    shutil.copytree(code, tmp_path / "code")
    return tmp_path / "study", tmp_path / "code"


def planned(study, code):
    """Return the jobs that a dry run lists: the rule, and its wildcards where it has some."""
    done = snakemake(study, "-n", "--quiet", "progress", code=code)
    assert done.returncode == 0, done.text
    jobs = set()
    for block in re.split(r"\n(?=(?:local)?rule )", done.text):
        rule = re.match(r"(?:local)?rule (\w+):", block)
        if rule and rule[1] != "all":
            found = re.search(r"^    wildcards: (.*)$", block, re.M)
            values = [pair.split("=")[1] for pair in found[1].split(", ")] if found else []
            jobs.add(" ".join([rule[1], *values]))
    return jobs


def rules(jobs):
    return {job.split()[0] for job in jobs}


def outputs(study, *templates, endpoint=None):
    """Return the render jobs of some templates (all when none is named), of one endpoint or of all."""
    found = set()
    for path in (study / "results" / "outputs").glob("*.json"):
        entry = json.loads(path.read_text(encoding="utf-8"))
        mine = not templates or entry["template"] in templates
        if mine and (endpoint is None or entry["endpoint"] == endpoint):
            rule = "render_figure" if entry["kind"] == "figure" else "render_table"
            found.add(f"{rule} {entry['id']}")
    return found


# The trace lists what outputs print; it joins whatever results and records there are. Outputs are checked against each
# other and handed over after each change of one.
DELIVERED = {"check_outputs", "write_ard_json", "join_tables"}
LAST = {"stamp_outputs", "render_report", "write_manifest", "list_printed"} | DELIVERED
ARD = {"collect_ard", "render_trace", "list_printed"}
OF_STUDY = ("key_results", "forest")
LISTINGS = ("queries_listing", "accounting_listing", "quality_listing", "records_listing")
OF_ENDPOINT = ("model_table", "lsmean_profile", "spaghetti", "descriptive_table")


# The primary analysis is computed a second time after each change of it, and of its data.
AGREEMENT = {"check_agreement"}


def fits(*codes, analysis="PRIMARY"):
    found = {f"run_analysis {analysis} {code}" for code in codes or ENDPOINTS}
    return found | AGREEMENT if analysis == "PRIMARY" else found


def of_model(study, endpoint=None):
    """Return the outputs that the model's results are drawn in."""
    return outputs(study, "model_table", "lsmean_profile", endpoint=endpoint) | outputs(study, *OF_STUDY)


ANALYSES = fits() | fits(analysis="OBSERVED") | {"run_analysis POPULATION study"} | ARD
ENDPOINT_JOBS = {f"derive_endpoint {code}" for code in ENDPOINTS} | {"collect_adlb", "collect_books"}
LABS = {"clean_labs", "read_texts"}

# The manifest says what the code was, whether a job stands on it or not.
MANIFEST = {"write_manifest"}

# A comment in a module reruns the jobs that import it, and what follows; in a room's declarations the jobs of that
# room and what follows, nothing before it.
MODULES = {
    "scripts/mmrm/kenward_roger.py": lambda s: fits() | ARD | of_model(s) | LAST,
    "scripts/trial/analysis/model.py": lambda s: fits() | ARD | of_model(s) | LAST,
    "scripts/trial/analysis/methods/mmrm.py": lambda s: fits() | ARD | of_model(s) | LAST,
    "scripts/trial/analysis/summary.py": lambda s: (
        fits(analysis="OBSERVED") | ARD | outputs(s, *OF_ENDPOINT, "records_listing") | LAST
    ),
    "scripts/trial/display/rtf_writer.py": lambda s: (
        outputs(s, "model_table", "descriptive_table", "key_results", *LISTINGS) | LAST | {"render_trace"}
    ),
    "scripts/trial/display/templates/spaghetti.py": lambda s: outputs(s, "spaghetti") | LAST,
    "scripts/trial/analysis/collect.py": lambda s: ARD | LAST - {"join_tables", "stamp_outputs"},
    "scripts/write_manifest.py": lambda s: MANIFEST,
    "scripts/trial/review/config.py": lambda s: MANIFEST,
    "scripts/trial/adam/config.py": lambda s: MANIFEST,  # no job of a study from raw data stands on it
    "scripts/trial/labs/config.py": lambda s: LABS | ENDPOINT_JOBS | ANALYSES | outputs(s) | LAST,
    "scripts/trial/subjects/config.py": lambda s: (
        {"derive_subjects", "derive_populations", "read_texts"} | ENDPOINT_JOBS | ANALYSES | outputs(s) - outputs(s, "quality_listing") | LAST
    ),
    "scripts/trial/endpoints/config.py": lambda s: (
        ENDPOINT_JOBS | ANALYSES | outputs(s) - outputs(s, "quality_listing") | LAST
    ),
    "scripts/trial/analysis/config.py": lambda s: (
        ANALYSES | outputs(s, *OF_ENDPOINT, *OF_STUDY, "records_listing") | LAST
    ),
    "scripts/trial/display/config.py": lambda s: outputs(s) | LAST,
    "scripts/trial/plan/study.py": lambda s: MANIFEST,
    "scripts/trial/recompute/likelihood.py": lambda s: AGREEMENT | {"render_report"} | MANIFEST,
    "scripts/trial/analysis/registry.py": lambda s: MANIFEST,
    "scripts/trial/display/registry.py": lambda s: MANIFEST,
}  # fmt: skip


# One module of each room is always edited; those whose place is like that of another only in the long tests.
LIKE_OTHERS = {
    "scripts/trial/analysis/summary.py",
    "scripts/trial/analysis/config.py",
    "scripts/trial/subjects/config.py",
    "scripts/write_manifest.py",
    "scripts/trial/analysis/model.py",
    "scripts/trial/analysis/methods/mmrm.py",
    "scripts/trial/review/config.py",
    "scripts/trial/adam/config.py",
    "scripts/trial/endpoints/config.py",
    "scripts/trial/display/config.py",
    "scripts/trial/analysis/registry.py",
    "scripts/trial/display/registry.py",
}


@pytest.mark.parametrize(
    "module",
    [pytest.param(name, marks=pytest.mark.long) if name in LIKE_OTHERS else name for name in sorted(MODULES)],
)
def test_an_edited_module_reruns_the_jobs_that_stand_on_it(finished, module):
    study, code = finished
    expected = MODULES[module](study)
    with (code / module).open("a") as stream:
        stream.write("\n# a comment\n")
    assert planned(study, code) == expected


def edit(study, old, new, count=1):
    """Change the configuration where a text stands `count` times at least; the first place is changed."""
    config = study / "config.yaml"
    text = config.read_text(encoding="utf-8")
    assert text.count(old) >= count, old
    config.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_moved_study_and_moved_code_rerun_nothing(finished):
    assert planned(*finished) == set()


def test_a_touched_file_reruns_nothing(finished):
    study, code = finished
    (code / "scripts" / "mmrm" / "kenward_roger.py").touch()
    assert planned(study, code) == set()


def test_a_new_module_that_nobody_imports_reruns_nothing(finished):
    study, code = finished
    (code / "scripts" / "mmrm" / "unused.py").write_text('"""Not imported by anyone."""\n')
    assert planned(study, code) == MANIFEST


def test_a_comment_in_the_configuration_is_written_to_the_manifest_and_reruns_nothing(finished, monkeypatch):
    study, code = finished
    path = study / "results" / "manifest.json"
    before = json.loads(path.read_text(encoding="utf-8"))
    with (study / "config.yaml").open("a", encoding="utf-8") as stream:
        stream.write("# a comment\n")
    assert planned(study, code) == MANIFEST
    # What the caller's environment says of kernels and threads reaches no job.
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "2")
    done = snakemake(study, code=code)
    assert done.returncode == 0, done.text
    after = json.loads(path.read_text(encoding="utf-8"))
    del before["run"], after["run"]
    assert before["config"].pop("file") != after["config"].pop("file")
    # Nor is the configuration the one that the lock recorded, which this file says.
    of_lock = "results/spec/plan.json"
    assert before["config"]["slices"].pop(of_lock) != after["config"]["slices"].pop(of_lock)
    if pinned() == ONE_THREAD:  # the kernel of the caller is the one that is used, and named
        del before["environment"]["blas"], after["environment"]["blas"]
    assert after == before
    # A run that makes no page leaves every page, those too that no rule names.
    assert not (study / "results" / "set_aside").exists()


def test_another_environment_reruns_everything(finished, tmp_path):
    study, code = finished
    every = planned(copy_study("mini", tmp_path / "fresh"), code)
    environment = code / "scripts" / "trial" / "plan" / "environment.py"
    text = environment.read_text(encoding="utf-8")
    assert text.count('"packages": packages(folders)') == 1
    other = '"packages": packages(folders) | {"numpy": "another"}'
    environment.write_text(text.replace('"packages": packages(folders)', other), encoding="utf-8")
    assert planned(study, code) == every


def test_a_convention_of_print_redraws_and_computes_nothing(finished):
    study, code = finished
    edit(study, "ratio_decimals: 2", "ratio_decimals: 3")
    jobs = planned(study, code)
    assert rules(jobs) <= {"render_table", "render_figure"} | LAST
    assert jobs >= outputs(study, *OF_ENDPOINT, *OF_STUDY)


def test_the_label_of_an_endpoint_redraws_only(finished):
    study, code = finished
    edit(study, "label: HbA1c", "label: HbA1c changed", 2)
    # ADLB carries the label as PARAM; collecting it derives nothing.
    jobs = planned(study, code)
    assert "collect_adlb" in jobs
    assert (
        rules(jobs)
        <= {"collect_adlb", "collect_books", "render_table", "render_figure", "render_trace"} | LAST
    )
    assert outputs(study, endpoint="HBA1C") <= jobs
    assert not jobs & outputs(study, endpoint="HOMAIR")


def test_the_ladder_refits_its_analysis_and_nothing_else(finished):
    study, code = finished
    edit(study, "covariance_ladder: [us, csh]", "covariance_ladder: [us, cs]")
    assert planned(study, code) == fits() | ARD | of_model(study) | LAST


def test_a_covariate_refits_its_analysis_and_nothing_else(finished):
    study, code = finished
    line = "      - {variable: BASE, kind: numeric, by_visit: true}\n"
    edit(study, line, line + "      - {variable: AGE, kind: numeric, by_visit: false}\n")
    assert planned(study, code) == fits() | ARD | of_model(study) | LAST


def test_a_change_of_one_endpoint_reruns_that_endpoint_only(finished):
    study, code = finished
    edit(study, "{analyte: HBA1C, fasting: any,", "{analyte: HBA1C, fasting: required,")
    jobs = planned(study, code)
    assert "derive_endpoint HBA1C" in jobs
    assert fits("HBA1C") | fits("HBA1C", analysis="OBSERVED") <= jobs
    assert not [job for job in jobs if "HOMAIR" in job]
    assert not jobs & outputs(study, endpoint="HOMAIR")
    assert "clean_labs" not in jobs


def test_a_footnote_redraws_its_output_only(finished):
    study, code = finished
    row = next(
        line for line in (study / "config.yaml").read_text().splitlines() if "template: forest" in line
    )
    edit(study, row, row.replace("footnotes: []", "footnotes: [A note of the study.]"))
    assert planned(study, code) == outputs(study, "forest") | LAST


def test_a_second_analysis_runs_alone(finished):
    study, code = finished
    text = (study / "config.yaml").read_text(encoding="utf-8")
    block = text[text.index("  PRIMARY:\n") : text.index("  OBSERVED:\n")]
    second = block.replace("PRIMARY", "SENS").replace("primary: true", "primary: false")
    edit(study, block, block + second)
    assert planned(study, code) == fits(analysis="SENS") | ARD | LAST


def test_the_order_of_endpoints_moves_no_file(finished):
    study, code = finished
    text = (study / "config.yaml").read_text(encoding="utf-8")
    start, end = text.index("endpoints:\n") + len("endpoints:\n"), text.index("estimands:")
    first, second = re.split(r"(?m)^(?=  HOMAIR:)", text[start:end])
    turned = text[:start] + second.rstrip("\n") + "\n" + first.rstrip("\n") + "\n\n" + text[end:]
    (study / "config.yaml").write_text(turned, encoding="utf-8")
    jobs = planned(study, code)
    assert rules(jobs) <= {"render_table", "render_figure"} | ARD | LAST | AGREEMENT
    assert not jobs & outputs(study, *OF_ENDPOINT)


def lessen(config):
    """Drop an endpoint, two analyses and every output that shows one of these."""
    text = config.read_text(encoding="utf-8")
    for start, end in (("  HOMAIR:\n", "estimands:"), ("  OBSERVED:\n", "outputs:")):
        text = text[: text.index(start)] + "\n" + text[text.index(end) :]
    lines = [line for line in text.splitlines() if "OBSERVED" not in line and "POPULATION" not in line]
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")


def everything_below(folder):
    """Return every file but those that tell when and how long."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    told = ("logs/", "benchmarks/", "set_aside/", "written.tsv")
    files = {name: path.read_bytes() for name, path in found.items() if not name.startswith(told)}
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest.pop("run").keys() == {"finished", "system"}
    names = {name for name in found if name.startswith(told[:2])}
    return files | {"manifest": manifest, "names of logs and timings": names}


def test_what_was_dropped_is_set_aside_and_what_stays_is_that_of_a_fresh_run(finished, tmp_path):
    study, code = finished
    gone = [
        path.relative_to(study / "results").as_posix()
        for path in (study / "results").rglob("t14-2-4-*")
        if path.parent.name in ("tables", "report", "outputs")
    ]
    assert len(gone) == 2 * 3 + 2 + 2
    lessen(study / "config.yaml")
    (study / "results" / "export").mkdir()
    (study / "results" / "export" / "readme.txt").touch()  # of the results that were there
    done = snakemake(study, code=code)
    assert done.returncode == 0, done.text
    assert "results/export was of earlier results: set aside" in done.text
    aside = study / "results" / "set_aside"
    for name in gone:
        assert not (study / "results" / name).exists()
        assert (aside / name).exists()
        assert f"results/{name} is no part of the study any more: set aside" in done.text
    moved = {path.relative_to(aside).parts[0] for path in aside.rglob("*") if path.is_file()}
    of_runs = {"analyses", "benchmarks", "endpoints", "figures", "logs", "outputs", "report", "tables"}
    assert moved == of_runs | {"export"}
    assert not (study / "results" / "endpoints" / "HOMAIR").exists()
    fresh = copy_study("mini", tmp_path / "fresh")
    lessen(fresh / "config.yaml")
    assert snakemake(fresh, code=code).returncode == 0
    one, two = everything_below(study / "results"), everything_below(fresh / "results")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []


def test_only_a_whole_run_leaves_the_note_that_spares_the_next(finished):
    study, code = finished
    note = study / ".snakemake" / "complete"
    manifest = study / "results" / "manifest.json"
    manifest.unlink()
    assert snakemake(study, "results/manifest.json", code=code).returncode == 0
    assert not note.exists()
    manifest.unlink()
    start = [sys.executable, "-I", "-S", code / "workflow" / "runner" / "start.py", code, study, "2"]
    assert subprocess.run(start).returncode == 0  # as `make results` starts it
    ask = [sys.executable, "-I", "-S", code / "workflow" / "runner" / "complete.py", code, study]
    assert note.exists()
    assert subprocess.run(ask).returncode == 0
    edit(study, "ratio_decimals: 2", "ratio_decimals: 3")
    assert subprocess.run(ask).returncode == 1


def test_each_slice_is_on_disk_as_the_jobs_read_it(finished):
    study, _ = finished
    slices = {path.stem for path in (study / "results" / "spec").glob("*.json")}
    assert {"clean_labs", "derive_subjects", "collect_adlb", "report", "analysis.PRIMARY.HBA1C"} <= slices
    assert all(json.loads(path.read_text()) for path in (study / "results" / "spec").glob("*.json"))
