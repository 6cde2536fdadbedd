"""Writes a comparison below `results/compare/<lock id>/`, and says it in words."""

from collections.abc import Iterator
from pathlib import Path

from trial.compare.compare import Comparison
from trial.compare.files import remove, write_rows
from trial.compare.schema import ATTRIBUTION, OUTPUTS, POPULATIONS, RAW, RESULTS, SUBJECTS
from trial.study.files import write_json

FOLDER = "compare"
FILES = {
    "raw": RAW, "populations": POPULATIONS, "results": RESULTS, "subjects": SUBJECTS, "outputs": OUTPUTS,
    "attribution": ATTRIBUTION,
}  # fmt: skip


def write_comparison(found: Comparison, results: Path) -> Path:
    """Write a comparison in the place of an earlier one with the same lock; return the folder."""
    folder = results / FOLDER / str(found.about["old"]["lock_id"])
    remove(folder)
    for name, columns in FILES.items():
        write_rows(folder / f"{name}.csv", getattr(found, name), list(columns))
    write_json(folder / "compare.json", found.about)
    return folder


def summary(found: Comparison) -> Iterator[str]:
    """Yield what changed and why in a few lines."""
    about, counts = found.about, found.about["counts"]
    yield " -> ".join(f"{about[side]['lock_id']} ({about[side]['short_hash']})" for side in ("old", "new"))
    rows = counts["raw"]
    yield f"raw rows: {rows['added']} added, {rows['removed']} removed, {rows['changed']} changed"
    subjects = {line["USUBJID"] for line in found.populations}
    yield f"subjects whose ADSL row changed: {len(subjects)}"
    kinds = (
        ", ".join(f"{count} {name}" for name, count in sorted(counts["results"].items())) or "none changed"
    )
    yield f"results: {kinds}; {counts['results_equal']} of {counts['results_in_both']} equal"
    yield f"conclusions that turned: {counts['flips']}"
    for line in found.results[: counts["flips"]][:5]:
        values = f"{line['old']:.4g} -> {line['new']:.4g}"
        yield f"  {line['result_id']}: {line['flip']} ({values}; {line['cause']})"
    yield f"outputs: {counts['outputs_changed']} of {counts['outputs']} changed"
    for line in found.attribution:
        if line["changed"] == "Y" or line["moved"]:
            count = "unknown" if line["moved"] is None else line["moved"]
            yield f"{line['factor']}: moves {count} results alone ({line['established']}); {line['what']}"
    yield from (f"note: {note}" for note in about["notes"])
