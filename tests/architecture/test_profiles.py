"""The profile of the cluster is in step with the rules and with the profile of this machine; without SLURM."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ROOT / "workflow" / "profiles"
RULES = [ROOT / "Snakefile", *sorted((ROOT / "workflow").rglob("*.smk"))]
# Only on nodes, or only here.
OWN = {
    "executor", "jobs", "cores", "shared-fs-usage", "latency-wait", "retries", "slurm-requeue", "slurm-status-command",
    "slurm-init-seconds-before-status-checks", "default-resources", "set-resources", "groups", "group-components",
}  # fmt: skip
OTHER = {"max-jobs-per-timespan"}


def profile(name):
    return yaml.safe_load((PROFILES / name / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cluster():
    return profile("slurm")


@pytest.fixture(scope="module")
def rules():
    """Every rule that makes something, by name; the others name targets."""
    texts = [path.read_text(encoding="utf-8") for path in RULES]
    bodies = [
        body
        for text in texts
        for body in re.findall(r"^ *rule (\w+):\n((?:.*\n)*?)(?=^ *rule |\Z)", text, re.M)
    ]
    return {name: body for name, body in bodies if "shell:" in body}


def test_the_profile_names_every_rule_and_none_that_is_not(cluster, rules):
    assert len(rules) > 25
    # A simulation's job takes minutes as it is; the table is made of all of them.
    assert set(cluster["groups"]) | {"simulate", "tabulate"} == set(rules)
    assert set(cluster["set-resources"]) <= set(rules)
    assert set(cluster["group-components"]) == set(cluster["groups"].values())


def test_each_job_asks_for_memory_and_time_and_for_more_after_it_was_killed(cluster):
    asked = [cluster["default-resources"], *cluster["set-resources"].values()]
    for resources in asked:
        assert set(resources) == {"mem_mb", "runtime"}
        for value in resources.values():
            once, twice = (eval(value, {"attempt": attempt}) for attempt in (1, 2))
            assert twice == 2 * once > 0
    assert all(
        eval(resources[name], {"attempt": 1}) >= eval(cluster["default-resources"][name], {"attempt": 1})
        for resources in cluster["set-resources"].values()
        for name in resources
    )
    assert cluster["retries"] == 1


def test_what_is_no_matter_of_the_cluster_is_as_on_this_machine(cluster):
    here = profile("default")
    assert set(cluster) - set(here) == OWN
    assert set(here) - set(cluster) == set()
    assert {name for name in here if here[name] != cluster[name]} == OTHER


@pytest.mark.parametrize("study", [ROOT, ROOT / "tests" / "studies" / "analysed"], ids=["demo", "analysed"])
def test_no_group_waits_for_itself(cluster, study, tmp_path):
    # In a dry run snakemake puts jobs together as it would on the cluster, and refuses a group that cannot begin.
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(study / "data" / "raw")
    (tmp_path / "config.yaml").symlink_to(study / "config.yaml")
    groups = [f"{rule}={group}" for rule, group in cluster["groups"].items()]
    sizes = [f"{group}={size}" for group, size in cluster["group-components"].items()]
    done = subprocess.run(
        [
            sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--workflow-profile", "none", "-n",
            "--cores", "1", "--groups", *groups, "--group-components", *sizes,
        ],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = re.findall(r"\] Group job (\w+) ", done.stdout + done.stderr)
    assert set(found) == set(cluster["group-components"])
    # So many calls of sbatch instead of one for each job.
    jobs = len(re.findall(r"^ *rule \w+:", done.stdout + done.stderr, re.M))
    assert len(found) < 5 + jobs / 15


def test_make_hands_the_profile_on_and_installs_nothing_for_this_machine(tmp_path):
    said = {
        name: subprocess.run(
            ["make", "-n", "-o", ".venv/.ready", "results", "characteristics", *arguments],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout
        for name, arguments in (("here", ()), ("slurm", ("PROFILE=slurm",)))
    }  # fmt: skip
    assert "requirements-slurm.lock" not in said["here"] and "PROFILE" not in said["here"]
    assert "requirements-slurm.lock" in said["slurm"]
    started = said["slurm"].replace("\\\n", " ").split("runner/start.py")[1]
    assert shlex.split(started)[:4] == [".", ".", "2", "PROFILE=slurm"]
    assert '--workflow-profile "workflow/profiles/slurm"' in said["slurm"]
