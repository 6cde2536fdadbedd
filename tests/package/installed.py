"""The package as others get it: built from a clean copy, installed into environments that hold nothing else."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = ("3.11", "3.12", "3.13")
# No settings of this run reach the environments, nor the checkout's own modules.
CLEAN = {
    name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH", "VIRTUAL_ENV")
}


def run(*command: str | Path, cwd: Path, fails: bool = False) -> str:
    """Run a command and return what it printed; a failure is the test's."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=CLEAN, capture_output=True, text=True)
    assert fails or done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout + done.stderr


def find_python(version: str) -> str | None:
    """An interpreter of this version that starts: this one, one on the PATH, or one that pyenv has."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    known = [path / "bin" / "python" for path in sorted(pyenv.glob(f"{version}.*"))]
    for candidate in (sys.executable, shutil.which(f"python{version}"), *known):
        if candidate and _version(str(candidate)) == version:
            return str(candidate)
    return None


def _version(python: str) -> str:
    program = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", program], capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip()


def copy_source(folder: Path) -> Path:
    """The files of a clean checkout: none that a build, a run or an editor left."""
    left = shutil.ignore_patterns(".*", "results", "locks", "build", "dist", "*.egg-info", "__pycache__")
    return Path(shutil.copytree(ROOT, folder, ignore=left))


def make_environment(folder: Path, python: str, *packages: str | Path, binary: bool = True) -> Path:
    """A new virtual environment with these packages; return its interpreter."""
    run(python, "-m", "venv", folder, cwd=folder.parent)
    own = folder / "bin" / "python"
    only = ["--only-binary", ":all:"] if binary else []
    run(own, "-m", "pip", "install", "-q", "--disable-pip-version-check", *only, *packages, cwd=folder)
    return own


@dataclass(frozen=True)
class Built:
    """The two files that are published, and the checkout they were built in."""

    source: Path
    wheel: Path
    sdist: Path


def build(folder: Path) -> Built:
    """Build the source distribution, and the wheel from it."""
    tools = make_environment(folder / "tools", sys.executable, "build")
    source = copy_source(folder / "source")
    run(tools, "-m", "build", "--outdir", folder / "dist", source, cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    return Built(source, wheel, sdist)


def floors(requirements: list[str], version: str) -> dict[str, str]:
    """The lowest declared version of each dependency, for one version of Python."""
    found: dict[str, str] = {}
    for text in requirements:
        one = Requirement(text)
        if one.marker is None or one.marker.evaluate({"python_version": version}):
            (bound,) = re.findall(r"^>=([\d.]+)$", str(one.specifier))
            assert one.name not in found, f"two floors of {one.name} for Python {version}"
            found[one.name] = bound
    return found
