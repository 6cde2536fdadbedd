"""Every equation that an analysis cites stands in the pages of the methods."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LABEL = re.compile(r"eq:[a-z0-9-]+")


def test_cited_equations_are_defined():
    sources = (ROOT / "scripts/trial").rglob("*.py")
    cited = {label for path in sources for label in LABEL.findall(path.read_text(encoding="utf-8"))}
    pages = [
        (ROOT / f"workflow/docs/{name}.md").read_text(encoding="utf-8") for name in ("methods", "comparison")
    ]
    defined = [label for page in pages for label in re.findall(r"\*\*\((eq:[a-z0-9-]+)\)\*\*", page)]
    assert len(defined) == len(set(defined))
    assert cited and cited <= set(defined), sorted(cited - set(defined))
