"""The frame of every figure: titles and notes inside the picture, fixed size, the same bytes each time."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg, get_hinting_flag
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from trial.display.figures.shared import PLACE, FixedAxes
from trial.display.provenance import SYNTHETIC_MARK, Stamp

STYLE = Path(__file__).parent / "figure.mplstyle"
WIDTH, HEIGHT = 9.6, 7.0  # inches
EDGE = 0.3
TITLE_SIZE, SUBTITLE_SIZE, NOTE_SIZE = 11.0, 9.0, 7.0
TITLE_LINE, SUBTITLE_LINE, NOTE_LINE = 0.21, 0.17, 0.13
QUIET = "#57606a"
# The font of a figure, and what has its widths where a reader's machine lacks it.
FONT, LIKE_IT = b"'DejaVu Sans'", b"'Bitstream Vera Sans', Verdana, sans-serif"
PACKING = 2  # of PNG: a stronger one takes twice the time for a few kilobytes
MARK_BOX = {"facecolor": "#fff3d6", "edgecolor": "#8a2c00", "boxstyle": "square,pad=0.25"}


class LineRenderer(RendererAgg):
    """Matplotlib's renderer of pictures, with the letters of a line drawn in one call.

    Matplotlib 3.11 draws each letter by several calls of its own, which slanted text needs: a third of the
    time that a picture takes. Level lines, and those turned by a right angle, look the same either way.
    """

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False,
        mtext: Any = None,
    ) -> None:  # fmt: skip
        """Draw one line of text from the lower left corner `x`, `y` in pixels; `y` is downwards."""
        if ismath or angle % 90:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
            return
        font = self._prepare_font(prop)  # type: ignore[no-untyped-call]
        font.set_text(s, 0, flags=get_hinting_flag())  # type: ignore[no-untyped-call]
        font.draw_glyphs_to_bitmap(antialiased=gc.get_antialiased())
        across, below = (offset / 64 for offset in font.get_bitmap_offset())
        descent, turn = font.get_descent() / 64, math.radians(angle)
        left = round(x + across + descent * math.sin(turn))
        base = round(y + below + descent * math.cos(turn)) + 1
        self._renderer.draw_text_image(font.get_image(), left, base, angle, gc)


class LineCanvas(FigureCanvasAgg):
    """The canvas of pictures, with that renderer."""

    def get_renderer(self) -> LineRenderer:
        """Return the renderer for the figure's present size and resolution."""
        width, height = self.get_width_height(physical=True)
        key = width, height, self.figure.dpi
        if key != self._lastKey:
            self.renderer: LineRenderer = LineRenderer(width, height, self.figure.dpi)  # type: ignore[no-untyped-call]
            self._lastKey = key
        return self.renderer


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


def render_svg(figure: Figure, title: str) -> bytes:
    """Return the figure as SVG without date or creator; text is text, in the font it was measured with."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None, "Title": title})
    return buffer.getvalue().replace(FONT, FONT + b", " + LIKE_IT)


def render_png(figure: Figure) -> bytes:
    """Return the figure as PNG without the software's name."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": PACKING})
    return buffer.getvalue()


def text_width(figure: Figure, text: str, size: float, weight: str = "normal") -> float:
    """Return the printed width of one line in inches."""
    return _measure(text, size, weight, figure.dpi)


@lru_cache(maxsize=4096)
def _measure(text: str, size: float, weight: str, dpi: float) -> float:
    font = FontProperties(size=size, weight=weight)
    renderer = RendererAgg(1, 1, dpi)  # type: ignore[no-untyped-call]
    width, _, _ = renderer.get_text_width_height_descent(text, font, ismath=False)  # type: ignore[no-untyped-call]
    return float(width) / dpi


def wrap_text(figure: Figure, text: str, width: float, size: float, weight: str = "normal") -> list[str]:
    """Return the lines of `text` that fit into `width` inches, broken between words."""
    space = text_width(figure, "x x", size, weight) - text_width(figure, "xx", size, weight)
    lines: list[str] = []
    used = 0.0
    for word in text.split():
        # Word by word: measuring each growing line anew would cost most of the drawing's time.
        wide = text_width(figure, word, size, weight)
        if lines and used + space + wide <= width:
            lines[-1] += f" {word}"
            used += space + wide
        else:
            lines.append(word)
            used = wide
    return _joined_end(figure, lines, width, size, weight)


def _joined_end(figure: Figure, lines: list[str], width: float, size: float, weight: str) -> list[str]:
    """Return the lines with a word that would stand alone at the end joined by the one before, if it fits."""
    if len(lines) < 2 or " " in lines[-1] or lines[-2].count(" ") < 2:
        return lines
    before, _, word = lines[-2].rpartition(" ")
    last = f"{word} {lines[-1]}"
    return [*lines[:-2], before, last] if text_width(figure, last, size, weight) <= width else lines


def _write_titles(figure: Figure, heading: Heading, height: float) -> float:
    """Write study line, mark and titles from the top down; return the height that is left below them."""
    y = height - EDGE * 0.6
    _line(figure, EDGE, y, heading.stamp.protocol, NOTE_SIZE, color=QUIET)
    _line(figure, WIDTH - EDGE, y, heading.stamp.sponsor, NOTE_SIZE, color=QUIET, ha="right")
    y -= NOTE_LINE + 0.06
    if heading.stamp.synthetic:
        figure.text(
            0.5, (y - 0.11) / height, SYNTHETIC_MARK, size=9, weight="bold", ha="center", va="center",
            color="#6d2300", bbox=MARK_BOX, gid="synthetic-mark",
        )  # fmt: skip
        y -= 0.34
    title = f"{heading.number} {heading.titles[0]}"
    for line in wrap_text(figure, title, WIDTH - 2 * EDGE, TITLE_SIZE, "bold"):
        _line(figure, EDGE, y, line, TITLE_SIZE, weight="bold")
        y -= TITLE_LINE
    for title in heading.titles[1:]:
        for line in wrap_text(figure, title, WIDTH - 2 * EDGE, SUBTITLE_SIZE):
            _line(figure, EDGE, y, line, SUBTITLE_SIZE)
            y -= SUBTITLE_LINE
    return y - 0.06


def _write_notes(figure: Figure, heading: Heading) -> float:
    """Write the notes upwards from the lower edge; return the height that they reach."""
    lines = [line for note in heading.notes for line in wrap_text(figure, note, WIDTH - 2 * EDGE, NOTE_SIZE)]
    for index, line in enumerate(reversed(lines)):
        _line(figure, EDGE, EDGE * 0.5 + (index + 1) * NOTE_LINE, line, NOTE_SIZE, color=QUIET)
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
) -> None:
    width, height = figure.get_size_inches()
    figure.text(x / width, y / height, text, size=size, color=color, weight=weight, ha=ha, va="top")
