"""Footnotes: their order, their letters, and what warnings and errors of the results become."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trial.display.abbreviations import ABBREVIATIONS, abbreviation_line, used_in
from trial.display.context import Context
from trial.display.numbers import print_minus
from trial.display.results import Results, Statistic
from trial.display.spec import Average, Endpoint, OutputSpec, Visit
from trial.study.rules import DETECTABILITY


@dataclass(frozen=True)
class Note:
    """A footnote; `mark` is the letter in the cells it explains, or empty for the whole table.

    `glossary`: of the line of abbreviations, all that may stand in the output, with their meanings.
    """

    text: str
    mark: str = ""
    glossary: Mapping[str, str] = field(default_factory=dict)

    @property
    def printed(self) -> str:
        """The footnote as it stands below the table."""
        text = print_minus(self.text)
        return f"[{self.mark}] {text}" if self.mark else text


class Marks:
    """Letters for the footnotes of single cells, given in order of first use: a, b, ... z, aa, ab, ...

    Parameters
    ----------
    whole : sequence of str
        Warnings of the whole output: they are printed once below it and never lettered.
    """

    def __init__(self, whole: Sequence[str] = ()) -> None:
        self.whole = tuple(whole)
        self._letters: dict[str, str] = {}

    def letter(self, text: str) -> str:
        """Return the letter of a footnote text, a new one for a new text."""
        return self._letters.setdefault(text, _letters(len(self._letters)))

    def of(self, statistics: Iterable[Statistic]) -> tuple[str, ...]:
        """Return the letters for the warnings and absent values among the statistics of one cell."""
        found: dict[str, None] = {}
        for statistic in statistics:
            if not statistic.present:
                why = statistic.reason if statistic.withheld else f"NE: {statistic.reason}"
                found[self.letter(why)] = None
            if statistic.warning and statistic.warning not in self.whole:
                found[self.letter(statistic.warning)] = None
        return tuple(found)

    def letters(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return the letters of footnotes that are not of a statistic, such as those of a row's label."""
        return tuple(self.letter(text) for text in texts)

    def notes(self) -> tuple[Note, ...]:
        """Return the footnotes in order of their letters."""
        return tuple(Note(text, letter) for text, letter in self._letters.items())


def assemble_notes(
    context: Context,
    abbreviations: Sequence[str] = (),
    model: Sequence[str] = (),
    denominators: Sequence[str] = (),
    marks: Marks | None = None,
    warnings: Sequence[str] = (),
) -> tuple[Note, ...]:
    """Return the footnotes in the order of the project.

    Parameters
    ----------
    abbreviations : sequence of str
        What a figure draws in axes, legends and beside marks: texts, or the abbreviations alone; those of
        labels and notes are found. A table finds all of its own (`finish_notes`).

    Notes
    -----
    The order: abbreviations; model specification; denominators and definitions; warnings of the whole output
    (those of `marks` and those given); lettered notes of single cells; the study's own footnotes of this
    output; where the reader's notes are; data cut and lock; program. The page number stands in the page
    header where there are pages.
    """
    lettered = marks.notes() if marks else ()
    lines = [Note(text) for text in (*model, *denominators)]
    whole = [*(marks.whole if marks else ()), *warnings]
    lines += [Note(f"Warning: {text}") for text in whole]
    lines += lettered
    lines += [Note(text) for text in context.spec.footnotes]
    lines += [Note(f"Definitions and conventions: {reader}.")] if (reader := context.spec.reader) else []
    lines += [Note(context.stamp.lock_line), Note(context.stamp.program_line)]
    known = ABBREVIATIONS | context.spec.abbreviations
    spec = context.spec
    labels = [*(arm.label for arm in spec.arms), *([spec.only_endpoint.title] if spec.endpoint else [])]
    names = used_in([*abbreviations, *labels, *(line.text for line in lines)], known)
    return (Note(abbreviation_line(names, known), glossary=known), *lines)


def finish_notes(notes: Sequence[Note], texts: Iterable[str], letters: Iterable[str]) -> tuple[Note, ...]:
    """Return the footnotes of a table from what it prints.

    Parameters
    ----------
    texts : iterable of str
        All that stands above and in the table: its line of abbreviations names those used there or in a note.
    letters : iterable of str
        The letters that cells carry: a note that no cell points to is left out.
    """
    carried = set(letters)
    lines = [note for note in notes if not note.glossary and (not note.mark or note.mark in carried)]
    known = next((note.glossary for note in notes if note.glossary), {})
    names = used_in([*texts, *(line.text for line in lines)], known)
    return (Note(abbreviation_line(names, known), glossary=known), *lines) if names else tuple(lines)


def estimate_notes(
    spec: OutputSpec, endpoint: Endpoint, results: Results, visits: Sequence[Visit | Average] = ()
) -> list[str]:
    """Return what figures say about the model's warnings and absent estimates, each text once.

    Parameters
    ----------
    visits : sequence of Visit or Average
        The visits shown; all after baseline when empty.
    """
    whole = results.warnings(endpoint.paramcd)
    found: dict[str, dict[str, None]] = {}
    for visit in visits or spec.later_visits:
        for group, name, label in _estimates(spec):
            statistic = results.get(endpoint.paramcd, visit.code, group, name)
            place = visit.label if statistic.of_no_visit else f"{visit.label}, {label}"
            verdict = "not estimated" if statistic.missing else "not estimable"
            absent = "" if statistic.present else f"{verdict}: {statistic.reason}"
            for text in sorted({statistic.warning, absent} - {"", *whole}):
                found.setdefault(text, {})[place] = None
    # The rule of detectability is of the whole endpoint, wherever it is met.
    return whole + [
        text if text.startswith(DETECTABILITY) else f"{text} ({'; '.join(places)})"
        for text, places in found.items()
    ]


def _estimates(spec: OutputSpec) -> list[tuple[str, str, str]]:
    """Return arm or comparison, its estimate and its name: LS means, then differences to the reference."""
    means = [(arm.code, "lsmean", arm.label) for arm in spec.arms]
    reference = spec.reference.label
    return means + [
        (spec.comparison(arm), "diff", f"{arm.label} against {reference}") for arm in spec.active_arms
    ]


def _letters(index: int) -> str:
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(ord("a") + rest) + text
    return text
