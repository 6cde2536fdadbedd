"""Which source files a script stands on: Snakemake must see them, or it keeps stale results.

Snakemake does not notice an edited module that a script imports. Every rule therefore has as input a
small file with the hashes of its script's import closure; reading the closure from the imports
themselves cannot drift from them.
"""

import ast
import contextlib
import hashlib
import json
import os
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from trial.study.errors import RunError
from trial.study.files import json_text, read_text, remove, sha256, write_if_changed

SCRIPTS = Path(__file__).resolve().parents[2]
# All that a run is made by; what only describes it or starts another study is none of it.
CODE_PARTS = ("Snakefile", "scripts", "workflow", "requirements.lock")
NO_CODE = (
    "workflow/docs",
    "workflow/template",
    "workflow/config.schema.json",
    "workflow/analysed.schema.json",
)
AGAIN = "run `make results` again: what the change does not reach is kept"
# The parts of a piece of code that hold statements, and what holds such parts without being a statement.
BLOCKS = ("body", "orelse", "handlers", "finalbody", "cases")
HOLDERS = (ast.ExceptHandler, ast.match_case)
# The key under which a closure holds the hash of the environment: no file has such a name.
ENVIRONMENT = "(environment)"


class Closures:
    """The import closures of scripts, as files that change only when a project file behind them does.

    What a file imports is remembered in `memory` by the file's content: reading a thousand imports anew at
    each start of Snakemake would take longer than everything else the Snakefile does.

    Parameters
    ----------
    folder : Path
        Where the closures are written, one file per script.
    memory : Path
        Where the imports are remembered.
    environment : mapping
        What the jobs run in: in another one everything runs anew, since anything may come out otherwise.
    first : bool
        Whether to write. A job on a node of a cluster compares instead: it does not run other code than its
        run has planned with.
    """

    def __init__(
        self, folder: Path, memory: Path, environment: Mapping[str, Any], *, first: bool = True
    ) -> None:
        self.folder = folder
        self._first = first
        self._memory = memory
        self._environment = {ENVIRONMENT: hashlib.sha256(json_text(environment).encode()).hexdigest()}
        self._names: dict[str, list[str]] = {}
        # A memory that is not there, or was damaged, is made anew.
        with contextlib.suppress(OSError, ValueError):
            self._names = json.loads(self._memory.read_text(encoding="utf-8"))
        self._imports: dict[Path, set[Path]] = {}
        self._written: dict[str, str] = {}

    def write(self, script: str, module: str = "") -> str:
        """Write the hashes of a closure if they changed, and return the file's path.

        The file has the paths relative to `scripts/`, so that the same code in another place is the same.

        Parameters
        ----------
        script : str
            File name of a thin script in `scripts/`.
        module : str
            A module that the script loads by name, dotted; its imports count too.

        Raises
        ------
        RunError
            If the code differs and this is not the process that writes.
        """
        name = f"{Path(script).stem}{'.' if module else ''}{module.rpartition('.')[2]}"
        if name not in self._written:
            known = len(self._names)
            closure = [Path(path) for path in self.closure(script, module)]
            hashes = {file.relative_to(SCRIPTS).as_posix(): _hash(file) for file in closure}
            path = self.folder / f"{name}.json"
            text = hash_text(hashes | self._environment)
            if self._first:
                write_if_changed(path, text)
            elif read_text(path) != text:
                raise RunError(script, "its code changed since this run began", hint=AGAIN)
            if self._first and len(self._names) > known:
                write_if_changed(self._memory, json_text(self._names))
            self._written[name] = str(path)
        return self._written[name]

    def write_everything(self) -> str:
        """Write the hash of every file of the code, used by a job or not, and return the file's path."""
        path = self.folder / "everything.json"
        if not self._first:  # more than the code of the jobs
            return str(path)
        root = SCRIPTS.parent
        hashes = {file.relative_to(root).as_posix(): _hash(file) for file in code_files(root)}
        write_if_changed(path, hash_text(hashes))
        return str(path)

    def keep(self, named: Collection[str]) -> None:
        """Remove the closures of methods and templates that no job uses now.

        Those of rules stay, used or not: whoever reads the Snakefile writes them again.
        """
        kept = {*named, *self._written.values()}
        for path in self.folder.glob("*.json"):
            if str(path) not in kept:
                remove(path)

    def closure(self, script: str, module: str = "") -> list[str]:
        """Return the absolute paths of a script, the project modules it imports, and their data files.

        Sorted; data files (templates, styles, tables) are those in the folders of imported modules.
        """
        found: set[Path] = set()
        waiting = [SCRIPTS / script, *(_files(module) if module else ())]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += self._imported(path)
        data = {file for folder in {path.parent for path in found} - {SCRIPTS} for file in _data(folder)}
        return sorted(str(path) for path in found | data)

    def _imported(self, path: Path) -> set[Path]:
        """Return the project's files that importing a module runs."""
        if path not in self._imports:
            # A relative import means another name in another place.
            key = f"{path.parent.relative_to(SCRIPTS).as_posix()} {_hash(path)}"
            if key not in self._names:
                self._names[key] = sorted({name for name in _import_names(path) if _files(name)})
            self._imports[path] = {file for name in self._names[key] for file in _files(name)}
        return self._imports[path]


def hash_text(hashes: Mapping[str, str]) -> str:
    """Return hashes by file as `json_text` would: that one looks into each value, and there are thousands."""
    lines = ",\n".join(
        f'  {json.dumps(name, ensure_ascii=False)}: "{one}"' for name, one in sorted(hashes.items())
    )
    return f"{{\n{lines}\n}}\n"


def code_files(root: Path) -> list[Path]:
    """Return every file that a run may be made by, tables, templates, rules and pins too; no byte code."""
    left_out = {str(root / name) for name in NO_CODE}
    found = [str(root / part) for part in CODE_PARTS]
    for part in CODE_PARTS:
        for folder, inner, names in os.walk(root / part):
            inner[:] = [
                name for name in inner if name != "__pycache__" and f"{folder}/{name}" not in left_out
            ]
            found += [f"{folder}/{name}" for name in names if not name.startswith(".")]
    return [Path(name) for name in sorted(found) if name not in left_out and os.path.isfile(name)]  # noqa: PTH113


@cache
def _hash(path: Path) -> str:
    return sha256(path)


@cache
def _data(folder: Path) -> tuple[Path, ...]:
    """Return the files of a folder that are no code."""
    return tuple(f for f in folder.iterdir() if f.suffix not in (".py", ".pyc") and f.is_file())


def _import_names(path: Path) -> list[str]:
    """Return the dotted names that the module at `path` imports, inside functions too."""
    names: list[str] = []
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        # Expressions, most of the nodes, hold no statement.
        waiting += [
            one for name in BLOCKS for one in getattr(node, name, ()) if isinstance(one, (ast.stmt, *HOLDERS))
        ]
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(path, node)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    """Return the absolute module name of a `from ... import`, relative ones resolved."""
    if not node.level:
        return node.module or ""
    package = path.parent.relative_to(SCRIPTS).parts
    base = package[: len(package) - node.level + 1]
    return ".".join((*base, node.module) if node.module else base)


@cache
def _project() -> dict[str, Path]:
    """Return every module of the project by its dotted name, packages by theirs."""
    found = {}
    for file in SCRIPTS.rglob("*.py"):
        parts = file.relative_to(SCRIPTS).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@cache
def _files(name: str) -> tuple[Path, ...]:
    """Return the project files that importing `name` runs: each parent package and the module itself."""
    parts = name.split(".")
    names = [".".join(parts[: size + 1]) for size in range(len(parts))]
    return tuple(_project()[known] for known in names if known in _project())
