"""Changed raw rows and files as the lines of a comparison."""

from collections.abc import Iterator, Mapping
from typing import Any

from trial.compare.files import changed_names
from trial.compare.raw_changes import Matched, changed_cells
from trial.compare.raw_rows import RESULT, RawRow
from trial.compare.run import Run
from trial.compare.schema import RAW


def raw_lines(matched: Matched) -> Iterator[dict[str, str]]:
    """Yield the lines of raw.csv by file and line: a changed row has one per cell, others one."""
    lines = [_line("added", None, row, _column(row), "", row.shown()) for row in matched.added]
    lines += [_line("removed", row, None, _column(row), row.shown(), "") for row in matched.removed]
    lines += [
        _line("changed", old, new, *cell) for old, new in matched.changed for cell in changed_cells(old, new)
    ]
    yield from sorted(lines, key=_order)


def file_changes(old: Run, new: Run, matched: Matched) -> list[dict[str, Any]]:
    """Return every raw file of either run: how it changed, and how many of its rows came, went or changed.

    A file may differ in nothing that is shown: identifiers are withheld, and order and layout are no
    content.
    """
    counts: dict[str, dict[str, int]] = {}
    for kind, files in (
        ("added", [row.file for row in matched.added]),
        ("removed", [row.file for row in matched.removed]),
        ("changed", [new.file for _, new in matched.changed]),
    ):
        for file in files:
            counts.setdefault(file, dict.fromkeys(("added", "removed", "changed"), 0))[kind] += 1
    differing = set(changed_names(old.raw_hashes, new.raw_hashes))
    none = dict.fromkeys(("added", "removed", "changed"), 0)
    return [
        {
            "path": path,
            "change": _change(path, old, new) if path in differing else "",
            **counts.get(path, none),
        }
        for path in sorted({*old.raw_hashes, *new.raw_hashes})
    ]


def _change(path: str, old: Run, new: Run) -> str:
    return "appeared" if path not in old.raw_hashes else "gone" if path not in new.raw_hashes else "changed"


def _column(row: RawRow) -> str:
    return row.column or (row.named(RESULT) if RESULT in row.texts else "")


def _line(
    kind: str, old: RawRow | None, new: RawRow | None, column: str, before: str, after: str
) -> dict[str, str]:
    row = new or old
    assert row is not None
    values = (
        kind, row.file, row.sheet,
        row.subject or (old.subject if old else ""), row.analyte, row.visit, row.date,
        old.row if old else "", new.row if new else "", column, before, after,
    )  # fmt: skip
    return dict(zip(RAW, values, strict=True))


def _order(line: Mapping[str, str]) -> tuple[object, ...]:
    row = line["NEW_ROW"] or line["OLD_ROW"]
    return line["FILE"], line["SHEET"], row.zfill(12), line["KIND"], line["COLUMN"]
