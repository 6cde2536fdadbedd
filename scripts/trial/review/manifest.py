"""The manifest: what went in, what ran, what came out, each with its hash."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from trial.study.files import sha256, sha256_as_written

PACKAGES = ("numpy", "scipy", "pandas", "patsy", "matplotlib", "pydantic", "snakemake", "statsmodels")


def code_files(folder: Path) -> list[Path]:
    """Return every file of the code below `folder`, tables and page templates too; not what Python caches."""
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def make_manifest(
    lock: dict[str, Any], specs: Sequence[Path], outputs: Sequence[Path], code: Sequence[Path], root: Path
) -> dict[str, Any]:
    """Return the manifest of a run.

    Parameters
    ----------
    lock : dict
        Content of `lock.json`.
    specs, outputs : sequences of Path
        Configuration slices and results, relative to the study folder.
    code : sequence of Path
        Source files of the pipeline below `root`.
    root : Path
        Folder of the pipeline's code.
    """
    return {
        "lock": lock,
        "config": {path.as_posix(): sha256_as_written(path) for path in sorted(specs)},
        "outputs": {path.as_posix(): sha256_as_written(path) for path in sorted(outputs)},
        "code": {path.relative_to(root).as_posix(): sha256(path) for path in sorted(code)},
        # The run block alone may differ between two runs of the same inputs.
        "run": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "packages": {name: version(name) for name in PACKAGES},
        },
    }
