"""What outputs say of an endpoint too often below its limit, and of values below it."""

import math

import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from trial.display.csv_writer import table_frame
from trial.display.figures.frame import QUIET
from trial.study.rules import DETECTABILITY
from unit.display import study_rows as rows
from unit.display.study_figures import find, forest, profile, spaghetti
from unit.display.test_panel import panel

WORDS = f"{DETECTABILITY}: 61% of values lie below the quantification limit (BM-MNC + UC-MSC, Month 6)."


def withheld(code, analysis="PRIMARY"):
    """Return a change of the rows of an analysis: what the rule of detectability does to them."""

    def change(table, name=analysis):
        table = table.reset_index(drop=True)
        mine = (table["endpoint"] == code) & (table["analysis"] == name) & (table["visit"] != "")
        tests = mine & table["statistic"].str.endswith("pvalue")
        table.loc[tests, ["value", "error"]] = [math.nan, WORDS]
        table.loc[mine & ~tests & (table["statistic"] != "n"), "warning"] = WORDS
        return table

    return change


def table_of(template, code="", change=None):
    spec = rows.output_spec(template, code)
    codes = [endpoint.paramcd for endpoint in spec.endpoints]
    table = rows.result_table(codes)
    return rows.build(template, rows.context(spec, table if change is None else change(table)))


def texts(table):
    return [[cell.text for cell in row.cells] for block in table.blocks for row in block.rows]


# ---- the rule reaches every output ----------------------------------------------------------------------


@pytest.mark.parametrize("template", ["key_results", "model_table", "comparison_table"])
def test_tables_withhold_the_p_value_and_mark_the_contrast(template):
    code = "" if template == "key_results" else "IL1B"
    table = table_of(template, code, withheld("IL1B"))
    shown = [cell for block in table.blocks for row in block.rows for cell in row.cells]
    of_endpoint = [cell for cell in shown if any(one.startswith("IL1B.PRIMARY") for one in cell.result_ids)]
    tests = [cell for cell in of_endpoint if any(one.endswith("pvalue") for one in cell.result_ids)]
    assert tests and {cell.text for cell in tests} == {"withheld"}
    contrast = [c for c in of_endpoint if any(".CELL-STD." in one for one in c.result_ids)]
    notes = {note.mark: note.text for note in table.notes if note.mark}
    assert all(WORDS in {notes[mark] for mark in cell.marks} for cell in contrast)
    assert [note.text for note in table.notes].count(WORDS) == 1
    frame = table_frame(table)
    chosen = frame.filter(like="result_id").apply(
        lambda row: row.str.contains("IL1B.*CELL-STD").any(), axis=1
    )
    assert chosen.any() and frame.loc[chosen, "notes"].str.contains(DETECTABILITY).all()
    others = [cell for cell in shown if "withheld" in cell.text and cell not in tests]
    assert not others


def test_the_forest_draws_an_open_grey_mark_and_says_why():
    figure, frame, _ = forest(change=withheld("IL1B"))
    mark, other = find(figure, "forest-IL1B-CELL"), find(figure, "forest-TNFA-CELL")
    assert to_rgb(mark.get_markerfacecolor()) == (1, 1, 1)
    assert to_rgb(mark.get_markeredgecolor()) == to_rgb(QUIET)
    assert to_rgb(find(figure, "interval-IL1B-CELL").get_colors()[0]) == to_rgb(QUIET)
    assert to_rgb(other.get_markerfacecolor()) != (1, 1, 1)
    row = frame.set_index("endpoint").loc["IL1B"]
    assert (row["p_text"], row["detectability"]) == ("withheld", WORDS)
    plot = rows.build(
        "forest",
        rows.context(rows.output_spec("forest"), withheld("IL1B")(rows.result_table(list(rows.ENDPOINTS)))),
    )
    assert "no p-value. " + WORDS in plot.alt
    notes = " ".join(plot.heading.notes)
    assert "Open grey marks: detectability only" in notes
    assert notes.count(WORDS) == 1
    assert "NE: not estimable" not in notes
    plain = rows.build("forest", rows.context(rows.output_spec("forest")))
    assert "grey" not in " ".join(plain.heading.notes)


def test_the_profile_is_grey_and_says_why():
    figure, frame, _ = profile("IL1B", change=withheld("IL1B"))
    for arm, _ in rows.ARMS:
        line = find(figure, f"profile-{arm}")
        assert to_rgb(line.get_color()) == to_rgb(QUIET)
        assert to_rgb(line.get_markerfacecolor()) == (1, 1, 1)
    later = frame[frame["visit"] != "BL"]
    assert set(later["detectability"]) == {WORDS}
    spec = rows.output_spec("lsmean_profile", "IL1B")
    plot = rows.build("lsmean_profile", rows.context(spec, withheld("IL1B")(rows.result_table(["IL1B"]))))
    assert WORDS in " ".join(plot.heading.notes)
    assert "no p-value. " + WORDS in plot.alt
    figure, _, _ = profile("IL1B")
    assert to_rgb(find(figure, "profile-CELL").get_color()) != to_rgb(QUIET)


def test_the_panel_is_grey_where_the_rule_holds():
    plot, _ = panel(
        "sensitivity_forest",
        "IL1B",
        change=lambda t, name: withheld("IL1B")(t, name) if name != "OTHER" else t,
    )
    figure = plot.draw()
    for name, grey in (("PRIMARY", True), ("OTHER", False)):
        mark = find(figure, f"panel-{name}-CELL")
        assert (to_rgb(mark.get_markeredgecolor()) == to_rgb(QUIET)) == grey
    assert WORDS in plot.alt and WORDS in " ".join(plot.heading.notes)
    assert plot.frame.set_index("analysis").loc["PRIMARY", "p_text"] == "withheld"


def test_the_panel_by_visit_has_every_analysis_at_every_visit():
    table, results = panel("sensitivity_by_visit", "IL1B", change=lambda t, name: withheld("IL1B")(t, name))
    assert [block.heading for block in table.blocks] == ["Month 1", "Month 3", "Month 6"]
    for block, visit in zip(table.blocks, ("M1", "M3", "M6"), strict=True):
        for row, name in zip(block.rows, results, strict=True):
            assert row.cells[3].result_ids == (f"IL1B.{name}.{visit}.CELL-STD.gmr",)
            assert row.cells[-1].text == "withheld"


# ---- values below the limit -------------------------------------------------------------------------------


def with_bound(table, statistic, suffix, bound):
    """Return the rows where a statistic of the first arm at baseline is known as a bound only."""
    table = table.reset_index(drop=True)
    at = table.index[table["result_id"] == f"TNFA.OBSERVED.BL.CELL.{statistic}"][0]
    companion = table.loc[at].copy()
    companion["statistic"] += f".{suffix}"
    companion["result_id"] += f".{suffix}"
    companion["value"] = bound
    table.loc[at, ["value", "error"]] = [math.nan, "below the quantification limit"]
    return pd.concat([table, companion.to_frame().T.astype(table.dtypes)], ignore_index=True)


def described(table):
    spec = rows.output_spec("descriptive_table", "TNFA")
    built = rows.build("descriptive_table", rows.context(spec, table))
    return {row.cells[0].text: row.cells[1] for row in built.blocks[0].rows}


def test_bounds_print_as_less_than_the_limit():
    table = with_bound(rows.result_table(["TNFA"]), "AVAL.min", "below", 1.0)
    table = with_bound(table, "AVAL.median", "below", 1.0)
    table = with_bound(table, "AVAL.q1", "at_most", 0.95)
    cells = described(table)
    assert cells["Min, Max"].text.startswith("<1.0, ")
    assert cells["Min, Max"].result_ids[0] == "TNFA.OBSERVED.BL.CELL.AVAL.min.below"
    assert cells["Median"].text == "<1.0"
    # Not a limit but the mean of two numbers: one decimal more, as quartiles have it.
    assert cells["Q1, Q3"].text.startswith("≤0.95, ")
    assert cells["Min, Max"].marks == ()


def test_a_mean_of_too_many_substitutes_is_withheld():
    table = rows.result_table(["TNFA"])
    table.loc[table["result_id"] == "TNFA.OBSERVED.BL.CELL.AVAL.geomean", ["value", "error"]] = [
        math.nan,
        WORDS,
    ]
    cells = described(table)
    assert cells["Geometric mean"].text == "withheld"
    plot = rows.build(
        "spaghetti", rows.context(rows.output_spec("spaghetti", "TNFA"), table, adlb=rows.adlb_rows("TNFA"))
    )
    assert f"BM-MNC + UC-MSC: {WORDS}" in " ".join(plot.heading.notes)
    assert "withheld (too many values below the limit) at Baseline" in plot.alt


def test_no_mean_percent_change_on_the_log_scale():
    labels = [line[0] for line in texts(table_of("descriptive_table", "TNFA"))]
    assert "Mean % change" not in labels
    assert "Geometric mean ratio to baseline" in labels
    assert "Mean % change" in [line[0] for line in texts(table_of("descriptive_table", "HBA1C"))]


def test_a_value_below_the_limit_is_drawn_at_the_limit():
    figure, frame, _, adlb = spaghetti("TNFA")
    below = frame[frame["below_limit"] == "Y"]
    assert (adlb.loc[adlb["BLQFL"] == "Y", "AVAL"] == 0.5).all()
    assert below["value"].tolist() == [1.0] * len(below) and len(below) == 2
    assert find(figure, "below-CELL").get_ydata().tolist() == [1.0]


def test_the_table_of_shares_prints_counts_and_their_difference():
    spec = rows.output_spec(
        "detectability_table",
        "IL1B",
        id="t14-2-9-8-7",
        roles={
            "shares": (
                rows.shown_analysis("model", ["IL1B"], id="SHARES", method="detectability", covariates=()),
            ),
            "counts": (rows.shown_analysis("counts", ["IL1B"]),),
        },
    )
    found = [rows._row("IL1B", "SHARES", "", "", "", "level", 0.95)]
    for j, (visit, _, _) in enumerate(rows.VISITS):
        for i, (arm, _) in enumerate(rows.ARMS):
            values = {"limit.n": 30.0 - j, "BLQ.n": 9.0 + i, "BLQ.pct": 100 * (9 + i) / (30 - j)}
            found += [
                rows._row("IL1B", "SHARES", visit, arm, "", name, value) for name, value in values.items()
            ]
        for name, value in (("", -3.3 - j), (".lower", -20.0), (".upper", 15.55)):
            found.append(rows._row("IL1B", "SHARES", visit, "", "CELL-STD", f"BLQ.diff{name}", value))
    table = pd.concat([rows._frame(found), rows.population_rows()], ignore_index=True)
    built = rows.build("detectability_table", rows.context(spec, table))
    assert texts(built)[:4] == [
        ["n", "30", "30"],
        ["Below the limit (BLQ), n (%)", "9 (30.0%)", "10 (33.3%)"],
        ["Difference (percentage points)", "−3.3", "reference"],
        ["95% CI", "(−20.0, 15.6)", ""],
    ]
