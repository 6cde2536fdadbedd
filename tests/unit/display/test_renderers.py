"""One drawing for both formats: the picture shows what matplotlib's own would show."""

import io

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.font_manager import FontProperties
from PIL import Image

from trial.display.figures.frame import project_style
from trial.display.figures.renderers import draw_both, text_extent
from unit.display.test_figures import ALL


def ink(pixels):
    """Return how dark each square of 12 x 12 pixels is, from 0 to 1."""
    dark = 255 - np.asarray(pixels, dtype=float).mean(axis=2)
    rows, columns = (size // 12 * 12 for size in dark.shape)
    return dark[:rows, :columns].reshape(rows // 12, 12, columns // 12, 12).mean(axis=(1, 3)) / 255


@pytest.mark.parametrize("name", [name for name in ALL if not name.endswith("long")])
def test_the_picture_has_the_ink_of_matplotlib_s_own(name):
    with project_style():
        figure = ALL[name]()
        for text in figure.texts:
            text.set_gid(None)  # the line of the lock is drawn too
        _, ours = draw_both(figure, "title")
        file = io.BytesIO()
        FigureCanvasAgg(figure).print_png(file)
    theirs = np.asarray(Image.open(file).convert("RGB"))
    height = min(len(ours), len(theirs))
    assert abs(len(ours) - len(theirs)) <= 1
    difference = np.abs(ink(ours[:height]) - ink(theirs[:height]))
    # Letters and lines may stand a pixel apart; a mark that is missing or elsewhere fills or empties a square.
    assert difference.mean() < 0.004
    assert difference.max() < 0.35


@pytest.mark.parametrize(
    "text", ["", " ", "a", "LS mean (SE)", "two  spaces", "Đường huyết ≤ 7.0 mmol/L", "AVATAR To. V,"]
)
def test_a_line_is_as_wide_as_matplotlib_measures_it(text):
    from matplotlib.textpath import TextToPath

    for font in (FontProperties(size=7), FontProperties(size=11, weight="bold")):
        theirs = TextToPath().get_text_width_height_descent(text, font, ismath=False)
        assert text_extent(text, font) == pytest.approx(theirs, abs=0.02)
