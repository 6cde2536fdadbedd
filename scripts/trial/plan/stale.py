"""Results that no longer belong to the study: an endpoint was dropped, an analysis or output renamed."""

from collections.abc import Iterable
from pathlib import Path

FOLDERS = ("tables", "figures", "outputs", "analyses", "endpoints", "design", "homa2", "report/trace")
ASIDE = "set_aside"


def set_aside(results: Path, belonging: Iterable[str]) -> list[str]:
    """Move aside what belongs to no endpoint, analysis, output, design stage or HOMA2 exchange of the study.

    Parameters
    ----------
    results : Path
        The folder of results.
    belonging : iterable of str
        The files of the study, `results/...`.

    Returns
    -------
    list of str
        The files moved, relative to `results`, sorted. One of the same name set aside earlier is replaced.
    """
    kept = {Path(path) for path in belonging}
    moved = []
    for folder in FOLDERS:
        for path in sorted((results / folder).rglob("*")):
            if path.is_file() and Path("results") / path.relative_to(results) not in kept:
                target = results / ASIDE / path.relative_to(results)
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)
                moved.append(path.relative_to(results).as_posix())
        for path in [*sorted((results / folder).rglob("*"), reverse=True), results / folder]:
            if path.is_dir() and not any(path.iterdir()):
                path.rmdir()
    return moved
