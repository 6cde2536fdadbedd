"""Which source files a script stands on: Snakemake must see them, or it keeps stale results.

Snakemake does not notice an edited module that a script imports. Every rule therefore has as input a
small file with the hashes of its script's import closure; reading the closure from the imports
themselves cannot drift from them.
"""

import ast
import json
from functools import cache
from pathlib import Path

from trial.study.files import json_text, sha256, write_if_changed

SCRIPTS = Path(__file__).resolve().parents[2]


class Closures:
    """The import closures of scripts, as files that change only when a project file behind them does.

    What a file imports is remembered in `folder` by the file's content: reading a thousand imports anew at
    each start of Snakemake would take longer than everything else the Snakefile does.

    Parameters
    ----------
    folder : Path
        Where the closures are written, one file per script.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._memory = folder / "imports.json"
        self._names: dict[str, list[str]] = {}
        if self._memory.is_file():
            self._names = json.loads(self._memory.read_text(encoding="utf-8"))
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
        """
        name = f"{Path(script).stem}{'.' if module else ''}{module.rpartition('.')[2]}"
        if name not in self._written:
            known = len(self._names)
            closure = [Path(path) for path in self.closure(script, module)]
            hashes = {file.relative_to(SCRIPTS).as_posix(): _hash(file) for file in closure}
            path = self.folder / f"{name}.json"
            write_if_changed(path, json_text(hashes))
            if len(self._names) > known:
                write_if_changed(self._memory, json_text(self._names))
            self._written[name] = str(path)
        return self._written[name]

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
                waiting += [file for name in self._imported(path) for file in _files(name)]
        folders = {path.parent for path in found} - {SCRIPTS}
        data = {
            f
            for folder in folders
            for f in folder.iterdir()
            if f.is_file() and f.suffix not in (".py", ".pyc")
        }
        return sorted(str(path) for path in found | data)

    def _imported(self, path: Path) -> list[str]:
        """Return the names that a module imports, those of the project's own packages and scripts only."""
        # A relative import means another name in another place.
        key = f"{path.parent.relative_to(SCRIPTS).as_posix()} {_hash(path)}"
        if key not in self._names:
            self._names[key] = sorted({name for name in _import_names(path) if _files(name)})
        return self._names[key]


@cache
def _hash(path: Path) -> str:
    return sha256(path)


def _import_names(path: Path) -> list[str]:
    """Return the dotted names that the module at `path` imports, inside functions too."""
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
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
def _files(name: str) -> tuple[Path, ...]:
    """Return the project files that importing `name` runs: each parent package and the module itself."""
    files, folder = [], SCRIPTS
    for part in name.split("."):
        if (folder / part / "__init__.py").is_file():
            folder = folder / part
            files.append(folder / "__init__.py")
        elif (folder / f"{part}.py").is_file():
            return (*files, folder / f"{part}.py")
        else:
            break
    return tuple(files)
