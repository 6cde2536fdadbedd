"""Which source files a script stands on: Snakemake must see them, or it keeps stale results.

Snakemake does not notice an edited module that a script imports. Every rule therefore has as input a
small file with the hashes of its script's import closure; reading the closure from the imports
themselves cannot drift from them.
"""

import ast
from functools import cache
from pathlib import Path

from trial.study.files import json_text, sha256, write_if_changed

SCRIPTS = Path(__file__).resolve().parents[2]


def import_closure(script: str) -> list[str]:
    """Return the absolute paths of a script, the modules it imports from `scripts/`, and their data files.

    Parameters
    ----------
    script : str
        File name of a thin script in `scripts/`.

    Returns
    -------
    list of str
        Sorted; data files (templates, styles, tables) are those in the folders of imported modules.
    """
    found: set[Path] = set()
    waiting = [SCRIPTS / script]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_imported(path))
    folders = {path.parent for path in found} - {SCRIPTS}
    data = {
        f for folder in folders for f in folder.iterdir() if f.is_file() and f.suffix not in (".py", ".pyc")
    }
    return sorted(str(path) for path in found | data)


def write_closure(script: str, folder: Path) -> str:
    """Write the hashes of a script's import closure to `folder`, if they changed, and return the file's path.

    The file has the paths relative to `scripts/`, so that the same code in another place is the same.
    """
    closure = [Path(path) for path in import_closure(script)]
    path = folder / f"{Path(script).stem}.json"
    write_if_changed(path, json_text({file.relative_to(SCRIPTS).as_posix(): _hash(file) for file in closure}))
    return str(path)


@cache
def _hash(path: Path) -> str:
    return sha256(path)


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    """Return the project files that the module at `path` imports, package `__init__` files included."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return tuple(file for name in names for file in _files(name))


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    """Return the absolute module name of a `from ... import`, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = path.parent.relative_to(SCRIPTS).parts
    base = package[: len(package) - node.level + 1]
    return ".".join((*base, node.module) if node.module else base)


def _files(name: str) -> list[Path]:
    """Return the files that importing `name` runs: each parent package and the module itself."""
    files, folder = [], SCRIPTS
    for part in name.split("."):
        if (folder / part / "__init__.py").is_file():
            folder = folder / part
            files.append(folder / "__init__.py")
        elif (folder / f"{part}.py").is_file():
            return [*files, folder / f"{part}.py"]
        else:
            break
    return files
