"""The list of hashes of a run, in the form of `sha256sum`: made here, checked by anybody.

The first line is the data lock, by which every raw file is known, and the second the configuration: where one
of these differs, the list is that of another study.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trial.review.finished import finished_files
from trial.study.errors import DataError
from trial.study.files import read_text, sha256, write_text

INPUTS = ("data/raw/LOCK.yaml", "config.yaml")


def list_checksums(study: Path) -> dict[str, str]:
    """Return the hash of the inputs and of every result of a study, by path from its folder."""
    results = [f"results/{name}" for name in finished_files(study / "results")]
    return {name: sha256(study / name) for name in (*INPUTS, *results)}


def write_checksums(path: Path, checksums: Mapping[str, str]) -> None:
    """Write a list that `sha256sum -c` reads."""
    write_text(path, "".join(f"{digest}  {name}\n" for name, digest in checksums.items()))


def read_checksums(path: Path) -> dict[str, str]:
    """Read a list of `write_checksums`.

    Raises
    ------
    DataError
        If a line is not a hash, two spaces and a path.
    """
    found = {}
    for number, line in enumerate(read_text(path).splitlines(), 1):
        digest, spaces, name = line.partition("  ")
        if not (spaces and name and len(digest) == 64):
            raise DataError(
                f"{path}, line {number}", f"expected SHA-256, two spaces, path; found {line[:80]!r}"
            )
        found[name] = digest
    return found


def other_environment(listed: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return in what the environment of a list differs from another (`environment.json` of both).

    In another one last digits and the packing of pictures may differ, so other bytes need be no fault.
    Packages that the list's environment had not, such as installers, are none of it.
    """
    names = sorted(({*listed, *found}) - {"packages"})
    lines = [
        f"{name}: {listed.get(name)} then, {found.get(name)} now"
        for name in names
        if listed.get(name) != found.get(name)
    ]
    return lines + [
        f"{name}: {version} then, {found['packages'].get(name, 'none')} now"
        for name, version in listed["packages"].items()
        if found["packages"].get(name) != version
    ]


def compare_checksums(listed: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return a line for each result that differs from the list, is missing, or is not in it.

    Of another lock or configuration than the list's these two alone are named.
    """
    inputs = [name for name in INPUTS if listed.get(name) != found.get(name)]
    if inputs:
        return [f"{name}: not that of the list, which is of other inputs" for name in inputs]
    lines = [f"{name}: other bytes" for name in listed if name in found and listed[name] != found[name]]
    lines += [f"{name}: in the list, but not there" for name in listed if name not in found]
    return lines + [f"{name}: there, but not in the list" for name in found if name not in listed]
