"""Texts of programs: names and characters that agencies take, and nothing lost."""

import hashlib
import re
from dataclasses import replace

import pytest

from trial.export import programs
from trial.export.programs import as_text, file_name
from trial.plan.code import code_files
from trial.study.errors import DataError
from unit.export.small import ROOT, export


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("scripts/trial/adam/cells.py", "trial-adam-cells_py.txt"),
        ("scripts/run_analysis.py", "run_analysis_py.txt"),
        ("workflow/rules/adam.smk", "workflow-rules-adam_smk.txt"),
        ("scripts/trial/recompute/gls.R", "trial-recompute-gls_r.txt"),
        ("Snakefile", "snakefile.txt"),
        ("requirements.lock", "requirements_lock.txt"),
    ],
)
def test_names_are_lower_case_letters_digits_hyphen_underscore(path, name):
    assert file_name(path) == name and re.fullmatch(r"[a-z0-9_-]+\.txt", name)


def test_a_name_with_other_characters_is_refused():
    with pytest.raises(DataError, match="no name for an export"):
        file_name("scripts/a b.py")


def test_the_text_is_ascii_and_comes_back_whole():
    text = 'UNIT = "µU/mL ≥ đ 𝛼"\n'
    found = as_text("a.py", text, "f" * 64).decode("ascii")
    head, _, body = found.partition("\n\n")
    assert head == f"# Program: a.py\n# SHA-256 of the program: {'f' * 64}"
    assert body == 'UNIT = "\\xb5U/mL \\u2265 \\u0111 \\U0001d6fc"\n'
    values = {}
    exec(body, values)
    assert values["UNIT"] == "µU/mL ≥ đ 𝛼"


def test_programs_are_those_of_the_results_and_no_others(tmp_path):
    code = tmp_path / "code"
    (code / "scripts").mkdir(parents=True)
    (tmp_path / "study" / "results").mkdir(parents=True)
    files = {"scripts/a.py": "a = 1\n", "scripts/page.css": "p {}\n", "Snakefile": "include: 'µ'\n"}
    for name, text in files.items():
        (code / name).write_text(text, encoding="utf-8")
    config = tmp_path / "study" / "config.yaml"
    config.write_text("study: đ\n", encoding="utf-8")
    hashes = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in files.items()}
    of_config = hashlib.sha256(config.read_bytes()).hexdigest()
    manifest = {"lock": {}, "code": hashes, "config": {"file": {"path": "config.yaml", "sha256": of_config}}}
    one = replace(export(), manifest=manifest, code=code, results=tmp_path / "study" / "results")
    programs.write(one, tmp_path / "out")
    found = sorted((tmp_path / "out" / "programs").iterdir())
    assert [path.name for path in found] == ["a_py.txt", "config_yaml.txt", "snakefile.txt"]
    assert all(path.read_bytes().isascii() for path in found)
    (code / "scripts" / "a.py").write_text("a = 2\n", encoding="utf-8")
    with pytest.raises(DataError, match="not the program that the results were made by"):
        programs.write(one, tmp_path / "out")


def test_no_two_programs_of_the_project_have_one_name():
    paths = [
        path for path in (ROOT / "scripts").rglob("*") if path.is_file() and path.suffix in programs.KINDS
    ]
    names = [file_name(path.relative_to(ROOT).as_posix()) for path in paths]
    assert len(names) > 500 and len(set(names)) == len(names)


def test_every_kind_of_code_is_a_program_or_known_to_be_none():
    kinds = {path.suffix for path in code_files(ROOT)}
    pages, words, settings = (
        {".css", ".js", ".html", ".rst"},
        {".md", ".typed"},
        {".yaml", ".yml", ".toml", ".lock", ""},
    )
    assert kinds - set(programs.KINDS) <= pages | words | settings
