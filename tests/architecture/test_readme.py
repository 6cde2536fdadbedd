"""The README's promises that a test can hold: its code runs and prints its numbers, its links and targets exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tutorial_runs_and_gives_the_printed_table():
    blocks = re.findall(r"```python\n(.*?)```", README, re.S)
    assert len(blocks) >= 4
    space = {}
    exec("\n".join(blocks), space)
    found = space["fit"].contrasts("ARM", by="WEEK", reference="PBO").round(4)
    printed = re.findall(r"ACT - PBO +(W\d\d) +(.*)", README)
    assert len(printed) == 3
    for (week, numbers), row in zip(printed, found.to_dict("records"), strict=True):
        assert row["WEEK"] == week
        values = [row[name] for name in ("estimate", "se", "df", "lower", "upper", "statistic", "pvalue")]
        assert [float(text) for text in numbers.split()] == pytest.approx(values, abs=5e-5)
    assert space["bootstrap"].shape == (1000, 3)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http|#)([^)#]+)", README))))
def test_links_lead_somewhere(link):
    assert (ROOT / link).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make (\w+)", README))))
def test_make_targets_exist(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M)


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "workflow" / "docs").glob("*.md"))
)
def test_links_of_the_docs_lead_somewhere(page):
    text = re.sub(r"`[^`\n]*`", "", (ROOT / page).read_text(encoding="utf-8"))
    for link in re.findall(r"\]\((?!http|#)([^)#\s]+)", text):
        assert ((ROOT / page).parent / link).exists(), link
