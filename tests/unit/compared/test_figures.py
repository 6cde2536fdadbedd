"""Two runs' figures: which changed, at the same axes, and whether what is drawn is what was plotted."""

import csv
import shutil

import pytest

from trial.compared.changes import read_changes
from trial.compared.figures import Figures, compare_figures
from trial.compared.redraw import draw_alike, draw_own
from trial.compared.strokes import differ, read_sheet
from unit.compared.two_runs import COURSES, FOREST, NEW, OLD, PROFILE, SHIFT, SUBJECT, write_run, write_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("two runs"))


def figures(old, new):
    changes = read_changes(new / "compare" / "DBL-1", (old / "results", new))
    return Figures(old / "results", new, changes.old, changes.new)


@pytest.fixture(scope="module")
def found(study):
    return {one.id: one for one in compare_figures(figures(*study))}


def test_every_figure_is_found_and_only_those_that_plot_what_moved_differ(found):
    assert {name: one.state for name, one in found.items()} == {
        PROFILE: "moved", COURSES: "moved", FOREST: "same", "f14-2-6-1": "same", "f14-2-6-4": "same",
    }  # fmt: skip
    assert [one.remarks for one in found.values()] == [()] * 5


def test_the_rows_of_plotted_data_that_moved_are_told(found):
    points = found[COURSES].points
    assert [dict(zip(points.names, row, strict=True))["subject"] for row in points.gone] == [SUBJECT]
    old, new = (
        float(dict(zip(points.names, rows[0], strict=True))["value"]) for rows in (points.gone, points.new)
    )
    assert new - old == pytest.approx(SHIFT)


def test_a_figure_drawn_anew_is_that_of_the_run(study):
    old, new = study
    for folder, run in ((old / "results", OLD), (new, NEW)):
        for path in sorted((folder / "figures").glob("*.svg")):
            assert draw_own(folder, path.stem).svg == path.read_bytes(), (run, path.name)


def places(sheet, mark):
    """Return where the marks of one name stand, sorted from left to right, in points."""
    found = [
        dict(one.attributes)["transform"] for one in sheet.strokes if one.mark == mark and one.is_repeated
    ]
    return sorted(tuple(map(float, place[len("translate(") : -1].split())) for place in found)


def plotted(folder, arm):
    with (folder / "figures" / f"{PROFILE}.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["arm"] == arm and row["estimate"]]
    return [float(row["estimate"]) for row in sorted(rows, key=lambda row: float(row["x"]))]


def test_both_pictures_have_one_scale_and_each_mark_stands_at_its_number(study):
    """One straight line from numbers to heights holds all marks of both pictures: the axes are the same."""
    old, new = study
    one, other = draw_own(old / "results", PROFILE), draw_own(new, PROFILE)
    assert one.place.limits != other.place.limits
    numbers, heights = [], []
    for folder, svg in zip((old / "results", new), draw_alike(one, other), strict=True):
        sheet = read_sheet(svg)
        for arm in ("CELL", "STD"):
            marks = [y for _, y in places(sheet, f"profile-{arm}")]
            values = plotted(folder, arm)
            assert len(marks) == len(values)
            numbers += values
            heights += marks
    low, high = min(numbers), max(numbers)
    slope = (heights[numbers.index(high)] - heights[numbers.index(low)]) / (high - low)
    expected = [heights[numbers.index(low)] + slope * (number - low) for number in numbers]
    assert heights == pytest.approx(expected, abs=0.01)
    assert slope < 0
    own = read_sheet(one.svg), read_sheet(other.svg)
    # By themselves they have not.
    assert places(own[0], "profile-STD") != places(own[1], "profile-STD")


def test_the_overlay_marks_what_moved_and_only_that(study):
    pair = draw_alike(*(draw_own(folder, PROFILE) for folder in (study[0] / "results", study[1])))
    moved = differ(*map(read_sheet, pair))
    assert {one.mark for one in (*moved.gone, *moved.new) if one.mark} == {"profile-CELL", "interval-CELL"}
    assert len([one for one in moved.new if one.mark == "profile-CELL" and one.is_repeated]) == 1


def test_a_figure_alone_is_drawn_alike_as_by_itself(study):
    for path in sorted((study[1] / "figures").glob("*.svg")):
        own = draw_own(study[1], path.stem)
        assert differ(*map(read_sheet, (own.svg, draw_alike(own, own)[0]))).is_empty, path.name


def test_a_figure_of_one_run_alone_is_named(study, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(study[0], old)
    (old / "results" / "outputs" / f"{FOREST}.json").unlink()
    states = {one.id: one.state for one in compare_figures(figures(old, study[1]))}
    assert states[FOREST] == "new"


def test_archived_results_that_cannot_be_drawn_leave_each_picture_as_it_is(study, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(study[0], old)
    (old / "results" / "spec" / f"output.{PROFILE}.json").write_text('{"id": "of an older program"}')
    (one,) = (one for one in compare_figures(figures(old, study[1])) if one.id == PROFILE)
    assert one.state == "moved"
    assert one.pictures.overlay == ""
    assert one.pictures.previous == (old / "results" / "figures" / f"{PROFILE}.svg").read_bytes()
    assert "cannot draw the archived results" in one.remarks[0]


def test_results_that_are_not_those_of_the_present_program_are_told(study, tmp_path):
    new = tmp_path / "new"
    shutil.copytree(study[1], new)
    path = new / "figures" / f"{PROFILE}.svg"
    path.write_bytes(path.read_bytes().replace(b"Month 6", b"Month VI"))
    (one,) = (one for one in compare_figures(figures(study[0], new)) if one.id == PROFILE)
    assert "make the results again" in one.remarks[0]
    assert one.pictures.overlay == ""


def test_another_lock_over_the_same_data_changes_no_figure(tmp_path, study):
    again = write_run(tmp_path / "again", NEW, moved=False)
    runs = figures(*study)
    found = compare_figures(Figures(runs.previous, again, runs.old, runs.new))
    assert {one.state for one in found} == {"same"}
