"""An endpoint with values below its limit: the joint model, its cross-check, substitution, the rule."""

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from trial.analysis.censored.contrast import contrast
from trial.analysis.censored.fit import fit_censored
from trial.analysis.censored.problem import LEFT, OBSERVED, CensoredData
from trial.analysis.data import AnalysisData
from trial.analysis.detectability import verdict, withhold
from trial.analysis.methods import (
    censored_imputation,
    censored_mmrm,
    descriptive,
    detectability,
    mmrm,
    substituted_mmrm,
)
from trial.analysis.outcome import Outcome
from trial.analysis.proportions import Counts, newcombe
from trial.study.errors import ModelError
from unit.analysis.build import BASELINE, COMMON, LINEAR, MMRM, finished, spec, subjects

JOINT = LINEAR | {"lsmeans": {"weights": "proportional", "at": {}}}
LIMIT = 7.0


def joint_config(**changes):
    settings = JOINT | {"method": "censored_mmrm", "sigma_by_arm": False, "bootstrap": None}
    return censored_mmrm.Config.model_validate(settings | changes)


def imputation_config(**changes):
    settings = JOINT | {"method": "censored_imputation", "imputations": 50, "sweeps": 10, "seed": 3}
    return censored_imputation.Config.model_validate(settings | changes)


def substituted_config(rule):
    return substituted_mmrm.Config.model_validate(MMRM | {"method": "substituted_mmrm", "substitute": rule})


def shares_config():
    return detectability.Config.model_validate(COMMON | {"method": "detectability", "level": 0.95})


def study(seed=2, per_arm=20):
    """Return records of two arms at baseline, month 1 and month 3, nothing censored."""
    rng = np.random.default_rng(seed)
    rows = []
    for code, shift in (("ACT", -0.15), ("REF", 0.0)):
        for i in range(per_arm):
            own = rng.normal(2.1, 0.2)
            for visit, number in (("BL", 0.0), ("M1", 1.0), ("M3", 3.0)):
                value = float(np.exp(own + shift * (number > 0) + rng.normal(0, 0.12)))
                first = "Y" if number == 0 else ""
                rows.append((f"{code}{i:02d}", visit, number, value, np.nan, first))
    table = pd.DataFrame(rows, columns=["USUBJID", "AVISIT", "AVISITN", "AVAL", "BASE", "ABLFL"])
    return with_bases(table)


def with_bases(table):
    bases = table[table["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"]
    return finished(table.assign(BASE=table["USUBJID"].map(bases)))


def censored(table, limit=LIMIT):
    """Return the records with values below a limit (a number, or one per row) substituted by half of it."""
    limit = pd.Series(limit, index=table.index, dtype=float)
    below = table["AVAL"] < limit
    done = with_bases(table.assign(AVAL=table["AVAL"].where(~below, limit / 2)))
    return done.assign(CENSOR=below.map({True: "<", False: ""}), LLOQ=limit)


def data_of(table, config, described=None):
    return AnalysisData.of(described or spec("log", below=True), config, subjects(table), table, {})


def run(module, table, config):
    data = data_of(table, config)
    return withhold(module.run(data, config), data)


def effects(outcome, statistic="diff"):
    rows = outcome.rows
    return rows[(rows["statistic"] == statistic) & (rows["comparison"] == "ACT-REF")].set_index("visit")


def arrays(table):
    """Return the same records as arrays, by hand."""
    order = [f"{arm}{i:02d}" for arm in ("ACT", "REF") for i in range(20)]
    wide = table.assign(L=np.log(table["AVAL"].where(table["CENSOR"] == "", table["LLOQ"])))
    value = (
        wide.pivot(index="USUBJID", columns="AVISIT", values="L").loc[order, ["BL", "M1", "M3"]].to_numpy()
    )
    marks = wide.pivot(index="USUBJID", columns="AVISIT", values="CENSOR").loc[order, ["BL", "M1", "M3"]]
    side = np.where(marks == "<", LEFT, OBSERVED)
    arm = np.array([int(name.startswith("ACT")) for name in order])
    return CensoredData(value, side, arm, np.empty((40, 0)), False)


# ---- the joint model ------------------------------------------------------------------------------------


def test_values_below_their_limit_enter_as_intervals_at_their_own_limits():
    limits = np.where(np.arange(120) // 3 % 2 == 0, 6.6, 7.2)  # two lots
    table = censored(study(), limits)
    assert 15 < (table["CENSOR"] == "<").sum() < 60
    outcome = run(censored_mmrm, table, joint_config())
    expected = contrast(fit_censored(arrays(table)), np.array([-1.0, 1.0]))
    found = effects(outcome)
    assert found["value"].to_numpy() == pytest.approx(expected.estimate, abs=1e-9)
    assert effects(outcome, "diff.se")["value"].to_numpy() == pytest.approx(expected.se, abs=1e-9)
    assert effects(outcome, "gmr")["value"].to_numpy() == pytest.approx(np.exp(expected.estimate), abs=1e-9)
    assert found["n"].tolist() == [40, 40]
    rows = outcome.rows.set_index("result_id")
    below = table[(table["AVISIT"] == "M1") & table["USUBJID"].str.startswith("ACT")]["CENSOR"] == "<"
    assert rows.loc["FPG.PRIMARY.M1.ACT.BLQ.pct", "value"] == pytest.approx(100 * below.mean())


def test_the_order_of_the_rows_does_not_matter():
    table = censored(study())
    one = run(censored_mmrm, table, joint_config()).rows
    other = run(censored_mmrm, table.sample(frac=1, random_state=1), joint_config()).rows
    assert one["value"].to_numpy() == pytest.approx(other["value"].to_numpy(), abs=1e-10, nan_ok=True)


def test_means_stand_at_one_baseline_and_part_by_the_comparison():
    outcome = run(censored_mmrm, censored(study()), joint_config())
    rows = outcome.rows.set_index("result_id")["value"]
    for visit in ("M1", "M3"):
        apart = rows[f"FPG.PRIMARY.{visit}.ACT.lsmean"] - rows[f"FPG.PRIMARY.{visit}.REF.lsmean"]
        assert apart == pytest.approx(rows[f"FPG.PRIMARY.{visit}.ACT-REF.diff"], abs=1e-12)
    level = run(censored_mmrm, censored(study()), joint_config(response="value")).rows.set_index("result_id")[
        "value"
    ]
    moved = level["FPG.PRIMARY.M1.ACT.lsmean"] - rows["FPG.PRIMARY.M1.ACT.lsmean"]
    assert moved == pytest.approx(rows["FPG.PRIMARY.all.all.baseline_mean"], abs=1e-12)


def test_an_arm_all_below_the_limit_loses_that_visit_only():
    table = study()
    limits = np.where((table["AVISIT"] == "M3") & table["USUBJID"].str.startswith("ACT"), 100.0, 6.5)
    table = censored(table, limits)
    outcome = run(censored_mmrm, table, joint_config())
    found = effects(outcome)
    assert "all 20 values of Act lie below the quantification limit" in found.loc["M3", "error"]
    assert np.isnan(found.loc["M3", "value"])
    without = run(censored_mmrm, table[table["AVISIT"] != "M3"], joint_config())
    assert found.loc["M1", "value"] == effects(without).loc["M1", "value"]
    assert "Not estimable at Month 3" in outcome.record["warnings"][0]
    # Elsewhere the whole endpoint is detectability only: the worst arm and visit decides.
    assert "100%" in effects(outcome, "diff.pvalue").loc["M1", "error"]


def test_a_baseline_all_below_the_limit_leaves_nothing_to_adjust_for():
    table = study()
    limits = np.where((table["AVISIT"] == "BL") & table["USUBJID"].str.startswith("REF"), 100.0, 1.0)
    outcome = run(censored_mmrm, censored(table, limits), joint_config())
    assert effects(outcome)["value"].isna().all()
    assert effects(outcome)["error"].str.contains("Ref lie below .* at Baseline, which comparisons").all()


def test_everything_below_the_limit_is_said_and_counted():
    for module, config in ((censored_mmrm, joint_config()), (censored_imputation, imputation_config())):
        outcome = run(module, censored(study(), 1000.0), config)
        assert effects(outcome)["value"].isna().all()
        assert effects(outcome)["error"].str.contains("lie below the quantification limit").all()
    counted = run(detectability, censored(study(), 1000.0), shares_config()).rows
    assert set(counted.loc[counted["statistic"] == "BLQ.pct", "value"]) == {100.0}


def test_nothing_below_the_limit_warns_of_nothing():
    outcome = run(censored_mmrm, censored(study(), 0.001), joint_config())
    assert outcome.record["warnings"] == []
    assert effects(outcome, "diff.pvalue")["value"].notna().all()


def test_an_arm_without_values_is_not_fitted_and_named():
    table = censored(study())
    of_one = table[table["USUBJID"].str.startswith("REF")]
    for module, config in ((censored_mmrm, joint_config()), (censored_imputation, imputation_config())):
        data = AnalysisData.of(spec("log", below=True), config, subjects(table), of_one, {})
        said = module.run(data, config).record["footnote"]
        assert said == "Not fitted: an arm has no record to analyse: Act (no record at all)."


def test_a_limit_that_no_record_gives_is_an_error():
    table = censored(study())
    at = table.index[table["CENSOR"] == "<"][0]
    table.loc[at, "LLOQ"] = np.nan
    for module, config in ((censored_mmrm, joint_config()), (substituted_mmrm, substituted_config("LLOQ"))):
        with pytest.raises(
            ModelError, match=f"(?s)do not give.*{table.loc[at, 'USUBJID']} {table.loc[at, 'AVISIT']}"
        ):
            run(module, table, config)


def test_a_plane_through_all_values_is_refused_with_the_count():
    table = study(per_arm=3)
    limits = np.where(table["AVISIT"] == "M3", 8.2, 0.1)
    outcome = run(censored_mmrm, censored(table, limits), joint_config(sigma_by_arm=True))
    text = effects(outcome)["error"].iloc[0]
    assert "the likelihood has no maximum" in text
    assert "would rule that out" in text


def test_a_covariate_moves_the_estimate_and_a_missing_one_stops():
    table = censored(study())
    people = subjects(table, AGE=[float(40 + (7 * i) % 31) for i in range(40)])
    config = joint_config(covariates=[BASELINE, {"variable": "AGE", "kind": "numeric", "by_visit": True}])
    data = AnalysisData.of(spec("log", below=True), config, people, table, {})
    found = effects(censored_mmrm.run(data, config))
    assert (found["value"] - effects(run(censored_mmrm, table, joint_config()))["value"]).abs().min() > 1e-6
    people.loc[3, "AGE"] = np.nan
    data = AnalysisData.of(spec("log", below=True), config, people, table, {})
    with pytest.raises(ModelError, match="ACT03"):
        censored_mmrm.run(data, config)
    config = joint_config(covariates=config.covariates, missing_covariate="leave out")
    outcome = censored_mmrm.run(AnalysisData.of(data.spec, config, people, table, {}), config)
    assert outcome.record["left_out"] == {"AGE": ["ACT03"]}


def test_the_bootstrap_stands_beside_the_information():
    outcome = run(censored_mmrm, censored(study()), joint_config(bootstrap={"replicates": 60, "seed": 1}))
    ratio = effects(outcome, "boot.se")["value"] / effects(outcome, "diff.se")["value"]
    assert ratio.between(0.6, 1.5).all()
    lost = outcome.rows[outcome.rows["statistic"] == "boot.failed"].iloc[0]
    assert lost["value"] == 60 - outcome.record["bootstrap"]["kept"]


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"covariates": []}, "BASE must stand there"),
        ({"covariates": [BASELINE | {"by_visit": False}]}, "by_visit is true"),
        ({"lsmeans": {"weights": "equal", "at": {}}}, "lsmeans"),
        ({"comparisons": LINEAR["comparisons"] | {"side": "less"}}, "two-sided"),
        (
            {
                "comparisons": LINEAR["comparisons"]
                | {"averages": {"ALL": {"label": "All", "visits": ["M1"]}}}
            },
            "averages",
        ),
    ],
)
def test_settings_that_the_joint_model_does_not_have_are_refused(changes, words):
    with pytest.raises(ValidationError, match=words):
        joint_config(**changes)


# ---- cross-check and substitution -----------------------------------------------------------------------


def test_imputation_agrees_and_is_the_same_every_time():
    table = censored(study())
    config = imputation_config(imputations=200)
    outcome = run(censored_imputation, table, config)
    likelihood = run(censored_mmrm, table, joint_config())
    se = effects(likelihood, "diff.se")["value"]
    assert ((effects(outcome)["value"] - effects(likelihood)["value"]).abs() < 0.25 * se).all()
    pd.testing.assert_frame_equal(outcome.rows, run(censored_imputation, table, config).rows)
    other = run(censored_imputation, table, imputation_config(imputations=200, seed=4))
    assert (effects(other)["value"] != effects(outcome)["value"]).all()
    mcse = effects(outcome, "diff.mcse")["value"]
    assert ((effects(other)["value"] - effects(outcome)["value"]).abs() < 5 * mcse).all()


def test_substitution_changes_values_baselines_and_nothing_else():
    table = censored(study())
    plain = run(mmrm, table, mmrm.Config.model_validate(MMRM))
    half = run(substituted_mmrm, table, substituted_config("LLOQ/2"))
    assert effects(half)["value"].tolist() == effects(plain)["value"].tolist()
    by_hand = table.assign(AVAL=table["AVAL"].where(table["CENSOR"] == "", LIMIT))
    by_hand = with_bases(by_hand).assign(CENSOR=table["CENSOR"], LLOQ=LIMIT)
    expected = run(mmrm, by_hand, mmrm.Config.model_validate(MMRM))
    found = run(substituted_mmrm, table, substituted_config("LLOQ"))
    assert effects(found)["value"].to_numpy() == pytest.approx(
        effects(expected)["value"].to_numpy(), abs=1e-12
    )
    assert (effects(found)["value"] != effects(half)["value"]).all()
    assert "LLOQ/sqrt 2 was substituted" in " ".join(
        run(substituted_mmrm, table, substituted_config("LLOQ/sqrt 2")).record["warnings"]
    )


# ---- detectability ----------------------------------------------------------------------------------------


def half_censored(count):
    """Return records of which `count` of 20 values of one arm at month 3 lie below the limit."""
    table = study()
    here = table[(table["AVISIT"] == "M3") & table["USUBJID"].str.startswith("ACT")]["AVAL"].sort_values()
    limits = pd.Series(0.001, index=table.index)
    limits[here.index[:count]] = float(here.iloc[count - 1] + here.iloc[count]) / 2
    return censored(table, limits)


@pytest.mark.parametrize(
    "module, config",
    [
        (mmrm, mmrm.Config.model_validate(MMRM)),
        (censored_mmrm, joint_config()),
        (censored_imputation, imputation_config()),
        (substituted_mmrm, substituted_config("LLOQ")),
    ],
)
def test_above_the_declared_share_every_p_value_of_the_endpoint_is_withheld(module, config):
    outcome = run(module, half_censored(11), config)
    tests = outcome.rows[outcome.rows["statistic"].str.endswith("pvalue")]
    assert tests["value"].isna().all()
    words = "Detectability only: 55% of values lie below the quantification limit (Act, Month 3); above 50%"
    assert tests["error"].str.startswith(words).all()
    for statistic in ("diff", "diff.lower", "gmr", "gmr.upper"):
        assert effects(outcome, statistic)["value"].notna().all()
        assert effects(outcome, statistic)["warning"].str.startswith(words).all()
    assert outcome.record["detectability"].startswith(words)


def test_at_the_declared_share_nothing_is_withheld():
    data = data_of(half_censored(10), joint_config())
    assert verdict(data) == ""
    outcome = run(mmrm, half_censored(10), mmrm.Config.model_validate(MMRM))
    assert effects(outcome, "diff.pvalue")["value"].notna().all()
    assert not outcome.rows["warning"].str.contains("Detectability").any()


def test_an_analysis_without_rows_or_without_tests_is_left_alone():
    data = data_of(half_censored(11), joint_config())
    empty = Outcome.of(data.spec, [], {}, [])
    assert withhold(empty, data) is empty
    counted = detectability.run(data, shares_config())
    assert withhold(counted, data) is counted


def test_a_baseline_below_the_limit_counts_as_well():
    table = study()
    limits = np.where((table["AVISIT"] == "BL") & table["USUBJID"].str.startswith("REF"), 8.6, 0.001)
    found = verdict(data_of(censored(table, limits), joint_config()))
    assert "(Ref, Baseline)" in found


# Published: 36/154 and 12/77 (Newcombe limits of the CAMIS reference), then zero and full shares.
@pytest.mark.parametrize(
    "counts, lower, upper",
    [
        ((36, 154, 12, 77), -0.0361419082, 0.1751254103),
        ((9, 30, 0, 30), 0.1248766597, 0.4787578746),
        ((0, 30, 0, 30), -0.1135133932, 0.1135133932),
        ((30, 30, 0, 30), 0.8394678198, 1.0),
    ],
)
def test_limits_of_a_difference_of_shares(counts, lower, upper):
    assert newcombe(Counts(*counts), 0.95) == pytest.approx((lower, upper), abs=1e-10)


def test_shares_are_counted_of_the_values_at_the_visit():
    rows = run(detectability, half_censored(11), shares_config()).rows.set_index("result_id")["value"]
    assert rows["FPG.PRIMARY.M3.ACT.BLQ.n"] == 11
    assert rows["FPG.PRIMARY.M3.ACT.limit.n"] == 20
    assert rows["FPG.PRIMARY.M3.ACT-REF.BLQ.diff"] == pytest.approx(55)
    assert rows["FPG.PRIMARY.M3.ACT-REF.BLQ.diff.lower"] == pytest.approx(
        100 * newcombe(Counts(11, 20, 0, 20), 0.95)[0]
    )


# ---- what is printed of values below the limit ------------------------------------------------------------


def described(table):
    config = descriptive.Config.model_validate(COMMON | {"method": "descriptive"})
    return run(descriptive, table, config).rows.set_index("result_id")


def cell(values, marks, limits):
    """Return the description of one arm at baseline with these values."""
    table = pd.DataFrame(
        {
            "USUBJID": [f"ACT{i:02d}" for i in range(len(values))] + ["REF00"],
            "AVISIT": "BL",
            "AVISITN": 0.0,
            "AVAL": [*values, 5.0],
            "BASE": [*values, 5.0],
            "ABLFL": "Y",
        }
    )
    table = finished(table).assign(CENSOR=[*marks, ""], LLOQ=[*limits, 1.0])
    return described(table)


def test_order_statistics_below_the_limit_are_bounds_never_half_of_it():
    rows = cell([0.5, 0.5, 2.0, 3.0, 4.0], ["<", "<", "", "", ""], [1.0] * 5)
    at = "FPG.PRIMARY.BL.ACT.AVAL"
    assert np.isnan(rows.loc[f"{at}.min", "value"])
    assert rows.loc[f"{at}.min", "error"] == "below the quantification limit"
    assert rows.loc[f"{at}.min.below", "value"] == 1.0
    assert rows.loc[f"{at}.q1.below", "value"] == 1.0
    assert rows.loc[f"{at}.median", "value"] == 2.0
    assert rows.loc[f"{at}.max", "value"] == 4.0
    assert f"{at}.median.below" not in rows.index


def test_a_median_below_the_limit_is_a_bound_and_its_mean_is_withheld():
    rows = cell([0.5, 0.5, 0.5, 2.0, 3.0], ["<", "<", "<", "", ""], [1.0] * 5)
    at = "FPG.PRIMARY.BL.ACT.AVAL"
    assert rows.loc[f"{at}.median.below", "value"] == 1.0
    for name in ("mean", "sd", "geomean", "geocv"):
        assert np.isnan(rows.loc[f"{at}.{name}", "value"])
        assert rows.loc[f"{at}.{name}", "error"].startswith("Detectability only: 60% of values")
    half = cell([0.5, 0.5, 2.0, 3.0], ["<", "<", "", ""], [1.0] * 4)
    assert half.loc[f"{at}.mean", "value"] == pytest.approx(1.5)


def test_two_limits_leave_what_is_known():
    # The lowest: measured 1.1, or one of those below 1.3. The middle: below the mean of 1.1 and 1.3, or less.
    rows = cell([0.65, 1.1, 0.65, 2.0], ["<", "", "<", ""], [1.3, 1.0, 1.3, 1.0])
    at = "FPG.PRIMARY.BL.ACT.AVAL"
    assert rows.loc[f"{at}.min.at_most", "value"] == 1.1
    assert rows.loc[f"{at}.median.below", "value"] == pytest.approx(1.3)
    assert rows.loc[f"{at}.max", "value"] == 2.0


def test_changes_from_or_to_a_value_below_the_limit_have_no_order():
    table = censored(study(), 7.4)
    rows = described(table)
    changes = rows[rows.index.str.contains(r"\.CHG\.(?:min|median)$")]
    assert len(changes) == 8
    assert (changes["error"] == "depends on values below the quantification limit").any()
    exact = described(censored(study(), 0.001))
    assert exact.loc["FPG.PRIMARY.M1.ACT.CHG.min", "error"] == ""


def test_the_log_scale_has_no_mean_percent_change():
    assert not described(study()).index.str.contains("PCHG").any()
    config = descriptive.Config.model_validate(COMMON | {"method": "descriptive"})
    rows = descriptive.run(data_of(study(), config, spec("identity")), config).rows
    assert (rows["statistic"] == "PCHG.mean").sum() == 4


def test_a_value_below_a_limit_that_is_not_given_has_no_bound():
    rows = cell([0.5, 2.0, 3.0], ["<", "", ""], [np.nan, 1.0, 1.0])
    at = "FPG.PRIMARY.BL.ACT.AVAL"
    # The lowest is not above the lowest that was measured; the highest may be any.
    assert rows.loc[f"{at}.min.at_most", "value"] == 2.0
    assert rows.loc[f"{at}.max", "error"] == "depends on values below the quantification limit"
    assert not rows.index.str.startswith(f"{at}.max.").any()


def test_an_endpoint_without_values_after_baseline_is_not_fitted():
    table = censored(study())
    for module, config in ((censored_mmrm, joint_config()), (censored_imputation, imputation_config())):
        outcome = run(module, table[table["AVISIT"] == "BL"], config)
        assert outcome.record["footnote"].startswith("Not fitted")
        assert not outcome.rows["statistic"].str.startswith("diff").any()


def test_what_follows_from_a_p_value_goes_with_it():
    data = data_of(half_censored(11), joint_config())
    names = (
        "diff",
        "shift.1.pvalue",
        "grid.1.1.pvalue",
        "diff.pvalue.mcse",
        "delta*",
        "delta*.sd",
        "tipped.diff",
    )
    rows = [
        {"visit": "M3", "comparison": "ACT-REF", "statistic": name, "value": 0.5, "n": 40.0} for name in names
    ]
    found = withhold(Outcome.of(data.spec, rows, {"surfaces": {"ACT-REF": {"pvalue": [0.1]}}}, []), data)
    kept = found.rows.set_index("statistic")["value"].dropna()
    assert list(kept.index) == ["diff"]
    assert found.record["surfaces"] == {"ACT-REF": None}
