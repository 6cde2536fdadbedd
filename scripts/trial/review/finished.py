"""Which files of `results/` are the result of a run, and which only tell of it."""

from collections.abc import Iterator
from pathlib import Path

MANIFEST = "manifest.json"
MANIFEST_PAGE = "report/manifest.html"
# What tells of a run or of several: no part of what is to come out the same. Logs and timings; the slices
# of configuration and code, which the manifest holds as inputs; what was set aside; comparisons of locks;
# exports. The ledger of written files stands in order of writing.
APART = (
    *("README.md", "written.tsv", "logs", "benchmarks", "spec", "set_aside"),
    *("compare", "report/compare", "export"),
)
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
