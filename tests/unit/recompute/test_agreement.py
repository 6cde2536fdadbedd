"""Production results beside the independent computation: every declared model agrees, every wrong number is caught."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from trial.recompute.agreement import DENSE, finding_table, refuse_differences
from trial.recompute.peers import SOURCE
from trial.recompute.tolerances import TOLERANCES
from trial.study.agreement import AGREES, DIFFERS, NOT_RECOMPUTED, NOTHING
from trial.study.errors import DataError
from unit.analysis import build
from unit.recompute.build import agreement, longer

BASE = build.BASELINE
AGE = {"variable": "AGE", "kind": "numeric", "by_visit": False}
SEX = {"variable": "SEX", "kind": "factor", "by_visit": True}
TREND = {"TREND": {"label": "Trend", "weights": {"HIGH": 1.0, "LOW": 0.0, "REF": -1.0}}}
MEAN = {"MEAN": {"label": "Both visits", "visits": ["M1", "M3"]}}


def verdicts(findings, source=DENSE):
    return {one.verdict for one in findings if one.source == source}


def differing(findings):
    return sorted({one.place["statistic"] for one in findings if one.verdict == DIFFERS})


def counted(findings, verdict=AGREES, source=DENSE):
    return sum(one.verdict == verdict and one.source == source for one in findings)


MODELS = {
    "as the demonstration": build.mmrm_config(covariates=[BASE, AGE, SEX]),
    "toeph by CR2": build.mmrm_config(covariance_ladder=["toeph"]),
    "ar1h by CR2": build.mmrm_config(covariance_ladder=["ar1h"]),
    "csh by CR2": build.mmrm_config(covariance_ladder=["csh"]),
    "cs by CR2": build.mmrm_config(covariance_ladder=["cs"]),
    "linear Kenward-Roger": build.mmrm_config(df_method="kenward-roger-linear"),
    "satterthwaite": build.mmrm_config(df_method="satterthwaite", covariates=[BASE, AGE]),
    "full likelihood": build.mmrm_config(df_method="satterthwaite", reml=False),
    "CR2 at us": build.mmrm_config(df_method="satterthwaite", coefficient_covariance="CR2"),
    "CR3 at us": build.mmrm_config(df_method="satterthwaite", coefficient_covariance="CR3"),
    "CR0 at us": build.mmrm_config(df_method="satterthwaite", coefficient_covariance="CR0"),
    "CR1 at us": build.mmrm_config(df_method="satterthwaite", coefficient_covariance="CR1"),
    "covariance by arm": build.mmrm_config(sigma_by_arm=True),
    "proportional": build.mmrm_config(covariates=[AGE, SEX], lsmeans={"weights": "proportional", "at": {}}),
    "counterfactual": build.mmrm_config(covariates=[BASE, SEX], lsmeans={"weights": "counterfactual", "at": {}}),
    "at given values": build.mmrm_config(
        covariates=[BASE, AGE, SEX], lsmeans={"weights": "equal", "at": {"BASE": 8.0, "SEX": "M"}}
    ),
    "values": build.mmrm_config(response="value", covariates=[]),
    "margin": build.mmrm_config(comparisons=build.comparisons(null_value=0.3, side="less")),
    "one-sided": build.mmrm_config(comparisons=build.comparisons(side="greater", averages=MEAN)),
    "ancova": build.ancova_config(covariates=[BASE, AGE, SEX]),
    "ancova as the only rung": build.mmrm_config(covariance_ladder=["ancova"]),
}  # fmt: skip


LOGS = ("as the demonstration", "at given values", "margin", "ancova")


@pytest.mark.parametrize(
    ("name", "scale"), [*((name, "identity") for name in MODELS), *((name, "log") for name in LOGS)]
)
def test_every_declared_model_agrees_in_every_number(name, scale):
    config = MODELS[name]
    if scale == "log" and config.comparisons.null_value is not None:
        config = config.model_copy(
            update={"comparisons": config.comparisons.model_copy(update={"null_value": 1.1})}
        )
    data, adsl = longer()
    findings = agreement(data, config, build.spec(scale), adsl=adsl)
    assert differing(findings) == []
    assert counted(findings) > 30
    assert verdicts(findings) <= {AGREES, NOT_RECOMPUTED, NOTHING}
    blank = {one.place["statistic"] for one in findings if one.verdict == NOTHING}
    assert blank == ({"stddiff", "stddiff.lower", "stddiff.upper"} if "ancova" in name else set())


@pytest.mark.parametrize("averages", [{}, MEAN])
def test_three_arms_with_all_pairs_a_trend_and_an_average(averages):
    codes = ("HIGH", "LOW", "REF")
    config = build.mmrm_config(
        comparisons=build.comparisons(arms="all pairs", contrasts=TREND, averages=averages)
    )
    data, adsl = longer(codes=codes)
    findings = agreement(data, config, build.spec(codes=codes), adsl=adsl)
    assert differing(findings) == []
    named = {one.place["comparison"] for one in findings if one.place["statistic"] == "diff"}
    assert named == {"HIGH-REF", "LOW-REF", "HIGH-LOW", "TREND"}


@pytest.mark.parametrize("rung", ["us", "ancova"])
def test_a_single_visit_and_a_visit_that_nobody_attended(rung):
    data, adsl = longer()
    data = data[data["AVISIT"] != "M3"].reset_index(drop=True)
    findings = agreement(data, build.mmrm_config(covariance_ladder=[rung]), adsl=adsl)
    assert differing(findings) == []
    assert counted(findings, source=SOURCE) >= 10


def test_a_visit_between_keeps_its_place():
    """Toeplitz over visits 1 and 3 of three: the lag between them is what the engine takes it for."""
    data, adsl = longer()
    visits = (
        *build.VISITS[:2],
        build.VISITS[1].model_copy(update={"code": "M2", "number": 2}),
        build.VISITS[2],
    )
    described = build.spec().model_copy(update={"visits": visits})
    findings = agreement(data, build.mmrm_config(covariance_ladder=["ar1h"]), described, adsl=adsl)
    assert differing(findings) == []


def test_subjects_without_a_covariate_are_left_out():
    data, adsl = longer()
    adsl.loc[:2, "AGE"] = np.nan
    config = build.mmrm_config(covariates=[BASE, AGE], missing_covariate="leave out")
    assert differing(agreement(data, config, adsl=adsl)) == []


def test_statsmodels_says_the_same_of_coefficients_means_and_deviance():
    data, adsl = longer()
    findings = agreement(data, MODELS["as the demonstration"], adsl=adsl)
    names = {one.place["statistic"] for one in findings if one.source == SOURCE}
    assert names == {"coef.estimate", "lsmean", "diff", "deviance"}
    assert verdicts(findings, SOURCE) == {AGREES}


def test_a_random_intercept_of_statsmodels_is_compound_symmetry():
    data, adsl = longer(per_arm=30)
    findings = agreement(data, build.mmrm_config(covariance_ladder=["cs"]), adsl=adsl)
    found = {one.place["statistic"]: one for one in findings if one.source == SOURCE}
    assert {"cov.M1.M1", "cov.M1.M3", "cov.M3.M3", "deviance"} <= found.keys()
    assert verdicts(findings, SOURCE) == {AGREES}


# ---- numbers that are wrong -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def production():
    """Production results on the log scale, which have every statistic."""
    data, adsl = longer()
    config, described = MODELS["as the demonstration"], build.spec("log")
    return data, adsl, config, described, build.run(data, config, described, adsl=adsl).rows


STATISTICS = (
    "lsmean", "lsmean.se", "lsmean.df", "lsmean.lower", "ratio", "geomean.upper", "diff", "diff.se", "diff.df", "diff.lower",
    "diff.upper", "diff.statistic", "diff.pvalue", "gmr", "gmr.pct", "stddiff", "coef.estimate", "coef.se", "coef.df",
    "coef.tvalue", "coef.pvalue", "type3.statistic", "type3.df_num", "type3.df_den", "type3.pvalue", "cov.M1.M3", "corr.M1.M3",
    "deviance", "n", "n_obs", "n_subjects", "baseline_mean", "level", "ladder.aic", "ladder.bic", "ladder.n_parameters",
)  # fmt: skip


@pytest.mark.parametrize(("times", "caught"), [(1.2, True), (-1.2, True), (0.5, False), (-0.5, False)])
def test_a_number_a_little_off_is_caught_and_no_other(production, times, caught):
    """One row of every statistic is moved by so many tolerances; what has none (counts) by one."""
    data, adsl, config, described, rows = production
    honest = {
        one.place["result_id"]: one
        for one in agreement(data, config, described, rows, adsl)
        if one.source == DENSE
    }
    changed, moved = rows.copy(), []
    for statistic in STATISTICS:
        at = rows.index[rows["statistic"] == statistic][-1]
        moved.append(rows.loc[at, "result_id"])
        tolerance = honest[moved[-1]].tolerance
        changed.loc[at, "value"] += times * tolerance if tolerance else float(caught)
    found = agreement(data, config, described, changed, adsl)
    wrong = [one for one in found if one.verdict == DIFFERS and one.source == DENSE]
    assert sorted(one.place["result_id"] for one in wrong) == (sorted(moved) if caught else [])
    if caught:
        for one in wrong:
            with pytest.raises(DataError, match="1 of 1 numbers disagree with their independent computation"):
                refuse_differences([one], "somewhere")


def test_a_number_that_is_missing_or_nobody_knows_is_caught(production):
    data, adsl, config, described, rows = production
    at = rows.index[rows["statistic"] == "diff.pvalue"][0]
    found = agreement(data, config, described, rows.drop(index=at), adsl)
    assert [one.place["statistic"] for one in found if one.verdict == DIFFERS] == ["diff.pvalue"]
    more = pd.concat([rows, rows.loc[[at]].assign(statistic="diff.guess", result_id="x")])
    found = agreement(data, config, described, more, adsl)
    assert [one.place["statistic"] for one in found if one.verdict == DIFFERS] == ["diff.guess"]


def test_a_number_that_is_no_number_never_agrees(production):
    data, adsl, config, described, rows = production
    changed = rows.copy()
    changed.loc[changed["statistic"] == "diff.se", "value"] = np.inf
    assert differing(agreement(data, config, described, changed, adsl)) == ["diff.se"]


WRONG = {
    "full likelihood": ({"reml": False, "df_method": "satterthwaite"}, {"deviance", "diff.se", "cov.M1.M1", "lsmean.se"}),
    "no adjustment of the standard error": ({"df_method": "satterthwaite"}, {"diff.se", "lsmean.se"}),
    "observed weights": ({"lsmeans": {"weights": "proportional", "at": {}}}, {"lsmean", "geomean"}),
    "another structure": ({"covariance_ladder": ["cs"]}, {"deviance", "diff", "diff.df", "cov.M1.M1"}),
    "a sandwich": ({"coefficient_covariance": "CR2", "df_method": "satterthwaite"}, {"diff.se", "diff.df"}),
    "no covariate": ({"covariates": []}, {"diff", "diff.df", "deviance"}),
    "an effect that all visits share": (
        {"covariates": [{**BASE, "by_visit": False}, AGE, SEX]}, {"diff", "deviance"}),
    "the value": ({"response": "value"}, {"lsmean", "coef.estimate"}),
    "90 per cent": ({"level": 0.9}, {"diff.lower", "diff.upper", "level"}),
    "one side": ({"comparisons": build.comparisons(side="less")}, {"diff.pvalue"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_neighbouring_method_under_the_declared_name_is_caught(production, name):
    data, adsl, config, described, rows = production
    changes, caught = WRONG[name]
    other = build.mmrm_config(**({"covariates": [BASE, AGE, SEX]} | changes))
    wrong = build.run(data, other, described, adsl=adsl).rows
    declared_as = rows.loc[rows["statistic"] == "diff", "method"].iloc[0]
    wrong.loc[wrong["method"] != "collected", "method"] = declared_as
    assert caught <= set(differing(agreement(data, config, described, wrong, adsl)))


def test_residual_degrees_of_freedom_in_place_of_kenward_rogers_are_caught(production):
    """Between-within df at `us`: subjects less between-subject columns."""
    data, adsl, config, described, rows = production
    changed = rows.copy()
    mine = changed["statistic"].isin(["diff.df", "lsmean.df", "coef.df"])
    changed.loc[mine, "value"] = float(adsl["USUBJID"].nunique() - 4)
    assert set(differing(agreement(data, config, described, changed, adsl))) == {
        "diff.df",
        "lsmean.df",
        "coef.df",
    }


def test_a_change_or_baseline_that_does_not_follow_from_the_values_is_caught(production):
    data, adsl, config, described, rows = production
    later = data.index[data["ABLFL"] == ""]
    for name in ("BASE", "CHG"):
        changed = data.copy()
        changed.loc[later[3], name] += 1e-9
        (found,) = [
            one
            for one in agreement(changed, config, described, rows, adsl)
            if one.place["statistic"] == f"records.{name}"
        ]
        assert (found.verdict, found.production - found.independent) == (DIFFERS, 1.0)


def test_another_arm_order_or_population_is_caught(production):
    data, adsl, config, described, rows = production
    fewer = adsl.assign(FASFL=["", *["Y"] * (len(adsl) - 1)])
    assert "n_subjects" in differing(agreement(data, config, described, rows, fewer))
    swapped = adsl.assign(TRT01P=adsl["TRT01P"].map({"ACT": "REF", "REF": "ACT"}))
    assert "diff" in differing(agreement(data, config, described, rows, swapped))


def test_a_method_that_the_plan_does_not_declare_is_caught(production):
    data, adsl, config, described, rows = production
    changed = rows.assign(method=rows["method"].str.replace("-us-", "-cs-"))
    found = [one for one in agreement(data, config, described, changed, adsl) if one.verdict == DIFFERS]
    assert [one.place["statistic"] for one in found] == ["method"]
    assert "is no method that the plan declares" in found[0].reason


# ---- endpoints without a number ----------------------------------------------------------------------------


def test_an_endpoint_without_a_model_has_nothing_to_compare_and_says_why():
    data, adsl = longer()
    data = data[data["ABLFL"] == "Y"].reset_index(drop=True)
    findings = agreement(data, build.mmrm_config(), adsl=adsl)
    of_results = [one for one in findings if not one.place["statistic"].startswith("records.")]
    assert verdicts(of_results) == {NOTHING}
    assert all(one.reason for one in of_results)


def test_a_withheld_p_value_must_be_withheld_and_a_printed_one_allowed():
    from trial.analysis.detectability import withhold

    data, adsl = longer()
    data.loc[(data["AVISIT"] == "M3") & data["USUBJID"].str.startswith("ACT"), "CENSOR"] = "<"
    described, config = build.spec("log", below=True), build.mmrm_config()
    outcome = build.run(data, config, described, adsl=adsl)
    analysis_data = build.AnalysisData.of(described, config, adsl, data, {}, "")
    held = withhold(outcome, analysis_data).rows
    findings = agreement(data, config, described, held, adsl)
    assert differing(findings) == []
    silent = {one.place["statistic"] for one in findings if one.verdict == NOTHING}
    assert silent == {"diff.pvalue", "coef.pvalue", "type3.pvalue"}
    printed = agreement(data, config, described, outcome.rows, adsl)
    assert set(differing(printed)) == {"diff.pvalue", "coef.pvalue", "type3.pvalue"}
    without_reason = agreement(data.assign(CENSOR=""), config, described, held, adsl)
    assert set(differing(without_reason)) == {"diff.pvalue", "coef.pvalue", "type3.pvalue"}


def test_results_that_a_thin_visit_leaves_blank_are_named():
    data, adsl = longer(per_arm=12)
    kept = (data["AVISIT"] != "M3") | data["USUBJID"].str[-2:].astype(int).lt(2)
    findings = agreement(data[kept].reset_index(drop=True), build.mmrm_config(covariates=[]), adsl=adsl)
    assert differing(findings) == []
    blank = [one for one in findings if one.verdict == NOTHING]
    assert blank and all(one.reason for one in blank)


def test_unstable_values_are_left_out_of_their_companion():
    data, adsl = longer()
    data.loc[(data["AVISIT"] == "M1") & (data["USUBJID"] == "ACT03"), "REASON"] = "HOMA_B_UNSTABLE"
    data.loc[(data["ABLFL"] == "Y") & (data["USUBJID"] == "REF02"), "REASON"] = "HOMA_B_UNSTABLE"
    findings = agreement(data, build.mmrm_config(), build.spec("log"), adsl=adsl)
    assert differing(findings) == []
    assert sum(one.place["statistic"] == "stable.diff.se" for one in findings) == 2


def test_an_event_sets_aside_what_comes_after_it():
    """Own reading of events: later days for good, or the day and some after."""
    from trial.recompute.observations import Sources, analysed
    from unit.recompute.build import declared

    data, adsl = longer()
    data = data[data["USUBJID"].isin(["ACT00", "REF00"])].reset_index(drop=True)
    dates = dict(zip(data["AVISIT"], data["ADT"], strict=True))
    events = pd.DataFrame(
        {"USUBJID": ["ACT00", "REF00"], "EVENT": ["DEATH", "FLU"], "ICEDT": [dates["BL"]] * 2}
    )
    spec = declared(build.mmrm_config(), events=(("DEATH", None), ("FLU", 5)))
    left = analysed(spec, spec.endpoints[0], Sources(adsl, {"FPG": data}, events))
    assert set(left.loc[left["USUBJID"] == "ACT00", "AVISIT"]) == {"BL"}
    assert "BL" not in set(left.loc[left["USUBJID"] == "REF00", "AVISIT"])
    assert left.loc[left["USUBJID"] == "REF00", "BASE"].isna().all()


def test_rows_of_the_table_hold_no_noise_of_the_last_digits(production):
    data, adsl, config, described, rows = production
    findings = agreement(data, config, described, rows, adsl)
    table = finding_table(findings)
    measured = table[table["tolerance"].fillna(0) > 0]
    assert (measured["difference"].abs() <= measured["tolerance"].astype(float) / 100).all()
    nudged = [
        replace(one, independent=one.independent * (1 + 1e-14)) if one.tolerance else one for one in findings
    ]
    assert finding_table(nudged).drop(columns="production").equals(table.drop(columns="production"))


def test_the_tolerances_stand_in_the_docs_as_in_the_code():
    from reference.agreement import ROOT

    text = (ROOT / "workflow" / "docs" / "locks.md").read_text(encoding="utf-8")
    for kind, one in TOLERANCES.items():
        assert f"| {kind} | {one.limit:g} | {one.of} | {one.reason} |" in text
