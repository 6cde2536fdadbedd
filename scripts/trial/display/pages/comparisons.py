"""The list of comparisons with earlier data locks: a page that every report has, though it be empty."""

from pathlib import Path

from trial.display.files import load_comparisons
from trial.display.pages.frame import Frame, write_page

COMPARISONS = "compare/index.html"


def comparisons_page(frame: Frame, folder: Path) -> str:
    """Return the page of the comparisons that stand in a folder; it says which are of other results."""
    found = [
        {**content, "name": name, "present": content["new"] == frame.stamp.lock_text}
        for name, content in load_comparisons(folder)
    ]
    return write_page(frame, "comparisons.html.j2", "Comparisons", COMPARISONS, root="../", found=found)
