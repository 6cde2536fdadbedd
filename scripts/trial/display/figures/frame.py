"""The frame of every figure: titles and notes inside the picture, fixed size, the same bytes each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from numpy.typing import NDArray

from trial.display.figures.png import encode_png, replace_band
from trial.display.figures.renderers import (
    LOCK_LINE,
    SVG_DPI,
    LineCanvas,
    LineRenderer,
    draw_both,
    text_extent,
)
from trial.display.figures.shared import PLACE, FixedAxes
from trial.display.provenance import Stamp

STYLE = Path(__file__).parent / "figure.mplstyle"
WIDTH, HEIGHT = 9.6, 7.0  # inches
EDGE = 0.3
TITLE_SIZE, SUBTITLE_SIZE, NOTE_SIZE = 11.0, 9.0, 7.0
TITLE_LINE, SUBTITLE_LINE, NOTE_LINE = 0.21, 0.17, 0.13
QUIET = "#57606a"
# How the ids of what must be said of the data begin.
DATA_MARK = "data-mark-"
MARK_BOX = {"facecolor": "#fff3d6", "edgecolor": "#8a2c00", "boxstyle": "square,pad=0.25"}


@dataclass(frozen=True)
class Heading:
    """What stands above and below the plot: number, titles, notes (without empty ones), origin."""

    number: str
    titles: tuple[str, ...]
    notes: tuple[str, ...]
    stamp: Stamp

    def __post_init__(self) -> None:
        object.__setattr__(self, "notes", tuple(filter(None, self.notes)))


@dataclass(frozen=True)
class Canvas:
    """A figure with the part of it that is free for axes, in inches from the lower left corner."""

    figure: Figure
    left: float
    bottom: float
    right: float
    top: float

    def axes(self, left: float, bottom: float, right: float, top: float) -> Axes:
        """Return axes at a place given in inches."""
        width, height = self.figure.get_size_inches()
        place = left / width, bottom / height, (right - left) / width, (top - bottom) / height
        shared, made = PLACE.get(), len(self.figure.axes)
        if shared is None or made >= len(shared.limits):
            return self.figure.add_axes(place)
        place = shared.boxes[made] if shared.boxes else place
        return self.figure.add_axes(FixedAxes(self.figure, place, limits=shared.limits[made]))


@contextmanager
def project_style() -> Iterator[None]:
    """Draw and save under the project's style alone, whatever the user's own settings are."""
    with matplotlib.rc_context():
        matplotlib.rc_file(STYLE, use_default_template=True)
        yield


def open_canvas(heading: Heading, height: float = HEIGHT) -> Canvas:
    """Return a figure with its titles and notes written, and the room between them."""
    shared = PLACE.get()
    height = shared.height if shared else height
    figure = Figure(figsize=(WIDTH, height))
    LineCanvas(figure)
    top = _write_titles(figure, heading, height)
    bottom = _write_notes(figure, heading)
    if shared:
        top, bottom = height - shared.titles, shared.notes
    return Canvas(figure, EDGE, bottom, WIDTH - EDGE, top)


def render(figure: Figure, title: str) -> tuple[bytes, bytes]:
    """Return the figure as SVG and as PNG; the same figure gives the same bytes."""
    svg, pixels = draw_both(figure, title)
    height = len(pixels)
    for text in figure.texts:
        if text.get_gid() == LOCK_LINE:
            top = round(height * (1 - text.get_position()[1]))
            return svg, encode_png(pixels, top, lock_band(text.get_text(), figure.dpi))
    return svg, encode_png(pixels, height, pixels[:0])


def renew_lock_line(png: bytes, text: str) -> bytes:
    """Return a picture of `render` with another line of the data lock."""
    with project_style():
        return replace_band(png, lock_band(text, matplotlib.rcParams["figure.dpi"]))


@lru_cache(maxsize=8)
def lock_band(text: str, dpi: float) -> NDArray[np.uint8]:
    """Return the pixels of the line of the data lock, over the whole width."""
    renderer = LineRenderer(round(WIDTH * dpi), int(NOTE_LINE * dpi), dpi)  # type: ignore[no-untyped-call]
    font = FontProperties(size=NOTE_SIZE)
    # As matplotlib places a line by its top: its ascent is at least that of "lp".
    extents = [text_extent(one, font) for one in (text, "lp")]
    baseline = max(height - descent for _, height, descent in extents) * dpi / SVG_DPI
    state = renderer.new_gc()
    state.set_foreground(QUIET)
    renderer.draw_text(state, EDGE * dpi, baseline, text, font, 0)
    return renderer.pixels()


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Return the printed width of one line in inches."""
    return text_extent(text, FontProperties(size=size, weight=weight))[0] / SVG_DPI


def wrap_text(text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Return the lines of `text` that fit into `width` inches, broken between words."""
    space = text_width("x x", size, weight) - text_width("xx", size, weight)
    lines: list[str] = []
    used = 0.0
    for word in text.split():
        # Word by word: measuring each growing line anew would cost most of the drawing's time.
        wide = text_width(word, size, weight)
        if lines and used + space + wide <= width:
            lines[-1] += f" {word}"
            used += space + wide
        else:
            lines.append(word)
            used = wide
    return _joined_end(lines, width, size, weight)


def _joined_end(lines: list[str], width: float, size: float, weight: str) -> list[str]:
    """Return the lines with a word that would stand alone at the end joined by the one before, if it fits."""
    if len(lines) < 2 or " " in lines[-1] or lines[-2].count(" ") < 2:
        return lines
    before, _, word = lines[-2].rpartition(" ")
    last = f"{word} {lines[-1]}"
    return [*lines[:-2], before, last] if text_width(last, size, weight) <= width else lines


def _write_titles(figure: Figure, heading: Heading, height: float) -> float:
    """Write study line, mark and titles from the top down; return the height that is left below them."""
    y = height - EDGE * 0.6
    _line(figure, EDGE, y, heading.stamp.protocol, NOTE_SIZE, color=QUIET)
    _line(figure, WIDTH - EDGE, y, heading.stamp.sponsor, NOTE_SIZE, color=QUIET, ha="right")
    y -= NOTE_LINE + 0.06
    for number, mark in enumerate(heading.stamp.marks, start=1):
        figure.text(
            0.5, (y - 0.11) / height, mark, size=9, weight="bold", ha="center", va="center",
            color="#6d2300", bbox=MARK_BOX, gid=f"{DATA_MARK}{number}",
        )  # fmt: skip
        y -= 0.34
    title = f"{heading.number} {heading.titles[0]}"
    for line in wrap_text(title, WIDTH - 2 * EDGE, TITLE_SIZE, "bold"):
        _line(figure, EDGE, y, line, TITLE_SIZE, weight="bold")
        y -= TITLE_LINE
    for title in heading.titles[1:]:
        for line in wrap_text(title, WIDTH - 2 * EDGE, SUBTITLE_SIZE):
            _line(figure, EDGE, y, line, SUBTITLE_SIZE)
            y -= SUBTITLE_LINE
    return y - 0.06


def _write_notes(figure: Figure, heading: Heading) -> float:
    """Write the notes upwards from the lower edge; return the height that they reach."""
    lines = [line for note in heading.notes for line in wrap_text(note, WIDTH - 2 * EDGE, NOTE_SIZE)]
    for index, line in enumerate(reversed(lines)):
        gid = LOCK_LINE if line == heading.stamp.lock_line else None
        _line(figure, EDGE, EDGE * 0.5 + (index + 1) * NOTE_LINE, line, NOTE_SIZE, color=QUIET, gid=gid)
    return EDGE * 0.5 + len(lines) * NOTE_LINE + 0.08


def _line(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    color: str = "black",
    weight: str = "normal",
    ha: str = "left",
    gid: str | None = None,
) -> None:
    width, height = figure.get_size_inches()
    figure.text(x / width, y / height, text, size=size, color=color, weight=weight, ha=ha, va="top", gid=gid)
