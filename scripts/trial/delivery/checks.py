"""The checks across outputs, in the order in which their findings stand; the report is made if all agree."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from trial.delivery import contrasts, counted, headings, numbers
from trial.delivery.book import Book, Finding
from trial.study.errors import DataError

CHECKS: tuple[Callable[[Book], Iterator[Finding]], ...] = (
    headings.page_and_data,
    headings.arm_order,
    headings.arm_sizes,
    headings.arm_places,
    headings.visit_places,
    numbers.known_results,
    numbers.values,
    numbers.repeated,
    numbers.percentages,
    numbers.intervals,
    numbers.words,
    contrasts.labels,
    contrasts.signs,
    counted.listed,
)
COLUMNS = ("check", "output", "place", "expected", "found", "verdict")
AGREES, DIFFERS = "agrees", "differs"


def run_checks(book: Book) -> list[Finding]:
    """Return the findings of every check."""
    return [finding for check in CHECKS for finding in check(book)]


def finding_rows(findings: Iterable[Finding]) -> list[tuple[str, ...]]:
    """Return one row for each difference, and one for all places of an output where a check agrees."""
    agreeing: dict[tuple[str, str], list[Finding]] = {}
    rows: list[tuple[str, ...]] = []
    for finding in findings:
        if finding.agrees:
            agreeing.setdefault((finding.check, finding.output), []).append(finding)
        else:
            rows.append(
                (finding.check, finding.output, finding.place, finding.expected, finding.found, DIFFERS)
            )
    for (check, output), same in agreeing.items():
        place = same[0].place if len(same) == 1 else f"{len(same)} places"
        rows.append((check, output, place, "", "", AGREES))
    return rows


def refuse_differences(findings: Sequence[Finding], written: str) -> None:
    """Stop where outputs contradict each other, their results or the data.

    Raises
    ------
    DataError
        With output, check and place of each difference.
    """
    differ = [finding for finding in findings if not finding.agrees]
    if differ:
        raise DataError(
            "outputs",
            f"{len(differ)} of {len(findings)} comparisons across outputs differ; no report is made of them",
            [
                f"{one.output}, {one.check}, {one.place}: expected {one.expected}, found {one.found}"
                for one in differ
            ],
            hint=f"all of them stand in {written}; if a file was edited by hand, delete it and run snakemake "
            "again; else the template, or the words of the study (title, label of an arm, visit or "
            "contrast), says what its numbers do not",
        )
