"""The tables of the model appendix: every number against its result, words instead of codes, what is absent."""

import re
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pytest

from trial.analysis.detectability import withhold
from trial.display.numbers import decimals_for, format_significant
from trial.display.wording import NULL_REPORT
from unit.analysis import appendix
from unit.analysis import build as small
from unit.analysis.test_correlation import CONFIG, both
from unit.analysis.test_correlation import run as correlate
from unit.display import appendix_outputs as outputs

EFFECTS, COVARIANCE, LADDER = "effects_table", "covariance_table", "ladder_table"


def with_covariates():
    data = small.records(seed=4)
    adsl = small.subjects(data).assign(SEX=["F", "M"] * 12, AGE=np.random.default_rng(1).normal(50, 9, 24))
    more = [
        small.BASELINE,
        {"variable": "SEX", "kind": "factor", "by_visit": False},
        {"variable": "AGE", "kind": "numeric", "by_visit": False},
    ]
    return data, adsl, more


def covered(log=False):
    data, adsl, more = with_covariates()
    return small.run(data, small.mmrm_config(covariates=more), outputs.described(log), adsl)


def check(made, values, least):
    """Compare every printed number with its result, rounded by the decimal module alone."""
    checked = 0
    for cell in outputs.cells(made).itertuples():
        if not cell.ids or cell.text.startswith(("<", ">", "NE", "withheld")):
            continue
        (result_id,) = cell.ids
        text = cell.text.replace("−", "-")
        mantissa, _, power = text.partition("e")
        places = len(mantissa.partition(".")[2]) - int(power or 0)
        expected = Decimal(f"{values[result_id]:.12g}").quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        assert Decimal(text) == expected, (cell, values[result_id])
        checked += 1
    assert checked >= least


@pytest.mark.parametrize("log", [False, True])
def test_effects_are_the_results_in_words(log):
    outcome = covered(log)
    made, values = outputs.table(EFFECTS, outcome, log=log, covariates=("BASE", "SEX", "AGE"))
    check(made, values, 60)
    effects, tests = ([row.cells[0].text for row in block.rows] for block in made.blocks)
    base = "ln baseline" if log else "Baseline"
    assert effects == [
        "Intercept", "Sex: M", "Arm: Active cells", "Visit: Month 3", "Arm: Active cells × visit: Month 3",
        base, f"{base} × visit: Month 3", "Age",
    ]  # fmt: skip
    assert tests == ["Sex", "Arm", "Visit", "Arm × visit", base, f"{base} × visit", "Age"]
    text = " ".join(cell.printed for block in made.blocks for row in block.rows for cell in row.cells)
    assert not re.search(r"\[T\.|X_|ARMCD|AVISIT", text)
    assert any("arm: Standard care, visit: Month 1, sex: F" in note.text for note in made.notes)
    printed = set(made.result_ids)
    held = outcome.rows[outcome.rows["statistic"].str.match("coef|type3")]["result_id"]
    assert printed == set(held)


def test_an_estimate_has_the_decimals_of_its_se():
    made, values = outputs.table(EFFECTS, covered(), covariates=("BASE", "SEX", "AGE"))
    found = outputs.cells(made).query("block == 'Fixed effects' and row == 'Age'").set_index("column")
    estimate, se = found.loc["Estimate", "text"], found.loc["SE", "text"]
    assert len(estimate.partition(".")[2]) == len(se.partition(".")[2])
    assert len(se.lstrip("0.").replace(".", "")) == 3
    assert values["FPG.PRIMARY.all.X_AGE.coef.se"] < 0.1


def test_a_withheld_p_value_withholds_its_statistic():
    data = small.records(seed=4)
    many = data["USUBJID"].isin([f"ACT{i:02d}" for i in range(9)]) & (data["AVISIT"] == "M3")
    data["CENSOR"] = np.where(many, "<", "")
    described = outputs.described(True, below=True)
    config = small.mmrm_config()
    given = small.AnalysisData.of(described, config, small.subjects(data), data, {})
    outcome = withhold(appendix.model(data, described), given)
    made, _ = outputs.table(EFFECTS, outcome, log=True)
    found = outputs.cells(made)
    shown = found[found["column"].isin(["t or F", "p-value"]) & (found["text"] != "")]["text"]
    assert set(shown) == {"withheld [a]"} and len(shown) > 10
    assert found.query("column == 'Estimate' and row == 'Intercept'")["text"].str.contains(r"\d").all()


@pytest.mark.parametrize("template", [EFFECTS, COVARIANCE])
def test_an_ancova_of_each_visit_has_nothing_in_common_and_says_which_model_it_is(template):
    outcome = appendix.model(small.records(), covariance_ladder=["ancova"])
    made, _ = outputs.table(template, outcome)
    assert made.blocks == () and "analysis of covariance at each visit" in made.title
    assert any("each visit on its own" in note.text for note in made.notes)


@pytest.mark.parametrize("template", [EFFECTS, COVARIANCE, LADDER])
def test_an_endpoint_without_records_is_an_empty_output(template):
    data = small.records()
    made, _ = outputs.table(template, appendix.model(data[data["ABLFL"] == "Y"]))
    assert made.blocks == ()
    assert any("Not fitted" in note.text for note in made.notes)


def test_covariances_stand_once_below_the_diagonal():
    outcome = appendix.model(small.records())
    made, values = outputs.table(COVARIANCE, outcome)
    check(made, values, 4)
    assert [column.heading for column in made.columns] == ["Visit", "Month 1", "Month 3"]
    found = outputs.cells(made).set_index(["block", "row", "column"])["ids"]
    assert found["Covariance", "Month 1", "Month 1"] == ("FPG.PRIMARY.all.all.cov.M1.M1",)
    assert found["Covariance", "Month 1", "Month 3"] == ()
    assert found["Covariance", "Month 3", "Month 1"] == ("FPG.PRIMARY.all.all.cov.M1.M3",)
    assert found["Correlation", "Month 3", "Month 1"] == ("FPG.PRIMARY.all.all.corr.M1.M3",)
    assert len(made.result_ids) == 4


def test_each_arm_has_its_own_matrices():
    codes = ("ACT", "MID", "REF")
    outcome = appendix.model(small.records(codes=codes), outputs.described(codes=codes), sigma_by_arm=True)
    made, values = outputs.table(COVARIANCE, outcome, codes=codes)
    check(made, values, 12)
    assert [block.heading for block in made.blocks] == [
        f"{kind}, {label}" for label in outputs.ARMS.values() for kind in ("Covariance", "Correlation")
    ]
    assert len(made.result_ids) == 12


def test_a_single_visit_has_a_variance_and_no_correlation():
    data = small.records()
    outcome = appendix.model(data[data["AVISIT"] != "M3"])
    made, values = outputs.table(COVARIANCE, outcome)
    check(made, values, 1)
    assert [block.heading for block in made.blocks] == ["Covariance"]
    assert [column.heading for column in made.columns] == ["Visit", "Month 1"]


def test_the_ladder_has_every_rung_with_its_reason():
    outcome = appendix.model(small.records(), covariance_ladder=["us", "toeph", "cs", "ancova"])
    made, values = outputs.table(LADDER, outcome)
    check(made, values, 7)
    (block,) = made.blocks
    rungs = [(row.cells[0].text, row.cells[1].text, row.cells[-1].text) for row in block.rows]
    assert rungs == [
        ("Unstructured (us)", "accepted", ""),
        ("Heterogeneous Toeplitz (toeph)", "not tried", "us was accepted"),
        ("Compound symmetric (cs)", "not tried", "us was accepted"),
        ("ANCOVA of each visit (ancova)", "not tried", "us was accepted"),
    ]
    assert all(cell.text == "" for row in block.rows[1:] for cell in row.cells[2:-1])


def test_failed_rungs_show_what_they_had():
    data = small.records()
    late = (data["AVISIT"] == "M3") & ~data["USUBJID"].isin(["ACT00", "REF00", "ACT01"])
    outcome = appendix.model(data[~late], covariance_ladder=["us", "cs", "ancova"])
    made, values = outputs.table(LADDER, outcome)
    check(made, values, 10)
    first, _, last = made.blocks[0].rows
    assert first.cells[1].text == "rejected" and "do not inform the covariance" in first.cells[-1].text
    assert first.cells[8].text == "NE" and last.cells[1].text == "accepted" and last.cells[2].text == ""


def test_a_ladder_that_nobody_passed_is_shown():
    outcome = appendix.model(small.records(per_arm=2), covariance_ladder=["us"])
    made, values = outputs.table(LADDER, outcome)
    check(made, values, 5)
    assert made.blocks[0].rows[0].cells[1].text == "rejected"


def test_numbers_of_very_different_size_keep_their_digits():
    assert format_significant(1.7760542668566164e-15, 2) == "1.8e−15"
    assert format_significant(9.96e-7, 2) == "1.0e−6"
    assert format_significant(0.26703826, 3) == "0.267"
    assert format_significant(12345.678, 3) == "12346"
    assert format_significant(-2.5e7, 2) == "−2.5e7"
    assert format_significant(0.0, 3) == "0"
    assert (
        decimals_for(0.00999999999999, 3) == 4 and decimals_for(250.0, 3) == 0 and decimals_for(0.0, 3) == 3
    )
    with pytest.raises(ValueError, match="finite"):
        format_significant(float("nan"), 2)


# ---- geometric means of the model table -------------------------------------------------------------------


def test_correlations_stand_by_pair_visit_and_arm():
    outcome = correlate(both())
    shown = replace(
        outputs.context(EFFECTS, appendix.model(small.records())), records={"correlation": (outcome.record,)}
    )
    endpoint = shown.spec.endpoints[0]
    second = endpoint.model_copy(update={"paramcd": "TNFA", "label": "TNF"})
    analysis = shown.spec.roles["model"][0].model_copy(
        update={"id": "CORRELATIONS", "endpoints": (), "method": "correlation"}
    )
    spec = shown.spec.model_copy(
        update={"endpoints": (endpoint, second), "roles": {"correlation": (analysis,)}, "endpoint": None}
    )
    results = outputs.Results(outcome.rows, spec.covering("correlation"))
    made = outputs.rows.build(
        "correlation_table", replace(shown, spec=spec, results={"correlation": results})
    )
    (block,) = made.blocks
    assert block.heading == "Fasting glucose with TNF"
    labels = [(row.cells[0].text, row.cells[1].text) for row in block.rows]
    assert labels == [
        (visit, who)
        for visit in ("Month 1", "Month 3")
        for who in ("Active cells", "Standard care", "Within arms")
    ]
    values = dict(zip(outcome.rows["result_id"], outcome.rows["value"], strict=True))
    for row in block.rows:
        for cell in row.cells[2:]:
            numbers = re.findall(r"-?\d+(?:\.\d+)?", cell.text.replace("−", "-"))
            assert [float(number) for number in numbers] == pytest.approx(
                [values[each] for each in cell.result_ids], abs=0.005 + 1e-9
            )
    assert CONFIG["level"] == 0.95 and NULL_REPORT
