"""The figures of the small study as drawn, and how tests find what is in them."""

import xml.etree.ElementTree as ET

from trial.display.figures.frame import project_style, render_svg
from unit.display import study_rows as rows

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


def profile(code, arms=rows.ARMS, visits=rows.VISITS, change=None, synthetic=True):
    """Return the drawn profile, the data it plots, and the rows behind it."""
    return _draw(rows.output_spec("lsmean_profile", code, arms, visits), change, synthetic)


def spaghetti(code, arms=rows.ARMS, visits=rows.VISITS):
    """Return the drawn courses, the data they plot, the rows behind them, and the records."""
    adlb = rows.adlb_rows(code, arms, visits)
    return *_draw(rows.output_spec("spaghetti", code, arms, visits), adlb=adlb), adlb


def forest(arms=rows.ARMS, change=None, **changes):
    """Return the drawn forest, the data it plots, and the rows behind it."""
    return _draw(rows.output_spec("forest", "", arms, **changes), change)


def _draw(spec, change=None, synthetic=True, **data):
    codes = [endpoint.paramcd for endpoint in spec.endpoints]
    arms = [(arm.code, arm.label) for arm in spec.arms]
    visits = [(visit.code, visit.label, int(visit.number)) for visit in spec.visits]
    table = rows.result_table(codes, arms, visits)
    table = table if change is None else change(table)
    plot = rows.build(spec.template, rows.context(spec, table, synthetic, **data))
    with project_style():
        return plot.draw(), plot.frame, table


def find(figure, gid):
    """Return the one artist with that gid."""
    (found,) = [artist for artist in figure.findobj() if artist.get_gid() == gid]
    return found


def value_of(results, result_id):
    return float(results.loc[results["result_id"] == result_id, "value"].iloc[0])


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
