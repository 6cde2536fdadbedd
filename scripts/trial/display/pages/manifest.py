"""The manifest as a page: made with manifest.json and after the other pages, whose hashes it shows."""

from collections.abc import Mapping
from typing import Any

from trial.display.pages.frame import Frame, write_page

HERE = "manifest.html"
PARTS = {
    "Raw files": "files",
    "Configuration, one slice per job": "config",
    "Results": "outputs",
    "Code": "code",
}


def write_manifest_page(frame: Frame, manifest: Mapping[str, Any]) -> str:
    """Return the manifest as a page of the report."""
    lock, run = manifest["lock"], manifest["run"]
    facts = [(name, str(text)) for name, text in lock.items() if not isinstance(text, list | dict)]
    facts += [("python", run["python"]), ("system", run["system"])]
    facts += [(name, found) for name, found in run["packages"].items()]
    raw = {file["path"]: file["sha256"] for file in lock["files"]}
    content = {**manifest, "files": raw}
    parts = [{"heading": name, "rows": sorted(content[key].items())} for name, key in PARTS.items()]
    return write_page(frame, "manifest.html.j2", "Manifest", HERE, facts=facts, parts=parts)
