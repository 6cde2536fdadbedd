"""Which files of `results/` are the result of a run, and which only tell of it."""

from collections.abc import Iterator
from pathlib import Path

from trial.study.apart import BESIDE, LATER, TOLD

MANIFEST = "manifest.json"
MANIFEST_PAGE = "report/manifest.html"
# No part of what is to come out the same.
APART = (*BESIDE, *TOLD, *LATER)
# Made last, of the hashes of all others: the manifest is compared block by block, its page shows it.
LAST = (MANIFEST, MANIFEST_PAGE)


def finished_files(results: Path) -> list[str]:
    """Return every file that is a result, relative to `results`, sorted; not the manifest and its page."""
    return sorted(set(_below(results, "")) - set(LAST))


def _below(results: Path, name: str) -> Iterator[str]:
    for path in (results / name).iterdir():
        inner = path.relative_to(results).as_posix()
        if inner in APART or path.name.startswith("."):  # half-written files begin with a dot
            continue
        if path.is_dir():
            yield from _below(results, inner)
        else:
            yield inner
