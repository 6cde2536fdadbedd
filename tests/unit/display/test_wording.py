"""What outputs say follows from the analysis: its response, its null hypothesis, its covariates."""

import numpy as np
import pytest

from trial.display.figures.frame import project_style
from trial.display.wording import P_VALUES, estimate_name, model_name, p_value_note
from unit.display import study_rows as rows
from unit.display.test_tables import printed


def spec_of(template, code="HBA1C", **changes):
    """Return the slice of an output whose model differs from the usual one."""
    codes = [code] if code else list(rows.ENDPOINTS)
    spec = rows.output_spec(template, code)
    shown = rows.shown_analysis("model", codes, **changes)
    return spec.model_copy(update={"roles": spec.roles | {"model": (shown,)}})


def value_rows(code):
    """Return rows of a model of the value itself: geometric means stand where ratios stood."""
    table = rows.result_table([code])
    table["statistic"] = table["statistic"].str.replace(r"^ratio", "geomean", regex=True)
    table["result_id"] = table["result_id"].str.replace(r"\.ratio(?=$|\.)", ".geomean", regex=True)
    return table


def notes_of(table):
    return [note.printed for note in table.notes]


@pytest.mark.parametrize(
    ("code", "response", "name"),
    [
        ("HBA1C", "change", "LS mean change from baseline"),
        ("HBA1C", "value", "LS mean"),
        ("CPEP", "change", "geometric LS mean ratio to baseline"),
        ("CPEP", "value", "geometric LS mean"),
    ],
)
def test_the_estimate_is_named_by_scale_and_response(code, response, name):
    spec = spec_of("model_table", code, response=response)
    assert estimate_name(spec, spec.only_endpoint) == name


def test_a_model_of_the_value_prints_means_in_the_unit_and_speaks_of_no_change():
    table = rows.build("model_table", rows.context(spec_of("model_table", response="value")))
    assert table.titles[0].startswith("HbA1c (%): LS mean by visit")
    assert printed(table, "Month 6", "LS mean (SE)")[0].startswith("−1.35 (")
    assert "change" not in table.titles[0]


def test_a_model_of_the_ln_value_prints_geometric_means_with_the_decimals_of_the_endpoint():
    spec = spec_of("model_table", "CPEP", response="value")
    table = rows.build("model_table", rows.context(spec, value_rows("CPEP")))
    assert printed(table, "Month 6", "Geometric LS mean") == ["1.144", "1.090"]  # two collected, and one
    assert printed(table, "Month 6", "LS mean of ln (SE)")[0].startswith("0.135 (")
    assert any("Geometric LS mean: exp of the LS mean of ln(value). GMR" in line for line in notes_of(table))
    assert not [cell for b in table.blocks for row in b.rows for cell in row.cells if cell.text == "NE"]


def test_the_profile_of_values_has_no_line_of_no_change():
    spec = spec_of("lsmean_profile", "CPEP", response="value")
    plot = rows.build("lsmean_profile", rows.context(spec, value_rows("CPEP")))
    assert plot.frame["estimate"].notna().sum() == 6
    assert not any("no change" in note for note in plot.heading.notes)
    with project_style():
        axis = plot.draw().axes[0]
    assert not any(np.allclose(line.get_ydata(), 1.0) for line in axis.lines)
    assert axis.get_ylabel().startswith("C-peptide: geometric LS mean (ng/mL)")
    assert "BM-MNC + UC-MSC 1.144 (" in plot.alt


def test_key_results_say_what_is_estimated():
    usual = rows.build("key_results", rows.context(spec_of("key_results", "")))
    assert "Estimate: difference of changes from baseline, or GMR (ratio of ratios to baseline)." in notes_of(
        usual
    )
    values = rows.build("key_results", rows.context(spec_of("key_results", "", response="value")))
    assert "Estimate: difference of means, or GMR (ratio of geometric means)." in notes_of(values)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, P_VALUES),
        ({"side": "greater"}, "p-values are one-sided, for a comparison above no difference. "),
        ({"side": "less", "null_value": 0.4}, "p-values are one-sided, for a comparison below 0.4. "),
        ({"null_value": 0.4}, "p-values are two-sided, against 0.4. "),
    ],
)
def test_p_values_say_what_they_test(changes, text):
    note = p_value_note(spec_of("model_table", **changes))
    assert note.startswith(text)
    assert "not adjusted for several endpoints, visits or arms" in note
    assert ("Intervals are two-sided." in note) == bool(changes)


def test_endpoints_with_tests_of_their_own_are_named():
    codes = list(rows.ENDPOINTS)
    one = rows.shown_analysis("model", codes[:2], side="less", null_value=0.3)
    others = rows.shown_analysis("model", codes[2:], id="OTHERS")
    spec = rows.output_spec("forest", roles={"model": (one, others)})
    note = p_value_note(spec)
    assert "one-sided, for a comparison below 0.3 (HbA1c, Fasting plasma glucose)" in note
    assert "two-sided, against no difference (C-peptide, HOMA1-IR" in note


def test_the_mean_baseline_is_said_only_where_means_stand_there():
    for at_mean in (True, False):
        spec = spec_of("model_table", at_mean_baseline=at_mean)
        lines = notes_of(rows.build("model_table", rows.context(spec)))
        assert any(line.startswith("Baseline at which LS means stand") for line in lines) == at_mean


def test_each_kind_of_model_has_its_name():
    names = {model_name(False), model_name(True), model_name(False, "censored_mmrm")}
    assert len(names) == 3
    assert model_name(False, "mmrm") == "mixed model for repeated measures"
