"""The intake's page says what the code does: rules, flags, conversions, layouts, keys of a source."""

from typing import get_args

from trial.labs.config import Source
from trial.labs.layouts import LAYOUTS
from trial.labs.rules import FLAGS, RULES
from trial.labs.units import read_conversions
from unit.labs.truth import ROOT

PAGE = (ROOT / "workflow" / "docs" / "intake.md").read_text(encoding="utf-8")


def test_every_rule_stands_in_the_table_with_its_fate_and_question():
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for code, rule in RULES.items():
        line = next(row for row in rows if row.startswith(f"| `{code}` |"))
        assert f"| {rule.fate} |" in line
        assert (rule.question or "–") in line


def test_every_flag_conversion_layout_and_key_is_explained():
    for code, meaning in FLAGS.items():
        assert f"| `{code}` | {meaning} |" in PAGE
    for entry in read_conversions():
        assert f"| {entry.from_unit} | {entry.to_unit} | {entry.factor} | {entry.offset} |" in PAGE
    for layout in LAYOUTS:
        assert f"| `{layout}` |" in PAGE
    for key in Source.model_fields:
        assert f"| `{key}` |" in PAGE, key


def test_every_declared_layout_has_a_reader():
    assert set(get_args(Source.model_fields["layout"].annotation)) == set(LAYOUTS)
