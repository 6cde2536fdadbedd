"""What a run would do, from snakemake's words to plain ones."""

import json
from pathlib import Path

import pytest

from trial.plan.announcement import endpoints_affected, other_files, what_changed, what_runs
from trial.plan.forecast import Job, read_jobs, what_rules_do
from trial.plan.load import load_study
from trial.study.files import write_text
from trial.study.load import read_yaml

ROOT = Path(__file__).parents[3]
# The form of snakemake's own words; tests/workflow/test_plan.py reads those of real runs.
TEXT = """Building DAG of jobs...
[Sun Nov 29 01:28:23 2026]
rule run_analysis:
    input: results/spec/analysis.PRIMARY.HBA1C.json, results/data/adsl.csv
    output: results/analyses/PRIMARY/HBA1C/rows.csv, results/analyses/PRIMARY/HBA1C/record.json
    log: results/logs/run_analysis.PRIMARY.HBA1C.log
    jobid: 12
    reason: Updated input files: results/spec/analysis.PRIMARY.HBA1C.json, results/spec/code/run_analysis.mmrm.json
    wildcards: analysis=PRIMARY, place=HBA1C
    resources: tmpdir=/tmp
rule render_table:
    output: results/tables/t14-2-1-2.csv, results/outputs/t14-2-1-2.json
    reason: Missing output files: results/tables/t14-2-1-2.csv; Input files updated by another job: results/analyses/PRIMARY/HBA1C/rows.csv
    wildcards: table=t14-2-1-2
rule collect_ard:
    output: results/ard.csv
    reason: Input files updated by another job: results/analyses/PRIMARY/HBA1C/rows.csv; Code has changed since last execution
[Sun Nov 29 01:28:24 2026]
Finished jobid: 12 (Rule: run_analysis)
localrule all:
    input: results/ard.csv
    jobid: 0
    reason: Input files updated by another job: results/ard.csv
"""


def test_jobs_are_read_with_their_reasons():
    fit, table, ard = read_jobs(TEXT)
    assert (fit.rule, fit.name, fit.place, fit.output) == ("run_analysis", "PRIMARY HBA1C", "HBA1C", "")
    assert fit.files == (
        "results/analyses/PRIMARY/HBA1C/rows.csv",
        "results/analyses/PRIMARY/HBA1C/record.json",
    )
    changed = ("results/spec/analysis.PRIMARY.HBA1C.json", "results/spec/code/run_analysis.mmrm.json")
    assert fit.why == {"changed": changed}
    assert (table.output, table.place) == ("t14-2-1-2", "")
    rows = ("results/analyses/PRIMARY/HBA1C/rows.csv",)
    assert table.why == {"missing": ("results/tables/t14-2-1-2.csv",), "follows": rows}
    assert ard.why == {"follows": rows, "other": ("Code has changed since last execution",)}
    assert read_jobs("Nothing to be done.\n") == []


def test_every_rule_says_what_it_does():
    words = what_rules_do(ROOT / "workflow" / "rules")
    assert words["run_analysis"] == "Run one analysis of one endpoint, or of the study, by its method"
    assert words["write_manifest"] == "Write the manifest of the run"


@pytest.fixture
def specs(tmp_path):
    """The folders of a study before and after a ladder and a module changed."""
    for name, ladder, code in (("before", "csh", "0"), ("after", "cs", "1")):
        spec = tmp_path / name / "results" / "spec"
        write_text(
            spec / "analysis.PRIMARY.HBA1C.json", json.dumps({"ladder": ["us", ladder], "level": 0.95})
        )
        closure = {"trial/analysis/model.py": code, "trial/analysis/data.py": "7"}
        write_text(spec / "code" / "run_analysis.mmrm.json", json.dumps(closure))
    return tmp_path / "before", tmp_path / "after"


def test_rules_stand_after_those_whose_files_they_read_each_job_with_its_reason(specs):
    words = {"run_analysis": "Run one analysis"}
    assert list(what_runs(read_jobs(TEXT)[::-1], words, specs)) == [
        "run_analysis (run one analysis): 1 job",
        "  PRIMARY HBA1C: its part of the configuration changed (ladder.1); its code changed (trial/analysis/model.py)",
        "collect_ard: 1 job",
        "  follows run_analysis PRIMARY HBA1C; Code has changed since last execution",
        "render_table: 1 job",
        "  t14-2-1-2: not there: results/tables/t14-2-1-2.csv; follows run_analysis PRIMARY HBA1C",
    ]


def test_jobs_of_one_reason_stand_together_and_many_are_counted(specs):
    fits = [
        Job(
            "run_analysis",
            {"analysis": "A", "place": f"E{n}"},
            (f"{n}.csv",),
            {"changed": ("results/lock.json",)},
        )
        for n in range(8)
    ]
    follows = Job("collect_ard", {}, ("ard.csv",), {"follows": tuple(f"{n}.csv" for n in range(8))})
    assert list(what_runs([follows, *fits], {}, specs)) == [
        "run_analysis: 8 jobs",
        "  A E0, A E1, A E2, A E3, A E4, A E5 and 2 more: the data lock changed",
        "collect_ard: 1 job",
        "  follows run_analysis (8 jobs)",
    ]


def test_endpoints_are_computed_or_only_drawn_anew_or_not_affected():
    study = load_study(read_yaml(ROOT / "tests" / "studies" / "mini" / "config.yaml"))
    whole = Job("render_figure", {"figure": "f14-2-0-1"}, (), {})
    fit, table, _ = read_jobs(TEXT)
    found = endpoints_affected(study, [whole, fit, table])
    assert list(found.values()) == [["HBA1C"], [], ["HOMAIR"]]
    assert list(endpoints_affected(study, [whole, table]).values()) == [[], ["HBA1C"], ["HOMAIR"]]


def test_files_that_came_out_otherwise(tmp_path):
    for name, new in (("before", "1"), ("after", "2")):
        write_text(tmp_path / name / "same.csv", "1")
        write_text(tmp_path / name / "other.csv", new)
    write_text(tmp_path / "after" / "new.csv", "1")
    job = Job("clean_labs", {}, ("same.csv", "other.csv", "new.csv"), {})
    assert other_files(job, (tmp_path / "before", tmp_path / "after")) == ["other.csv", "new.csv"]


MANIFEST = {
    "lock": {
        "lock_id": "L-1", "short_hash": "0",
        "files": [{"path": "a.csv", "sha256": "1"}, {"path": "b.csv", "sha256": "2"}],
    },
    "config": {"file": {"path": "config.yaml", "sha256": "3"}, "content": {"printing": {"ratio_decimals": 2}, "arms": ["A"]}},
    "code": {"Snakefile": "4"},
    "environment": {"libc": "glibc 2.36", "packages": {"numpy": "2.4.6"}, "blas": [{"kernel": "Haswell"}]},
}  # fmt: skip
NOW = {
    "lock": MANIFEST["lock"],
    "config": {"path": "config.yaml", "sha256": "3", "content": MANIFEST["config"]["content"]},
    "code": MANIFEST["code"],
    "environment": {"libc": "glibc 2.36", "packages": {"numpy": "2.4.6"}},
}


def test_what_changed_since_the_last_run_is_named_with_old_and_new_value():
    assert what_changed(MANIFEST, NOW) == []
    files = [{"path": "b.csv", "sha256": "9"}, {"path": "c.csv", "sha256": "1"}]
    content = {"printing": {"ratio_decimals": 3}, "arms": ["A"], "visits": ["M1"] * 60}
    now = {
        "lock": {"lock_id": "L-2", "short_hash": "1", "files": files},
        "config": {"path": "config.yaml", "sha256": "8", "content": content},
        "code": {"Snakefile": "5", "scripts/new.py": "6"},
        "environment": {"libc": "glibc 2.36", "packages": {"numpy": "2.5.0"}},
    }
    assert what_changed(MANIFEST, now) == [
        'data lock, lock_id: "L-1" -> "L-2"',
        "raw file a.csv: gone",
        "raw file b.csv: changed",
        "raw file c.csv: new",
        "configuration, printing.ratio_decimals: 2 -> 3",
        "configuration, visits: changed",
        "code, Snakefile: changed",
        "code, scripts/new.py: new",
        'environment, packages.numpy: "2.4.6" -> "2.5.0"',
    ]


def test_a_comment_of_the_configuration_is_no_key():
    now = NOW | {"config": NOW["config"] | {"sha256": "8"}}
    assert what_changed(MANIFEST, now) == ["configuration: its text, but no key (comments, order, spelling)"]
