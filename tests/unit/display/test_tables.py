"""The endpoint tables: every cell against the results row it names, headings, directions, absent values."""

import math
import re

import pandas as pd
import pytest

from trial.display.numbers import read_number
from trial.display.spec import Average, Comparison
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import NULL_REPORT
from trial.study import ard
from trial.study.errors import DataError
from unit.display import study_rows as rows

TEMPLATES = {"descriptive": "descriptive_table", "model": "model_table"}


def build(kind, code, arms=rows.ARMS, visits=rows.VISITS, change=None, **changes):
    """Return a table of one endpoint and the rows behind it."""
    spec = rows.output_spec(TEMPLATES[kind], code, arms, visits, **changes)
    table = rows.result_table([code], arms, visits)
    table = table if change is None else change(table)
    return rows.build(spec.template, rows.context(spec, table)), table


def cells(table):
    """Return {(block, row label, column index): cell}."""
    return {
        (block.heading, row.cells[0].text, place): cell
        for block in table.blocks
        for row in block.rows
        for place, cell in enumerate(row.cells)
        if place
    }


def printed(table, heading, label):
    """Return the texts of one row without its label."""
    found = cells(table)
    return [found[heading, label, place].printed for place in range(1, len(table.columns))]


@pytest.mark.parametrize("code", ["HBA1C", "CPEP", "TNFA", "INS"])
@pytest.mark.parametrize("kind", ["descriptive", "model"])
@pytest.mark.parametrize("arms", [rows.ARMS, rows.THREE_ARMS])
def test_every_number_of_a_cell_is_the_value_of_its_result(kind, code, arms):
    table, results = build(kind, code, arms)
    values = dict(zip(results["result_id"], results["value"], strict=True))
    checked = 0
    for cell in cells(table).values():
        numbers = re.findall(r"[-−]?\d+(?:\.\d+)?", cell.text) if cell.text[:1] not in "<>" else []
        if numbers and cell.text != "0":
            assert len(numbers) == len(cell.result_ids)
            for text, result_id in zip(numbers, cell.result_ids, strict=True):
                half_unit = 0.5 * 10.0 ** -len(text.partition(".")[2])
                assert "-" not in text
                assert float(text.replace("−", "-")) == pytest.approx(
                    values[result_id], abs=half_unit * (1 + 1e-9)
                )
                checked += 1
    assert checked > 50


def test_cells_stand_under_their_arm_and_visit():
    for kind in ("descriptive", "model"):
        table, _ = build(kind, "HBA1C", rows.THREE_ARMS)
        visits = {label: code for code, label, _ in rows.VISITS} | {"Baseline (observed)": "BL"}
        labels = {label: code for code, label in rows.THREE_ARMS}
        for (heading, _, place), cell in cells(table).items():
            column = table.columns[place]
            arm = labels[(column.group or column.heading).split("\n")[0]]
            for result_id in cell.result_ids:
                _, _, visit, group, _ = result_id.split(".", 4)
                assert visit == visits[heading]
                assert group in (arm, f"{arm}-STD")


def test_descriptive_rows_of_an_identity_endpoint():
    table, _ = build("descriptive", "HBA1C")
    assert printed(table, "Baseline", "Mean (SD)") == ["8.50 (1.230)", "", "8.75 (1.230)", ""]
    assert printed(table, "Month 1", "n") == ["29", "29", "30", "30"]
    assert printed(table, "Month 1", "Min, Max") == ["6.3, 10.7", "−2.3, 2.2", "6.5, 10.9", "−2.3, 2.2"]
    assert printed(table, "Month 1", "Q1, Q3") == ["7.65, 9.05", "−0.85, 0.55", "7.90, 9.30", "−0.85, 0.55"]
    assert printed(table, "Month 1", "Mean % change") == ["", "−1.8", "", "−1.7"]
    labels = [row.cells[0].text for row in table.blocks[0].rows]
    assert labels == ["n", "Mean (SD)", "SE", "Median", "Q1, Q3", "Min, Max"]


def test_log_scale_adds_geometric_rows_and_limits_add_counts():
    table, _ = build("descriptive", "TNFA")
    assert printed(table, "Month 1", "Geometric mean") == ["8.25", "", "8.50", ""]
    assert printed(table, "Month 1", "Geometric CV (%)") == ["15.3", "", "15.3", ""]
    assert printed(table, "Month 6", "Geometric mean ratio to baseline") == ["", "0.95", "", "0.95"]
    assert printed(table, "Baseline", "Below the limit (BLQ), n (%)") == ["0", "", "0", ""]
    assert printed(table, "Month 1", "Below the limit (BLQ), n (%)") == ["1 (3.4%)", "", "1 (3.3%)", ""]
    plain, _ = build("descriptive", "CPEP")
    assert not any("BLQ" in row.cells[0].text for block in plain.blocks for row in block.rows)


def test_header_n_is_the_population_and_not_the_rows():
    table, _ = build("model", "HBA1C")
    assert [column.heading for column in table.columns[1:]] == [
        "BM-MNC + UC-MSC\n(N=30)",
        "Standard medicines\n(N=31)",
    ]
    assert printed(table, "Month 6", "n") == ["27", "28"]


def test_an_arm_without_population_size_is_refused():
    with pytest.raises(DataError, match="STD"):
        build(
            "model", "HBA1C", change=lambda t: t[~((t["analysis"] == "POPULATION") & (t["group"] == "STD"))]
        )


def test_comparison_rows_stand_in_the_compared_arm():
    table, _ = build("model", "HBA1C", rows.THREE_ARMS)
    first, second, third = printed(table, "Month 1", "Difference to Standard medicines (SE)")
    assert (first, second) == ("−0.40 (0.200)", "−0.20 (0.210)")
    assert third == "reference"
    assert printed(table, "Month 1", "p-value") == ["0.0004", "0.0040", ""]


def test_p_values_print_in_the_style_of_the_study():
    table, _ = build("model", "HBA1C", change=lambda t: t.assign(
        value=t["value"].where(t["result_id"] != "HBA1C.PRIMARY.M1.CELL-STD.diff.pvalue", 0.00004)))  # fmt: skip
    assert printed(table, "Month 1", "p-value") == ["<0.0001", ""]


def test_log_scale_prints_ratios_and_percent_difference():
    table, _ = build("model", "CPEP")
    assert printed(table, "Month 6", "Geometric LS mean ratio") == ["1.14", "1.09"]
    assert printed(table, "Month 6", "GMR to Standard medicines") == ["1.05", ""]
    assert printed(table, "Month 6", "% difference") == ["5.0", ""]
    assert printed(table, "Month 6", "95% CI of the GMR") == ["(1.01, 1.09)", ""]


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            "HBA1C",
            "Difference in percentage points: BM-MNC + UC-MSC minus Standard medicines; negative favours "
            "BM-MNC + UC-MSC",
        ),
        ("CPEP", "Ratio: BM-MNC + UC-MSC over Standard medicines; above 1 favours BM-MNC + UC-MSC"),
        ("TNFA", "Ratio: BM-MNC + UC-MSC over Standard medicines; below 1 favours BM-MNC + UC-MSC"),
        ("INS", "Ratio: BM-MNC + UC-MSC over Standard medicines; no direction of benefit declared"),
    ],
)
def test_direction_is_printed_in_words(code, sentence):
    table, _ = build("model", code)
    assert table.titles[1] == sentence


def test_direction_with_several_arms_names_the_compared_arm():
    table, _ = build("model", "HBA1C", rows.THREE_ARMS)
    assert (
        table.titles[1]
        == "Difference in percentage points: each other arm minus Standard medicines; negative favours the compared arm"
    )


def test_sign_of_the_difference_agrees_with_its_label():
    table, results = build("model", "HBA1C")
    value = dict(zip(results["result_id"], results["value"], strict=True))
    difference = value["HBA1C.PRIMARY.M6.CELL-STD.diff"]
    means = [value[f"HBA1C.PRIMARY.M6.{arm}.lsmean"] for arm in ("CELL", "STD")]
    assert difference == pytest.approx(means[0] - means[1])
    assert difference < 0
    assert "BM-MNC + UC-MSC minus Standard medicines" in table.titles[1]


def test_an_error_is_ne_with_the_reason_and_a_warning_is_a_footnote():
    def spoil(table):
        table.loc[table["result_id"] == "HBA1C.PRIMARY.M6.CELL-STD.diff.se", ["value", "error"]] = [
            math.nan,
            "singular",
        ]
        table.loc[table["result_id"] == "HBA1C.PRIMARY.M1.STD.lsmean", "warning"] = "one subject <b>"
        return table

    table, _ = build("model", "HBA1C", change=spoil)
    assert printed(table, "Month 6", "Difference to Standard medicines (SE)") == ["NE [b]", "reference"]
    assert printed(table, "Month 1", "LS mean change (SE)")[1].endswith("[a]")
    lines = [note.printed for note in table.notes]
    assert "[a] one subject <b>" in lines
    assert "[b] NE: singular" in lines
    assert "NE: not estimable" in lines[0]


def test_a_row_that_is_absent_from_the_results_is_ne_and_says_so():
    table, _ = build(
        "model", "HBA1C", change=lambda t: t[t["result_id"] != "HBA1C.PRIMARY.M6.CELL-STD.diff.pvalue"]
    )
    assert printed(table, "Month 6", "p-value") == ["NE [a]", ""]
    assert any("no such row" in note.text for note in table.notes)


def test_model_sentence_stands_before_definitions():
    table, _ = build("model", "HBA1C")
    lines = [note.printed for note in table.notes]
    assert lines.index(rows.fit_record()["footnote"]) == 1
    assert lines[-2:] == [
        "Data cut: 2020-10-31. Lock: DEMO-1 (ab12cd34), state hard.",
        "Program: scripts/x.py",
    ]


def test_a_table_without_results_is_empty_and_has_its_titles():
    table, _ = build("model", "HBA1C", change=lambda t: t[t["analysis"] == "POPULATION"])
    assert table.is_empty
    assert table.titles[0].startswith("HbA1c (%)")
    assert NULL_REPORT.startswith("Null Report")


def test_title_number_follows_the_output_id():
    table, _ = build("model", "HBA1C")
    assert table.number == "Table 14.2.1.2"
    assert table.population == "Population: Full analysis set"


def test_a_row_of_the_wrong_length_is_refused():
    table, _ = build("model", "HBA1C")
    with pytest.raises(ValueError, match="cells"):
        Table("x", "T", ("t",), "", (Column("a"),), (Block("", (Row((Cell(), Cell())),)),), (), table.stamp)


def test_descriptive_table_says_that_half_the_limit_stands_where_there_are_limits():
    sentence = (
        "Values below the limit of quantification: medians, quartiles, minima and maxima that one of them may "
        "decide print what is known, less than (<) or at most (≤) a bound; half the limit stands for them in "
        "means, SD, SE and geometric statistics."
    )
    for code, expected in (("TNFA", 1), ("CPEP", 0)):
        table, _ = build("descriptive", code)
        assert [note.printed for note in table.notes].count(sentence) == expected


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("HBA1C", "Baseline at which LS means stand (mean in the model): 8.60 %."),
        (
            "CPEP",
            "Baseline at which LS means stand (geometric mean in the model): 7.300 ng/mL.",
        ),
    ],
)
def test_model_table_says_at_which_baseline_its_means_stand(code, text):
    table, _ = build("model", code)
    assert [note.printed for note in table.notes][2] == text


def test_an_absent_mean_baseline_is_said():
    table, _ = build("model", "HBA1C", change=lambda t: t[t["statistic"] != "baseline_mean"])
    assert table.notes[2].text.endswith("not estimable, no such row among the results.")


def test_model_table_states_p_values_and_design_once():
    table, _ = build("model", "HBA1C", rows.THREE_ARMS)
    lines = [note.printed for note in table.notes]
    assert sum("two-sided and nominal" in line for line in lines) == 1
    assert sum(line.startswith("Design: single blind, two centres.") for line in lines) == 1


def test_warnings_of_the_whole_model_stand_below_its_table_once():
    table, _ = build("model", "TNFA", change=lambda t: rows.warn_of_model(t, "TNFA", "Descriptive only."))
    assert [note.printed for note in table.notes].count("Warning: Descriptive only.") == 1


def test_the_last_rung_is_not_called_a_mixed_model():
    mixed, _ = build("model", "HBA1C")
    ancova, _ = build("model", "HBA1C", change=lambda t: rows.make_ancova(t, "HBA1C"))
    assert mixed.titles[0].endswith("by visit, mixed model for repeated measures")
    assert ancova.titles[0].endswith("by visit, analysis of covariance at each visit")


def test_a_visit_that_the_model_does_not_have_is_ne_with_one_reason():
    table, _ = build("model", "HBA1C", change=lambda t: rows.drop_visit(t, "HBA1C", "M3"))
    assert printed(table, "Month 3", "n") == ["NE [a]", "NE [a]"]
    assert printed(table, "Month 3", "p-value") == ["NE [a]", ""]
    lettered = [note.text for note in table.notes if note.mark]
    assert lettered == ["NE: the results hold nothing at this visit (no data there to analyse)"]


def test_a_model_that_was_not_fitted_is_ne_with_the_warning_below():
    """Not that there were no data at the visit: another arm may have some."""

    def change(table):
        table = table[
            (table["endpoint"] != "HBA1C") | (table["analysis"] != "PRIMARY") | (table["visit"] == "")
        ]
        table = rows.warn_of_model(table, "HBA1C", "Not fitted: no record.")
        table.loc[table["result_id"] == "HBA1C.PRIMARY.all.all.n_obs", "value"] = 0.0
        return table

    table, _ = build("model", "HBA1C", change=change)
    assert printed(table, "Month 3", "n") == ["NE [a]", "NE [a]"]
    assert [note.text for note in table.notes if note.mark] == [
        "NE: no model was fitted (the warning says why)"
    ]
    assert "Warning: Not fitted: no record." in [note.printed for note in table.notes]


TREND = Comparison(code="TREND", label="Dose trend", weights={"CELL": 1.0, "MSC": 0.0, "STD": -1.0})
PAIR = Comparison(code="CELL-MSC", label=None, weights={"MSC": -1.0, "CELL": 1.0})
AVERAGE = Average(code="LATE", label="Months 3 and 6", visits=("M3", "M6"))


def compared(template, code):
    """Return a table of a model with a further pair, a named contrast and an average over visits.

    Each further number is that of CELL against STD, moved by 1, 2 or 4 so that a wrong row shows.
    """
    model = rows.shown_analysis("model", [code], comparisons=(PAIR, TREND), averages=(AVERAGE,))
    roles = {role: (rows.shown_analysis(role, [code]),) for role in rows.template_of(template).roles}
    spec = rows.output_spec(template, code, rows.THREE_ARMS, roles=roles | {"model": (model,)})
    table = rows.result_table([code], rows.THREE_ARMS)
    late = table[(table["visit"] == "M6") & (table["analysis"] == "PRIMARY")].assign(visit="LATE")
    table = pd.concat([table, late.assign(value=late["value"] + 4.0 * (late["statistic"] != "diff.pvalue"))])
    pair = table[table["comparison"] == "CELL-STD"]
    for name, shift in (("CELL-MSC", 1.0), ("TREND", 2.0)):
        more = pair.assign(
            comparison=name, value=pair["value"] + shift * (pair["statistic"] != "diff.pvalue")
        )
        table = pd.concat([table, more])
    who = table["group"].where(table["group"] != "", table["comparison"])
    ids = zip(table["endpoint"], table["analysis"], table["visit"], who, table["statistic"], strict=True)
    table = table.assign(result_id=[ard.result_id(*parts) for parts in ids]).reset_index(drop=True)
    return rows.build(template, rows.context(spec, table))


def test_every_comparison_of_an_analysis_has_its_row_at_each_visit_and_average():
    table = compared("comparison_table", "HBA1C")
    assert [column.heading for column in table.columns[1:]] == ["Difference (SE)", "95% CI", "p-value"]
    assert [block.heading for block in table.blocks] == ["Month 1", "Month 3", "Month 6", "Months 3 and 6"]
    labels = [row.cells[0].text for row in table.blocks[0].rows]
    assert labels == ["BM-MNC + UC-MSC minus UC-MSC alone", "Dose trend"]
    assert printed(table, "Month 1", labels[0])[0] == "0.60 (1.200)"  # -0.40 moved by 1
    assert printed(table, "Month 1", labels[1])[0] == "1.60 (2.200)"
    assert printed(table, "Months 3 and 6", labels[0])[0].startswith("4.02 (5.200)")  # -0.98 + 4 + 1
    assert table.blocks[3].rows[1].cells[1].result_ids == (
        "HBA1C.PRIMARY.LATE.TREND.diff", "HBA1C.PRIMARY.LATE.TREND.diff.se",
    )  # fmt: skip
    lines = [note.printed for note in table.notes]
    assert "Dose trend: sum of LS means weighted by 1 (BM-MNC + UC-MSC), −1 (Standard medicines)." in lines
    assert any(line.startswith("Months 3 and 6: mean over Month 3, Month 6, each with") for line in lines)
    assert sum("two-sided and nominal" in line for line in lines) == 1
    assert table.titles[1] == "HbA1c: lower is better"


def test_comparisons_on_the_log_scale_are_ratios():
    table = compared("comparison_table", "CPEP")
    headings = [column.heading for column in table.columns[1:]]
    assert headings == ["Difference of ln (SE)", "GMR", "95% CI", "% difference", "p-value"]
    label = "BM-MNC + UC-MSC over UC-MSC alone"
    model, _ = build("model", "CPEP", rows.THREE_ARMS)
    usual = printed(model, "Month 6", "GMR to Standard medicines")[0]
    assert printed(table, "Month 6", label)[1] == f"{float(usual) + 1:.2f}"


def test_the_model_table_has_a_block_for_each_average_over_visits():
    table = compared("model_table", "HBA1C")
    assert [block.heading for block in table.blocks][-2:] == ["Month 6", "Months 3 and 6"]
    month, late = (
        printed(table, heading, "LS mean change (SE)")[0] for heading in ("Month 6", "Months 3 and 6")
    )
    assert read_number(late.split()[0]) == pytest.approx(read_number(month.split()[0]) + 4)
    assert any(note.printed.startswith("Months 3 and 6: mean over Month 3, Month 6") for note in table.notes)


def test_a_comparison_table_without_results_is_empty():
    spec = rows.output_spec("comparison_table", "HBA1C")
    assert rows.build("comparison_table", rows.context(spec, rows.population_rows())).is_empty
