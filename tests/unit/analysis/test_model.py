"""The MMRM of an endpoint against independent answers: ANCOVA by least squares, and its own identities."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from trial.analysis.model_words import limit_warnings
from trial.study.ard import ARD
from trial.study.errors import DataError, ModelError
from unit.analysis.build import (
    BASELINE,
    ancova_config,
    comparisons,
    describe_config,
    mmrm_config,
    records,
    run,
    spec,
    subjects,
)


def pick(outcome, **place):
    rows = outcome.rows
    for name, wanted in place.items():
        rows = rows[rows[name] == wanted]
    assert len(rows) == 1, place
    return rows.iloc[0]


def diff(outcome, visit, statistic, comparison="ACT-REF"):
    return pick(outcome, visit=visit, comparison=comparison, statistic=statistic).value


def rows_at(data, visit, scale="identity"):
    """Return the rows of one visit as an independent analysis reads them."""
    here = data[data["AVISIT"] == visit].copy()
    here["ARMCD"] = pd.Categorical(here["USUBJID"].str[:3], ["REF", "ACT"])
    log = scale == "log"
    return here.assign(
        Y=np.log(here["AVAL"] / here["BASE"]) if log else here["CHG"],
        X_BASE=np.log(here["BASE"]) if log else here["BASE"],
    )


def ols(data, visit, formula="Y ~ X_BASE + ARMCD", scale="identity"):
    return smf.ols(formula, rows_at(data, visit, scale)).fit()


@pytest.fixture(scope="module")
def fitted():
    return run(records())


@pytest.mark.parametrize("visit", ["M1", "M3"])
@pytest.mark.parametrize("config", [mmrm_config(), ancova_config()], ids=["mmrm", "ancova"])
def test_complete_data_reproduce_the_ancova_of_each_visit(config, visit):
    # With baseline x visit in the model this holds exactly, in estimate, SE and df; without it, it does not.
    outcome, ancova = run(records(), config), ols(records(), visit)
    name = "ARMCD[T.ACT]"
    assert diff(outcome, visit, "diff") == pytest.approx(ancova.params[name], abs=1e-8)
    assert diff(outcome, visit, "diff.se") == pytest.approx(ancova.bse[name], abs=1e-8)
    assert diff(outcome, visit, "diff.df") == pytest.approx(ancova.df_resid, abs=1e-5)
    assert diff(outcome, visit, "diff.pvalue") == pytest.approx(ancova.pvalues[name], abs=1e-8)
    low, high = ancova.conf_int().loc[name]
    assert diff(outcome, visit, "diff.lower") == pytest.approx(low, abs=1e-7)
    assert diff(outcome, visit, "diff.upper") == pytest.approx(high, abs=1e-7)


def test_ls_means_stand_at_the_mean_baseline_of_the_rows_used(fitted):
    data = records()
    used = data.loc[data["ABLFL"] == "", "BASE"].mean()
    at = pd.DataFrame({"X_BASE": [used], "ARMCD": ["REF"]})
    mean = pick(fitted, visit="M3", group="REF", statistic="lsmean").value
    assert mean == pytest.approx(ols(data, "M3").predict(at)[0], abs=1e-8)


def test_the_sign_of_the_difference_is_active_minus_reference(fitted):
    # The active arm falls by about ten percent more.
    assert diff(fitted, "M3", "diff") < 0
    means = {g: pick(fitted, visit="M3", group=g, statistic="lsmean").value for g in ("ACT", "REF")}
    assert diff(fitted, "M3", "diff") == pytest.approx(means["ACT"] - means["REF"], abs=1e-10)


def test_ratios_are_exponentials_of_natural_logs():
    log = run(records(), described=spec("log"))
    assert diff(log, "M3", "gmr") == pytest.approx(np.exp(diff(log, "M3", "diff")))
    assert diff(log, "M3", "gmr.lower") == pytest.approx(np.exp(diff(log, "M3", "diff.lower")))
    assert diff(log, "M3", "gmr.pct") == pytest.approx(100 * (diff(log, "M3", "gmr") - 1))
    assert 0.8 < diff(log, "M3", "gmr") < 1.0


def test_ratios_do_not_depend_on_the_unit():
    data = records()
    scaled = data.assign(AVAL=18 * data["AVAL"], BASE=18 * data["BASE"], CHG=18 * data["CHG"])
    one, two = run(data, described=spec("log")), run(scaled, described=spec("log"))
    for statistic in ("gmr", "gmr.lower", "gmr.upper", "diff.pvalue"):
        assert diff(one, "M3", statistic) == pytest.approx(diff(two, "M3", statistic), abs=1e-8)


def test_standardised_difference_uses_the_models_sd_at_that_visit(fitted):
    sigma = np.asarray(fitted.record["fit"]["sigma"])
    assert diff(fitted, "M3", "stddiff") == pytest.approx(diff(fitted, "M3", "diff") / np.sqrt(sigma[1, 1]))


def test_row_order_changes_nothing(fitted):
    shuffled = run(records().sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(shuffled.rows, fitted.rows, check_exact=True)


def test_every_arm_is_compared_with_the_reference():
    codes = ("LOW", "HIGH", "PBO")
    three = run(records(codes), described=spec(codes=codes))
    assert set(three.rows.loc[three.rows["statistic"] == "diff", "comparison"]) == {"LOW-PBO", "HIGH-PBO"}


def test_one_visit_is_an_ancova():
    data = records()
    one = run(data[data["AVISIT"] != "M3"])
    assert diff(one, "M1", "diff.se") == pytest.approx(ols(data, "M1").bse["ARMCD[T.ACT]"], abs=1e-8)


def test_counts_and_columns(fitted):
    assert list(fitted.rows.columns) == list(ARD)
    assert pick(fitted, statistic="n_subjects").value == 24
    assert pick(fitted, statistic="n_obs").value == 48
    assert pick(fitted, visit="M1", group="ACT", statistic="n").value == 12


def test_footnote_says_what_was_fitted(fitted):
    assert fitted.record["footnote"] == (
        "MMRM of change from baseline on baseline, arm, visit, arm × visit, baseline × visit; unstructured "
        "covariance, REML, Kenward-Roger standard errors and degrees of freedom; LS means with equal weights at "
        "the mean baseline; 48 observations of 24 subjects."
    )


def test_n_and_records_of_a_row(fitted):
    assert pick(fitted, visit="M1", comparison="ACT-REF", statistic="diff").n == 24
    assert pick(fitted, visit="M1", group="ACT", statistic="lsmean").n == 12
    assert set(fitted.rows["records"]) == {"PRIMARY.FPG.fit"}
    # The responses, and the baselines that every change and the covariate stand on.
    assert len(fitted.records) == 48 + 24


# ---- What the configuration can say ------------------------------------------------------------------


SITES = {"SITE": [f"S{i % 3}" for i in range(24)], "AGE": [40.0 + 3 * ((7 * i) % 11) for i in range(24)]}


@pytest.mark.parametrize(
    ("covariate", "formula"),
    [
        ({"variable": "SITE", "kind": "factor", "by_visit": True}, "Y ~ X_BASE + SITE + ARMCD"),
        ({"variable": "AGE", "kind": "numeric", "by_visit": True}, "Y ~ X_BASE + AGE + ARMCD"),
    ],
)
def test_a_covariate_of_adsl_enters_as_it_does_in_least_squares(covariate, formula):
    data = records()
    adsl = subjects(data, **SITES)
    outcome = run(data, mmrm_config(covariates=[BASELINE, covariate]), adsl=adsl)
    merged = data.merge(adsl[["USUBJID", "SITE", "AGE"]], on="USUBJID")
    ancova = ols(merged, "M3", formula)
    assert diff(outcome, "M3", "diff") == pytest.approx(ancova.params["ARMCD[T.ACT]"], abs=1e-8)
    assert diff(outcome, "M3", "diff.se") == pytest.approx(ancova.bse["ARMCD[T.ACT]"], abs=1e-8)
    words = {"AGE": "age"}.get(covariate["variable"], covariate["variable"])
    assert f" {words}," in outcome.record["footnote"]
    # Without the covariate the answer is another one.
    assert abs(diff(run(data), "M3", "diff") - ancova.params["ARMCD[T.ACT]"]) > 1e-4


def test_without_its_interaction_a_covariate_has_one_coefficient():
    data = records()
    age = {"variable": "AGE", "kind": "numeric", "by_visit": False}
    outcome = run(data, mmrm_config(covariates=[BASELINE, age]), adsl=subjects(data, **SITES))
    names = set(outcome.rows.loc[outcome.rows["statistic"] == "coef.estimate", "comparison"])
    assert [name for name in names if "AGE" in name] == ["X_AGE"]


def test_equal_weights_over_a_factor_are_the_plain_mean_of_its_levels():
    data = records()
    site = {"variable": "SITE", "kind": "factor", "by_visit": True}
    sites = {"SITE": ["S0" if i % 4 else "S1" for i in range(24)]}
    means = {}
    for weights in ("equal", "proportional"):
        config = mmrm_config(covariates=[BASELINE, site], lsmeans={"weights": weights, "at": {}})
        outcome = run(data, config, adsl=subjects(data, **sites))
        means[weights] = pick(outcome, visit="M3", group="ACT", statistic="lsmean").value
    merged = data.merge(subjects(data, **sites)[["USUBJID", "SITE"]], on="USUBJID")
    model = ols(merged, "M3", "Y ~ X_BASE + SITE + ARMCD")
    base = data.loc[data["ABLFL"] == "", "BASE"].mean()
    each = model.predict(pd.DataFrame({"X_BASE": base, "ARMCD": "ACT", "SITE": ["S0", "S1"]}))
    assert means["equal"] == pytest.approx(each.mean(), abs=1e-8)
    assert means["proportional"] == pytest.approx(each @ [0.75, 0.25], abs=1e-8)


@pytest.mark.parametrize("scale", ["identity", "log"])
def test_ls_means_at_a_value_given_in_the_endpoints_own_unit(scale):
    data = records()
    outcome = run(data, mmrm_config(lsmeans={"weights": "equal", "at": {"BASE": 9.0}}), spec(scale))
    at = pd.DataFrame({"X_BASE": [np.log(9.0) if scale == "log" else 9.0], "ARMCD": ["ACT"]})
    expected = ols(data, "M3", scale=scale).predict(at)[0]
    assert pick(outcome, visit="M3", group="ACT", statistic="lsmean").value == pytest.approx(
        expected, abs=1e-8
    )
    assert "baseline 9.0" in outcome.record["footnote"]


def test_the_baseline_of_another_endpoint_is_a_covariate():
    data = records()
    other = records(seed=5).assign(PARAMCD="HBA1C")
    config = mmrm_config(
        covariates=[BASELINE, {"variable": "BASE_HBA1C", "kind": "numeric", "by_visit": True}]
    )
    outcome = run(data, config, spec(others={"HBA1C": "log"}), others={"HBA1C": other})
    second = other[other["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"].map(np.log)
    merged = data.assign(OTHER=data["USUBJID"].map(second))
    ancova = ols(merged, "M3", "Y ~ X_BASE + OTHER + ARMCD")
    assert diff(outcome, "M3", "diff") == pytest.approx(ancova.params["ARMCD[T.ACT]"], abs=1e-8)
    assert set(outcome.records["PARAMCD"]) == {"FPG", "HBA1C"}


def test_a_missing_covariate_stops_and_names_the_subjects():
    data = records()
    ages = [np.nan if i == 3 else age for i, age in enumerate(SITES["AGE"])]
    age = {"variable": "AGE", "kind": "numeric", "by_visit": True}
    adsl = subjects(data, AGE=ages)
    with pytest.raises(ModelError, match="1 subjects have no AGE") as error:
        run(data, mmrm_config(covariates=[BASELINE, age]), adsl=adsl)
    assert "ACT03" in str(error.value)
    left = run(data, mmrm_config(covariates=[BASELINE, age], missing_covariate="leave out"), adsl=adsl)
    assert left.record["left_out"] == {"AGE": ["ACT03"]}
    assert pick(left, statistic="n_subjects").value == 23
    assert "1 subjects without AGE were left out" in pick(left, statistic="n_obs").warning
    assert "ACT03" not in set(left.records["USUBJID"])


def test_the_value_itself_as_response_shifts_means_by_the_baseline_only():
    data = records()
    change, value = run(data), run(data, mmrm_config(response="value"))
    # Baseline is a covariate by visit: differences of arms are the same, LS means differ by its mean.
    assert diff(value, "M3", "diff") == pytest.approx(diff(change, "M3", "diff"), abs=1e-8)
    base = data.loc[data["ABLFL"] == "", "BASE"].mean()
    means = [pick(o, visit="M3", group="ACT", statistic="lsmean").value for o in (value, change)]
    assert means[0] - means[1] == pytest.approx(base, abs=1e-8)


def test_the_value_on_the_log_scale_has_geometric_means_not_ratios():
    outcome = run(records(), mmrm_config(response="value"), spec("log"))
    mean = pick(outcome, visit="M3", group="ACT", statistic="geomean")
    assert mean.unit == "mmol/L"
    assert mean.value == pytest.approx(
        np.exp(pick(outcome, visit="M3", group="ACT", statistic="lsmean").value)
    )
    assert "ratio" not in set(outcome.rows["statistic"])


def test_all_pairs_of_arms_in_the_order_of_the_study():
    codes = ("LOW", "HIGH", "PBO")
    three = run(records(codes), mmrm_config(comparisons=comparisons(arms="all pairs")), spec(codes=codes))
    found = three.rows.loc[three.rows["statistic"] == "diff", "comparison"]
    assert list(dict.fromkeys(found)) == ["LOW-HIGH", "LOW-PBO", "HIGH-PBO"]
    pairs = [diff(three, "M3", "diff", name) for name in ("LOW-HIGH", "HIGH-PBO", "LOW-PBO")]
    assert pairs[0] + pairs[1] == pytest.approx(pairs[2], abs=1e-10)


def test_in_all_pairs_the_reference_is_the_second_arm_wherever_it_stands():
    codes = ("LOW", "HIGH", "PBO")
    asked = mmrm_config(comparisons=comparisons(arms="all pairs"))
    first = run(records(codes), asked, spec(codes=codes).model_copy(update={"reference_arm": "LOW"}))
    found = first.rows.loc[first.rows["statistic"] == "diff", "comparison"]
    assert list(dict.fromkeys(found)) == ["HIGH-PBO", "HIGH-LOW", "PBO-LOW"]
    last = run(records(codes), asked, spec(codes=codes))
    assert diff(first, "M3", "diff", "PBO-LOW") == pytest.approx(-diff(last, "M3", "diff", "LOW-PBO"))


def test_a_baseline_that_the_model_does_not_use_need_not_be_positive():
    data = records()
    data.loc[data["USUBJID"] == "ACT00", "BASE"] = 0.0
    assert run(data, mmrm_config(response="value", covariates=[]), spec("log")).rows["value"].notna().any()
    with pytest.raises(ModelError, match=r"positive values \(response\)"):
        run(data, mmrm_config(response="value"), spec("log"))


def test_the_baseline_of_another_endpoint_is_that_of_members_only():
    data = records()
    other = data.assign(PARAMCD="INS")
    stranger = other[other["USUBJID"] == "ACT00"].assign(USUBJID="OUT1", AVAL=0.0, BASE=0.0)
    adsl = subjects(pd.concat([data, stranger]))
    adsl.loc[adsl["USUBJID"] == "OUT1", ["FASFL", "TRT01P"]] = ["", "ACT"]
    covariate = {"variable": "BASE_INS", "kind": "numeric", "by_visit": False}
    outcome = run(data, mmrm_config(covariates=[covariate]), spec(others={"INS": "log"}), adsl,
                  {"INS": pd.concat([other, stranger])})  # fmt: skip
    assert pick(outcome, visit="", statistic="n_subjects").value == 24


def test_a_member_of_the_population_without_treatment_is_named():
    data = records()
    adsl = subjects(data)
    adsl.loc[adsl["USUBJID"] == "ACT03", "TRT01A"] = ""
    with pytest.raises(
        DataError, match=r"TRT01A of every member of FASFL .* ACT, REF, found 1 without"
    ) as caught:
        run(data, mmrm_config(treatment="TRT01A"), adsl=adsl)
    assert "ACT03: empty" in caught.value.text()
    with pytest.raises(DataError, match="ACT03: empty"):
        run(data, describe_config().model_copy(update={"treatment": "TRT01A"}), adsl=adsl)
    adsl["FASFL"] = adsl["FASFL"].where(adsl["USUBJID"] != "ACT03", "")
    run(data, mmrm_config(treatment="TRT01A"), adsl=adsl)


def test_a_named_contrast_is_the_weighted_sum_of_ls_means():
    codes = ("LOW", "HIGH", "PBO")
    trend = {"TREND": {"label": "Dose trend", "weights": {"PBO": -1.0, "LOW": 0.0, "HIGH": 1.0}}}
    asked = mmrm_config(comparisons=comparisons(contrasts=trend))
    three = run(records(codes), asked, spec(codes=codes))
    assert diff(three, "M3", "diff", "TREND") == pytest.approx(
        diff(three, "M3", "diff", "HIGH-PBO"), abs=1e-12
    )
    # An arm of weight zero stands behind no contrast: 12 + 12 subjects, not 36.
    assert pick(three, visit="M3", comparison="TREND", statistic="diff").n == 24


def test_an_average_over_visits_is_the_mean_of_the_visits_with_its_own_error():
    average = {"ALL": {"label": "Months 1 and 3", "visits": ["M1", "M3"]}}
    outcome = run(records(), mmrm_config(comparisons=comparisons(averages=average)))
    mean = (diff(outcome, "M1", "diff") + diff(outcome, "M3", "diff")) / 2
    assert diff(outcome, "ALL", "diff") == pytest.approx(mean, abs=1e-10)
    # On complete data this is the ANCOVA of each subject's mean change.
    data = records()
    both = data[data["ABLFL"] == ""].groupby("USUBJID")[["CHG", "BASE"]].mean().reset_index()
    both = both.assign(Y=both["CHG"], X_BASE=both["BASE"])
    both["ARMCD"] = pd.Categorical(both["USUBJID"].str[:3], ["REF", "ACT"])
    ancova = smf.ols("Y ~ X_BASE + ARMCD", both).fit()
    assert diff(outcome, "ALL", "diff.se") == pytest.approx(ancova.bse["ARMCD[T.ACT]"], abs=1e-8)
    assert diff(outcome, "ALL", "diff.df") == pytest.approx(ancova.df_resid, abs=1e-4)


def test_a_separate_ancova_has_no_average_and_says_so():
    average = {"ALL": {"label": "Months 1 and 3", "visits": ["M1", "M3"]}}
    outcome = run(records(), ancova_config(comparisons=comparisons(averages=average)))
    row = pick(outcome, visit="ALL", comparison="ACT-REF", statistic="diff")
    assert np.isnan(row.value)
    assert "no average over visits" in row.error


@pytest.mark.parametrize("side", ["two-sided", "greater", "less"])
def test_a_margin_and_a_side(side):
    from scipy import stats

    asked = comparisons(null_value=0.5, side=side)
    outcome, ancova = run(records(), mmrm_config(comparisons=asked)), ols(records(), "M3")
    test = ancova.t_test("ARMCD[T.ACT] = 0.5")
    t, df = float(test.tvalue.item()), ancova.df_resid
    expected = {
        "two-sided": float(test.pvalue), "greater": stats.t.sf(t, df), "less": stats.t.cdf(t, df)
    }[side]  # fmt: skip
    assert diff(outcome, "M3", "diff.statistic") == pytest.approx(t, abs=1e-7)
    assert diff(outcome, "M3", "diff.pvalue") == pytest.approx(expected, abs=1e-7)


def test_on_the_log_scale_the_margin_is_a_ratio():
    outcome = run(records(), mmrm_config(comparisons=comparisons(null_value=1.1)), spec("log"))
    shift = (diff(outcome, "M3", "diff") - np.log(1.1)) / diff(outcome, "M3", "diff.se")
    assert diff(outcome, "M3", "diff.statistic") == pytest.approx(shift, abs=1e-10)


def test_the_level_moves_the_limits_and_nothing_else():
    wide, narrow = run(records()), run(records(), mmrm_config(level=0.9))
    ancova = ols(records(), "M3")
    low, high = ancova.conf_int(alpha=0.1).loc["ARMCD[T.ACT]"]
    assert diff(narrow, "M3", "diff.lower") == pytest.approx(low, abs=1e-7)
    assert diff(narrow, "M3", "diff.upper") == pytest.approx(high, abs=1e-7)
    assert diff(narrow, "M3", "diff.se") == diff(wide, "M3", "diff.se")
    assert pick(narrow, statistic="level").value == 0.9


def test_maximum_likelihood_has_the_smaller_covariance():
    ml = run(records(), mmrm_config(reml=False, df_method="satterthwaite"))
    reml = run(records(), mmrm_config(df_method="satterthwaite"))
    ratio = np.asarray(ml.record["fit"]["sigma"]) / np.asarray(reml.record["fit"]["sigma"])
    # Complete data, three columns per visit: the divisors are n and n - 3.
    assert ratio == pytest.approx(np.full((2, 2), 21 / 24), rel=1e-6)
    assert "ML, " in ml.record["footnote"]


def test_the_population_decides_who_is_analysed():
    data = records()
    adsl = subjects(data)
    adsl.loc[adsl["USUBJID"] == "ACT05", "SAFFL"] = ""
    assert pick(run(data, mmrm_config(population="SAFFL"), adsl=adsl), statistic="n_subjects").value == 23
    assert pick(run(data, adsl=adsl), statistic="n_subjects").value == 24


def test_the_treatment_received_moves_subjects_between_arms():
    data = records()
    adsl = subjects(data)
    adsl.loc[adsl["USUBJID"] == "ACT05", "TRT01A"] = "REF"
    actual = run(data, mmrm_config(treatment="TRT01A"), adsl=adsl)
    assert pick(actual, visit="M3", group="REF", statistic="n").value == 13


def test_one_covariance_per_arm_is_the_welch_test():
    # One visit, no covariate: the two-sample t-test with separate variances.
    data = records()
    data = data[data["AVISIT"] != "M3"]
    config = mmrm_config(covariates=[], sigma_by_arm=True, df_method="satterthwaite")
    outcome = run(data, config)
    from scipy import stats

    here = rows_at(data, "M1")
    arms = [here.loc[here["ARMCD"] == arm, "Y"] for arm in ("ACT", "REF")]
    welch = stats.ttest_ind(*arms, equal_var=False)
    assert diff(outcome, "M1", "diff.statistic") == pytest.approx(welch.statistic, abs=1e-6)
    assert diff(outcome, "M1", "diff.df") == pytest.approx(welch.df, abs=1e-4)
    assert "one per arm" in outcome.record["footnote"]


def test_a_sandwich_is_asked_for_by_name():
    config = mmrm_config(df_method="satterthwaite", coefficient_covariance="CR2")
    outcome = run(records(), config)
    assert set(outcome.rows.loc[outcome.rows["statistic"] == "diff", "method"]) == {
        "mmrm-us-CR2-satterthwaite"
    }
    assert diff(outcome, "M3", "diff.se") != pytest.approx(diff(run(records()), "M3", "diff.se"), rel=1e-4)
    beside = pick(outcome, visit="M3", comparison="ACT-REF", statistic="model.diff.se").value
    assert beside == pytest.approx(diff(run(records()), "M3", "diff.se"), abs=1e-8)


def test_an_endpoint_with_a_baseline_only_is_not_fitted_and_says_so():
    data = records()
    outcome = run(data[data["ABLFL"] == "Y"])
    assert outcome.record["rung"] is None
    assert pick(outcome, statistic="n_obs").value == 0
    assert "Not fitted: none of 24 records" in pick(outcome, statistic="n_obs").warning


# ---- What a reader must know --------------------------------------------------------------------------


def frame_rows(mark="", count=0):
    """Return model rows of which some at month 3 of the active arm are censored."""
    data = records()
    rows = data[data["ABLFL"] == ""].assign(ARMCD=lambda d: d["USUBJID"].str[:3])
    worst = rows.index[(rows["ARMCD"] == "ACT") & (rows["AVISIT"] == "M3")][:count]
    rows.loc[worst, "CENSOR"] = mark
    return rows


def test_values_below_the_limit_warn_with_the_worst_cell():
    (warning,) = limit_warnings(frame_rows("<", 7), spec("log", below=True))
    assert "58%" in warning
    assert "(Act, Month 3)" in warning
    assert "LLOQ/2 was substituted" in warning


def test_a_single_censored_value_warns_where_none_is_expected():
    assert limit_warnings(frame_rows("<", 1), spec("log", below=True)) == []
    (warning,) = limit_warnings(frame_rows("<", 1), spec("log"))
    assert "8%" in warning
    (warning,) = limit_warnings(frame_rows(">", 2), spec("log", below=True))
    assert warning.startswith("2 analysed values lie above")
    assert limit_warnings(frame_rows(), spec("log")) == []


def said_of(outcome):
    """Return why nothing was fitted, as every part of the outcome says it; no row holds an estimate."""
    row = pick(outcome, statistic="n_obs")
    assert (row.value, row.n) == (0, 0)
    evidence = outcome.rows["statistic"].str.startswith("ladder.")
    assert set(outcome.rows["statistic"][~evidence]) <= {"n_subjects", "n_obs", "decimals", "n"}
    assert outcome.record["fit"] is None
    assert outcome.record["rung"] is None
    assert row.warning == outcome.record["footnote"] == outcome.record["warnings"][0]
    return row.warning


def test_an_endpoint_without_any_record_is_not_fitted():
    assert said_of(run(records().head(0), adsl=subjects(records()))) == "Not fitted: no record."


def test_an_arm_without_data_is_named_with_the_reasons_of_its_records():
    data = records(codes=("ACT", "MID", "REF"))
    lost = data["USUBJID"].str.startswith("REF") & (data["ABLFL"] == "")
    data.loc[lost, ["ANL01FL", "REASON"]] = ["", "OUT_OF_WINDOW"]
    said = said_of(run(data, described=spec(codes=("ACT", "MID", "REF"))))
    assert said.startswith("Not fitted: an arm has no record to analyse: Ref (OUT_OF_WINDOW: 24 records; ")
    none = run(data[data["USUBJID"].str.startswith("ACT")], adsl=subjects(records()))
    assert said_of(none) == "Not fitted: an arm has no record to analyse: Ref (no record at all)."


def test_an_arm_that_a_missing_covariate_emptied_is_named_with_it():
    data = records()
    adsl = subjects(data, AGE=50.0)
    adsl.loc[adsl["TRT01P"] == "ACT", "AGE"] = np.nan
    age = [BASELINE, {"variable": "AGE", "kind": "numeric", "by_visit": False}]
    outcome = run(data, mmrm_config(covariates=age, missing_covariate="leave out"), adsl=adsl)
    said = said_of(outcome)
    assert said.startswith("Not fitted: an arm has no record to analyse: Act (")
    assert said.endswith("12 subjects without AGE were left out of the model.")
    assert len(outcome.record["left_out"]["AGE"]) == 12
    everyone = run(
        data, mmrm_config(covariates=age, missing_covariate="leave out"), adsl=adsl.assign(AGE=np.nan)
    )
    assert said_of(everyone).startswith(
        "Not fitted: no subject has a value after baseline and every covariate."
    )
    with pytest.raises(ModelError, match="12 subjects have no AGE"):
        run(data, mmrm_config(covariates=age), adsl=adsl)


def test_a_value_without_a_logarithm_is_named():
    data = records()
    data.loc[data.index[4], "AVAL"] = 0.0
    with pytest.raises(ModelError, match="the log scale needs positive values") as error:
        run(data, described=spec("log"))
    assert "ACT01" in str(error.value)


def singular():
    """Return data whose second visit repeats the first: no covariance of both visits exists."""
    data = records()
    first = data[data["AVISIT"] == "M1"].set_index("USUBJID")
    later = data["AVISIT"] == "M3"
    for name in ("AVAL", "CHG"):
        data.loc[later, name] = data.loc[later, "USUBJID"].map(first[name])
    return data


def test_without_an_accepted_rung_nothing_is_fitted_and_the_ladder_says_why():
    outcome = run(singular(), mmrm_config(covariance_ladder=["us", "cs"]))
    said = said_of(outcome)
    assert said.startswith("Not fitted: no covariance structure of the ladder is accepted (us: ")
    assert "; cs: " in said
    assert [rung["structure"] for rung in outcome.record["ladder"]] == ["us", "cs"]
    assert {rung["status"] for rung in outcome.record["ladder"]} <= {"rejected", "error"}


def test_the_last_rung_is_the_ancova_of_each_visit_and_says_so():
    outcome = run(singular(), mmrm_config(covariance_ladder=["us", "cs", "ancova"]))
    assert outcome.record["rung"] == "ancova"
    assert [rung["status"] == "accepted" for rung in outcome.record["ladder"]] == [False, False, True]
    assert outcome.record["footnote"].startswith("ANCOVA of change from baseline")
    assert "The us covariance was not used" in pick(outcome, statistic="n_obs").warning
    assert diff(outcome, "M1", "diff.se") == pytest.approx(diff(run(records()), "M1", "diff.se"), abs=1e-8)
    assert "no common covariance" in pick(outcome, visit="M1", statistic="stddiff").error


def test_below_the_unstructured_rung_the_sandwich_carries_the_inference():
    outcome = run(records(), mmrm_config(covariance_ladder=["cs"]))
    beside = pick(outcome, visit="M3", comparison="ACT-REF", statistic="model.diff.se")
    assert "CR2 sandwich" in outcome.record["footnote"]
    assert diff(outcome, "M3", "diff.se") != pytest.approx(beside.value, rel=1e-3)
    assert diff(outcome, "M3", "diff") == pytest.approx(diff(outcome, "M3", "model.diff"))


def test_a_visit_that_the_last_rung_cannot_analyse_has_its_reason():
    data = records()
    few = (data["AVISIT"] == "M3") & ~data["USUBJID"].isin(["ACT00", "REF00"])
    outcome = run(data[~few], ancova_config())
    row = pick(outcome, visit="M3", comparison="ACT-REF", statistic="diff.pvalue")
    assert np.isnan(row.value)
    assert row.error
    assert np.isfinite(diff(outcome, "M1", "diff.pvalue"))


def test_the_method_of_a_row_says_what_carried_it():
    def methods(outcome):
        kinds = outcome.rows["statistic"].str.startswith("model.").map({True: "beside", False: "main"})
        return outcome.rows.groupby(kinds)["method"].agg(set).to_dict()

    assert methods(run(records())) == {"main": {"mmrm-us-kenward-roger"}}
    assert methods(run(records(), mmrm_config(covariance_ladder=["cs"]))) == {
        "main": {"mmrm-cs-CR2-satterthwaite"}, "beside": {"mmrm-cs-kenward-roger"},
    }  # fmt: skip
    last = mmrm_config(covariance_ladder=["ancova"])
    assert methods(run(records(), last)) == {"main": {"mmrm-ancova-residual"}}
    assert methods(run(records(), ancova_config())) == {"main": {"ancova-residual"}}
