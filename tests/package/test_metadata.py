"""What is said about the package: one version, floors for every Python it names, a licence, a way to cite it."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import mmrm
from package.installed import PYTHONS, floors

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / PROJECT["project"]["readme"]).read_text(encoding="utf-8")
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_the_version_is_semantic_and_said_once():
    assert re.fullmatch(r"\d+\.\d+\.\d+", mmrm.__version__)
    assert "version" not in PROJECT["project"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "mmrm.__version__"}
    assert CITATION["version"] == mmrm.__version__
    assert re.findall(r"^### (\S+)$", README.split("## Versions")[1], re.M)[0] == mmrm.__version__


@pytest.mark.parametrize("version", PYTHONS)
def test_every_python_has_one_floor_of_every_dependency(version):
    assert set(floors(PROJECT["project"]["dependencies"], version)) == {"numpy", "pandas", "patsy", "scipy"}
    assert f"Programming Language :: Python :: {version}" in PROJECT["project"]["classifiers"]


def test_the_pythons_named_are_those_tested():
    named = re.findall(r"Python :: (3\.\d+)$", "\n".join(PROJECT["project"]["classifiers"]), re.M)
    assert tuple(named) == PYTHONS
    assert PROJECT["project"]["requires-python"] == f">={PYTHONS[0]}"


def test_what_the_engine_imports_is_what_it_declares():
    sources = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "scripts" / "mmrm").glob("*.py"))
    tops = set(re.findall(r"^\s*(?:from|import) ([a-z_]\w*)", sources, re.M)) - set(sys.stdlib_module_names)
    # Words of prose at the start of a line do not import.
    tops = {
        top for top in tops if re.search(rf"^\s*(?:from {top}[\w.]* import |import {top}\b)", sources, re.M)
    }
    assert tops - {"mmrm"} == set(floors(PROJECT["project"]["dependencies"], PYTHONS[0]))


def test_the_citation_is_of_this_package_under_its_licence():
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["title"].startswith(f"{PROJECT['project']['name']}:")
    assert CITATION["license"] == PROJECT["project"]["license"]
    assert CITATION["authors"] == PROJECT["project"]["authors"]
    assert CITATION["message"]


def test_the_readme_of_the_index_leads_nowhere_that_only_the_repository_has():
    assert re.findall(r"\]\((?!https?:|#)", README) == []


def test_the_light_import_loads_nothing_that_only_some_calls_need():
    """Everything that `import mmrm` adds to numpy, pandas and patsy; measured by tests/benchmarks/bench_import.py."""
    program = (
        "import sys, numpy, pandas, patsy; before = set(sys.modules); import mmrm;"
        "print(*sorted({'.'.join(m.split('.')[:2]) for m in set(sys.modules) - before if not m.startswith('mmrm')}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
    )
    loaded = set(done.stdout.split())
    assert "scipy.special" in loaded, done.stderr
    heavy = {
        "scipy.stats",
        "scipy.optimize",
        "scipy.sparse",
        "scipy.integrate",
        "scipy.interpolate",
        "scipy.spatial",
    }
    assert not loaded & heavy
    assert not {one.split(".")[0] for one in loaded} & {"matplotlib", "statsmodels", "pydantic", "snakemake"}
