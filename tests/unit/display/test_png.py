"""Pictures whose line of the data lock is exchanged: the bytes are those of a picture drawn with that line."""

import io

import numpy as np
import pytest
from PIL import Image

from trial.display.figures.frame import NOTE_LINE, lock_band, project_style, render
from trial.display.figures.png import encode_png, replace_band
from trial.study.errors import DataError
from unit.display.study_figures import profile
from unit.display.test_renderers import ink

OTHER = "Data cut: 2021-02-28. Lock: ANOTHER-2 (0123456789ab), state relocked."


def random_pixels(rows, seed):
    return np.random.default_rng(seed).integers(0, 256, (rows, 37, 3), dtype=np.uint8)


def opened(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.mark.parametrize("top", [0, 1, 60, 90])
def test_a_picture_holds_its_pixels_and_its_band(top):
    pixels, band = random_pixels(100, 1), random_pixels(10, 2)
    expected = pixels.copy()
    expected[top : top + 10] = band
    assert (opened(encode_png(pixels, top, band)) == expected).all()


@pytest.mark.parametrize("top", [0, 60, 90])
def test_another_band_gives_the_bytes_of_a_picture_made_with_it(top):
    pixels, first, second = random_pixels(100, 1), random_pixels(10, 2), random_pixels(10, 3)
    replaced = replace_band(encode_png(pixels, top, first), second)
    assert replaced == encode_png(pixels, top, second)
    assert replaced != encode_png(pixels, top, first)


def test_a_picture_of_another_program_is_not_changed():
    file = io.BytesIO()
    Image.fromarray(random_pixels(20, 1)).save(file, "PNG")
    with pytest.raises(DataError, match="not drawn by this pipeline"):
        replace_band(file.getvalue(), random_pixels(10, 2))


@pytest.mark.parametrize("rows", [0, 9, 11])
def test_a_band_of_another_size_is_refused(rows):
    picture = encode_png(random_pixels(100, 1), 60, random_pixels(10, 2))
    with pytest.raises(DataError, match="another size"):
        replace_band(picture, random_pixels(rows, 3))


def test_the_line_of_the_lock_of_a_figure_is_exchanged_alone():
    figure = profile("HBA1C")[0]
    with project_style():
        _, first = render(figure, "title")
        (line,) = [text for text in figure.texts if text.get_text().startswith("Data cut:")]
        line.set_text(OTHER)
        _, second = render(figure, "title")
        assert replace_band(first, lock_band(OTHER, figure.dpi)) == second
    moved = np.flatnonzero((opened(first) != opened(second)).any(axis=(1, 2)))
    height = len(opened(first))
    top = height * (1 - line.get_position()[1])
    assert len(moved)
    assert round(top) <= moved.min() and moved.max() < round(top) + NOTE_LINE * figure.dpi


def test_the_line_of_the_lock_looks_like_the_lines_beside_it():
    """Its letters stand where matplotlib would put them, in the same colour."""
    figure = profile("HBA1C")[0]
    with project_style():
        ours = opened(render(figure, "title")[1])
        (line,) = [text for text in figure.texts if text.get_text().startswith("Data cut:")]
        line.set_gid("no line of the lock")
        whole = opened(render(figure, "title")[1])
    assert ours.shape == whole.shape
    assert np.abs(ink(ours) - ink(whole)).max() < 0.1
    assert np.abs(ink(ours)).max() > 0.2
