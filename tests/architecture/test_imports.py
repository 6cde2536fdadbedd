"""Imports point one way: scripts -> trial -> mmrm -> numpy, scipy; rooms know only rooms to their left."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
PACKAGES = ("mmrm", "trial", "simulation")
THIN = sorted(path for path in SCRIPTS.glob("*.py"))
MODULES = sorted(path for package in PACKAGES for path in (SCRIPTS / package).rglob("*.py"))

# What each room of `trial` may import, besides itself.
ROOMS = {
    "study": set(),
    "labs": {"study"},
    "subjects": {"study"},
    "endpoints": {"study", "labs"},
    "eligibility": {"study", "labs", "subjects"},
    "adam": {"study", "labs", "subjects", "endpoints"},
    "analysis": {"study", "subjects", "eligibility", "endpoints"},
    "display": {"study", "subjects", "endpoints", "analysis"},
    "review": {"study"},
    "compare": {"study", "review"},
    "trace": {"study", "display"},
    "compared": {"study", "display"},
    "delivery": {"study"},
    "recompute": {"study"},
    "characteristics": {"study", "analysis"},
    "export": {"study", "subjects", "eligibility", "endpoints", "adam", "display", "delivery"},
    "plan": {
        "study",
        "labs",
        "subjects",
        "eligibility",
        "endpoints",
        "adam",
        "analysis",
        "display",
        "review",
        "trace",
        "delivery",
        "recompute",
    },
}
# The engine's core knows arrays only; these modules are its face to formulas and data frames.
FACE = {
    "ancova.py", "checks.py", "coding.py", "columns.py", "contrasts.py", "diagnostics.py", "estimates.py", "formula.py",
    "frames.py", "ladder.py", "lsmeans.py", "mistakes.py", "model.py", "predict.py", "report.py", "results.py", "rows.py", "simulate.py",
    "type2.py", "type3.py",
    "visits.py",
}  # fmt: skip
CORE_MAY_IMPORT = {"numpy", "scipy", "mmrm"}
FACE_MAY_IMPORT = CORE_MAY_IMPORT | {"pandas", "patsy"}
# The only modules that open files, by room; the engine opens none.
OPENERS = {
    "trial/study/files.py",
    "trial/study/ledger.py",  # the book of what files.py writes, to which many processes add
    "trial/study/load.py",
    "trial/study/measured.py",  # what a job took is no result
    "trial/study/raw_files.py",
    "trial/study/chained_log.py",
    "trial/plan/code.py",
    "trial/labs/files.py",
    "trial/labs/extent.py",  # the members of a workbook that files.py has read
    "trial/labs/units.py",  # its own shipped table of conversions
    "trial/subjects/edc.py",
    "trial/review/lock.py",
    "trial/plan/environment.py",  # what the system tells of its processor
    "trial/review/environment.py",  # and of the libraries that are loaded
    "trial/review/verify.py",  # results as they are, damaged ones too
    "trial/display/files.py",
    "trial/trace/files.py",
    "trial/compare/files.py",
    "trial/delivery/reading.py",
    "trial/compared/files.py",
    "trial/export/files.py",
}
OPENING = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "read_csv", "read_excel", "to_csv"}


def imported(path):
    """Return the dotted names that a module imports."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.append(node.module)
    return names


def tops(path):
    return {name.split(".")[0] for name in imported(path)} - set(sys.stdlib_module_names)


def short(path):
    return path.relative_to(SCRIPTS).as_posix()


@pytest.mark.parametrize("path", [p for p in MODULES if p.parts[-2] == "mmrm"], ids=short)
def test_the_engine_imports_numpy_and_scipy_only(path):
    allowed = FACE_MAY_IMPORT if path.name in FACE else CORE_MAY_IMPORT
    assert tops(path) <= allowed | ({"mmrm"} if path.name == "__init__.py" else set())


@pytest.mark.parametrize("path", [p for p in MODULES if "trial" in p.parts], ids=short)
def test_rooms_import_only_what_they_may(path):
    room = path.relative_to(SCRIPTS / "trial").parts[0]
    if room == "__init__.py":
        return
    for name in imported(path):
        parts = name.split(".")
        assert parts[0] != "simulation"
        if room == "display" and parts[:2] == ["trial", "analysis"]:
            assert parts[2:] == ["config"], f"{short(path)} computes: {name}"  # results come as rows
        assert parts[0] != "mmrm" or room in ("analysis", "characteristics"), (
            f"{short(path)} imports the engine"
        )
        if parts[0] == "trial" and len(parts) > 1:
            assert parts[1] in ROOMS[room] | {room}, f"{short(path)} imports {name}"


@pytest.mark.parametrize("path", [p for p in MODULES if "simulation" in p.parts], ids=short)
def test_the_generator_and_the_pipeline_do_not_know_each_other(path):
    assert not tops(path) & {"trial", "mmrm"}


@pytest.mark.parametrize("path", THIN, ids=short)
def test_thin_scripts_import_packages_not_each_other_nor_snakemake(path):
    names = tops(path)
    assert not names & {script.stem for script in THIN}
    assert "snakemake" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", THIN, ids=short)
def test_thin_scripts_are_thin_and_shadow_nothing(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 45
    assert path.stem not in sys.stdlib_module_names
    assert path.stem not in {"numpy", "pandas", "scipy", "matplotlib", "snakemake", "statsmodels", "patsy"}


def test_no_module_is_a_drawer_for_everything():
    names = {path.stem for path in MODULES}
    assert not names & {"utils", "helpers", "common", "misc"}


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_files_stay_readable(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("path", [p for p in MODULES if "simulation" not in p.parts], ids=short)
def test_one_module_of_a_room_opens_files(path):
    if short(path) in OPENERS:
        return
    own = {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            imported_writer = isinstance(node.func, ast.Name) and name != "open"
            assert name not in OPENING or imported_writer or name in own, (
                f"{short(path)} line {node.lineno}: {name}"
            )
