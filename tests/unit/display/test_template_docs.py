"""The example of the docs is a template that works, and their list of templates is that of the code."""

import re
from pathlib import Path
from types import ModuleType

from trial.display.pages.html_writer import write_html
from trial.display.registry import NAMES
from unit.display import study_rows as rows

PAGE = (Path(__file__).parents[3] / "workflow/docs/outputs.md").read_text(encoding="utf-8")


def example():
    """Return the template that the page shows."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)
    module = ModuleType("example")
    exec(compile(code, "outputs.md", "exec"), module.__dict__)
    return module


def test_the_example_builds_a_table_of_one_endpoint():
    module = example()
    spec = rows.output_spec("descriptive_table", "TNFA", footnotes=("Our own.",))
    table = module.build(rows.context(spec))
    counts = [[cell.text for cell in row.cells] for row in table.blocks[0].rows]
    assert counts == [
        ["Baseline", "30", "31"],
        ["Month 1", "29", "30"],
        ["Month 3", "28", "29"],
        ["Month 6", "27", "28"],
    ]
    assert table.result_ids[0] == "TNFA.OBSERVED.BL.CELL.AVAL.n"
    assert "Our own." in write_html(table)
    assert module.TEMPLATE.roles == ("observed",)


def test_the_table_of_templates_is_what_they_declare():
    listed = re.findall(r"^\| `(\w+)` \| (\w+) \| (\w+) \| ([\w, ]*)\| ([\w, ]*)\|$", PAGE, flags=re.M)
    declared = [(name, rows.template_of(name)) for name in NAMES]
    assert [
        (name, kind, scope, roles.strip(), data.strip()) for name, kind, scope, roles, data in listed
    ] == [(name, t.kind, t.scope, ", ".join(t.roles), ", ".join(t.data)) for name, t in declared]
