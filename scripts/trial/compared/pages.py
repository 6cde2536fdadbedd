"""The pages of a comparison: summary, raw rows, populations, results, outputs, figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, FunctionLoader

from trial.compared.changes import Changes
from trial.compared.figures import SAME, FigureChange
from trial.compared.files import Row, load_asset
from trial.compared.words import (
    describe,
    parts_of,
    place_of,
    print_change,
    result_link,
    who_of,
)
from trial.display.numbers import print_minus
from trial.display.pages.frame import Frame
from trial.display.pages.html_writer import page_environment
from trial.display.pages.trace_links import TRACE, quoted

ROOT = "../../"  # from a comparison's pages to the first page of the report
ROWS = 400  # of one page: more open slowly and are no longer read
PAGES = (
    ("index.html", "Summary"),
    ("results.html", "Results"),
    ("raw.html", "Raw rows"),
    ("populations.html", "Populations"),
    ("outputs.html", "Outputs"),
    ("figures.html", "Figures"),
)
STATES = {
    "same": "unchanged",
    "moved": "plotted data changed",
    "words": "words or look changed",
    "new": "only in the current run",
    "gone": "only in the previous run",
}


@dataclass(frozen=True)
class Comparison:
    """Everything the pages are made of; `data`: the way from them to the folder of the comparison's files."""

    frame: Frame
    changes: Changes
    figures: tuple[FigureChange, ...]
    data: str


@cache
def environment() -> Environment:
    """Return the template environment of the report with the templates of this room before it."""
    shared = page_environment()
    own = FunctionLoader(lambda name: load_asset(name) if name.startswith("compare") else None)
    assert shared.loader is not None
    found = shared.overlay(loader=ChoiceLoader([own, shared.loader]))
    found.filters["change"] = print_change
    return found


def write_pages(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield name and text of every page, the summary last: where it stands, the others do."""
    changes = comparison.changes
    yield from _results(comparison)
    yield from _listed(comparison, "raw", "Raw rows", _raw_rows(changes))
    yield from _listed(comparison, "populations", "Populations and subjects", changes.populations)
    outputs = _outputs(comparison)
    yield "outputs.html", _page(comparison, "outputs", "Outputs", "outputs.html", outputs=outputs)
    yield "figures.html", _page(comparison, "figures", "Figures", "figures.html", states=STATES)
    for one in comparison.figures:
        if one.pictures:
            yield f"figure-{one.id}.html", _figure(comparison, one)
    yield "index.html", _page(
        comparison, "index", "What changed", "index.html",
        flips=_lines(changes.flips[:ROWS]), counts=_counts(comparison),
    )  # fmt: skip


def _page(comparison: Comparison, template: str, title: str, here: str, **content: Any) -> str:
    changes = comparison.changes
    return environment().get_template(f"compare_{template}.html.j2").render(
        study=comparison.frame.study,
        stamp=comparison.frame.stamp,
        title=f"{title}: {changes.old.lock_id} to {changes.new.lock_id}",
        heading=title,
        root=ROOT,
        here="compare/index.html",
        page=here,
        pages=PAGES,
        scripts=(),
        styles=(),
        changes=changes,
        figures=comparison.figures,
        data=comparison.data,
        **content,
    )  # fmt: skip


def _results(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Yield the list of outputs with changed numbers, then the numbers of each, many of them in parts."""
    changes = comparison.changes
    groups = [
        (row["output"], f"{row['number']} {row['title']}", changes.of_output(row["output"]))
        for row in changes.outputs
    ]
    for name, rows in changes.unprinted().items():
        groups.append((f"analysis-{name}", f"Analysis {name}: results that no output prints", rows))
    groups = [group for group in groups if group[2]]
    listed = [
        (f"results-{name}.html", title, len(rows), sum(bool(row["flip"]) for row in rows), _causes(rows))
        for name, title, rows in groups
    ]
    yield "results.html", _page(
        comparison, "results", "Results", "results.html", groups=listed, flips=_lines(changes.flips),
        by_endpoint=_by_endpoint(changes.results),
    )  # fmt: skip
    for name, title, rows in groups:
        for number, part in enumerate(parts_of(rows, ROWS), start=1):
            file = part_name(f"results-{name}", number)
            yield file, _page(
                comparison, "numbers", title, file,
                blocks=_blocks(part), steps=_steps(f"results-{name}", number, len(rows)), rows=len(rows),
                output="" if name.startswith("analysis-") else name,
            )  # fmt: skip


def part_name(stem: str, number: int) -> str:
    """Return the file of one part of a long list; the first has the name of the list."""
    return f"{stem}.html" if number == 1 else f"{stem}-part-{number}.html"


def _steps(stem: str, number: int, rows: int) -> dict[str, Any]:
    last = max(1, -(-rows // ROWS))
    return {
        "number": number,
        "last": last,
        "before": part_name(stem, number - 1) if number > 1 else "",
        "after": part_name(stem, number + 1) if number < last else "",
        "first_row": (number - 1) * ROWS + 1,
        "last_row": min(number * ROWS, rows),
    }


def _blocks(rows: Sequence[Row]) -> list[tuple[str, list[dict[str, str]]]]:
    """Return the changed numbers of one page under the headings of their places, flips before all."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault("Conclusions that turned" if row["flip"] else place_of(row), []).append(row)
    return [(name, _lines(part)) for name, part in found.items()]


def _lines(rows: Sequence[Row]) -> list[dict[str, str]]:
    """Return changed numbers as the cells of their lines."""
    lines = []
    for row in rows:
        old, new, change = describe(row)
        lines.append(
            {
                "place": place_of(row),
                "who": who_of(row),
                "analysis": row["analysis"],
                "statistic": row["statistic"],
                "unit": row["unit"],
                "old": old,
                "new": new,
                "link": result_link(row, ROOT),
                "change": change,
                "in_se": print_change(row["delta_se"], 2),
                "flip": row["flip"],
                "cause": row["cause"],
                "subjects": print_minus(row["subjects"]),
                "id": row["result_id"],
            }
        )
    return lines


def _causes(rows: Sequence[Row]) -> str:
    return ", ".join(sorted({one for row in rows for one in row["cause"].split("; ") if one}))


def _by_endpoint(rows: Sequence[Row]) -> list[tuple[str, int, int]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["endpoint"] or "whole study", []).append(row)
    return [(name, len(part), sum(bool(row["flip"]) for row in part)) for name, part in sorted(found.items())]


def _raw_rows(changes: Changes) -> tuple[Row, ...]:
    return tuple(row | {"link": _raw_link(row)} for row in changes.raw)


def _raw_link(row: Row) -> str:
    """Return the way to the trace of a raw row that the present run has."""
    parts = (row["FILE"], row["SHEET"], row["NEW_ROW"])
    return f"{ROOT}{TRACE}#raw={'!'.join(map(quoted, parts))}" if row["NEW_ROW"] else ""


def _listed(
    comparison: Comparison, name: str, title: str, rows: Sequence[Row]
) -> Iterator[tuple[str, str]]:  # fmt: skip
    for number, part in enumerate(parts_of(rows, ROWS), start=1):
        file = part_name(name, number)
        yield (
            file,
            _page(
                comparison,
                name,
                title,
                file,
                rows=part,
                count=len(rows),
                steps=_steps(name, number, len(rows)),
            ),
        )


def _outputs(comparison: Comparison) -> list[dict[str, Any]]:
    """Return every output with what leads to its changes."""
    paged = {one.id: one for one in comparison.figures if one.pictures}
    found = []
    for row in comparison.changes.outputs:
        numbers = comparison.changes.of_output(row["output"])
        found.append(
            {
                **row,
                "changed": len(numbers),
                "flips": sum(bool(one["flip"]) for one in numbers),
                "numbers": f"results-{row['output']}.html" if numbers else "",
                "overlay": f"figure-{row['output']}.html" if row["output"] in paged else "",
                "state": STATES[paged[row["output"]].state] if row["output"] in paged else "",
                "differs": bool(row["change"] or numbers or row["output"] in paged),
                "report": "" if row["change"] == "gone" else f"{ROOT}{row['output']}.html",
            }
        )
    return found


def _figure(comparison: Comparison, one: FigureChange) -> str:
    rows = comparison.changes.of_output(one.id)
    runs = (("previous", one.points.gone), ("current", one.points.new))
    points = [(run, list(map(print_minus, row))) for run, rows in runs for row in rows]
    return _page(
        comparison, "figure", f"{one.number} {one.title}", f"figure-{one.id}.html",
        one=one, state=STATES[one.state], lines=_lines(rows[:ROWS]), rows=len(rows),
        points=points[:ROWS], more_points=max(len(points) - ROWS, 0),
    )  # fmt: skip


def _counts(comparison: Comparison) -> list[tuple[str, str, str]]:
    """Return what changed in numbers: name, text, page."""
    changes = comparison.changes
    kinds = {"added": "NEW_ROW", "removed": "OLD_ROW", "changed": "NEW_ROW"}
    rows = {
        kind: len({(row["FILE"], row["SHEET"], row[at]) for row in changes.raw if row["KIND"] == kind})
        for kind, at in kinds.items()
    }
    subjects = len({row["USUBJID"] for row in changes.populations})
    outputs = _outputs(comparison)
    differing = sum(row["differs"] for row in outputs)
    moved = sum(one.state != SAME for one in comparison.figures)
    return [
        ("Raw rows", ", ".join(f"{count} {kind}" for kind, count in rows.items()), "raw.html"),
        (
            "Populations and subjects",
            f"changed values: {len(changes.populations)}; subjects: {subjects}",
            "populations.html",
        ),
        (
            "Results",
            f"{len(changes.results)} changed; conclusions that turned: {len(changes.flips)}",
            "results.html",
        ),
        ("Outputs", f"{differing} of {len(outputs)} differ", "outputs.html"),
        ("Figures", f"{moved} of {len(comparison.figures)} differ", "figures.html"),
    ]
