"""Two runs' pictures of one figure, drawn by the present templates at the same place with the same limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from trial.display.catalogue import Template
from trial.display.figures.frame import open_canvas, project_style
from trial.display.figures.outputs import Plot
from trial.display.figures.renderers import draw_both
from trial.display.figures.shared import Box, Limits, Place, drawn_at
from trial.display.files import load_context
from trial.display.spec import OutputSpec
from trial.study.load import read_slice

PROGRAM = "scripts/render_output.py"
# The least share of a plot that must remain where two drawings of it leave it other room.
LEAST = 0.7
STUDY = "study"  # the place of an analysis of the whole study


@dataclass(frozen=True)
class Drawn:
    """A figure as a template draws it by itself, and where it stands on its sheet."""

    plot: Plot
    svg: bytes
    place: Place
    boxes: tuple[Box, ...]
    scales: tuple[tuple[str, str], ...]


def draw_own(results: Path, output: str) -> Drawn:
    """Draw a figure from the results in a folder, as its rule does."""
    spec_path = results / "spec" / f"output.{output}.json"
    label = results / "spec" / "label.json"
    spec = read_slice(spec_path, OutputSpec)
    template = import_module(f"trial.display.templates.{spec.template}")
    rows, records = list(_parts(results, spec, "rows.csv")), list(_parts(results, spec, "record.json"))
    data = list(_data(results, spec, template.TEMPLATE))
    plot = template.build(load_context(spec_path, results / "lock.json", label, PROGRAM, rows, records, data))
    with project_style():
        figure = plot.draw()
        return _drawn(plot, figure)


def draw_alike(one: Drawn, other: Drawn) -> tuple[bytes, bytes] | None:
    """Draw two figures again at the same place and with the limits that hold both; None where they cannot be.

    They cannot where they have not the same axes: panels that one has alone, another kind of scale, or
    another order of panels on the sheet.
    """
    if one.scales != other.scales:
        return None
    place = _common(one.place, other.place)
    drawn = _both(one, other, place)
    if drawn[0].boxes != drawn[1].boxes:
        boxes = [_overlap(*pair) for pair in zip(drawn[0].boxes, drawn[1].boxes, strict=True)]
        if None in boxes:
            return None
        drawn = _both(one, other, replace(place, boxes=[box for box in boxes if box]))
    same = drawn[0].boxes == drawn[1].boxes and drawn[0].place == drawn[1].place
    return (drawn[0].svg, drawn[1].svg) if same else None


def _both(one: Drawn, other: Drawn, place: Place) -> tuple[Drawn, Drawn]:
    with project_style(), drawn_at(place):
        return _drawn(one.plot, one.plot.draw()), _drawn(other.plot, other.plot.draw())


def _overlap(one: Box, other: Box) -> Box | None:
    """Return the part of the sheet that is in both boxes; None where that is less than most of either."""
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    width = min(one[0] + one[2], other[0] + other[2]) - left
    height = min(one[1] + one[3], other[1] + other[3]) - bottom
    fits = width >= LEAST * max(one[2], other[2]) and height >= LEAST * max(one[3], other[3])
    return (left, bottom, width, height) if fits else None


def _parts(results: Path, spec: OutputSpec, name: str) -> Iterator[tuple[str, Path]]:
    shown = {endpoint.paramcd for endpoint in spec.endpoints}
    for role, analyses in spec.roles.items():
        for analysis in analyses:
            places = [code for code in analysis.endpoints if code in shown] or [STUDY]
            for place in places:
                yield role, results / "analyses" / analysis.id / place / name


def _data(results: Path, spec: OutputSpec, template: Template) -> Iterator[tuple[str, Path]]:
    for name in template.data:
        if name == "adlb" and spec.endpoint:
            yield name, results / "endpoints" / spec.endpoint / "adlb.csv"
        else:
            yield name, results / ("design" if name == "weights" else "data") / f"{name}.csv"


def _drawn(plot: Plot, figure: Figure) -> Drawn:
    height = float(figure.get_size_inches()[1])
    canvas = open_canvas(plot.heading, height)
    limits = tuple((_pair(axis.get_xlim()), _pair(axis.get_ylim())) for axis in figure.axes)
    return Drawn(
        plot=plot,
        svg=draw_both(figure, f"{plot.number} {plot.title}")[0],
        place=Place(height, height - canvas.top, canvas.bottom, limits),
        boxes=tuple(_box(axis) for axis in figure.axes),
        scales=tuple((axis.get_xscale(), axis.get_yscale()) for axis in figure.axes),
    )


def _box(axis: Axes) -> Box:
    left, bottom, width, height = (round(float(part), 6) for part in axis.get_position().bounds)
    return left, bottom, width, height


def _pair(limits: tuple[float, float]) -> tuple[float, float]:
    return float(limits[0]), float(limits[1])


def _common(one: Place, other: Place) -> Place:
    """Return a place with room for both: between titles and notes each finds at least as much as alone."""
    titles, notes = max(one.titles, other.titles), max(one.notes, other.notes)
    room = max(place.height - place.titles - place.notes for place in (one, other))
    limits: Sequence[Limits] = [
        (_union(a[0], b[0]), _union(a[1], b[1])) for a, b in zip(one.limits, other.limits, strict=True)
    ]
    return Place(titles + room + notes, titles, notes, limits)


def _union(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    low, high = min(*one, *other), max(*one, *other)
    return (low, high) if other[0] <= other[1] else (high, low)
