"""The figures of the small study as drawn, and how tests find what is in them."""

import xml.etree.ElementTree as ET

import pandas as pd

from trial.display.figures.forest import draw_forest, forest_frame, forest_heading
from trial.display.figures.frame import project_style, render_svg
from trial.display.figures.profile import draw_profile, profile_frame, profile_heading
from trial.display.figures.spaghetti import draw_spaghetti, spaghetti_frame, spaghetti_heading
from trial.display.provenance import read_stamp
from trial.display.results import Results
from trial.display.spec import parse_spec
from unit.display import study_rows as rows

MODEL = rows.fit_record()["footnote"]
WEEKS = [("SCR", "Screening", 0), ("W4", "Week 4", 1), ("W12", "Week 12", 3)]
SVG = "{http://www.w3.org/2000/svg}"


LONG_ARMS = [
    (
        "CELL",
        "Autologous bone-marrow mononuclear cells and umbilical-cord mesenchymal stem cells, 2 × 10⁶/kg",
    ),
    ("MSC", "Umbilical-cord mesenchymal stem cells alone, two infusions"),
    ("STD", "Standard medicines according to the national guideline"),
]


def tell(code="", arms=rows.ARMS, visits=rows.VISITS, synthetic=True):
    spec = parse_spec(rows.spec_slice(code, arms, visits), "spec")
    stamp = read_stamp(rows.LOCK | {"synthetic": synthetic}, spec.study, "scripts/x.py", "lock.json")
    return spec, stamp


def profile(code, arms=rows.ARMS, visits=rows.VISITS, change=None, synthetic=True):
    spec, stamp = tell(code, arms, visits, synthetic)
    table = pd.concat([rows.descriptive_rows(code, arms, visits), rows.model_rows(code, arms, visits)])
    results = Results(table if change is None else change(table))
    (endpoint,) = spec.endpoints
    frame = profile_frame(spec, endpoint, results)
    heading = profile_heading(spec, endpoint, results, MODEL, stamp, "f14-2-1-1")
    with project_style():
        return draw_profile(spec, endpoint, frame, heading), frame, results


def spaghetti(code, arms=rows.ARMS, visits=rows.VISITS):
    spec, stamp = tell(code, arms, visits)
    results = Results(rows.descriptive_rows(code, arms, visits))
    adlb = rows.adlb_rows(code, arms, visits)
    (endpoint,) = spec.endpoints
    frame = spaghetti_frame(spec, endpoint, adlb, results)
    heading = spaghetti_heading(spec, endpoint, results, stamp, "f14-2-1-4")
    with project_style():
        figure = draw_spaghetti(spec, endpoint, frame, heading)
        return figure, frame, results, adlb


def forest(arms=rows.ARMS, change=None):
    spec, stamp = tell("", arms)
    table = pd.concat([rows.model_rows(code, arms) for code in rows.ENDPOINTS], ignore_index=True)
    results = Results(table if change is None else change(table))
    frame = forest_frame(spec, results)
    heading = forest_heading(spec, results, stamp, "f14-2-0-1")
    with project_style():
        return draw_forest(spec, frame, heading), frame, results


def find(figure, gid):
    """Return the one artist with that gid."""
    (found,) = [artist for artist in figure.findobj() if artist.get_gid() == gid]
    return found


def value_of(results, result_id):
    table = results.rows
    return float(table.loc[table["result_id"] == result_id, "value"].iloc[0])


def svg_of(figure):
    with project_style():
        return render_svg(figure, "title")


def marks_in_svg(svg, figure, gid):
    """Return the data coordinates of the marks of one group of the SVG."""
    root = ET.fromstring(svg)
    (group,) = [g for g in root.iter(f"{SVG}g") if g.get("id") == gid]
    points = [(float(use.get("x")), float(use.get("y"))) for use in group.iter(f"{SVG}use")]
    height = figure.get_size_inches()[1] * 72
    axis = find(figure, gid).axes
    before, figure.dpi = figure.dpi, 72
    data = axis.transData.inverted().transform([(x, height - y) for x, y in points])
    figure.dpi = before
    return data
