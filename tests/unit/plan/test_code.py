"""The import closure of a script is what Python really loads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from trial.analysis.registry import METHODS
from trial.display.registry import TEMPLATES
from trial.plan.code import ENVIRONMENT, SCRIPTS, Closures

# The programs of the rules; the others are run by hand.
BY_HAND = {
    "simulate_trial.py",
    "describe_config.py",
    "plan_run.py",
    "write_lock.py",
    "compare_locks.py",
    "write_export.py",
}
THIN = sorted({path.name for path in SCRIPTS.glob("*.py")} - BY_HAND)
PROBE = """
import json, sys
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    __import__(name)
print(json.dumps([m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)]))
"""


@pytest.fixture(scope="module")
def closures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("code")
    return Closures(folder, folder / "imports.json", {})


def loaded(*names):
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(SCRIPTS), *names], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("script", THIN)
def test_closure_holds_every_project_module_that_python_loads(closures, script):
    found = {path for path in loaded(Path(script).stem) if path.startswith(str(SCRIPTS))}
    closure = set(closures.closure(script))
    assert found <= closure
    # Imports inside functions may add to what loading shows; nothing else may.
    assert {path for path in closure - found if path.endswith(".py")} <= {
        str(p) for p in SCRIPTS.rglob("*.py")
    }


def test_the_plan_loads_no_library_that_a_run_with_nothing_to_do_would_wait_for():
    # Every config module, method and template keeps such imports inside its functions.
    names = {
        Path(path).parts[-2] for path in loaded("trial.plan.jobs", "trial.plan.load", "trial.plan.slices")
    }
    packages = loaded("trial.plan.jobs", "trial.plan.load", "trial.plan.slices")
    heavy = ("numpy", "pandas", "scipy", "matplotlib", "patsy", "mmrm")
    assert names
    assert not [path for path in packages for name in heavy if f"/{name}/" in path]


def test_no_job_stands_on_the_registries(closures):
    # That of the operating characteristics is no plan's: its job runs every method of it.
    registries = ("analysis/registry.py", "display/registry.py")
    for script in THIN:
        assert not [path for path in closures.closure(script) if path.endswith(registries)], script


def test_a_method_stands_on_its_own_module_and_on_no_other(closures):
    for name in METHODS:
        closure = closures.closure("run_analysis.py", f"trial.analysis.methods.{name}")
        methods = {Path(path).stem for path in closure if "methods" in Path(path).parts} - {"__init__"}
        assert methods == {name}
    counts = closures.closure("run_analysis.py", "trial.analysis.methods.population")
    assert not [path for path in counts if "mmrm" in Path(path).parts]


def test_a_template_stands_on_its_own_module_and_tables_not_on_figures(closures):
    for name in TEMPLATES:
        closure = closures.closure("render_output.py", f"trial.display.templates.{name}")
        templates = {Path(path).stem for path in closure if "templates" in Path(path).parts} - {"__init__"}
        assert name in templates
    tables = closures.closure("render_output.py", "trial.display.templates.model_table")
    assert not [path for path in tables if Path(path).name in ("profile.py", "forest.py", "spaghetti.py")]
    assert not [path for path in closures.closure("derive_endpoint.py") if "mmrm" in Path(path).parts]


def test_data_files_beside_modules_count(closures):
    assert any(path.endswith(".j2") for path in closures.closure("render_report.py"))


def test_what_was_read_once_is_remembered_by_content(tmp_path):
    memory = tmp_path / "elsewhere" / "imports.json"
    first = Closures(tmp_path / "code", memory, {"numpy": "1"})
    path = Path(first.write("run_analysis.py", "trial.analysis.methods.mmrm"))
    text, remembered = path.read_text(), memory.read_text()
    again = Closures(tmp_path / "code", memory, {"numpy": "1"})
    assert Path(again.write("run_analysis.py", "trial.analysis.methods.mmrm")).read_text() == text
    assert memory.read_text() == remembered
    assert path.name == "run_analysis.mmrm.json"
    memory.write_text(remembered[: len(remembered) // 2])  # a writer was killed, a disk was full
    damaged = Closures(tmp_path / "code", memory, {"numpy": "1"})
    assert Path(damaged.write("run_analysis.py", "trial.analysis.methods.mmrm")).read_text() == text
    assert memory.read_text() == remembered


def test_a_damaged_memory_is_made_anew(tmp_path):
    memory = tmp_path / "imports.json"
    memory.write_text('{"mmrm 0123": ["mm')
    Closures(tmp_path / "code", memory, {}).write("collect_ard.py")
    assert json.loads(memory.read_text())


def test_another_environment_is_another_closure_of_every_job(tmp_path):
    texts = [
        Path(Closures(tmp_path, tmp_path / "imports.json", environment).write("collect_ard.py")).read_text()
        for environment in ({"numpy": "1"}, {"numpy": "2"})
    ]
    assert texts[0] != texts[1]
    files = [json.loads(text) for text in texts]
    assert [name for name in files[0] if files[0][name] != files[1][name]] == [ENVIRONMENT]


def test_closures_that_neither_a_job_nor_a_rule_has_any_more_are_removed(tmp_path):
    memory = tmp_path.parent / "imports.json"
    gone = Closures(tmp_path, memory, {}).write("run_analysis.py", "trial.analysis.methods.mmrm")
    of_a_job = Closures(tmp_path, memory, {}).write("collect_ard.py")
    closures = Closures(tmp_path, memory, {})
    of_a_rule = closures.write("render_trace.py")
    closures.keep({of_a_job})
    assert [Path(path).exists() for path in (of_a_job, of_a_rule, gone)] == [True, True, False]


def test_the_whole_code_is_programs_rules_pins_and_the_data_files_that_they_read(closures):
    names = set(json.loads(Path(closures.write_everything()).read_text()))
    assert {
        "Snakefile", "requirements.lock", "workflow/rules/common.smk", "workflow/runner/server.py",
        "workflow/profiles/default/config.yaml", "scripts/run_analysis.py", "scripts/trial/labs/conversions.csv",
        "scripts/trial/display/figures/figure.mplstyle",
    } <= names  # fmt: skip
    assert not [
        name
        for name in names
        if name.endswith(".pyc") or name.startswith(("workflow/docs", "workflow/template"))
    ]
