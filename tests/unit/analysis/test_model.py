"""The MMRM of an endpoint against independent answers: ANCOVA by least squares, and its own identities."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from trial.analysis.model import fit_endpoint, limit_warnings
from trial.study.ard import ARD
from trial.study.errors import ModelError
from unit.analysis.build import analysis, model_spec


def pick(fitted, **place):
    rows = fitted.rows
    for name, wanted in place.items():
        rows = rows[rows[name] == wanted]
    assert len(rows) == 1, place
    return rows.iloc[0]


def diff(fitted, visit, statistic, comparison="ACT-REF"):
    return pick(fitted, visit=visit, comparison=comparison, statistic=statistic, analysis="mmrm").value


@pytest.fixture(scope="module")
def fitted():
    return fit_endpoint(analysis(), model_spec())


@pytest.mark.parametrize("visit", ["M1", "M3"])
def test_complete_data_reproduce_the_ancova_of_each_visit(fitted, visit):
    # With baseline x visit in the model this holds exactly, in estimate, SE and df; without it, it does not.
    data = analysis()
    here = data[data["AVISIT"] == visit].assign(ARMCD=lambda d: pd.Categorical(d["ARMCD"], ["REF", "ACT"]))
    ancova = smf.ols("Y ~ X_BASE + ARMCD", here).fit()
    name = "ARMCD[T.ACT]"
    assert diff(fitted, visit, "diff") == pytest.approx(ancova.params[name], abs=1e-8)
    assert diff(fitted, visit, "diff.se") == pytest.approx(ancova.bse[name], abs=1e-8)
    assert diff(fitted, visit, "diff.df") == pytest.approx(ancova.df_resid, abs=1e-5)
    assert diff(fitted, visit, "diff.pvalue") == pytest.approx(ancova.pvalues[name], abs=1e-8)
    low, high = ancova.conf_int().loc[name]
    assert diff(fitted, visit, "diff.lower") == pytest.approx(low, abs=1e-7)
    assert diff(fitted, visit, "diff.upper") == pytest.approx(high, abs=1e-7)


def test_ls_means_stand_at_the_mean_baseline(fitted):
    data = analysis()
    here = data[data["AVISIT"] == "M3"].assign(ARMCD=lambda d: pd.Categorical(d["ARMCD"], ["REF", "ACT"]))
    ancova = smf.ols("Y ~ X_BASE + ARMCD", here).fit()
    at = pd.DataFrame({"X_BASE": [data["X_BASE"].mean()], "ARMCD": ["REF"]})
    mean = pick(fitted, visit="M3", group="REF", statistic="lsmean").value
    assert mean == pytest.approx(ancova.predict(at)[0], abs=1e-8)


def test_the_sign_of_the_difference_is_active_minus_reference(fitted):
    # The active arm falls by about ten percent more.
    assert diff(fitted, "M3", "diff") < 0
    means = {g: pick(fitted, visit="M3", group=g, statistic="lsmean").value for g in ("ACT", "REF")}
    assert diff(fitted, "M3", "diff") == pytest.approx(means["ACT"] - means["REF"], abs=1e-10)


def test_ratios_are_exponentials_of_natural_logs():
    log = fit_endpoint(analysis(scale="log"), model_spec("log"))
    assert diff(log, "M3", "gmr") == pytest.approx(np.exp(diff(log, "M3", "diff")))
    assert diff(log, "M3", "gmr.lower") == pytest.approx(np.exp(diff(log, "M3", "diff.lower")))
    assert diff(log, "M3", "gmr.pct") == pytest.approx(100 * (diff(log, "M3", "gmr") - 1))
    assert 0.8 < diff(log, "M3", "gmr") < 1.0


def test_ratios_do_not_depend_on_the_unit():
    data = analysis(scale="log")
    scaled = data.assign(AVAL=18 * data["AVAL"], BASE=18 * data["BASE"], X_BASE=data["X_BASE"] + np.log(18))
    one, two = fit_endpoint(data, model_spec("log")), fit_endpoint(scaled, model_spec("log"))
    for statistic in ("gmr", "gmr.lower", "gmr.upper", "diff.pvalue"):
        assert diff(one, "M3", statistic) == pytest.approx(diff(two, "M3", statistic), abs=1e-8)


def test_standardised_difference_uses_the_models_sd_at_that_visit(fitted):
    sigma = np.asarray(fitted.record["fit"]["sigma"])
    assert diff(fitted, "M3", "stddiff") == pytest.approx(diff(fitted, "M3", "diff") / np.sqrt(sigma[1, 1]))


def test_row_order_changes_nothing(fitted):
    shuffled = fit_endpoint(analysis().sample(frac=1, random_state=3), model_spec())
    pd.testing.assert_frame_equal(shuffled.rows, fitted.rows, check_exact=True)


def test_every_arm_is_compared_with_the_reference():
    codes = ("LOW", "HIGH", "PBO")
    three = fit_endpoint(analysis(codes), model_spec(codes=codes))
    assert set(three.rows.loc[three.rows["statistic"] == "diff", "comparison"]) == {"LOW-PBO", "HIGH-PBO"}


def test_one_visit_is_an_ancova():
    data = analysis()
    one = fit_endpoint(data[data["AVISIT"] == "M1"], model_spec())
    both = fit_endpoint(data, model_spec())
    assert diff(one, "M1", "diff.se") == pytest.approx(diff(both, "M1", "diff.se"), abs=1e-8)


def test_counts_and_columns(fitted):
    assert list(fitted.rows.columns) == list(ARD)
    assert pick(fitted, statistic="n_subjects").value == 24
    assert pick(fitted, statistic="n_obs").value == 48
    assert pick(fitted, visit="M1", group="ACT", statistic="n").value == 12


def test_footnote_says_what_was_fitted(fitted):
    text = fitted.record["footnote"]
    assert "unstructured covariance, REML, Kenward-Roger" in text
    assert "48 observations of 24 subjects" in text


def censored(data, mark, count):
    worst = data.index[(data["ARMCD"] == "ACT") & (data["AVISIT"] == "M3")][:count]
    data.loc[worst, "CENSOR"] = mark
    return data


def test_values_below_the_limit_warn_with_the_worst_cell():
    (warning,) = limit_warnings(censored(analysis(), "<", 7), model_spec("log", below=True))
    assert "58%" in warning
    assert "(Act, Month 3)" in warning
    assert "descriptive only" in warning


def test_a_single_censored_value_warns_where_none_is_expected():
    data = censored(analysis(), "<", 1)
    assert limit_warnings(data, model_spec("log", below=True)) == []
    (warning,) = limit_warnings(data, model_spec("log"))
    assert "8%" in warning
    (warning,) = limit_warnings(censored(analysis(), ">", 2), model_spec("log", below=True))
    assert warning.startswith("2 analysed values lie above")
    assert limit_warnings(analysis(), model_spec("log")) == []


def test_an_arm_without_data_is_named():
    data = analysis()
    with pytest.raises(ModelError, match="REF"):
        fit_endpoint(data[data["ARMCD"] == "ACT"], model_spec())


def test_too_few_subjects_are_an_error_that_names_the_endpoint():
    data = analysis(per_arm=2)
    with pytest.raises(ModelError, match="endpoint FPG"):
        fit_endpoint(data, model_spec())


def singular():
    """Return data whose second visit repeats the first: no covariance of both visits exists."""
    data = analysis()
    first = data[data["AVISIT"] == "M1"].set_index("USUBJID")
    later = data["AVISIT"] == "M3"
    for name in ("AVAL", "CHG", "Y"):
        data.loc[later, name] = data.loc[later, "USUBJID"].map(first[name])
    return data


def test_without_an_accepted_rung_the_endpoint_fails_with_the_ladders_record():
    with pytest.raises(ModelError, match="no rung of the covariance ladder") as error:
        fit_endpoint(singular(), model_spec(ladder=("us", "cs")))
    assert "us: " in str(error.value)
    assert "cs: " in str(error.value)
    assert error.value.exit_code == 3


def test_the_last_rung_is_the_ancova_of_each_visit_and_says_so():
    fitted = fit_endpoint(singular(), model_spec(ladder=("us", "cs", "ancova")))
    assert fitted.record["rung"] == "ancova"
    assert [rung["status"] == "accepted" for rung in fitted.record["ladder"]] == [False, False, True]
    assert fitted.record["footnote"].startswith("ANCOVA of change from baseline")
    assert "The us covariance was not used" in pick(fitted, statistic="n_obs").warning
    complete = fit_endpoint(analysis(), model_spec())
    assert diff(fitted, "M1", "diff.se") == pytest.approx(diff(complete, "M1", "diff.se"), abs=1e-8)
    assert "no common covariance" in pick(fitted, visit="M1", statistic="stddiff").error


def test_below_the_unstructured_rung_the_sandwich_carries_the_inference():
    fitted = fit_endpoint(analysis(), model_spec(ladder=("cs",)))
    beside = pick(fitted, visit="M3", comparison="ACT-REF", statistic="diff.se", analysis="mmrm-model-based")
    assert "CR2 sandwich" in fitted.record["footnote"]
    assert diff(fitted, "M3", "diff.se") != pytest.approx(beside.value, rel=1e-3)
    assert diff(fitted, "M3", "diff") == pytest.approx(
        pick(fitted, visit="M3", comparison="ACT-REF", statistic="diff", analysis="mmrm-model-based").value
    )


def test_a_visit_that_the_last_rung_cannot_analyse_has_its_reason():
    data = analysis()
    few = (data["AVISIT"] == "M3") & ~data["USUBJID"].isin(["ACT00", "REF00"])
    fitted = fit_endpoint(data[~few], model_spec(ladder=("ancova",)))
    row = pick(fitted, visit="M3", comparison="ACT-REF", statistic="diff.pvalue")
    assert np.isnan(row.value)
    assert row.error
    assert np.isfinite(diff(fitted, "M1", "diff.pvalue"))


def test_the_method_of_a_row_says_what_carried_it():
    assert set(fit_endpoint(analysis(), model_spec()).rows["method"]) == {"mmrm-us-kenward-roger"}
    below = fit_endpoint(analysis(), model_spec(ladder=("cs",))).rows
    methods = below.groupby("analysis")["method"].agg(set).to_dict()
    assert methods["mmrm"] == {"mmrm-cs-CR2-satterthwaite"}
    assert methods["mmrm-model-based"] == {"mmrm-cs-kenward-roger"}
    assert set(fit_endpoint(analysis(), model_spec(ladder=("ancova",))).rows["method"]) == {
        "mmrm-ancova-residual"
    }
