"""The folder of a comparison's pages: pictures and data of the figures that differ, then the pages."""

from pathlib import Path

from trial.compared.figures import Figures
from trial.compared.files import clear_folder, save_copy, save_summary, save_text
from trial.compared.pages import Comparison, write_pages


def write_folder(comparison: Comparison, figures: Figures, folder: Path) -> None:
    """Write everything anew, the summary by which the list of comparisons knows this one last."""
    clear_folder(folder)
    for one in comparison.figures:
        if one.pictures is None:
            continue
        base, archived = folder / "figures", figures.previous / "figures" / one.id
        save_text(one.pictures.previous.decode(), base / f"{one.id}-previous.svg")
        save_text(one.pictures.current.decode(), base / f"{one.id}-current.svg")
        if one.pictures.overlay:
            save_text(one.pictures.overlay, base / f"{one.id}-overlay.svg")
        save_copy(archived.with_suffix(".csv"), base / f"{one.id}-previous.csv")
        save_copy(archived.with_suffix(".svg"), base / f"{one.id}-archived.svg")
    for name, text in write_pages(comparison):
        save_text(text, folder / name)
    changes = comparison.changes
    save_summary(
        {
            "old": changes.old.name,
            "new": changes.new.name,
            "results": len(changes.results),
            "flips": len(changes.flips),
        },
        folder / "comparison.json",
    )
