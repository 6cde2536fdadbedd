"""What became of each figure between two runs, and the pictures that show it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from trial.compared.changes import Run
from trial.compared.files import load_bytes, load_drawn, load_entries
from trial.compared.overlay import Names, write_overlay
from trial.compared.redraw import Drawn, draw_alike, draw_own
from trial.compared.strokes import Difference, Sheet, Stroke, differ, read_sheet
from trial.display.pages.plotted import OF_FILE
from trial.display.provenance import Stamp
from trial.display.stamping import exchange_lines
from trial.study.errors import TrialError

KEY = "result_id"  # how the columns end that trace the numbers of a figure's data
SAME, MOVED, WORDS, NEW, GONE = "same", "moved", "words", "new", "gone"


@dataclass(frozen=True)
class Pictures:
    """The previous and the current picture, both as SVG, and their overlay, empty where there is none."""

    previous: bytes
    current: bytes
    overlay: str = ""


@dataclass(frozen=True)
class Points:
    """The rows of plotted data that only one run has."""

    names: tuple[str, ...] = ()
    gone: tuple[tuple[str, ...], ...] = ()
    new: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class FigureChange:
    """What became of one figure.

    Attributes
    ----------
    state : str
        `same`: the same bytes apart from the line of the lock; `moved`: its plotted data differ; `words`:
        only its look or its words do; `new`, `gone`.
    pictures : Pictures or None
        Of a figure that both runs have and that differs.
    remarks : tuple of str
        What a reader must know of the pictures: why they have not the same axes, who drew the previous one.
    words_gone, words_new : tuple of str
        Texts of the picture that only one run has.
    moved : int
        How many strokes only one of the pictures has, texts and its legend aside.
    """

    id: str
    number: str
    title: str
    state: str
    pictures: Pictures | None = None
    remarks: tuple[str, ...] = ()
    points: Points = field(default_factory=Points)
    words_gone: tuple[str, ...] = ()
    words_new: tuple[str, ...] = ()
    moved: int = 0


@dataclass(frozen=True)
class Figures:
    """The results of the previous and of the current run, in which figures are looked for."""

    previous: Path
    current: Path
    old: Run
    new: Run


def compare_figures(figures: Figures) -> Iterator[FigureChange]:
    """Yield what became of each figure of either run, in order of their ids."""
    before, after = (
        {entry["id"]: entry for entry in load_entries(folder) if entry["kind"] == "figure"}
        for folder in (figures.previous, figures.current)
    )
    for output in sorted({*before, *after}):
        if output in before and output in after:
            yield _compare(figures, before[output], after[output])
        elif output in after:
            yield FigureChange(*_names(after[output]), state=NEW)
        else:
            yield FigureChange(*_names(before[output]), state=GONE)


def _compare(figures: Figures, before: Mapping[str, Any], entry: Mapping[str, Any]) -> FigureChange:
    output = str(entry["id"])
    points = _points(figures, output)
    old, new = _archived(figures, output)
    plotted = bool(points.gone or points.new)
    if not plotted and _restamped(old, before, entry) == new:
        return FigureChange(*_names(entry), state=SAME)
    pictures, difference, remarks = _pictures(figures, output, (old, new))
    return FigureChange(
        *_names(entry),
        state=MOVED if plotted else WORDS,
        pictures=pictures,
        remarks=tuple(remarks),
        points=points,
        words_gone=_texts(difference.gone, difference.new),
        words_new=_texts(difference.new, difference.gone),
        moved=sum(one.tag != "text" and not one.is_key for one in (*difference.gone, *difference.new)),
    )


def _pictures(
    figures: Figures, output: str, archived: tuple[bytes, bytes]
) -> tuple[Pictures, Difference, list[str]]:
    """Return both pictures, at the same axes where that can be, with their overlay."""
    remarks: list[str] = []
    drawn = _redrawn(figures, output, archived, remarks)
    alike = draw_alike(*drawn) if drawn else None
    if alike is None:
        if drawn:
            remarks.append(
                "The two pictures have not the same axes (panels, scales or the room for names differ): each "
                "is shown with its own, and there is no overlay."
            )
        sheets = _sheets(archived)
        return Pictures(*archived), differ(*sheets), remarks
    sheets = _sheets(alike)
    difference = differ(*sheets)
    names = Names(f"Overlay of {output}", f"previous: {figures.old.name}", f"current: {figures.new.name}")
    return Pictures(*alike, write_overlay(difference, sheets, names)), difference, remarks


def _redrawn(
    figures: Figures, output: str, archived: tuple[bytes, bytes], remarks: list[str]
) -> tuple[Drawn, Drawn] | None:
    """Return both figures as the present templates draw them; None, with a remark, where they cannot.

    Drawn anew, the current figure must be the one of the report: else the two would not be of one kind.
    """
    try:
        previous = draw_own(figures.previous, output)
    except (TrialError, ImportError, LookupError, TypeError, ValueError) as error:
        remarks.append(
            f"The present program cannot draw the archived results ({type(error).__name__}): each picture is "
            "shown as its own run drew it, with its own axes, and there is no overlay."
        )
        return None
    current = draw_own(figures.current, output)
    own = _sheets((previous.svg, current.svg))
    kept = _sheets(archived)
    if not differ(own[1], kept[1]).is_empty:
        remarks.append(
            "The present program draws the current figure otherwise than the report has it: make the results "
            "again, then compare. Each picture is shown as its own run drew it, and there is no overlay."
        )
        return None
    if not differ(own[0], kept[0]).is_empty:
        remarks.append(
            "The previous picture is drawn anew from the archived results by the present program, which "
            "draws it otherwise than the archived run did; the archived picture is among the files."
        )
    return previous, current


def _sheets(pictures: tuple[bytes, bytes]) -> tuple[Sheet, Sheet]:
    return read_sheet(pictures[0]), read_sheet(pictures[1])


def _archived(figures: Figures, output: str) -> tuple[bytes, bytes]:
    return (
        load_bytes(figures.previous / "figures" / f"{output}.svg"),
        load_bytes(figures.current / "figures" / f"{output}.svg"),
    )


def _restamped(svg: bytes, before: Mapping[str, Any], after: Mapping[str, Any]) -> bytes:
    """Return the previous picture with the lines of the present lock."""
    stamps = (Stamp("", "", "", marks=(), **entry["lock"]) for entry in (before, after))
    return exchange_lines(svg.decode(), *stamps).encode()


def _points(figures: Figures, output: str) -> Points:
    """Return the rows of plotted data that only one run has; their order counts for nothing."""
    old, new = (_rows(folder / "figures" / f"{output}.csv") for folder in (figures.previous, figures.current))
    names = tuple(dict.fromkeys((*new[0], *old[0])))
    before, after = (Counter(_aligned(found, names)) for found in (old, new))
    return Points(names, tuple((before - after).elements()), tuple((after - before).elements()))


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    names, rows = load_drawn(path)
    shown = [at for at, name in enumerate(names) if name not in OF_FILE and not name.endswith(KEY)]
    return [names[at] for at in shown], [[row[at] for at in shown] for row in rows]


def _aligned(found: tuple[list[str], list[list[str]]], names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    own, rows = found
    for row in rows:
        cells = dict(zip(own, row, strict=True))
        yield tuple(cells.get(name, "") for name in names)


def _names(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(entry["id"]), str(entry["number"]), str(entry["title"])


def _texts(strokes: Iterable[Stroke], others: Iterable[Stroke]) -> tuple[str, ...]:
    """Return the texts among strokes that are not among others, wherever they stand."""
    found, elsewhere = (Counter(one.text for one in part if one.tag == "text") for part in (strokes, others))
    return tuple((found - elsewhere).elements())
