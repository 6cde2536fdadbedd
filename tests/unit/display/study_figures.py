"""The figures of the small study as drawn, and how tests find what is in them."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pandas as pd

from trial.display.figures.frame import project_style
from trial.display.figures.renderers import draw_both
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


def differences(code, arms=rows.ARMS, change=None, **changes):
    """Return the drawn differences by visit, the data they plot, and the rows behind them."""
    return _draw(rows.output_spec("differences_by_visit", code, arms, **changes), change)


def means(code, arms=rows.ARMS, change=None, visits=rows.VISITS):
    """Return the drawn observed means, the data they plot, and the rows behind them."""
    return _draw(rows.output_spec("observed_means", code, arms, visits), change)


def changes_plot(template, code, arms=rows.ARMS, adlb=None, records=(), table=None, **roles):
    """Return a figure of single subjects before it is drawn; `roles`: rows of its optional roles.

    The observed results count the subjects that the records have, unless `table` gives others.
    """
    adlb = rows.adlb_rows(code, arms) if adlb is None else adlb
    spec = rows.output_spec(template, code, arms)
    shown = {role: (rows.shown_analysis("observed", [code], id=role.upper()),) for role in roles}
    events = tuple(rows.shown_event(name) for name in ("RESCUE", "DEATH")) if "events" in roles else ()
    spec = spec.model_copy(update={"roles": {**spec.roles, **shown}, "events": events})
    found = rows.result_table([code], arms) if table is None else table
    last = adlb[(adlb["AVISIT"] == "M6") & (adlb["ANL01FL"] == "Y")]
    for arm, _ in arms if table is None else ():
        chosen = found["result_id"] == f"{code}.OBSERVED.M6.{arm}.CHG.n"
        found.loc[chosen, "value"] = float((last["TRT01P"] == arm).sum())
    context = rows.context(spec, pd.concat([found, *roles.values()], ignore_index=True), adlb=adlb)
    given = dict(context.records) | {role: (record,) for role, record in records}
    return rows.build(template, replace(context, records=given))


def drawn(plot):
    """Return a plot's figure."""
    with project_style():
        return plot.draw()


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
        return draw_both(figure, "title")[0]


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
