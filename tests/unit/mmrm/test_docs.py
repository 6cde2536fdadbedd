"""Every equation label a docstring cites stands in methods.md, once, and no label there is an orphan."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LABEL = re.compile(r"eq:[a-z0-9-]+")


def _cited() -> set[str]:
    sources = sorted((ROOT / "scripts" / "mmrm").glob("*.py"))
    return {label for path in sources for label in LABEL.findall(path.read_text(encoding="utf-8"))}


def _defined() -> list[str]:
    text = (ROOT / "workflow" / "docs" / "methods.md").read_text(encoding="utf-8")
    return re.findall(r"\*\*\((eq:[a-z0-9-]+)\)\*\*", text)


def test_cited_labels_are_defined_once() -> None:
    defined = _defined()
    assert len(defined) == len(set(defined))
    assert _cited() <= set(defined), sorted(_cited() - set(defined))


def test_no_label_is_an_orphan() -> None:
    assert set(_defined()) <= _cited(), sorted(set(_defined()) - _cited())


def test_public_functions_and_classes_have_docstrings() -> None:
    import ast

    for path in sorted((ROOT / "scripts" / "mmrm").glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                assert ast.get_docstring(node), f"{path.name}: {node.name}"


def test_functions_and_files_stay_short() -> None:
    import ast

    for path in sorted((ROOT / "scripts" / "mmrm").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 400, path.name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                doc = ast.get_docstring(node, clean=False) or ""
                length = (node.end_lineno or node.lineno) - node.lineno + 1 - doc.count("\n") - bool(doc)
                assert length <= 60, f"{path.name}: {node.name} has {length} lines"
