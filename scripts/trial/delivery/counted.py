"""Checks of listings: as many rows, or subjects, as the table counts, in all and in each arm."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from trial.delivery.book import Book, Finding, Labels
from trial.delivery.reading import PrintedOutput, PrintedRow

# What a count is of: endpoint, visit, statistic; and what is counted: a row or a subject.
Counted = tuple[str, str, str, str]


@dataclass(frozen=True)
class Listing:
    """A listing, and the table that counts what it lists.

    Attributes
    ----------
    table : str
        The template of the table.
    statistics : str
        Pattern of the statistics of that table which count the rows of the listing.
    rows : callable
        What one row of the listing counts as; nothing where the table does not count it.
    """

    table: str
    statistics: str
    rows: Callable[[Book, PrintedOutput, PrintedRow], Iterator[Counted]]


def _cell(output: PrintedOutput, row: PrintedRow, column: str) -> str:
    return row.texts[output.columns.index(column)] if column in output.columns else ""


def _every(statistic: str) -> Callable[[Book, PrintedOutput, PrintedRow], Iterator[Counted]]:
    def count(book: Book, output: PrintedOutput, row: PrintedRow) -> Iterator[Counted]:
        yield "", "", statistic, str(id(row))

    return count


def _emergent(statistic: str) -> Callable[[Book, PrintedOutput, PrintedRow], Iterator[Counted]]:
    def count(book: Book, output: PrintedOutput, row: PrintedRow) -> Iterator[Counted]:
        if _cell(output, row, "TE") == "Y":
            yield "", "", statistic, str(id(row))

    return count


def _infused(book: Book, output: PrintedOutput, row: PrintedRow) -> Iterator[Counted]:
    if _cell(output, row, "Start"):
        yield "", "", "any.subjects", row.label


def _criteria(book: Book, output: PrintedOutput, row: PrintedRow) -> Iterator[Counted]:
    code = _cell(output, row, "Criterion").partition(":")[0]
    yield "", "", f"{code}.{_cell(output, row, 'Result').upper().replace(' ', '_')}.subjects", row.label


def _excluded(book: Book, output: PrintedOutput, row: PrintedRow) -> Iterator[Counted]:
    named = Labels({one.code: one.label for one in book.spec.populations}).codes(row.block)
    for code in named:
        yield "", "", f"population.{code}.not.n", row.label


def _analysed(book: Book, output: PrintedOutput, row: PrintedRow) -> Iterator[Counted]:
    endpoint = next((one.code for one in book.spec.endpoints if row.label.startswith(one.label)), "")
    visit = book.visits.codes(_cell(output, row, "Visit"))
    if _cell(output, row, "Value") and not _cell(output, row, "Flags").startswith(
        ("not analysed", "no analysed")
    ):
        yield endpoint, visit[0] if visit else "", "AVAL.n", row.block


LISTINGS = {
    "ae_listing": Listing("ae_overview", r"any\.events", _emergent("any.events")),
    "ae_serious_listing": Listing("ae_overview", r"any\.serious\.events", _emergent("any.serious.events")),
    "ae_deaths_listing": Listing("ae_overview", r"any\.fatal\.events", _emergent("any.fatal.events")),
    "ae_discontinuation_listing": Listing(
        "ae_overview", r"any\.discontinuation\.events", _emergent("any.discontinuation.events")
    ),
    "deviations_listing": Listing("deviations_table", r"any\.events", _every("any.events")),
    "discontinued_listing": Listing("flow_table", r"discontinued\.n", _every("discontinued.n")),
    "exposure_listing": Listing("exposure_table", r"any\.subjects", _infused),
    "eligibility_listing": Listing(
        "eligibility_table", r"(?!any\.)[^.]+\.(NOT_MET|UNKNOWN)\.subjects", _criteria
    ),
    "excluded_listing": Listing("populations_table", r"population\.[^.]+\.not\.n", _excluded),
    "efficacy_listing": Listing("descriptive_table", r"AVAL\.n", _analysed),
}


def listed(book: Book) -> Iterator[Finding]:
    """A listing has as many rows (or subjects) as the table that counts them says."""
    for output in book.outputs:
        if listing := LISTINGS.get(output.output.template):
            yield from _compare(book, output, listing)


def _compare(book: Book, output: PrintedOutput, listing: Listing) -> Iterator[Finding]:
    found = _count(book, output, listing)
    arms = any(arm for _, _, _, arm in found)
    wanted = re.compile(listing.statistics)
    for placed in book.cells:
        if placed.output.output.template != listing.table:
            continue
        for result in placed.results:
            text = placed.shown.texts.get(result.id, "")
            known = result.group in book.arm_order or not result.group
            if not (known and wanted.fullmatch(result.statistic) and text.isdigit()):
                continue
            if result.group and found and not arms:
                continue  # the listing does not say the arm
            key = result.endpoint, result.visit, result.statistic, result.group
            rows = len(found.get(key, ()))
            where = f"{result.id} in {placed.output.id}"
            yield Finding("rows of listings", output.id, where, text, str(rows), rows == int(text))


def _count(book: Book, output: PrintedOutput, listing: Listing) -> dict[tuple[str, str, str, str], set[str]]:
    found: dict[tuple[str, str, str, str], set[str]] = {}
    for row in output.rows:
        named = book.arms.codes(row.block)
        arm = named[0] if len(named) == 1 else ""
        for endpoint, visit, statistic, unit in listing.rows(book, output, row):
            for group in {arm, ""}:
                found.setdefault((endpoint, visit, statistic, group), set()).add(unit)
    return found
