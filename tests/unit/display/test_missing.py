"""Outputs of missing data, made of real results of a small endpoint: what is printed is what was found."""

import math

import numpy as np
import pandas as pd
import pytest

from trial.display.context import Context
from trial.display.figures.frame import project_style
from trial.display.numbers import format_number, read_number
from trial.display.pages.html_writer import write_html
from trial.display.results import Results
from trial.display.spec import Comparison
from unit.analysis.build import spec as analysis_spec
from unit.display import study_rows as rows
from unit.display.study_figures import find
from unit.missing import study

ARMS = [("ACT", "Active"), ("REF", "Reference")]
VISITS = [("BL", "Baseline", 0), ("M1", "Month 1", 1), ("M3", "Month 3", 3)]
PAIR = Comparison(code="ACT-REF", label=None, weights={"ACT": 1.0, "REF": -1.0})


def shown(role, name, label, level, covariates):
    return rows.shown_analysis(
        "model", ["FPG"], id=name, label=label, primary=False, method=role, level=level,
        covariates=covariates, comparisons=() if level is None else (PAIR,),
    )  # fmt: skip


def context(template, role, configs, data=None, scale="identity", events=None):
    """Return what a template is given, of one analysis or, for a role of many, of several."""
    data = study.gappy() if data is None else data
    outcomes = {
        name: study.run(data, config, analysis_spec(scale, name=name), events=events)
        for name, config in configs.items()
    }
    analyses = tuple(
        shown(role, name, f"Analysis {name}", getattr(config, "level", None), ("baseline",))
        for name, config in configs.items()
    )
    code = "FPG"
    described = rows.output_spec(
        template, code, ARMS, VISITS, id="t14-2-9-1-2", roles={role: analyses},
        endpoints=(rows.endpoint_spec(code, VISITS).model_copy(update={"scale": scale}),),
    )  # fmt: skip
    looked_up = {name: Results(outcome.rows, {code: name}) for name, outcome in outcomes.items()}
    many = role in described.many
    return Context(
        spec=described,
        stamp=rows.stamp_of(described.study),
        results={} if many else {role: looked_up[analyses[0].id]},
        panels={role: tuple((one, looked_up[one.id]) for one in analyses)} if many else {},
        records={role: tuple(outcome.record for outcome in outcomes.values())},
        data={},
    )


def lines(table):
    """Return label -> texts of the cells, block by block."""
    return {
        block.heading: {row.cells[0].text: [cell.printed for cell in row.cells[1:]] for row in block.rows}
        for block in table.blocks
    }


def notes(table):
    return " ".join(note.printed for note in table.notes)


# ---- patterns ----------------------------------------------------------------------------------------------


def test_the_table_counts_what_is_missing():
    table = rows.build("missing_table", context("missing_table", "missing", {"PATTERN": study.pattern()}))
    found = lines(table)
    assert found["Value observed, n (%)"]["Month 3"] == ["10 (83.3%)", "11 (91.7%)", "21 (87.5%)"]
    assert found["Gap: missing, with a later value, n (%)"]["Month 1"] == ["1 (8.3%)", "0", "1 (4.2%)"]
    assert found["Missing after drop-out, n (%)"]["Month 3"] == ["2 (16.7%)", "1 (8.3%)", "3 (12.5%)"]
    patterns = found["Pattern over the visits after baseline, n (%)"]
    assert patterns["● ●  no value missing"][0] == "9 (75.0%)"
    assert patterns["○ ○  no value after baseline"] == ["1 (8.3%)", "0", "1 (4.2%)"]
    assert found["Last visit with a value, n (%)"]["Baseline"] == ["1 (8.3%)", "0", "1 (4.2%)"]
    compared = found["Baseline mean, drop-outs / completers (SMD)"]["Baseline"]
    # one drop-out of the reference arm has a mean but no SMD
    assert compared[1].split(" (")[1].startswith("NE)") and "/" in compared[1] and compared[1].endswith("]")
    assert "fewer than two completers or drop-outs" in notes(table)
    assert "p-value" not in write_html(table)


def test_values_set_aside_are_shown():
    found = context(
        "missing_table", "missing", {"PATTERN": study.pattern()}, events=study.rescue("REF05", "2020-02-15")
    )
    block = "Observed, but set aside by the estimand (counted as missing above), n"
    assert lines(rows.build("missing_table", found))[block]["Month 3"] == ["0", "1", "1"]


def test_the_figure_of_patterns_draws_each_visit_and_count():
    plot = rows.build("missing_figure", context("missing_figure", "missing", {"PATTERN": study.pattern()}))
    assert list(plot.frame["pattern"].unique()) == ["xx", "ox", "xo", "oo"]
    with project_style():
        figure = plot.draw()
    for _, row in plot.frame.iterrows():
        bar = find(figure, f"count-{row['arm']}-{row['row']}")
        assert bar.get_width() == row["n"]
    filled = {name: find(figure, f"visit-{name}") for name in ("0-0", "1-0", "2-1")}
    assert filled["1-0"].get_hatch() is None and filled["2-1"].get_hatch() == "////"  # a gap, a drop-out
    assert filled["0-0"].get_facecolor() != filled["1-0"].get_facecolor()
    assert "Active, 12 subjects: 9 without a missing visit, 1 with a gap" in plot.alt
    assert all(plot.frame["result_id"].str.contains("pattern"))


# ---- tipping point -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def significant():
    return context("tipping_table", "tipping", {"TIPPING": study.tipped()}, data=study.gappy(effect=-1.0))


def test_the_sentence_has_the_numbers_of_the_table(significant):
    table = rows.build("tipping_table", significant)
    results = significant.results["tipping"]

    def value(name):
        return results.get("FPG", "M3", "ACT-REF", name).value

    sentence = table.titles[2]
    (block,) = table.blocks
    printed = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in block.rows}
    delta = format_number(value("delta*"), 2)
    assert f"higher (worse) than imputed by less than {delta} mmol/L (Monte-Carlo error" in sentence
    estimate, interval, p_value = printed["0"][1].split(" (")[0], printed["0"][2], printed["0"][3]
    assert (
        f"is {estimate} mmol/L (95% CI {interval}, p {p_value if p_value[0] == '<' else '= ' + p_value})"
        in sentence
    )
    assert "the 2 imputed values of Active" in sentence
    tipped = next(texts for label, texts in printed.items() if "tipping point" in label)
    assert tipped[0] == delta and tipped[3] == "0.0500"
    sizes = [read_number(label.split(",")[0]) for label in printed]
    assert sizes == sorted(sizes) and len(sizes) == 4
    step = "On the grid, the step of 2 SD is the first without significance."
    beyond = value("shift.3.pvalue") >= 0.05
    assert (step in sentence) == beyond and ("No step of the grid" in sentence) == (not beyond)


def test_direction_of_benefit_turns_the_judgement(significant):
    higher = significant.spec.endpoints[0].model_copy(update={"benefit": "higher"})
    neutral = higher.model_copy(update={"benefit": "neutral"})
    for endpoint, word in ((higher, "higher (better) than"), (neutral, "higher than imputed")):
        changed = significant.spec.model_copy(update={"endpoints": (endpoint,)})
        found = Context(
            changed, significant.stamp, significant.results, {}, significant.records, significant.data
        )
        assert word in rows.build("tipping_table", found).titles[2]


def test_nothing_to_tip_is_said_and_no_point_drawn():
    found = context("tipping_table", "tipping", {"TIPPING": study.tipped()}, study.gappy(effect=0.75))
    table = rows.build("tipping_table", found)
    assert "No tipping point: the difference is not significant without a shift" in table.titles[2]
    assert not any("tipping point" in row.cells[0].text for row in table.blocks[0].rows)
    plot = rows.build("tipping_figure", found)
    assert "tipping" not in set(plot.frame["mark"])
    with project_style():
        plot.draw()


def test_the_figure_stands_on_the_exact_line(significant):
    plot = rows.build("tipping_figure", significant)
    with project_style():
        figure = plot.draw()
    point = find(figure, "tipping-point").get_xydata()
    assert point.shape == (1, 2)
    frame = plot.frame
    (line,) = [
        find(figure, f"tipping-{name}").get_xydata()
        for name in sorted(set(frame["mark"]))
        if name.startswith("line")
        and np.abs(frame.loc[frame["mark"] == name, "first"] - point[0, 0]).min() < 0.2
    ]
    near = line[np.argmin(np.abs(line[:, 1]))]
    assert near[0] == pytest.approx(point[0, 0], rel=1e-4)
    filled = find(figure, "grid-Y").get_xydata()
    grid = frame[(frame["mark"] == "grid") & (frame["pvalue"] < 0.05)]
    np.testing.assert_allclose(filled, grid[["first", "second"]].to_numpy(float))
    axis = find(figure, "no-shift").axes
    assert "Active (mmol/L); higher = worse" in axis.get_xlabel().replace("\n", " ")
    assert "Reference (mmol/L)" in axis.get_ylabel().replace("\n", " ")
    assert "FPG.TIPPING.M3.ACT-REF.delta*" in plot.result_ids


@pytest.mark.parametrize(("effect", "dashes"), [(0.5, True), (-1.0, False)])
def test_only_marks_that_are_drawn_are_explained(effect, dashes):
    found = context("tipping_figure", "tipping", {"TIPPING": study.tipped()}, study.gappy(effect=effect))
    plot = rows.build("tipping_figure", found)
    with project_style():
        figure = plot.draw()
    (axis,) = figure.axes
    drawn = {line.get_gid() for line in axis.get_lines()}
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    dashed = any("Dashed line: no difference." in note for note in plot.heading.notes)
    # Of the larger difference no shift that is drawn makes zero.
    assert [("no-difference" in drawn), ("no difference" in labels), dashed] == [dashes] * 3
    has_line = any(str(gid).startswith("tipping-line") for gid in drawn)
    assert has_line == any("tipping line" in label for label in labels)


def test_on_a_log_axis_shifts_are_factors():
    found = context("tipping_figure", "tipping", {"TIPPING": study.tipped()}, study.gappy(effect=-1.5), "log")
    plot = rows.build("tipping_figure", found)
    with project_style():
        figure = plot.draw()
        figure.canvas.draw()
    labels = {
        text.get_text(): text.get_position()[0] for text in find(figure, "no-shift").axes.get_xticklabels()
    }
    assert labels["×1"] == 0
    assert all(math.isclose(math.exp(place), float(text[1:])) for text, place in labels.items())
    sentence = rows.build("tipping_table", found).titles[2]
    assert "the ratio of Active to Reference" in sentence and "by less than the factor" in sentence


def test_nothing_imputed_draws_words():
    found = context("tipping_figure", "tipping", {"TIPPING": study.tipped()}, study.records())
    plot = rows.build("tipping_figure", found)
    assert plot.frame.empty and "no shift changes the result" in plot.alt
    with project_style():
        figure = plot.draw()
    assert any("nothing is imputed" in text.get_text() for axis in figure.axes for text in axis.texts)
    assert figure.get_size_inches()[1] < 5  # no empty panel
    assert not any(axis.get_legend() for axis in figure.axes)
    assert not any("Thick line" in note for note in plot.heading.notes)


def test_a_visit_that_is_not_analysed_says_why():
    data = study.gappy()
    found = context("tipping_table", "tipping", {"TIPPING": study.tipped()}, data[data["AVISIT"] != "M3"])
    table = rows.build("tipping_table", found)
    assert table.titles[2] == "No tipping point: no value at this visit in any arm."
    with project_style():
        rows.build("tipping_figure", found).draw()


# ---- imputed analyses --------------------------------------------------------------------------------------


def test_imputed_analyses_stand_side_by_side():
    configs = {
        "MI_MAR": study.imputed(),
        "MI_J2R": study.imputed(strategy="J2R"),
        "CM_J2R": study.imputed(strategy="J2R", **study.JACKKNIFE),
    }
    found = context("imputation_table", "imputation", configs)
    table = rows.build("imputation_table", found)
    last = lines(table)["Month 3"]
    assert list(last) == ["Analysis MI_MAR", "Analysis MI_J2R", "Analysis CM_J2R"]
    assert all(texts[0] == "2 / 1" for texts in last.values())
    assert last["Analysis CM_J2R"][3] == "–" and last["Analysis CM_J2R"][5:] == ["–"] * 4
    results = {one.id: looked for one, looked in found.panels["imputation"]}
    fmi = results["MI_J2R"].get("FPG", "M3", "ACT-REF", "diff.fmi").value
    assert last["Analysis MI_J2R"][5] == format_number(fmi, 3)
    text = notes(table)
    assert "jump to reference (Ref)" in text and "Rubin's rules" in text and "jackknife" in text
    assert text.count("Imputation model:") == 1  # what is the same for all stands once


def test_a_visit_that_is_not_imputed_prints_ne_with_its_reason():
    data = study.gappy()
    found = context(
        "imputation_table", "imputation", {"MI_MAR": study.imputed()}, data[data["AVISIT"] != "M1"]
    )
    table = rows.build("imputation_table", found)
    assert lines(table)["Month 1"]["Analysis MI_MAR"][1].startswith("NE")
    assert "no value at this visit in any arm" in notes(table)


def test_warnings_travel_to_every_output():
    data = study.gappy()
    data.loc[(data["USUBJID"] == "REF04") & (data["AVISIT"] == "M3"), "CENSOR"] = "<"
    for template, role, config in (
        ("tipping_table", "tipping", study.tipped()),
        ("imputation_table", "imputation", study.imputed()),
    ):
        table = rows.build(template, context(template, role, {"ONE": config}, data))
        assert "below the quantification limit" in notes(table), template
    plot = rows.build("tipping_figure", context("tipping_figure", "tipping", {"ONE": study.tipped()}, data))
    assert any("below the quantification limit" in note for note in plot.heading.notes)
    assert isinstance(plot.frame, pd.DataFrame)
