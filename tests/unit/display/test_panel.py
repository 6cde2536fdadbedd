"""The sensitivity panel and the table of intercurrent events: every number is its result, every row its analysis."""

import math

import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from trial.display.context import Context
from trial.display.figures.frame import project_style
from trial.display.results import Results
from trial.display.spec import ShownEvent
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.display import study_rows as rows
from unit.display.study_figures import find
from unit.subjects.test_books import ROOT

ANALYSES = {"PRIMARY": "Treatment policy", "SECOND": "Treatment policy", "OTHER": "Hypothetical"}


def panel(template, code="HBA1C", arms=rows.ARMS, change=None, rename=lambda shown: shown, **changes):
    """Return a panel of three analyses; each is the primary one with another estimate."""
    shown = tuple(
        rename(
            rows.shown_analysis(
                "model", [code], id=name, label=name.title(), estimand=of, primary=name == "PRIMARY"
            )
        )
        for name, of in ANALYSES.items()
    )
    spec = rows.output_spec(
        template, code, arms, id=f"{'f' if template == 'sensitivity_forest' else 't'}14-2-9-2-1",
        roles={"effect": shown}, many=("effect",), **changes,
    )  # fmt: skip
    found = []
    for place, one in enumerate(shown):
        table = rows.model_rows(code, arms)
        table["result_id"] = table["result_id"].str.replace("PRIMARY", one.id)
        table["analysis"] = one.id
        table.loc[table["statistic"].str.startswith(("diff", "gmr")), "value"] *= 1 - 0.01 * place
        table = table if change is None else change(table, one.id)
        found.append((one, Results(table.reset_index(drop=True), {code: one.id})))
    stamp = rows.stamp_of(spec.study)
    context = Context(spec, stamp, {}, {"effect": tuple(found)}, {}, {})
    return rows.build(template, context), {one.id: results for one, results in found}


def blank(name):
    def change(table, analysis):
        if analysis == name:
            chosen = table["statistic"].str.startswith(("diff", "gmr"))
            table.loc[chosen, ["value", "error"]] = [math.nan, "no rung is accepted"]
        return table

    return change


@pytest.mark.parametrize(("code", "scale"), [("HBA1C", "diff"), ("CPEP", "gmr")])
@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_every_mark_is_its_result_on_the_printed_scale(code, scale, arms):
    plot, results = panel("sensitivity_forest", code, arms)
    with project_style():
        figure = plot.draw()
    assert len(plot.frame) == len(ANALYSES) * (len(arms) - 1)
    for name in ANALYSES:
        for arm, _ in arms[:-1]:
            ends = [
                results[name].get(code, "M6", f"{arm}-STD", scale + end).value
                for end in ("", ".lower", ".upper")
            ]
            mark = find(figure, f"panel-{name}-{arm}")
            assert mark.get_xdata()[0] == ends[0]
            (segment,) = find(figure, f"interval-{name}-{arm}").get_segments()
            assert segment[:, 0] == pytest.approx(ends[1:])
            assert (to_rgb(mark.get_markerfacecolor()) == (1, 1, 1)) == (name == "OTHER")
            assert mark.get_marker() == {"PRIMARY": "s", "SECOND": "o", "OTHER": "D"}[name]


def test_the_figure_names_both_sides_and_the_other_estimand():
    plot, _ = panel("sensitivity_forest")
    with project_style():
        texts = [text.get_text() for text in plot.draw().axes[0].texts]
    assert "← favours BM-MNC + UC-MSC" in texts
    assert "favours Standard medicines →" in texts
    assert any("(Hypothetical) answer another question" in note for note in plot.heading.notes)
    assert "Second: " in plot.alt
    assert plot.alt.count(", p ") == 3


def test_the_table_prints_each_analysis_with_its_estimand_in_the_order_of_the_catalogue():
    table, results = panel("sensitivity_table")
    (block,) = table.blocks
    cells = [[cell.text for cell in row.cells] for row in block.rows]
    assert [row[:3] for row in cells] == [
        ["Primary", "Treatment policy", "60"],
        ["Second", "Treatment policy", "60"],
        ["Other", "Hypothetical", "60"],
    ]
    value = results["SECOND"].get("HBA1C", "M6", "CELL-STD", "diff").value
    assert cells[1][3] == f"{value:.2f}".replace("-", "−")
    assert block.rows[1].cells[3].result_ids == ("HBA1C.SECOND.M6.CELL-STD.diff",)


@pytest.mark.parametrize("template", ["sensitivity_table", "sensitivity_forest"])
def test_an_analysis_without_an_answer_keeps_its_row_with_the_reason(template):
    made, _ = panel(template, change=blank("SECOND"))
    if template == "sensitivity_table":
        assert [cell.text for cell in made.blocks[0].rows[1].cells[3:]] == ["NE"] * 4
        assert any("no rung is accepted" in note.text for note in made.notes)
    else:
        assert made.frame["estimate_text"].tolist()[1] == "NE"
        assert any("Second: not estimable: no rung is accepted" in note for note in made.heading.notes)
        with project_style():
            assert not [a for a in made.draw().findobj() if a.get_gid() == "panel-SECOND-CELL"]


def test_only_a_panel_shows_several_analyses_of_one_endpoint():
    content = read_yaml(ROOT / "config.yaml")
    (row,) = [row for row in content["outputs"] if row["template"] == "forest"]
    row["analyses"] = {"model": ["PRIMARY", "UNADJUSTED"]}
    with pytest.raises(
        ConfigError, match="one analysis covers each endpoint; HBA1C has PRIMARY and UNADJUSTED"
    ):
        load_study(content)


def test_a_panel_takes_methods_that_estimate_an_effect_and_no_others():
    content = read_yaml(ROOT / "config.yaml")
    row = next(row for row in content["outputs"] if row["template"] == "sensitivity_table")
    row["analyses"] = {"effect": ["PRIMARY", "OBSERVED"]}
    with pytest.raises(ConfigError, match="OBSERVED is of the method descriptive; effect is one of PRIMARY"):
        load_study(content)


def test_intercurrent_events_stand_with_their_strategies_and_counts():
    event = ShownEvent(
        code="RESCUE", label="Rescue", endpoints=("FPG",),
        strategies=(("Treatment policy", "treatment policy"), ("As if none", "hypothetical")),
    )  # fmt: skip
    nobody = event.model_copy(update={"code": "NONE", "label": "Concerns nothing", "endpoints": ()})
    counted = rows.shown_analysis("observed", ["FPG"], id="EVENTS", method="intercurrent")
    spec = rows.output_spec(
        "intercurrent_table", id="t14-2-9-6", endpoints=(rows.endpoint_spec("FPG"),), events=(event, nobody),
        roles={"events": (counted,), "counts": (rows.shown_analysis("counts", []),)},
    )  # fmt: skip
    made = [
        rows._row("FPG", "EVENTS", "", arm, "", "RESCUE.subjects", i + 2.0)
        for i, (arm, _) in enumerate(rows.ARMS)
    ]
    for i, (arm, _) in enumerate(rows.ARMS):
        for visit, _, number in rows.VISITS:
            made.append(rows._row("FPG", "EVENTS", visit, arm, "", "RESCUE.values", float(number + i)))
            made.append(rows._row("FPG", "EVENTS", visit, arm, "", "RESCUE.observed", 20.0 + number))
    table = pd.concat([rows._frame(made), rows.population_rows()], ignore_index=True)
    built = rows.build("intercurrent_table", rows.context(spec, table))
    (block,) = built.blocks
    assert block.heading == "Rescue (Treatment policy: used; As if none: set aside)"
    assert [cell.text for cell in block.rows[0].cells] == [
        "Fasting plasma glucose", "2", "0/20", "1/21", "3/23", "6/26", "3", "1/20", "2/21", "4/23", "7/26",
    ]  # fmt: skip


def test_one_warning_of_several_analyses_stands_once_after_their_whole_names():
    def warn(table, analysis):
        whole = (table["statistic"] == "n_subjects") & (table["visit"] == "")
        if analysis != "PRIMARY":
            table.loc[whole, "warning"] = "few values"
        return table

    def named(shown):
        return shown.model_copy(update={"label": f"Imputation: {shown.label}"})

    plot, _ = panel("sensitivity_forest", change=warn, rename=named)
    assert "Warning: Imputation: Second; Imputation: Other: few values" in plot.heading.notes
