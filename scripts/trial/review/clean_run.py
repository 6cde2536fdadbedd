"""A folder with everything that a run stands on, and the command of the run in it."""

import shutil
import sys
from pathlib import Path

CODE_PARTS = ("Snakefile", "scripts", "workflow", "requirements.lock", "environment.yml", "pyproject.toml")
# What a study stands on beside raw data and configuration: the archives of earlier locks, which say what was
# asked before, and the record of the first run with real arms.
LINKED = ("locks",)
COPIED = ("config.yaml", "UNBLINDED.csv")


def copy_code(root: Path, target: Path) -> None:
    """Copy the pipeline's code as it is below `root`."""
    for name in CODE_PARTS:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        elif source.is_file():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def copy_inputs(study: Path, target: Path) -> None:
    """Copy raw data and configuration of a study, nothing of its results."""
    shutil.copytree(study / "data" / "raw", target / "data" / "raw", symlinks=True)
    for name in COPIED:
        if (study / name).is_file():
            shutil.copy2(study / name, target / name)
    for name in LINKED:
        if (study / name).is_dir():
            (target / name).symlink_to((study / name).resolve(), target_is_directory=True)


def start_command(code: Path, study: Path, cores: int) -> list[str]:
    """Return the command by which `make results` runs a study."""
    start = [sys.executable, "-I", "-S", str(code / "workflow" / "runner" / "start.py")]
    return [*start, str(code), str(study), str(cores)]
