"""What all figures share: texts that fit, the same bytes, marks of origin, styles, ticks."""

import io
import re
from itertools import combinations

import pytest
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from trial.display.figures.arms import COLOURS, LINES, MARKERS, arm_style, dodge
from trial.display.figures.axes import even_lines, log_ticks
from trial.display.figures.frame import project_style, render, wrap_text
from trial.study.label import SYNTHETIC_MARK
from unit.display import study_rows as rows
from unit.display.study_figures import (
    LONG_ARMS,
    WEEKS,
    changes_plot,
    differences,
    drawn,
    forest,
    means,
    profile,
    spaghetti,
    svg_of,
)
from unit.display.test_changes import DEFINITIONS, responders
from unit.display.test_pole import pole


def spoil_rows(table):
    """Leave one endpoint without common SD and one without data at the primary visit."""
    return rows.drop_visit(rows.make_ancova(table, "FPG"), "TNFA", "M6")


def threshold_plot():
    """Return the distribution with several declared falls near each other."""
    near = [DEFINITIONS[1] | {"amount": 0.45 + 0.01 * k, "label": f"Fall number {k}"} for k in range(3)]
    return changes_plot(
        "change_distribution", "HBA1C", responders=responders("HBA1C", rows.adlb_rows("HBA1C")),
        records=[("responders", {"definitions": near})],
    )  # fmt: skip


ALL = {
    "profile two": lambda: profile("HBA1C")[0],
    "profile glucose": lambda: profile("FPG")[0],
    "profile three": lambda: profile("CPEP", rows.THREE_ARMS)[0],
    "profile long": lambda: profile("TNFA", LONG_ARMS)[0],
    "profile many": lambda: profile("HBA1C", visits=rows.MANY_VISITS)[0],
    "spaghetti two": lambda: spaghetti("TNFA")[0],
    "spaghetti three": lambda: spaghetti("FPG", rows.THREE_ARMS)[0],
    "spaghetti wide labels": lambda: spaghetti("FPG", rows.THREE_ARMS, WEEKS)[0],
    "spaghetti long": lambda: spaghetti("TNFA", LONG_ARMS)[0],
    "spaghetti many": lambda: spaghetti("HBA1C", visits=rows.MANY_VISITS)[0],
    "forest two": lambda: forest()[0],
    "forest three": lambda: forest(rows.THREE_ARMS)[0],
    "forest long": lambda: forest(LONG_ARMS)[0],
    "forest gaps": lambda: forest(change=spoil_rows)[0],
    "forest three gaps": lambda: forest(rows.THREE_ARMS, spoil_rows)[0],
    "pole two": lambda: drawn(pole()),
    "pole long": lambda: drawn(pole(arms=LONG_ARMS)),
    **{
        f"{name} {kind}": lambda make=make, code=code, arms=arms: make(code, arms)
        for name, make in {
            "differences": lambda code, arms: differences(code, arms)[0],
            "means": lambda code, arms: means(code, arms)[0],
            "individual": lambda code, arms: drawn(changes_plot("individual_changes", code, arms)),
            "distribution": lambda code, arms: drawn(changes_plot("change_distribution", code, arms)),
        }.items()
        for kind, code, arms in (
            ("one", "FPG", rows.ARMS[1:]),
            ("two", "TNFA", rows.ARMS),
            ("three", "CPEP", rows.THREE_ARMS),
            ("long", "TNFA", LONG_ARMS),
            ("neutral", "INS", LONG_ARMS[1:]),
        )
    },
    "distribution thresholds": lambda: drawn(threshold_plot()),
}


def beyond(figure):
    """Return the labels of ticks outside the limits of their axis, which are not drawn."""
    hidden = []
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            low, high = sorted(limits)
            hidden += [tick.label1 for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
    return hidden


@pytest.mark.parametrize("name", ALL)
def test_no_text_is_cut_off_and_none_lies_on_another(name):
    with project_style():
        figure = ALL[name]()
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        hidden = set(beyond(figure))
        texts = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text() and t not in hidden]
        boxes = [(text.get_text(), text.get_window_extent(renderer), text.get_rotation()) for text in texts]
    width, height = figure.get_size_inches() * figure.dpi
    for text, box, _ in boxes:
        assert box.x0 >= -1 and box.x1 <= width + 1, f"{text!r} leaves the picture sideways"
        assert box.y0 >= -1 and box.y1 <= height + 1, f"{text!r} leaves the picture"
    upright = [(text, box) for text, box, rotation in boxes if rotation in (0, 90)]
    for (one, a), (two, b) in combinations(upright, 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 3, f"{one!r} and {two!r} overlap by {wide:.1f} x {high:.1f} pixels"


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("name", [name for name in ALL if "long" in name or "two" in name])
def test_every_text_stands_out_from_its_ground(name):
    with project_style():
        figure = ALL[name]()
    for text in figure.findobj(Text):
        if text.get_text():
            contrast = 1.05 / (luminance(text.get_color()) + 0.05)
            assert contrast >= 4.5, f"{text.get_text()!r}: {contrast:.1f}"


def test_lines_of_an_axis_label_are_even_and_as_few_as_fit():
    text = "Change from baseline (percentage points)"
    greedy = wrap_text(text, 2.4, 9.0)
    assert greedy[-1] == "(percentage points)"  # its last word would stand alone
    assert even_lines(text, 2.4, 9.0) == ["Change from baseline", "(percentage points)"]
    assert even_lines(text, 9.0, 9.0) == [text]
    assert even_lines("Unbreakable", 0.1, 9.0) == ["Unbreakable"]


def test_the_same_figure_gives_the_same_bytes():
    first, second = profile("HBA1C"), profile("HBA1C")
    assert svg_of(first[0]) == svg_of(second[0])
    with project_style():
        assert render(first[0], "title") == render(second[0], "title")


def test_svg_has_no_clock_and_its_text_is_text_in_a_font_that_every_machine_has_or_has_the_like_of():
    svg = svg_of(profile("HBA1C")[0]).decode("utf-8")
    assert "<dc:date>" not in svg
    assert "dc:creator" not in svg
    assert "https://matplotlib.org" not in svg
    texts = re.findall(r"<text [^>]*>", svg)
    assert texts
    assert all("'DejaVu Sans', 'Bitstream Vera Sans', Verdana, sans-serif" in text for text in texts)


def test_png_names_no_software():
    image = pytest.importorskip("PIL.Image")
    with project_style():
        _, png = render(profile("HBA1C")[0], "title")
    opened = image.open(io.BytesIO(png))
    assert "Software" not in opened.info
    assert opened.size == (1440, 1050)


def test_synthetic_is_written_into_the_picture_only_when_it_is():
    for synthetic in (True, False):
        figure = profile("HBA1C", synthetic=synthetic)[0]
        assert (SYNTHETIC_MARK in [text.get_text() for text in figure.texts]) == synthetic


def test_titles_notes_and_lock_stand_in_the_picture():
    texts = " ".join(text.get_text() for text in profile("HBA1C")[0].texts)
    for part in (
        "Figure 14.2.1.1",
        "Full analysis set",
        "95% CI",
        "Kenward–Roger",
        "DEMO-1 (ab12cd34), state hard",
    ):
        assert part in texts


def test_arms_differ_by_colour_marker_and_line():
    assert len(set(COLOURS)) == len(set(MARKERS)) == len({str(line) for line in LINES}) == 6
    spec = rows.output_spec("forest", "", rows.THREE_ARMS)
    styles = [arm_style(spec, arm) for arm in spec.arms]
    for one, two in combinations(styles, 2):
        assert one.colour != two.colour and one.marker != two.marker and one.line != two.line


def test_dodge_is_symmetric_and_stays_between_visits():
    for count in (1, 2, 3, 6):
        shifts = dodge(count, gap=30, span=360)
        assert sum(shifts) == pytest.approx(0)
        assert max(shifts) < 15


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.78, 1.12, [0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1]), (0.4, 30, [0.5, 1, 2, 5, 10, 20])],
)
def test_log_ticks_are_round(low, high, expected):
    assert log_ticks(low, high) == pytest.approx(expected)
