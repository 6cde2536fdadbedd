"""Two folders of results compared file by file, in words."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from trial.review.checksums import (
    compare_checksums,
    list_checksums,
    other_environment,
    read_checksums,
)
from trial.review.clean_run import copy_code, copy_inputs, start_command
from trial.review.finished import MANIFEST, finished_files
from trial.review.sameness import Finding, compare_files, compare_manifests
from trial.study.errors import TrialError
from trial.study.files import read_json

SHOWN = 40
ENVIRONMENT = "environment.json"


class VerifyError(TrialError):
    """There is nothing to compare."""


def recompute(root: Path, study: Path, clean: Path, cores: int) -> Path:
    """Copy code and inputs to a clean folder, run the study there, and return its copy.

    Raises
    ------
    VerifyError
        If the run fails.
    """
    copy_code(root, clean / "code")
    copy_inputs(study, clean / "study")
    if subprocess.run(start_command(clean / "code", clean / "study", cores), check=False).returncode:
        raise VerifyError(str(clean / "study"), "the clean run failed: its messages stand above")
    return clean / "study"


def compare_list(path: Path, study: Path) -> tuple[list[str], bool]:
    """Return in lines how a finished study compares with a list of hashes, and whether anything differs."""
    off = compare_checksums(read_checksums(path), list_checksums(study))
    then, now = path.with_name(ENVIRONMENT), study / "results" / "spec" / ENVIRONMENT
    other = other_environment(read_json(then), read_json(now)) if off else []
    lines = [f"{path}: {len(off) or 'no'} differences", *(f"  {line}" for line in off)]
    return lines + [f"  made in another environment: {line}" for line in other], bool(off)


def compare_results(kept: Path, made: Path) -> list[Finding]:
    """Compare every result of a study with that of a run in a clean folder; the manifests first.

    Parameters
    ----------
    kept : Path
        The study's folder of results.
    made : Path
        The folder of results of the clean run.
    """
    findings = compare_manifests(MANIFEST, read_json(kept / MANIFEST), read_json(made / MANIFEST))
    ours, theirs = finished_files(kept), finished_files(made)
    for name in sorted({*ours, *theirs}):
        if name not in theirs:
            findings.append(Finding(name, "different", "the clean run leaves no such file"))
        elif name not in ours:
            findings.append(Finding(name, "different", "the clean run leaves it, it is not there"))
        else:
            findings.append(compare_files(name, (kept / name).read_bytes(), (made / name).read_bytes()))
    return findings


def summary(findings: Sequence[Finding]) -> list[str]:
    """Return the comparison as lines: how many files are the same, and each other one with its reason."""
    same = sum(one.verdict == "same" for one in findings)
    lines = [f"{same} of {len(findings)} files: the same bytes (manifest.json: all but its run block)"]
    headings = {"last digits": "the same to 1e-9", "different": "DIFFERENT"}
    for verdict, heading in headings.items():
        found = [one for one in findings if one.verdict == verdict]
        if found:
            lines.append(f"{len(found)} {heading}{_reason(findings) if verdict == 'last digits' else ''}:")
            lines += [f"  {one.name}: {one.words}" for one in found[:SHOWN]]
            lines += [f"  ... and {len(found) - SHOWN} more"] * (len(found) > SHOWN)
    return lines


def _reason(findings: Sequence[Finding]) -> str:
    other = any(one.name == f"{MANIFEST}, environment" for one in findings)
    return ", since the environments differ" if other else ", though the environments are the same"
