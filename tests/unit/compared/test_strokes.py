"""What is told apart in two pictures: single pieces of lines, marks, texts; nothing that cannot be seen."""

import pytest

from trial.compared.overlay import CURRENT, GREY, PREVIOUS, Names, write_overlay
from trial.compared.strokes import differ, read_sheet

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 100 80">'
)
NAMES = Names("<Overlay>", "previous: DBL-1", "current: DBL-2 & more")


def sheet(*parts):
    return read_sheet((HEAD + "".join(parts) + "</svg>").encode())


def line(*points, gid="profile-ACT"):
    shape = "M {} {}".format(*points[0]) + "".join(" \nL {} {}".format(*point) for point in points[1:])
    return f'<g id="{gid}"><path d="{shape}\n" style="fill: none; stroke: #ff0000"/></g>'


def marks(*places, clip="p1"):
    uses = "".join(f'<use xlink:href="#m1" x="{x}" y="{y}" style="fill: #ff0000"/>' for x, y in places)
    return (
        f'<defs><path id="m1" d="M 0 3 C 1 1 2 2 0 3 z" style="stroke: #ff0000"/></defs><g clip-path="url(#{clip})">{uses}</g>'
        f'<defs><clipPath id="{clip}"><rect x="1" y="2.0000001" width="9" height="9"/></clipPath></defs>'
    )


def words(text, x=5.0):
    return f'<g id="text_3"><text x="{x}" y="7.0" style="font-size: 9px">{text}</text></g>'


def test_a_moved_point_moves_its_two_pieces_and_no_other():
    old = sheet(line((0, 0), (10, 10), (20, 5), (30, 5)))
    new = sheet(line((0, 0), (10, 40), (20, 5), (30, 5)))
    found = differ(old, new)
    assert [dict(one.attributes)["d"] for one in found.both] == ["M 20 5 L 30 5"]
    assert [dict(one.attributes)["d"] for one in found.gone] == ["M 0 0 L 10 10", "M 10 10 L 20 5"]
    assert [dict(one.attributes)["d"] for one in found.new] == ["M 0 0 L 10 40", "M 10 40 L 20 5"]
    assert {one.mark for one in found.new} == {"profile-ACT"}


def test_each_of_several_marks_is_one():
    found = differ(
        sheet(marks((1.0, 2.0), (3.0, 4.0), (3.0, 4.0))), sheet(marks((1.0, 2.0), (3.0, 4.0), (9.0, 4.0)))
    )
    assert [len(part) for part in (found.both, found.gone, found.new)] == [2, 1, 1]
    assert dict(found.new[0].attributes)["transform"] == "translate(9.0 4.0)"


@pytest.mark.parametrize(("other", "same"), [(5.004, True), (5.02, False)])
def test_what_cannot_be_seen_is_no_difference(other, same):
    assert differ(sheet(words("n", 5.0)), sheet(words("n", other))).is_empty == same


def test_the_same_clip_by_another_name_is_no_difference():
    assert differ(sheet(marks((1.0, 2.0))), sheet(marks((1.0, 2.0), clip="p2"))).is_empty


def test_another_colour_is_a_difference():
    assert not differ(
        sheet(line((0, 0), (1, 1))), sheet(line((0, 0), (1, 1)).replace("ff0000", "00ff00"))
    ).is_empty


def test_the_line_of_the_lock_is_left_out():
    old, new = (words(f"Lock: {name}") for name in ("DBL-1", "DBL-2"))
    assert not differ(sheet(old), sheet(new)).is_empty
    assert differ(*(sheet(one.replace("text_3", "lock-line")) for one in (old, new))).is_empty


def overlay(old, new):
    return write_overlay(differ(old, new), (old, new), NAMES)


def part(text, name):
    return text.split(f'<g class="{name}">')[1].split('<g class="')[0]


def test_the_overlay_has_ink_only_where_something_moved():
    text = overlay(
        sheet(line((0, 0), (1, 1)), line((0, 9), (9, 9), gid="line2d_4")),
        sheet(line((0, 0), (1, 5)), line((0, 9), (9, 9), gid="line2d_4")),
    )
    assert "M 0 9 L 9 9" in part(text, "both")
    assert GREY in part(text, "both")
    assert "M 0 0 L 1 1" in part(text, "previous")
    assert PREVIOUS in part(text, "previous")
    assert "dasharray" in part(text, "previous")
    assert "M 0 0 L 1 5" in part(text, "current")
    assert "dasharray" not in part(text, "current")
    assert CURRENT not in part(text, "both") + part(text, "previous")
    read_sheet(text.encode())  # well formed, names escaped


def test_of_texts_at_one_place_the_current_one_is_drawn():
    text = overlay(sheet(words("n=6")), sheet(words("n=5 &lt; 6")))
    assert "n=6" not in text
    assert "n=5 &lt; 6" in part(text, "current")


def test_a_mark_is_clipped_where_it_stands_and_not_where_it_was_defined():
    text = overlay(sheet(marks((1.0, 2.0))), sheet(marks((5.0, 2.0))))
    clip, mark = (part(text, "current").index(word) for word in ("clip-path=", "translate(5.0 2.0)"))
    assert clip < part(text, "current").index("><path") < mark


def test_what_must_be_said_of_the_data_keeps_its_colours():
    mark = '<g id="data-mark-1"><text x="1" y="1" style="fill: #6d2300">SYNTHETIC</text></g>'
    assert "#6d2300" in overlay(sheet(mark), sheet(mark))


def test_a_legend_that_moves_is_drawn_once_and_in_grey():
    def legend(x):
        return (
            f'<g id="legend_1"><g id="text_9"><text x="{x}" y="3" style="fill: #000000">Active</text></g></g>'
        )

    text = overlay(sheet(legend(10.0)), sheet(legend(30.0)))
    assert text.count(">Active<") == 1
    assert ">Active<" in part(text, "both")
