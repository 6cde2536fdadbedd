"""The outcome analyses as jobs run them: published numbers, bootstrap, what has no answer."""

import numpy as np
import pandas as pd
import pytest

from trial.analysis.config import Analysis
from trial.analysis.data import AnalysisData
from trial.analysis.design.stage import weigh_subjects
from trial.analysis.methods import evalue
from trial.analysis.propensity.resample import resample
from unit.propensity.cases import CHANGE, DESIGN, SEEN, TREATED
from unit.propensity.stage import (
    COMMON,
    IDS,
    analysis_spec,
    covariates,
    records,
    run,
    weigh_spec,
)

COMPLETE = np.ones((60, 3), dtype=bool)
BOOT = {"replicates": 1000, "seed": 5}


def numbers(found, visit="M6", names=("diff", "diff.se", "diff.df")):
    return [found[visit, name]["value"] for name in names]


@pytest.mark.parametrize(
    ("kind", "expected", "within"),
    [
        ("ATO", (-1.508034209, 0.399554018, 25.480409), (1e-8, 1e-8, 1e-6)),
        ("ATE", (-1.295026389, 0.385189374, 22.06), (1e-8, 1e-8, 6e-3)),
        ("ATT", (-1.441966013, 0.345295369, 16.80), (1e-8, 1e-8, 6e-3)),
    ],
)
def test_the_weighted_analysis_gives_the_published_numbers(kind, expected, within):
    found, _ = run("weighted_mmrm", weights=kind)
    for value, wanted, tolerance in zip(numbers(found), expected, within, strict=True):
        assert value == pytest.approx(wanted, abs=tolerance)
    assert found["M6", "diff"]["n"] == SEEN[:, 2].sum()
    assert found["", "n_subjects"]["value"] == 60


def test_difference_in_differences_gives_the_published_numbers():
    found, outcome = run("change_scores")
    for value, wanted, tolerance in zip(
        numbers(found), (-1.126589, 0.331388, 56.354556), (6e-7, 6e-7, 6e-7), strict=True
    ):
        assert value == pytest.approx(wanted, abs=tolerance)
    assert "change from baseline" in outcome.record["footnote"]
    gap = [covariates()["BASE_HBA1C"][TREATED == arm].mean() for arm in (1, 0)]
    assert found["", "baseline.diff"]["value"] == pytest.approx(gap[0] - gap[1], abs=1e-9)


def test_difference_in_differences_of_complete_data_is_the_t_test_of_change():
    found, _ = run("change_scores", records(COMPLETE))
    estimate, se, df = numbers(found)
    assert estimate == pytest.approx(-1.0556161368, abs=1e-9)
    assert se == pytest.approx(0.3191455927, abs=1e-9)
    assert df == pytest.approx(58, abs=1e-4)


def test_augmented_weighting_gives_the_published_number():
    stage = weigh_subjects(covariates(), weigh_spec(("BASE_HBA1C", "DIABDUR", "BMI"), truncation=None))
    models = [{"variable": n, "kind": "numeric", "by_visit": True} for n in ("BASE", "DIABDUR", "BMI")]
    found, _ = run("aipw", stage=stage, covariates=models)
    assert found["M6", "diff"]["value"] == pytest.approx(-1.115588017, abs=2e-8)
    overlap, _ = run("aipw", stage=stage, covariates=models, weights="ATO")
    assert overlap["M6", "diff"]["value"] == pytest.approx(-1.189079466, abs=2e-8)


def test_the_bootstrap_of_augmented_weighting_has_the_published_spread_and_influence_is_too_small():
    stage = weigh_subjects(covariates(), weigh_spec(("BASE_HBA1C", "DIABDUR", "BMI"), truncation=None))
    models = [{"variable": n, "kind": "numeric", "by_visit": True} for n in ("BASE", "DIABDUR", "BMI")]
    found, _ = run("aipw", stage=stage, covariates=models, bootstrap=BOOT)
    # 1,000 resamples against 1,000: four standard errors of a standard deviation, twice.
    assert found["M6", "diff.se"]["value"] == pytest.approx(0.401, rel=4 / np.sqrt(1000))
    assert found["M6", "influence.se"]["value"] < 0.9 * found["M6", "diff.se"]["value"]


def test_the_bootstrap_refits_the_propensity_and_ignoring_that_gives_another_spread():
    found, _ = run("weighted_mmrm", bootstrap=BOOT)
    again = found["M6", "boot.se"]["value"]
    assert again == pytest.approx(0.420, rel=4 / np.sqrt(2000))
    assert found["", "boot.asked"]["value"] == 1000 and found["", "boot.dropped"]["value"] == 0
    assert (
        found["M6", "boot.lower"]["value"] < found["M6", "diff"]["value"] < found["M6", "boot.upper"]["value"]
    )
    drawn = resample(DESIGN, TREATED, "logistic", "ATO", None, 200, [1])
    assert not np.allclose(drawn.scores[0], drawn.scores[1])


def test_results_repeat_to_the_last_digit_and_depend_on_the_seed():
    first, second, other = (
        run("weighted_mmrm", bootstrap={"replicates": 100, "seed": seed})[1].rows for seed in (5, 5, 6)
    )
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert not first["value"].equals(other["value"])


def test_a_log_endpoint_has_ratios():
    found, _ = run("weighted_mmrm", records(scale="log"), scale="log")
    assert found["M6", "diff"]["unit"] == "ln ratio"
    assert found["M6", "gmr"]["value"] == pytest.approx(np.exp(-1.508034209), rel=1e-7)


def test_weights_that_fail_their_verdict_carry_that_into_every_number():
    thin = weigh_subjects(covariates(AGE=40 + 20 * TREATED + np.arange(60) / 60), weigh_spec())
    found, outcome = run("weighted_mmrm", stage=thin, weights="ATE")
    assert "must not be relied on" in found["M6", "diff"]["warning"]
    assert any("must not be relied on" in text for text in outcome.record["warnings"])
    sound, _ = run("weighted_mmrm")
    assert sound["M6", "diff"]["warning"] == ""


def test_subjects_without_a_weight_are_counted():
    table = covariates()
    table.loc[7, "BMI"] = np.nan
    stage = weigh_subjects(table, weigh_spec(missing_covariate="leave out"))
    found, outcome = run("weighted_mmrm", stage=stage)
    assert found["", "n_subjects"]["value"] == 59
    assert outcome.record["left_out"] == {"a weight": ["S07"]}
    assert "1 subjects without a weight" in found["", "n_subjects"]["warning"]


@pytest.mark.parametrize("name", ["weighted_mmrm", "aipw", "change_scores"])
def test_an_endpoint_without_values_after_baseline_is_not_fitted_and_says_so(name):
    rows = records()
    found, outcome = run(name, rows[rows["ABLFL"] == "Y"])
    assert outcome.record["footnote"].startswith("Not fitted")
    assert ("M6", "diff") not in found


@pytest.mark.parametrize("name", ["weighted_mmrm", "aipw", "change_scores"])
def test_an_arm_without_a_record_after_baseline_is_named(name):
    rows = records()
    treated = [subject for i, subject in enumerate(IDS) if TREATED[i] == 1]
    found, outcome = run(name, rows[~(rows["USUBJID"].isin(treated) & (rows["ABLFL"] == ""))])
    assert "an arm has no record to analyse: Cells" in outcome.record["footnote"]
    assert ("M6", "diff") not in found


@pytest.mark.parametrize("name", ["aipw", "weighted_mmrm"])
def test_an_arm_too_small_for_its_resamples_has_no_standard_error_and_a_reason(name):
    rows = records()
    few = [subject for i, subject in enumerate(IDS) if TREATED[i] == 1 and i > 8]
    found, _ = run(name, rows[~(rows["USUBJID"].isin(few) & (rows["ABLFL"] == ""))])
    if name == "weighted_mmrm":
        assert np.isfinite(found["M6", "diff"]["value"])  # the arms share what they have too few subjects for
        return
    # The data have a fit, most resamples of seven subjects have none.
    assert found["", "boot.dropped"]["value"] > 50
    assert np.isfinite(found["M6", "diff"]["value"])
    for part in ("diff.se", "diff.lower", "diff.pvalue"):
        assert "half of the bootstrap resamples" in found["M6", part]["error"]


def test_a_visit_that_one_arm_has_not_is_not_compared_and_the_others_are():
    rows = records()
    treated = [subject for i, subject in enumerate(IDS) if TREATED[i] == 1]
    found, outcome = run("aipw", rows[~(rows["USUBJID"].isin(treated) & (rows["AVISIT"] == "M6"))])
    assert found["M6", "diff"]["error"] == "an arm has no value at this visit"
    assert np.isfinite(found["M3", "diff"]["value"]) and np.isfinite(found["M3", "diff.se"]["value"])
    assert set(outcome.records["USUBJID"]) == set(IDS)


def test_an_arm_without_a_fit_has_no_augmented_estimate_and_a_reason():
    rows = records()
    few = [subject for i, subject in enumerate(IDS) if TREATED[i] == 1 and i > 4]
    models = [{"variable": n, "kind": "numeric", "by_visit": True} for n in ("BASE", "DIABDUR", "BMI", "AGE")]
    kept = rows[~(rows["USUBJID"].isin(few) & (rows["ABLFL"] == ""))]
    found, outcome = run("aipw", kept, covariates=models)
    assert "outcome model of an arm has no fit" in found["M6", "diff"]["error"]
    assert outcome.record["footnote"].startswith("Not estimated")


def test_augmented_weighting_counts_subjects_without_a_later_value():
    rows = records()
    gone = rows[~((rows["USUBJID"] == "S05") & (rows["ABLFL"] == ""))]
    found, _ = run("aipw", gone)
    assert found["", "n_subjects"]["value"] == 60
    assert found["M6", "diff"]["n"] == SEEN[:, 2].sum() - SEEN[5, 2]


# ---- E-values ------------------------------------------------------------------------------------------


def evalues(results, response="change"):
    shared = {name: content for name, content in COMMON.items() if name != "level"}
    own = {"method": "evalue", "of": "WEIGHTED_MMRM", "response": response}
    config = evalue.Config.model_validate(shared | own)
    adsl = covariates().rename(columns={"ARMCD": "TRT01P"}).assign(FASFL="Y")
    data = AnalysisData.of(analysis_spec("evalue"), config, adsl, records(), {}, results=results)
    rows = evalue.run(data, config).rows
    return {(r["visit"], r["statistic"]): r for r in rows.to_dict("records")}


def test_e_values_are_in_units_of_the_outcomes_own_spread_within_arms():
    found, outcome = run("weighted_mmrm")
    made = evalues(outcome.rows)
    seen = SEEN[:, 2]
    parts = [CHANGE[seen & (TREATED == arm), 2] for arm in (1, 0)]
    pooled = np.sqrt(sum(((p - p.mean()) ** 2).sum() for p in parts) / (seen.sum() - 2))
    assert made["M6", "sd"]["value"] == pytest.approx(pooled, rel=1e-12)
    ratio = np.exp(0.91 * found["M6", "diff"]["value"] / pooled)
    assert made["M6", "rr"]["value"] == pytest.approx(ratio, rel=1e-12)
    inverse = 1 / ratio
    assert made["M6", "evalue"]["value"] == pytest.approx(
        inverse + np.sqrt(inverse * (inverse - 1)), rel=1e-12
    )
    assert 1 < made["M6", "evalue.limit"]["value"] < made["M6", "evalue"]["value"]


def test_a_limit_on_the_other_side_of_no_difference_has_the_e_value_one():
    _, outcome = run("weighted_mmrm")
    wide = outcome.rows.copy()
    wide.loc[wide["statistic"] == "diff.upper", "value"] = 0.01
    assert evalues(wide)["M6", "evalue.limit"]["value"] == 1.0


def test_what_an_estimate_lacks_or_warns_of_travels_with_its_e_value():
    _, outcome = run("weighted_mmrm")
    broken = outcome.rows.copy()
    mine = broken["statistic"].str.startswith("diff") & (broken["visit"] == "M6")
    broken.loc[mine, "value"], broken.loc[mine, "error"] = np.nan, "no covariance is accepted"
    made = evalues(broken.assign(warning="a caveat"))
    assert made["M6", "evalue"]["error"] == "no covariance is accepted"
    assert made["M1", "evalue"]["warning"] == "a caveat"
    empty = evalues(outcome.rows[outcome.rows["statistic"] == "level"])
    assert "estimated no difference" in empty["", "evalue"]["error"]


def test_the_methods_play_the_role_of_an_effect():
    from trial.analysis.registry import METHODS

    for name in ("weighted_mmrm", "aipw", "change_scores"):
        assert issubclass(METHODS[name], Analysis) and "effect" in METHODS[name].plays
