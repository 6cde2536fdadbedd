"""The three lists of pins say the same: pyproject.toml, requirements.lock, environment.yml."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def pins_of_pyproject(*names):
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return dict(pin.split("==") for name in names or ("pipeline", "dev") for pin in groups[name])


def pins_of_conda():
    packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    return dict(re.split(r" ==", package) for package in packages if "==" in package)


def pins_of_lock(lock="requirements.lock"):
    """Every version of the lock; a package may have one per Python version."""
    found = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / lock).read_text(), re.M):
        found.setdefault(name, set()).add(version)
    return found


def test_conda_and_pyproject_pin_the_same():
    assert pins_of_conda() == pins_of_pyproject()


def test_the_lock_holds_every_pin_and_only_one_version_of_it():
    lock = pins_of_lock()
    assert {name: lock.get(name) for name in pins_of_pyproject()} == {
        name: {version} for name, version in pins_of_pyproject().items()
    }


def test_the_lock_of_the_cluster_holds_its_pins_and_nothing_else():
    # It is installed beside the other lock without its dependencies, so it may bring none.
    assert pins_of_lock("requirements-slurm.lock") == {
        name: {version} for name, version in pins_of_pyproject("slurm").items()
    }


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-slurm.lock"])
def test_every_line_of_the_lock_has_a_hash_and_no_address(lock):
    text = (ROOT / lock).read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "http" not in text


def test_each_direct_dependency_has_its_reason_in_the_docs():
    text = (ROOT / "workflow" / "docs" / "structure.md").read_text(encoding="utf-8").casefold()
    pins = pins_of_pyproject("pipeline", "dev", "slurm")
    missing = [name for name in pins if f"`{name}`" not in text]
    assert not missing
