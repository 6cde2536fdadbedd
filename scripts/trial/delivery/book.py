"""What the checks across outputs read, and what they find."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from trial.delivery.config import DeliveredOutput, DeliverySpec
from trial.delivery.printed import Shown, shown_results
from trial.delivery.reading import PrintedCell, PrintedOutput, PrintedRow, Result


@dataclass(frozen=True)
class Finding:
    """One comparison: which check, of which output, where, what ought to stand there and what does."""

    check: str
    output: str
    place: str
    expected: str
    found: str
    agrees: bool


class Labels:
    """Labels of arms or visits, found in text as whole words, the longest first."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._codes = {label: code for code, label in labels.items()}
        ordered = sorted(self._codes, key=len, reverse=True)
        self._pattern = re.compile(
            "|".join(rf"(?<!\w){re.escape(label)}(?!\w)" for label in ordered) or "(?!)"
        )
        self._known: dict[str, tuple[tuple[str, str], ...]] = {}

    def find(self, text: str) -> tuple[tuple[str, str], ...]:
        """Return (code, words before it) of each label in a text, in order."""
        if text not in self._known:
            self._known[text] = tuple(
                (self._codes[match[0]], text[: match.start()]) for match in self._pattern.finditer(text)
            )
        return self._known[text]

    def codes(self, text: str) -> tuple[str, ...]:
        """Return the codes of the labels in a text, each once, in order."""
        return tuple(dict.fromkeys(code for code, _ in self.find(text)))


@dataclass(frozen=True)
class Placed:
    """A cell with results, and the words that say what it is: of its column, its row and its block."""

    output: PrintedOutput
    row: PrintedRow
    cell: PrintedCell
    results: tuple[Result, ...]

    @property
    def heading(self) -> str:
        """The heading of its column, as the page prints it."""
        return self.output.headings[self.cell.column] if self.output.headings else ""

    @property
    def place(self) -> str:
        """Where it stands, for a reader."""
        return f"row {self.cell.row} ({self.row.label.strip()}), column {self.heading}"

    @cached_property
    def shown(self) -> Shown:
        """Which number of its text is which result."""
        return shown_results(
            self.cell.text, [one.id for one in self.results], [one.numbers for one in self.results]
        )


class Book:
    """All outputs with the results and subjects they are checked against.

    Parameters
    ----------
    spec : DeliverySpec
    results : mapping
        The rows of ard.csv by id; more than one where an id stands twice.
    subjects : sequence of mappings
        The rows of adsl.csv.
    outputs : sequence of PrintedOutput
    """

    def __init__(
        self,
        spec: DeliverySpec,
        results: Mapping[str, Sequence[Result]],
        subjects: Sequence[Mapping[str, str]],
        outputs: Sequence[PrintedOutput],
    ) -> None:
        self.spec, self.rows, self.subjects, self.outputs = spec, results, subjects, outputs
        self.results = {name: same[0] for name, same in results.items()}
        self.arms = Labels({arm.code: arm.label for arm in spec.arms})
        self.arm_order = [arm.code for arm in spec.arms]
        self.visits = Labels({one.code: one.label for one in (*spec.visits, *spec.averages)})
        self.weights = {comparison.code: comparison.weights for comparison in spec.comparisons}

    @cached_property
    def cells(self) -> list[Placed]:
        """Every cell that has results."""
        return [
            Placed(output, row, cell, tuple(self.results[i] for i in cell.ids if i in self.results))
            for output in self.outputs
            for row in output.rows
            for cell in row.cells
        ]

    def members(self, output: DeliveredOutput, arm: str = "") -> int:
        """Return how many subjects of adsl.csv are in the population of an output, in one arm or in all."""
        codes = {arm} if arm else set(self.arm_order)
        return sum(
            row[str(output.population)] == "Y" and row[str(output.treatment)] in codes
            for row in self.subjects
        )

    def tables(self) -> Iterator[PrintedOutput]:
        """Yield the outputs that are tables or listings."""
        return (output for output in self.outputs if output.output.kind != "figure")
