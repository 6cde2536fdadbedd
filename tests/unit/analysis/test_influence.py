"""Influence of single subjects: the same as an analysis without them, whatever the standard errors."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from trial.analysis.data import AnalysisData
from trial.analysis.frame import build_frame
from trial.analysis.influence.refit import refit_each, refit_without
from trial.analysis.methods import influence
from trial.analysis.model import ModelPlan, fit_formula, formula_of
from trial.analysis.model_rows import ModelRows
from unit.analysis.build import MMRM, comparisons, mmrm_config, records, run, spec, subjects

CONFIG = MMRM | {"method": "influence", "primary": False, "largest": 3}
CR2 = {"df_method": "satterthwaite", "coefficient_covariance": "CR2"}


def fit(data, described=None, **changes):
    config = influence.Config.model_validate(CONFIG | changes)
    data_of = AnalysisData.of(described or spec(name="INFLUENCE"), config, subjects(data), data, {})
    return influence.run(data_of, config)


def gaps(seed=3):
    """Return records with one subject far off, and some values missing."""
    data = records(seed=seed)
    odd = (data["USUBJID"] == "ACT05") & (data["AVISIT"] == "M3")
    data.loc[odd, "AVAL"] += 3.0
    data.loc[odd, "CHG"] += 3.0
    return data[~((data["AVISIT"] == "M3") & data["USUBJID"].isin(["ACT01", "REF02", "REF07"]))]


def get(outcome, statistic, visit="M3", column="value"):
    rows = outcome.rows
    (value,) = rows.loc[(rows["statistic"] == statistic) & (rows["visit"] == visit), column]
    return value


@pytest.mark.parametrize("changes", [{}, CR2, {"sigma_by_arm": True}, {"covariance_ladder": ["ancova"]}])
def test_the_effect_without_a_subject_is_that_of_an_analysis_without_it(changes):
    data = gaps()
    outcome = fit(data, **changes)
    names = outcome.record["named"]["M3"]["ACT-REF"]
    assert names[0] == "ACT05" or "sigma_by_arm" in changes
    for rank, subject in enumerate(names, start=1):
        alone = run(data[data["USUBJID"] != subject], mmrm_config(**changes))
        for statistic, tolerance in (("diff", 1e-7), ("diff.pvalue", 1e-5)):
            found = get(outcome, f"without.{rank}.{statistic}")
            rows = alone.rows.query("visit == 'M3' and comparison == 'ACT-REF'")
            expected = rows.loc[rows["statistic"] == statistic, "value"].item()
            assert found == pytest.approx(expected, abs=tolerance), (subject, statistic)
    whole = (
        run(data, mmrm_config(**changes)).rows.query("visit == 'M3' and statistic == 'diff'")["value"].item()
    )
    assert get(outcome, "without.1.change") == pytest.approx(get(outcome, "without.1.diff") - whole, abs=1e-7)


def both(**changes):
    data = gaps()
    config = influence.Config.model_validate(CONFIG | changes)
    given = AnalysisData.of(spec(), config, subjects(data), data, {})
    frame = build_frame(given, config)
    plan = ModelPlan(config, config.df_method, config.reml, config.sigma_by_arm, "model")
    found, rung, _ = fit_formula(formula_of(frame, config), frame.rows, given, plan)
    writer = ModelRows(found, rung, frame, given.spec, config, "", "")
    return refit_without(writer, given, plan), refit_each(writer, given, plan)


@pytest.mark.parametrize(
    "changes", [{}, {"comparisons": comparisons(null_value=0.5, side="less")}, {"sigma_by_arm": True}]
)
def test_the_batch_is_the_refit_of_each(changes):
    batch, each = both(**changes)
    assert batch.subjects == each.subjects
    np.testing.assert_allclose(batch.estimate, each.estimate, atol=1e-7)
    np.testing.assert_allclose(batch.pvalue, each.pvalue, atol=1e-5)


def test_the_named_are_the_largest_changes_in_order_and_the_range_is_over_all():
    outcome = fit(gaps(), largest=24)
    changes = [abs(get(outcome, f"without.{rank}.change")) for rank in range(1, 25)]
    assert changes == sorted(changes, reverse=True)
    pvalues = [get(outcome, f"without.{rank}.diff.pvalue") for rank in range(1, 25)]
    assert get(outcome, "without.pvalue.max") == max(pvalues)
    assert get(outcome, "without.pvalue.min") == min(pvalues)
    few = fit(gaps())
    assert few.record["named"]["M3"]["ACT-REF"] == outcome.record["named"]["M3"]["ACT-REF"][:3]
    assert get(few, "without.pvalue.max") == max(pvalues)
    assert "without.4.diff" not in set(few.rows["statistic"])


def test_the_record_set_of_a_row_is_its_subject():
    outcome = fit(gaps())
    behind = get(outcome, "without.1.diff", column="records")
    records_of = outcome.records[outcome.records["RECORDS"] == behind]
    assert records_of["USUBJID"].tolist() == ["ACT05"]
    assert outcome.record["arms"]["ACT05"] == "ACT"


def test_on_the_log_scale_changes_are_of_the_ln_ratio_and_estimates_ratios():
    outcome = fit(gaps(), spec("log"))
    assert get(outcome, "without.1.gmr") == pytest.approx(np.exp(get(outcome, "without.1.diff")))
    assert get(outcome, "without.1.change", column="unit") == "ln ratio"


def test_a_subject_that_is_an_arm_has_no_fit_without_it():
    data = records(per_arm=8)
    data = data[~data["USUBJID"].str.startswith("ACT") | (data["USUBJID"] == "ACT00")]
    outcome = fit(data, covariance_ladder=["us", "ancova"], covariates=[])
    assert any("without ACT00 the model has no fit" in text for text in outcome.record["warnings"])
    assert "ACT00" not in outcome.record["named"]["M3"]["ACT-REF"]


def test_nothing_after_baseline_is_an_outcome():
    data = records()
    outcome = fit(data[data["ABLFL"] == "Y"])
    assert outcome.rows["value"].tolist() == [0, 0]
    assert outcome.record["named"] == {}


def test_an_arm_without_records_is_an_outcome_with_its_reason():
    data = records()
    described = spec(codes=("ACT", "NEW", "REF"))
    outcome = fit(data, described)
    assert "an arm has no record to analyse: New" in outcome.record["warnings"][0]


def test_a_ladder_without_an_accepted_rung_is_an_outcome_with_its_reason():
    data = records(per_arm=3)
    outcome = fit(data[~((data["AVISIT"] == "M3") & data["USUBJID"].str.endswith(("1", "2")))])
    assert "no covariance structure of the ladder is accepted" in outcome.record["warnings"][0]


def test_what_the_whole_model_warns_of_comes_with_it():
    data = gaps()
    adsl = subjects(data, AGE=[float("nan"), *range(30, 53)])
    age = {"variable": "AGE", "kind": "numeric", "by_visit": False}
    more = {"covariates": [*CONFIG["covariates"], age], "missing_covariate": "leave out"}
    config = influence.Config.model_validate(CONFIG | more | {"covariance_ladder": ["ancova"]})
    outcome = influence.run(AnalysisData.of(spec(), config, adsl, data, {}), config)
    assert any("1 subjects without AGE were left out" in text for text in outcome.record["warnings"])


def test_row_order_changes_nothing():
    data = gaps()
    one, two = fit(data), fit(data.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(one.rows, two.rows, check_exact=True)
    assert replace(one, rows=two.rows).record == two.record


def test_least_squares_at_one_visit_is_refitted_for_each_subject():
    data = records(seed=3)
    outcome = fit(data[data["AVISIT"] != "M3"], covariance_ladder=["ancova"])
    (first, *_) = outcome.record["named"]["M1"]["ACT-REF"]
    alone = run(
        data[(data["AVISIT"] != "M3") & (data["USUBJID"] != first)], mmrm_config(covariance_ladder=["ancova"])
    )
    expected = alone.rows.query("statistic == 'diff' and visit == 'M1'")["value"].item()
    assert get(outcome, "without.1.diff", "M1") == pytest.approx(expected, abs=1e-9)
