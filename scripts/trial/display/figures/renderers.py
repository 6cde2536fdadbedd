"""Both forms of a figure from one drawing: SVG with text as text, and the pixels of a picture."""

import io
import math
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.transforms import Affine2D, TransformedBbox, TransformedPath
from numpy.typing import NDArray

SVG_DPI = 72.0
OPAQUE = 255
DESIGN = 100.0  # the size at which letters are measured
METADATA = {"Date": None, "Creator": None}
# The text with this id is left to the SVG: the picture gets it in its band.
LOCK_LINE = "lock-line"
# The font of a figure, and what has its widths where a reader's machine lacks it.
FONT, LIKE_IT = "'DejaVu Sans'", "'Bitstream Vera Sans', Verdana, sans-serif"


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
        if ismath or angle % 90 or not gc.get_antialiased():
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
            return
        image, across, below, descent = _letters(s, _typeface(prop), prop.get_size_in_points(), self.dpi)
        turn = math.radians(angle)
        left = round(x + across + descent * math.sin(turn))
        base = round(y + below + descent * math.cos(turn)) + 1
        self._renderer.draw_text_image(image, left, base, angle, gc)

    def pixels(self) -> NDArray[np.uint8]:
        """Return what is drawn, (height, width, 3), on white where nothing is."""
        drawn: NDArray[np.uint8] = np.asarray(self.buffer_rgba())  # type: ignore[no-untyped-call]
        if drawn[:, :, 3].min() == OPAQUE:
            return drawn[:, :, :3]
        alpha = drawn[:, :, 3:] / OPAQUE
        mixed: NDArray[np.float64] = np.rint(OPAQUE + alpha * (drawn[:, :, :3].astype(float) - OPAQUE))
        return mixed.astype(np.uint8)


def _typeface(font: FontProperties) -> str:
    """Return the file of a font, whatever its size."""
    return _file(*font.get_family(), font.get_style(), str(font.get_weight()))


@lru_cache(maxsize=64)
def _file(family: str, style: Any, weight: str) -> str:
    return str(fontManager.findfont(FontProperties(family=family, style=style, weight=weight)))


@lru_cache(maxsize=512)
def _letters(text: str, file: str, size: float, dpi: float) -> tuple[NDArray[np.uint8], float, float, float]:
    """Return a line as grey values, with its offset from where it begins, to the right and down, and descent.

    Figures of a run repeat most of their lines.
    """
    font = get_font(file)
    font.clear()
    font.set_size(size, dpi)
    font.set_text(text, 0, flags=LoadFlags.NO_HINTING)
    font.draw_glyphs_to_bitmap(antialiased=True)
    across, below = font.get_bitmap_offset()
    return np.array(font.get_image()), across / 64, below / 64, font.get_descent() / 64


def text_extent(text: str, font: FontProperties) -> tuple[float, float, float]:
    """Return width, height and descent of one line in points; letters are as wide as they were designed.

    The width is that of the words and of the spaces between them: words repeat, lines seldom.
    """
    file = _typeface(font)
    words = [_word(word, file) for word in text.split(" ")]
    width = sum(width for width, _, _ in words) + _word(" ", file)[0] * (len(words) - 1)
    ascent = max(height - descent for _, height, descent in words)
    descent = max(descent for *_, descent in words)
    scale = font.get_size_in_points() / DESIGN
    return width * scale, (ascent + descent) * scale, descent * scale


@lru_cache(maxsize=1 << 14)
def _word(text: str, file: str) -> tuple[float, float, float]:
    font = get_font(file)
    font.set_size(DESIGN, SVG_DPI)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width, height = font.get_width_height()
    return width / 64, height / 64, font.get_descent() / 64


class LineCanvas(FigureCanvasAgg):
    """The canvas on which figures are laid out, with that renderer."""

    def get_renderer(self) -> LineRenderer:
        """Return the renderer for the figure's present size and resolution."""
        width, height = self.get_width_height(physical=True)
        key = width, height, self.figure.dpi
        if key != self._lastKey:
            self.renderer: LineRenderer = LineRenderer(width, height, self.figure.dpi)  # type: ignore[no-untyped-call]
            self._lastKey = key
        return self.renderer


class TwinRenderer(RendererSVG):
    """Matplotlib's renderer of SVG, which draws the same marks as pixels beside.

    What a drawing costs is mostly to find out where things stand; that is done once for both.
    """

    def __init__(self, width: float, height: float, file: io.StringIO, title: str, dpi: float) -> None:
        metadata = METADATA | {"Title": title}
        super().__init__(width, height, file, image_dpi=dpi, metadata=metadata)  # type: ignore[no-untyped-call]
        self.scale = dpi / SVG_DPI
        self.picture = LineRenderer(round(width * self.scale), round(height * self.scale), dpi)  # type: ignore[no-untyped-call]
        # Paths are measured from below, text from above: both from the picture's upper edge.
        shift = self.picture.height - height * self.scale
        self._larger = Affine2D().scale(self.scale).translate(0, shift)
        self._paused = False

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:
        """Draw a path in both."""
        super().draw_path(gc, path, transform, rgbFace)  # type: ignore[no-untyped-call]
        if not self._paused:
            self.picture.draw_path(self._context(gc), path, transform + self._larger, rgbFace)  # type: ignore[no-untyped-call]

    def draw_markers(
        self, gc: Any, marker_path: Any, marker_trans: Any, path: Any, trans: Any,
        rgbFace: Any = None,
    ) -> None:  # fmt: skip
        """Draw a marker at each vertex of a path in both."""
        super().draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)  # type: ignore[no-untyped-call]
        if not self._paused:
            size = marker_trans + Affine2D().scale(self.scale)
            self.picture.draw_markers(
                self._context(gc), marker_path, size, path, trans + self._larger, rgbFace
            )

    def draw_path_collection(
        self, gc: Any, master_transform: Any, paths: Any, all_transforms: Any, offsets: Any,
        offset_trans: Any, *style: Any, **options: Any,
    ) -> None:  # fmt: skip
        """Draw a collection of paths in both."""
        # Matplotlib's SVG may draw the parts one by one by the calls above.
        self._paused = True
        super().draw_path_collection(  # type: ignore[no-untyped-call]
            gc, master_transform, paths, all_transforms, offsets, offset_trans, *style, **options
        )
        self._paused = False
        master = master_transform + (self._larger if not len(offsets) else Affine2D().scale(self.scale))
        self.picture.draw_path_collection(
            self._context(gc), master.frozen(), paths, all_transforms, offsets,
            (offset_trans + self._larger).frozen(), *style, **options,
        )  # fmt: skip

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False,
        mtext: Any = None,
    ) -> None:  # fmt: skip
        """Draw one line of text in both; the line of the lock in the SVG alone."""
        super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)  # type: ignore[no-untyped-call]
        if mtext is None or mtext.get_gid() != LOCK_LINE:
            at = x * self.scale, y * self.scale
            self.picture.draw_text(self._context(gc), *at, s, prop, angle, ismath, mtext)

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        """Return width, height and descent of one line in points."""
        return text_extent(s, prop)

    def draw_image(self, *args: Any, **options: Any) -> None:
        """Refuse: no figure holds an image, and none would be drawn in the picture."""
        raise NotImplementedError("draw marks, not images: a reader finds no value in a pixel")

    def _context(self, gc: Any) -> Any:
        """Return the state of drawing with what it is clipped to in the picture's pixels."""
        larger = self.picture.new_gc()
        larger.copy_properties(gc)
        if gc.get_clip_rectangle() is not None:
            larger.set_clip_rectangle(TransformedBbox(gc.get_clip_rectangle(), self._larger))  # type: ignore[arg-type]
        path, transform = gc.get_clip_path()
        if path is not None:
            larger.set_clip_path(TransformedPath(path, transform + self._larger))
        return larger


def draw_both(figure: Figure, title: str) -> tuple[bytes, NDArray[np.uint8]]:
    """Return a figure as SVG without date or creator, and its pixels (height, width, 3)."""
    dpi = figure.dpi
    width, height = figure.get_size_inches() * SVG_DPI
    file = io.StringIO()
    renderer = TwinRenderer(width, height, file, title, dpi)
    figure.dpi = SVG_DPI
    try:
        figure.draw(renderer)
    finally:
        figure.dpi = dpi
    renderer.finalize()  # type: ignore[no-untyped-call]
    return file.getvalue().replace(FONT, f"{FONT}, {LIKE_IT}").encode(), renderer.picture.pixels()
