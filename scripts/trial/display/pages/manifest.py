"""The manifest as a page: made with manifest.json and after the other pages, whose hashes it shows."""

from collections.abc import Mapping
from typing import Any

from trial.display.pages.frame import Frame, write_page

HERE = "manifest.html"


def write_manifest_page(frame: Frame, manifest: Mapping[str, Any]) -> str:
    """Return the manifest as a page of the report; not its run block, which differs from run to run."""
    facts = {
        "Data lock": _texts(manifest["lock"]),
        "Environment": _environment(manifest["environment"]),
        "Seeds": {name: str(seed) for name, seed in manifest["seeds"].items()},
    }
    config = manifest["config"]
    files = {
        "Raw files": {file["path"]: file["sha256"] for file in manifest["lock"]["files"]},
        "Configuration": {config["file"]["path"]: config["file"]["sha256"]},
        "Configuration, one slice per job": config["slices"],
        "Results": manifest["outputs"],
        "Code": manifest["code"],
    }
    return write_page(
        frame,
        "manifest.html.j2",
        "Manifest",
        HERE,
        facts={heading: content for heading, content in facts.items() if content},
        files={heading: sorted(content.items()) for heading, content in files.items()},
    )


def _environment(environment: Mapping[str, Any]) -> dict[str, str]:
    """Return the facts of the environment, each library and package on its own line."""
    facts = _texts(environment)
    for library in environment["blas"]:
        told = [f"{name} {text}" for name, text in library.items() if name != "library"]
        facts[library["library"]] = ", ".join(told) or "tells nothing of its kernel"
    facts["instructions of NumPy"] = ", ".join(environment["simd"]) or "those of its baseline"
    return {**facts, **environment["pinned"], **environment["packages"]}


def _texts(content: Mapping[str, Any]) -> dict[str, str]:
    """Return what is one value, as text."""
    return {name: str(value) for name, value in content.items() if not isinstance(value, list | dict)}
