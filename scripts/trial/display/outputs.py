"""One output of the catalogue: built by its template, given the study's own title and footnotes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd

from trial.display.context import Context, Drawing
from trial.display.files import save_entry
from trial.display.pages.outputs import save_table
from trial.display.table import Note, Table

# The last notes of every output say where it comes from; the study's own stand before them.
ORIGIN = 2


def render(template: ModuleType, context: Context, base: Path, entry: Path) -> None:
    """Write the files of one output (`base` is their path without suffix) and its entry."""
    built = template.build(context)
    if isinstance(built, Drawing):
        found = _render_figure(built, context, base) | {"alt": template.alt(context)}
    else:
        found = _render_table(built, context, base) | {"alt": ""}
    spec = context.spec
    place = {"id": spec.id, "template": spec.template, "kind": template.TEMPLATE.kind, "e3": spec.e3}
    save_entry(place | {"endpoint": spec.endpoint} | found, entry)


def _render_table(table: Table, context: Context, base: Path) -> dict[str, Any]:
    own = context.spec
    notes = (*table.notes[:-ORIGIN], *map(Note, own.footnotes), *table.notes[-ORIGIN:])
    titles = (own.title, *table.titles[1:]) if own.title else table.titles
    table = replace(table, titles=titles, notes=notes)
    save_table(table, base)
    return {"number": table.number, "title": table.titles[0], "results": sorted(set(_ids(table)))}


def _ids(table: Table) -> Iterator[str]:
    for block in table.blocks:
        for row in block.rows:
            for cell in row.cells:
                yield from cell.result_ids


def _render_figure(drawing: Drawing, context: Context, base: Path) -> dict[str, Any]:
    from trial.display.figures.frame import project_style
    from trial.display.figures.outputs import save_figure

    own, heading = context.spec, drawing.heading
    titles = (own.title, *heading.titles[1:]) if own.title else heading.titles
    notes = (*heading.notes[:-ORIGIN], *own.footnotes, *heading.notes[-ORIGIN:])
    heading = replace(heading, titles=titles, notes=notes)
    with project_style():
        save_figure(drawing.draw(heading), drawing.frame, heading, base)
    return {"number": heading.number, "title": heading.titles[0], "results": _plotted(drawing.frame)}


def _plotted(frame: pd.DataFrame) -> list[str]:
    """Return the result ids that the plotted data carry."""
    columns = [name for name in frame if str(name).endswith("result_id")]
    found = {one for name in columns for text in frame[name] for one in str(text).split(" ")}
    return sorted(found - {"", "nan"})
