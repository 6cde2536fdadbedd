"""Checks of what heads columns, rows and pages: arms in their order and place, their size, the visit."""

import re
from collections.abc import Iterator
from itertools import cycle, groupby

from trial.delivery.book import Book, Finding, Placed

_SIZE = re.compile(r"\(N=(\d+)\)")


def page_and_data(book: Book) -> Iterator[Finding]:
    """Headings and cells of the page are those of its CSV."""
    for output in book.tables():
        yield Finding(
            "page and CSV agree",
            output.id,
            "headings",
            " | ".join(output.columns),
            " | ".join(output.headings),
            output.columns == output.headings,
        )
        if not output.rows:
            continue
        texts = [row.texts for row in output.rows]
        differ = [i for i, pair in enumerate(zip(texts, output.page, strict=False)) if pair[0] != pair[1]]
        if len(texts) != len(output.page):
            differ.append(min(len(texts), len(output.page)))
        for i in differ[:5] or [0]:
            yield Finding(
                "page and CSV agree",
                output.id,
                f"row {i + 1}",
                " | ".join(texts[i] if i < len(texts) else ("no such row",)),
                " | ".join(output.page[i] if i < len(output.page) else ("no such row",)),
                not differ,
            )


def arm_order(book: Book) -> Iterator[Finding]:
    """Columns of arms stand in the order of the study's arms, once or several times over."""
    for output in book.tables():
        named = [book.arms.codes(heading) for heading in output.headings]
        shown = [arms[0] for arms in named if len(arms) == 1]
        shown = [arm for arm, _ in groupby(shown)]
        used = [code for code in book.arm_order if code in shown]
        for place, (arm, expected) in enumerate(zip(shown, cycle(used), strict=False), start=1):
            where = f"arm {place} of the headings"
            yield Finding("order of arms", output.id, where, expected, arm, arm == expected)


def arm_sizes(book: Book) -> Iterator[Finding]:
    """N in a heading is the size of the output's population in the data."""
    for output in book.tables():
        for heading in dict.fromkeys(output.headings):
            size = _SIZE.search(heading)
            if size is None or output.output.population is None:
                continue
            arms = book.arms.codes(heading)
            members = book.members(output.output, arms[0] if arms else "")
            yield Finding(
                "N of headings", output.id, heading, f"N={members}", f"N={size[1]}", int(size[1]) == members
            )


def arm_places(book: Book) -> Iterator[Finding]:
    """A result of an arm stands under the heading, or beside the label, of that arm."""
    for placed in book.cells:
        arm = _only(book.arms.codes(placed.heading)) or _only(
            book.arms.codes(placed.row.label) or book.arms.codes(placed.row.block)
        )
        if not arm:
            continue
        for result in placed.results:
            if result.group in book.arm_order:
                yield Finding(
                    "arm of cells", placed.output.id, placed.place, result.group, arm, result.group == arm
                )


def visit_places(book: Book) -> Iterator[Finding]:
    """A result of a visit stands where the title, the block, the row or the column names that visit."""
    titles = {output.id: book.visits.codes(output.entry["title"]) for output in book.outputs}
    for placed in book.cells:
        where = _own_visit(book, placed)
        for result in placed.results:
            if not result.visit:
                continue
            visits = (where,) if where else titles[placed.output.id] if result.comparison else ()
            if visits:
                agrees = result.visit in visits
                yield Finding(
                    "visit of cells",
                    placed.output.id,
                    placed.place,
                    " or ".join(visits),
                    result.visit,
                    agrees,
                )
    yield from _figure_visits(book, titles)


def _figure_visits(book: Book, titles: dict[str, tuple[str, ...]]) -> Iterator[Finding]:
    """A figure whose title names a visit plots the comparison of that visit."""
    for output in book.outputs:
        if output.output.kind != "figure" or not titles[output.id]:
            continue
        for name in output.entry["results"]:
            result = book.results.get(name)
            if result and result.comparison and result.visit:
                visits = titles[output.id]
                yield Finding(
                    "visit of cells",
                    output.id,
                    name,
                    " or ".join(visits),
                    result.visit,
                    result.visit in visits,
                )


def _own_visit(book: Book, placed: Placed) -> str:
    """Return the visit that the nearest words name: those of the column, the row, then the block."""
    texts = (placed.heading, placed.row.label, *placed.row.texts[1:3], placed.row.block)
    for text in dict.fromkeys(texts):
        if found := _only(book.visits.codes(text)):
            return found
    return ""


def _only(codes: tuple[str, ...]) -> str:
    return codes[0] if len(codes) == 1 else ""
