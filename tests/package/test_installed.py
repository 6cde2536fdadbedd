"""The wheel and the source distribution, built, opened and installed as a user does; needs a package index."""

import shutil
import sys
import tarfile
import zipfile
from email.parser import Parser

import pytest

import mmrm
from package.installed import PYTHONS, ROOT, build, find_python, floors, make_environment, run
from trial.plan.code import code_files

pytestmark = pytest.mark.long

MODULES = {f"mmrm/{path.name}" for path in (ROOT / "scripts" / "mmrm").glob("*.py")} | {"mmrm/py.typed"}
PAGES = [ROOT / "workflow" / "docs" / name for name in ("tutorial.md", "mmrm.md")]
# Tests of the sources' texts: they stand beside the checkout, not beside an installed package.
OF_SOURCES = ("test_docs.py",)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(tmp_path_factory.mktemp("dist"))


def metadata(built):
    with zipfile.ZipFile(built.wheel) as wheel:
        (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(wheel.read(name).decode())


def test_the_wheel_holds_the_engine_alone(built):
    info = f"mmrm-{mmrm.__version__}.dist-info"
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
    assert names == MODULES | {
        f"{info}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "top_level.txt", "licenses/LICENSE")
    }
    assert built.wheel.name == f"mmrm-{mmrm.__version__}-py3-none-any.whl"


def test_the_source_distribution_holds_the_engine_and_what_is_said_of_it(built):
    with tarfile.open(built.sdist) as sdist:
        files = {member.name.partition("/")[2] for member in sdist.getmembers() if member.isfile()}
    generated = {name for name in files if name.startswith("mmrm.egg-info/")} | {"PKG-INFO"}
    said = {"CITATION.cff", "LICENSE", "MANIFEST.in", "pyproject.toml", "setup.cfg", "workflow/docs/mmrm.md"}
    assert files == {f"scripts/{name}" for name in MODULES} | said | generated


def test_a_build_leaves_nothing_among_the_code_of_the_pipeline(built):
    before = {path.relative_to(ROOT) for path in code_files(ROOT)}
    assert {path.relative_to(built.source) for path in code_files(built.source)} == before


def test_the_metadata_are_those_of_the_project(built):
    found = metadata(built)
    assert found["Version"] == mmrm.__version__
    assert found["Description-Content-Type"] == "text/markdown"
    assert found.get_payload().strip() == PAGES[1].read_text(encoding="utf-8").strip()
    assert found["License-Expression"] == "Apache-2.0"


def environment_of(version, which, built, folder):
    """An environment with the lowest declared or the newest dependencies, and the wheel."""
    python = find_python(version)
    if python is None:
        pytest.skip(f"Python {version} is not on this machine: the package was NOT tested with it")
    lowest = floors(metadata(built).get_all("Requires-Dist"), version)
    pins = [f"{name}=={number}" for name, number in lowest.items()] if which == "lowest" else []
    own = make_environment(folder / "env", python, built.wheel, *pins, "pytest", "hypothesis")
    program = "import importlib.metadata as m, sys; print(*(m.version(n) for n in sys.argv[1:]))"
    found = dict(zip(lowest, run(own, "-c", program, *lowest, cwd=folder).split(), strict=True))
    print(f"Python {version}, {which}: {found}")
    assert (found == lowest) == (which == "lowest"), found
    return own


@pytest.mark.parametrize("which", ["lowest", "newest"])
@pytest.mark.parametrize("version", PYTHONS)
def test_the_installed_engine_passes_its_tests(version, which, built, tmp_path):
    own = environment_of(version, which, built, tmp_path)
    where = run(own, "-I", "-c", "import mmrm; print(mmrm.__version__, mmrm.__file__)", cwd=tmp_path)
    assert where.split()[0] == mmrm.__version__
    assert str(tmp_path / "env") in where
    run(own, "-I", ROOT / "tests" / "package" / "blocks.py", *PAGES, cwd=tmp_path)
    tests = tmp_path / "tests"
    shutil.copytree(ROOT / "tests" / "unit" / "mmrm", tests / "unit" / "mmrm")
    shutil.copytree(ROOT / "tests" / "reference" / "cases", tests / "reference" / "cases")
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\npythonpath = tests\nmarkers = long\nfilterwarnings = error\n"
    )
    options = ["-q", "--import-mode=importlib", "-p", "no:cacheprovider", "-m", "not long"]
    options += [f"--ignore={tests / 'unit' / 'mmrm' / name}" for name in OF_SOURCES]
    assert " passed" in run(own, "-m", "pytest", *options, tests, cwd=tmp_path)


USER = """
from mmrm import MMRM, fit_ladder

def analyse(data: object) -> float:
    fit = MMRM.from_formula("y ~ arm * visit", data, subject="id", visit="visit").fit()
    reveal_type(fit)
    reveal_type(fit.deviance)
    reveal_type(fit.verdict.accepted)
    reveal_type(fit_ladder("y ~ arm", data, "id", "visit").rung)
    MMRM.from_formula("y ~ arm", data, subject="id")
    fit.lsmeans("arm", wieghts="equal")
    return fit.deviance
"""


def test_the_types_reach_a_user_of_the_wheel(built, tmp_path):
    own = environment_of(PYTHONS[0], "newest", built, tmp_path)
    (tmp_path / "user.py").write_text(USER)
    found = run(
        *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "user.py"),
        *("--python-executable", own, "--cache-dir", tmp_path / "cache"),
        cwd=tmp_path,
        fails=True,
    )
    for revealed in ("mmrm.results.MmrmFit", "float", "bool", "str | None"):
        assert f'Revealed type is "{revealed}"' in found.replace("builtins.", ""), found
    assert 'Missing positional argument "visit" in call to "from_formula"' in found
    assert 'Unexpected keyword argument "wieghts" for "lsmeans"' in found
    assert "Found 2 errors in 1 file" in found, found


def test_the_citation_is_valid(tmp_path):
    # Its schema of the format comes with it; cffconvert 2.0.0 reads versions up to 1.2.0.
    own = make_environment(tmp_path / "env", find_python(PYTHONS[0]), "cffconvert==2.0.0", binary=False)
    said = run(own.parent / "cffconvert", "--validate", "-i", ROOT / "CITATION.cff", cwd=tmp_path)
    assert "Citation metadata are valid according to schema version 1.2.0" in said
    wrong = tmp_path / "wrong.cff"
    wrong.write_text((ROOT / "CITATION.cff").read_text().replace("type: software", "type: engine"))
    assert "are valid" not in run(
        own.parent / "cffconvert", "--validate", "-i", wrong, cwd=tmp_path, fails=True
    )
