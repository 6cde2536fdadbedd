"""The import closure of a script is what Python really loads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from trial.plan.code import SCRIPTS, import_closure

THIN = sorted(path.name for path in SCRIPTS.glob("*.py") if path.name != "simulate_trial.py")
PROBE = """
import json, sys
sys.path.insert(0, sys.argv[1])
__import__(sys.argv[2])
print(json.dumps([m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)]))
"""


@pytest.mark.parametrize("script", THIN)
def test_closure_holds_every_project_module_that_python_loads(script):
    name = Path(script).stem
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(SCRIPTS), name], capture_output=True, text=True, check=True
    )
    loaded = {path for path in json.loads(done.stdout) if path.startswith(str(SCRIPTS))}
    closure = set(import_closure(script))
    assert loaded <= closure
    # Imports inside functions may add to what loading shows; nothing else may.
    assert {path for path in closure - loaded if path.endswith(".py")} <= {
        str(p) for p in SCRIPTS.rglob("*.py")
    }


def test_tables_do_not_stand_on_figures_nor_the_model_on_displays():
    tables = import_closure("render_endpoint_tables.py")
    assert not [path for path in tables if "figures" in Path(path).parts]
    assert not [path for path in import_closure("fit_mmrm.py") if "display" in Path(path).parts]
    assert not [path for path in import_closure("derive_adlb.py") if "mmrm" in Path(path).parts]


def test_data_files_beside_modules_count():
    assert any(not path.endswith(".py") for path in import_closure("plot_endpoint.py"))
