"""An independent reader of drawn marks: places in an SVG back to values, by the axis that its ticks print."""

import csv
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
NUMBER = re.compile(r"^[×−]?\d+(\.\d+)?$")
PAIR = re.compile(r"[ML] (-?[\d.]+) (-?[\d.]+)")


@dataclass(frozen=True)
class Scale:
    """One direction of a plot: value = a + b * place, of the logarithm where `log`."""

    a: float
    b: float
    log: bool

    def value(self, place):
        found = self.a + self.b * place
        return math.exp(found) if self.log else found


def fit(ticks):
    """Return the scale through ticks (place, value): the linear one where it fits, else that of logarithms."""
    turns = [lambda value: value] + ([math.log] if min(value for _, value in ticks) > 0 else [])
    for turn in turns:
        values = [turn(value) for _, value in ticks]
        b = (values[-1] - values[0]) / (ticks[-1][0] - ticks[0][0])
        a = values[0] - b * ticks[0][0]
        near = 1e-5 * abs(values[-1] - values[0])
        if all(abs(a + b * place - v) < near for (place, _), v in zip(ticks, values, strict=True)):
            return Scale(a, b, turn is math.log)
    return None


def ticks_of(axes, name):
    """Return the ticks of the x or y axis of a group of axes: place, and the number that is printed or None."""
    ticks = []
    for group in axes.iter(f"{SVG}g"):
        if group.get("id", "").startswith(f"{name}tick_"):
            places = [float(use.get(name)) for use in group.iter(f"{SVG}use")]
            texts = ["".join(text.itertext()).strip() for text in group.iter(f"{SVG}text")]
            known = bool(texts) and NUMBER.match(texts[0])
            value = float(texts[0].lstrip("×").replace("−", "-")) if known else None
            ticks += [(places[0], value)] if places else []
    return sorted(ticks, key=lambda tick: tick[0])


def scale_of(axes, name, known):
    """Return the scale of an axis; one whose ticks print nothing has that of a panel with ticks at its places.

    Parameters
    ----------
    known : dict
        The scales found before, by the places of their ticks.
    """
    ticks = ticks_of(axes, name)
    places = (name, tuple(place for place, _ in ticks))
    if len(ticks) >= 2 and all(value is not None for _, value in ticks):
        known[places] = fit(ticks)
    return known.get(places)


def points(group):
    """Return the places of a mark: of its markers, or of the corners of its lines."""
    uses = [(float(use.get("x")), float(use.get("y"))) for use in group.iter(f"{SVG}use")]
    if uses:
        return uses
    paths = [path.get("d", "") for path in group.iter(f"{SVG}path")]
    return [(float(x), float(y)) for path in paths for x, y in PAIR.findall(path)]


def drawn(path):
    """Return for every named mark of a picture its values along x and y (None on an axis without numbers)."""
    found, known = {}, {}
    for axes in ET.parse(path).getroot().iter(f"{SVG}g"):
        if not axes.get("id", "").startswith("axes_"):
            continue
        scales = scale_of(axes, "x", known), scale_of(axes, "y", known)
        for group in axes.iter(f"{SVG}g"):
            name = group.get("id", "")
            if name and not re.search(r"_\d+$", name):
                places = [
                    tuple(scale.value(p) if scale else None for scale, p in zip(scales, point, strict=True))
                    for point in points(group)
                ]
                found.setdefault(name, []).extend(places)
    return found


def read_rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# By template: for each named mark its name, and the columns drawn along x and along y. `#`: the number of the row;
# a first part `column=value` chooses rows.
MARKS = {
    "diagnostics_sheet": [
        ("panel=residual", "residuals-{arm}", ("x",), ("y",)),
        ("panel=quantile", "quantiles-{arm}", ("x",), ("y",)),
        ("panel=spread", "spread-{arm}-{visit}", (), ("y",)),
        ("panel=spread", "spread-interval-{arm}-{visit}", (), ("lower", "upper")),
        ("panel=spread", "model-{arm}-{visit}", (), ("x", "x")),
        ("panel=influence", "influence-{arm}", ("x",), ("y",)),
    ],
    "lsmean_profile": [
        ("", "profile-{arm}", (), ("estimate",)),
        ("", "interval-{arm}", (), ("lower", "upper")),
    ],
    "forest": [
        ("", "forest-{endpoint}-{arm}", ("x",), ()),
        ("", "interval-{endpoint}-{arm}", ("lower", "upper"), ()),
    ],
    "sensitivity_forest": [
        ("", "panel-{analysis}-{arm}", ("x",), ()),
        ("", "interval-{analysis}-{arm}", ("lower", "upper"), ()),
    ],
    "subgroup_forest": [("", "subgroup-{#}", ("x",), ()), ("", "interval-{#}", ("lower", "upper"), ())],
    "spaghetti": [("mark=middle", "middle-{arm}", (), ("value",))],
    "laboratory_courses": [("mark=median", "median-{parameter}-{arm}", ("day",), ("value",))],
    "liver_peaks": [("mark=subject", "peaks-{parameter}-{arm}", ("peak",), ("bilirubin",))],
    "differences_by_visit": [
        ("", "difference-{visit}-{arm}", ("x",), ()),
        ("", "interval-{visit}-{arm}", ("lower", "upper"), ()),
    ],
    "observed_means": [
        ("", "profile-{arm}", (), ("estimate",)),
        ("", "interval-{arm}", (), ("lower", "upper")),
    ],
    "change_distribution": [("mark=subject", "points-{arm}", ("change",), ())],
    "individual_changes": [("mark=subject", "slopes-{arm}", (), ("base", "value"))],
    "index_pole": [
        (f"mark={mark}", f"{mark}-{{arm}}", ("glucose",), ("value",)) for mark in ("stable", "unstable")
    ],
    "love_plot": [("", "love-{kind}-{variable}", ("x",), ())],
    "tipping_figure": [("mark=tipping", "tipping-point", ("first",), ("second",))],
    "ae_risk_differences": [("", "pct-{arm}-{key}", ("pct",), ()), ("", "rd-{arm}-{key}", ("rd",), ())],
}
# By template: the columns whose numbers are those of the results named in a column, in that order; `*column`: times
# it; `abs`: without sign. Other templates have columns that end with `_result_id`.
VALUES = {
    "diagnostics_sheet": [(("y", "lower", "upper", "x"), "result_id", "")],
    "forest": [(("x", "lower", "upper"), "x_result_id", "*turned")],
    "sensitivity_forest": [(("x", "lower", "upper"), "estimate_result_id", "")],
    "subgroup_forest": [(("x", "lower", "upper"), "estimate_result_id", "")],
    "lsmean_profile": [((name,), f"{name}_result_id", "") for name in ("estimate", "lower", "upper", "n")],
    "observed_means": [((name,), f"{name}_result_id", "") for name in ("estimate", "lower", "upper", "n")],
    "differences_by_visit": [(("x", "lower", "upper"), "estimate_result_id", "")],
    "change_distribution": [(("n", "of"), "n_result_id", "")],
    "individual_changes": [(("n", "of"), "n_result_id", "")],
    "spaghetti": [(("value",), "result_id", "")],
    "laboratory_courses": [(("value",), "result_id", "")],
    "liver_peaks": [(("n", "of"), "result_id", "")],
    "love_plot": [(("x",), "result_id", "abs")],
    "overlap": [(("size",), "result_id", "")],
    "flow_figure": [(("n",), "result_id", "")],
    "missing_figure": [(("n", "percent"), "result_id", "")],
    "ae_risk_differences": [
        (("subjects", "pct"), "arm_result_id", ""),
        (("reference_subjects", "reference_pct"), "reference_result_id", ""),
        (("rd", "mn_lower", "mn_upper", "nc_lower", "nc_upper"), "rd_result_id", ""),
    ],
}
TEXTS = {"estimate_text": "estimate_result_id", "p_text": "p_result_id", "n_text": "n_result_id"}


def number(text):
    return float(text) if text else math.nan


def is_factor(svg):
    """Return whether the axes of a picture print factors, such as ×2."""
    return ">×" in svg.read_text(encoding="utf-8")


def mark_faults(svg, rows, template):
    """Return the number of values read back from the marks of a picture, and those that are not its data's."""
    places, read, faults = drawn(svg), 0, []
    for choice, name, across, up in MARKS.get(template, ()):
        column, _, wanted = choice.partition("=")
        expected = {}
        for at, row in enumerate(row for row in rows if not column or row[column] == wanted):
            along = [(number(row[one]), 0) for one in across], [(number(row[one]), 1) for one in up]
            points = (
                list(zip(*along, strict=True))
                if across and up
                else [(one,) for one in (*along[0], *along[1])]
            )
            points = [point for point in points if not any(math.isnan(value) for value, _ in point)]
            expected.setdefault(name.replace("{#}", str(at)).format(**row), []).extend(points)
        for gid, points in expected.items():
            found = places.get(gid, [])
            if len(found) != len(points):
                faults.append(f"{svg.name} {gid}: {len(found)} marks for {len(points)} values")
                continue
            axes = [axis for _, axis in points[0]] if points else []
            found = sorted(found, key=lambda place, axes=axes: [place[axis] or 0 for axis in axes])
            for place, point in zip(found, sorted(points), strict=True):
                for value, axis in point:
                    read += 1
                    # Shifts of ln stand on axes that print factors.
                    value = math.exp(value) if template == "tipping_figure" and is_factor(svg) else value
                    if place[axis] is None or abs(place[axis] - value) > 1e-6 * max(1, abs(value)):
                        faults.append(f"{svg.name} {gid}: {place[axis]} drawn for {value}")
    return read, faults


def value_faults(name, rows, template, ard):
    """Return the number of plotted values with a result, and those that are not that result."""
    read, faults = 0, []
    for columns, ids, turn in VALUES.get(template, ()):
        for row in rows:
            known = row[ids].split()
            for column, one in zip(columns, known, strict=False):
                value, expected = number(row[column]), ard.get(one, (math.nan, ""))[0]
                expected = abs(expected) if turn == "abs" else expected
                expected *= float(row[turn[1:]]) if turn.startswith("*") else 1
                if math.isnan(value):
                    continue
                if turn.startswith("*") and float(row[turn[1:]]) < 0 and column != columns[0]:
                    # The limits of a turned comparison change places.
                    other = known[len(columns) - columns.index(column)]
                    expected = -ard[other][0]
                read += 1
                if value != expected:
                    faults.append(f"{name} {column}: {value} plotted for {expected} ({one})")
    return read, faults
