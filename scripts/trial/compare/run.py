"""A finished run: where its parts lie, what its manifest says, and whether they are what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from trial.compare.files import changed_names, code_hashes, digest, hashes, read_json, text_hash
from trial.study.errors import LockError
from trial.study.files import json_text
from trial.study.load import read_yaml
from trial.study.raw_files import of_lock

# What of a lock, beside its files, decides numbers.
DECIDING = ("cut_date", "state")
SAID_OF_LOCK = ("lock_id", "state", "short_hash", "cut_date")


@dataclass(frozen=True)
class Run:
    """One finished run.

    Attributes
    ----------
    raw, config, code, results : Path
        Its raw files with LOCK.yaml, its configuration, the code's root, and its results.
    kept : Path or None
        The archive that holds it; None for the run of a study's folder.
    """

    raw: Path
    config: Path
    code: Path
    results: Path
    kept: Path | None = None

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest of the run."""
        path = self.results / "manifest.json"
        if not path.is_file():
            raise LockError(str(path), "no finished run: the manifest is not there", hint="make results")
        return dict(read_json(path))

    @property
    def lock(self) -> dict[str, Any]:
        """What the manifest says of the data lock."""
        return dict(self.manifest["lock"])

    @property
    def environment(self) -> dict[str, Any]:
        """What of the environment can decide numbers, as the manifest has it."""
        return dict(self.manifest["environment"])

    @cached_property
    def raw_hashes(self) -> dict[str, str]:
        """The hashes of the raw files, the lock's own apart."""
        found = hashes(self.raw)
        return {name: found[name] for name in of_lock(found)}

    @cached_property
    def code_hashes(self) -> dict[str, str]:
        """The hashes of the code."""
        return code_hashes(self.code)

    @cached_property
    def settings(self) -> Any:
        """The parsed configuration."""
        return read_yaml(self.config)

    @property
    def memory(self) -> Path:
        """Where snakemake's records of the jobs lie: a mixed run repeats only what a factor reaches."""
        return self.kept / "memory" if self.kept else self.results.parent / ".snakemake" / "metadata"

    def manifest_hash(self) -> str:
        """Return the SHA-256 of what the manifest says of every run of the same inputs."""
        return text_hash(json_text({name: value for name, value in self.manifest.items() if name != "run"}))

    def identity(self) -> dict[str, Any]:
        """Return what a comparison says of the run's lock."""
        return {name: self.lock.get(name) for name in SAID_OF_LOCK}


def study_run(study: Path, code: Path) -> Run:
    """Return the run whose results lie in a study's folder."""
    return Run(study / "data" / "raw", study / "config.yaml", code, study / "results")


def archived_run(folder: Path) -> Run:
    """Return the run that an archive holds."""
    return Run(folder / "raw", folder / "config.yaml", folder / "code", folder / "results", folder)


def findings(run: Run) -> list[str]:
    """Return everything in which a study's run is not what its manifest says."""
    study, manifest = run.results.parent, run.manifest
    known = manifest["outputs"] | {manifest["config"]["file"]["path"]: manifest["config"]["file"]["sha256"]}
    lines = _differences(known, {path: digest(study / path) for path in known})
    locked = {f"data/raw/{file['path']}": file["sha256"] for file in run.lock["files"]}
    lines += _differences(locked, {f"data/raw/{name}": found for name, found in run.raw_hashes.items()})
    code = manifest["code"]
    return lines + _differences(
        code, {name: found for name, found in run.code_hashes.items() if _runs(name, code)}
    )


def _runs(name: str, known: Mapping[str, str]) -> bool:
    """Return whether a file of the code belongs into a manifest: a new program or rule does."""
    return name in known or name.endswith(".smk") or (name.startswith("scripts/") and name.endswith(".py"))


def _differences(known: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    said = {True: "is not there any more", False: "is not what it was when the run ended"}
    return [
        f"{name}: {said[not found.get(name)] if name in known else 'is new since the run ended'}"
        for name in changed_names(known, found)
    ]
