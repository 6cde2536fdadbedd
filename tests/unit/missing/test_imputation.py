"""The method `imputation` on an endpoint: identities with other analyses, clear outcomes, determinism."""

import pandas as pd
import pytest
from pydantic import ValidationError

from trial.study.errors import ModelError
from unit.analysis.build import ancova_config, mmrm_config, records, spec, subjects
from unit.analysis.build import run as run_model
from unit.missing.study import JACKKNIFE, at, gappy, imputed, is_nan, rescue, run, values


def unanswered(outcome):
    """Return the reason of an outcome without any estimate, which stands wherever it is looked for."""
    rows = outcome.rows[outcome.rows["statistic"] == "diff"]
    assert rows["value"].isna().all() and len(rows) == 2
    (reason,) = set(rows["error"])
    assert reason in outcome.record["footnote"] and outcome.record["footnote"].startswith("Not fitted: ")
    assert outcome.record["warnings"] == [outcome.record["footnote"]]
    return reason


STRATEGIES = ["MAR", "J2R", "CR", "CIR", "LMCF"]


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("scale", ["identity", "log"])
def test_nothing_missing_is_the_ancova_of_each_visit(strategy, scale):
    mine = run(records(), imputed(strategy=strategy), spec(scale))
    ancova = run_model(records(), ancova_config(), spec(scale))
    for visit in ("M1", "M3"):
        found, wanted = at(mine, visit), at(ancova, visit)
        for name in (
            "diff",
            "diff.se",
            "diff.df",
            "diff.lower",
            "diff.upper",
            "diff.statistic",
            "diff.pvalue",
        ):
            assert found[name] == pytest.approx(wanted[name], abs=1e-9), (visit, name)
        assert (found["diff.fmi"], found["diff.riv"], found["diff.mcse"]) == (0, 0, 0)
        if scale == "log":
            assert found["gmr.upper"] == pytest.approx(wanted["gmr.upper"], abs=1e-9)


def test_conditional_mean_mar_is_the_mixed_model():
    mine = run(gappy(), imputed(**JACKKNIFE))
    mixed = run_model(gappy(), mmrm_config())
    for visit in ("M1", "M3"):
        assert at(mine, visit)["diff"] == pytest.approx(at(mixed, visit)["diff"], abs=1e-6)
    # no degrees of freedom, and none of the numbers of random imputations
    assert is_nan(at(mine)["diff.df"]) and "diff.fmi" not in at(mine)
    assert at(mine)["diff.upper"] == pytest.approx(
        at(mine)["diff"] + 1.959964 * at(mine)["diff.se"], abs=1e-6
    )


def test_multiple_imputation_agrees_with_the_conditional_mean_within_its_error():
    for strategy in STRATEGIES:
        random = at(run(gappy(), imputed(strategy=strategy, imputations=400)))
        mean = at(run(gappy(), imputed(strategy=strategy, **JACKKNIFE)))
        assert random["diff"] == pytest.approx(mean["diff"], abs=4.5 * random["diff.mcse"])


def test_every_subject_with_a_baseline_is_analysed():
    outcome = run(gappy(), imputed())
    assert values(outcome, visit="", group="")["n_subjects"] == 24
    assert set(outcome.rows.loc[outcome.rows["statistic"] == "diff", "n"]) == {24}
    counts = values(outcome, visit="M3", group="ACT")
    assert (counts["observed.n"], counts["imputed.n"], counts["imputed.dropout.n"]) == (10, 2, 2)
    counts = values(outcome, visit="M1", group="ACT")
    # ACT00 came back: its gap is no drop-out
    assert (counts["imputed.n"], counts["imputed.dropout.n"]) == (2, 1)
    assert outcome.record["switch"] == {"ACT01": "M3", "ACT02": "M1", "REF01": "M3"}


def test_strategies_on_one_seed_share_their_draws():
    """Jump to reference is the MAR estimate times the share that stayed, draw by draw, without covariates."""
    bare = {"covariates": [], "response": "change"}
    mar, j2r = (at(run(gappy(), imputed(strategy=s, **bare))) for s in ("MAR", "J2R"))
    conditional = at(run(gappy(), imputed(strategy="MAR", **bare, **JACKKNIFE)))["diff"]
    # two of twelve active subjects switched and are missing at M3; one seed, so the difference has little noise
    gap = (j2r["diff"] - mar["diff"]) - (-2 / 12 * conditional)
    assert abs(gap) < 0.6 * mar["diff.mcse"]


def test_lmcf_without_any_visit_carries_the_baseline():
    """Value or change: the same answer; and ACT02, who has a baseline alone, keeps its arm's mean there."""
    change = at(run(gappy(), imputed(strategy="LMCF", **JACKKNIFE)))
    value = at(run(gappy(), imputed(strategy="LMCF", response="value", **JACKKNIFE)))
    assert value["diff"] == pytest.approx(change["diff"], abs=1e-6)
    assert value["diff.se"] == pytest.approx(change["diff.se"], abs=1e-6)
    outcome = run(gappy(), imputed(strategy="LMCF"))
    assert "Last mean carried forward of a subject without any value" in outcome.record["footnote"]


def test_lmcf_without_visit_and_baseline_has_no_answer_and_says_for_whom():
    outcome = run(gappy(), imputed(strategy="LMCF", response="value", covariates=[]))
    assert "ACT02 without any visit have no mean to carry forward" in unanswered(outcome)


def test_records_that_the_estimand_sets_aside_count_as_missing():
    event = rescue("REF05", "2020-02-15")  # between M1 and M3
    outcome = run(gappy(), imputed(strategy="J2R"), events=event)
    assert outcome.record["switch"]["REF05"] == "M3"
    assert values(outcome, visit="M3", group="REF")["imputed.n"] == 2
    assert "1 values that the estimand sets aside count as missing" in outcome.record["footnote"]
    kept = gappy()
    dropped = kept[~((kept["USUBJID"] == "REF05") & (kept["AVISIT"] == "M3"))]
    assert at(outcome) == at(run(dropped, imputed(strategy="J2R")))


def test_a_visit_without_any_value_says_so_and_leaves_the_others():
    data = gappy()
    outcome = run(data[data["AVISIT"] != "M1"], imputed(strategy="J2R"))
    row = outcome.rows[(outcome.rows["visit"] == "M1") & (outcome.rows["statistic"] == "diff")].iloc[0]
    assert is_nan(row.value) and row.error == "no value at this visit in any arm"
    assert not is_nan(at(outcome)["diff"])
    assert outcome.record["warnings"] == ["Month 1 is not analysed: no value at this visit in any arm."]


@pytest.mark.parametrize("gone", ["REF", "ACT"])
def test_an_arm_without_a_value_at_a_visit_says_so(gone):
    data = gappy()
    empty = (data["AVISIT"] == "M3") & data["USUBJID"].str.startswith(gone)
    outcome = run(data[~empty], imputed(strategy="J2R"))
    row = outcome.rows[(outcome.rows["visit"] == "M3") & (outcome.rows["statistic"] == "diff.pvalue")].iloc[0]
    assert row.error == f"no value of {gone.title()} at this visit: its mean there is unknown"
    assert not is_nan(at(outcome, "M1")["diff"])


def test_an_endpoint_with_baselines_alone_has_a_reason_and_no_estimate():
    data = gappy()
    outcome = run(data[data["AVISIT"] == "BL"], imputed())
    assert all(is_nan(value) for name, value in at(outcome).items() if name.startswith("diff"))
    assert "Not fitted" in outcome.record["footnote"]


def test_an_endpoint_without_a_record_has_a_reason_and_no_estimate():
    data = gappy()
    outcome = run(data.iloc[:0], imputed(), adsl=subjects(data))
    assert "Not fitted: no record." in outcome.record["footnote"]
    assert values(outcome, visit="", group="")["n_subjects"] == 0


def test_two_records_of_a_subject_at_a_visit_are_named():
    data = gappy()
    twice = pd.concat(
        [data, data[(data["USUBJID"] == "REF03") & (data["AVISIT"] == "M3")]], ignore_index=True
    )
    with pytest.raises(ModelError, match="expected one analysed record") as error:
        run(twice, imputed())
    assert "REF03 M3" in str(error.value)


def test_the_baseline_is_the_one_that_the_changes_were_taken_from():
    """Given BASE (as in ADaM, a mean of two records) and not the value of the flagged record."""
    data = gappy()
    moved = data.assign(AVAL=data["AVAL"].where(data["ABLFL"] == "", data["AVAL"] + 1.0))
    one, two = (at(run(frame, imputed())) for frame in (data, moved))
    assert one == two


def test_a_subject_without_a_baseline_is_counted_not_lost():
    data = gappy()
    lost = data["USUBJID"] == "REF03"
    data = data.assign(BASE=data["BASE"].where(~lost), CHG=data["CHG"].where(~lost))
    outcome = run(data[~(lost & (data["AVISIT"] == "BL"))], imputed())
    assert outcome.record["left_out"] == {"a baseline value": ["REF03"]}
    assert values(outcome, visit="", group="")["n_subjects"] == 23
    assert "1 subjects without a baseline value were left out." in outcome.record["warnings"]


@pytest.mark.parametrize(("kind", "value"), [("numeric", 3.0), ("factor", "F")])
def test_a_covariate_of_one_value_is_named(kind, value):
    data = gappy()
    extra = {"variable": "Z", "kind": kind, "by_visit": True}
    with pytest.raises(ModelError, match="the covariate Z is constant"):
        run(data, imputed(covariates=[extra]), adsl=subjects(data, Z=value))


def test_a_factor_with_three_levels_enters_as_two_columns():
    data = records()
    adsl = subjects(data)
    adsl["SITE"] = [("A", "B", "C")[k % 3] for k in range(len(adsl))]
    covariates = [{"variable": "SITE", "kind": "factor", "by_visit": True}]
    mine = at(run(data, imputed(covariates=covariates), adsl=adsl))
    ancova = at(run_model(data, ancova_config(covariates=covariates), adsl=adsl))
    assert mine["diff"] == pytest.approx(ancova["diff"], abs=1e-10) and mine["diff.df"] == 20


def test_an_average_over_visits_is_the_ancova_of_the_mean():
    averages = {"ALL": {"label": "Mean", "visits": ["M1", "M3"]}}
    asked = {
        "arms": "reference",
        "contrasts": {},
        "averages": averages,
        "null_value": None,
        "side": "two-sided",
    }
    found = at(run(records(), imputed(comparisons=asked)), "ALL")
    mixed = at(run_model(records(), mmrm_config(comparisons=asked)), "ALL")
    assert found["diff"] == pytest.approx(mixed["diff"], abs=1e-8)
    assert found["diff.se"] == pytest.approx(mixed["diff.se"], abs=1e-7)


def test_three_arms_refer_to_their_reference():
    codes = ("LOW", "HIGH", "REF")
    data = records(codes)
    gone = (data["AVISIT"] == "M3") & data["USUBJID"].isin(["LOW00", "HIGH00", "HIGH01"])
    outcome = run(data[~gone], imputed(strategy="J2R", covariates=[], **JACKKNIFE), spec(codes=codes))
    mar = run(data[~gone], imputed(covariates=[], **JACKKNIFE), spec(codes=codes))
    for arm, stayed in (("LOW", 11 / 12), ("HIGH", 10 / 12)):
        name = f"{arm}-REF"
        wanted = stayed * at(mar, comparison=name)["diff"]
        assert at(outcome, comparison=name)["diff"] == pytest.approx(wanted, abs=1e-9)


def test_bytes_do_not_depend_on_the_order_of_rows_or_of_runs():
    data = gappy()
    first = run(data, imputed(strategy="CIR"))
    run(data, imputed(seed=6))
    shuffled = run(
        data.sample(frac=1, random_state=2), imputed(strategy="CIR"), adsl=subjects(data).iloc[::-1]
    )
    pd.testing.assert_frame_equal(first.rows, shuffled.rows, check_exact=True)
    assert first.record == shuffled.record
    other = run(data, imputed(strategy="CIR", seed=6))
    assert at(other)["diff"] != at(first)["diff"]


def test_more_imputations_are_asked_for_where_chance_decides():
    data = gappy()
    # level chosen so that alpha stands at the p-value itself
    pvalue = at(run(data, imputed()))["diff.pvalue"]
    config = imputed(level=1 - pvalue) if pvalue < 0.5 else imputed(level=0.51)
    rows = run(data, config).rows
    row = rows[(rows["visit"] == "M3") & (rows["statistic"] == "diff.pvalue")].iloc[0]
    assert "60 imputations do not decide on which side" in row.warning
    rows = run(data, imputed(level=0.999)).rows
    assert not rows.loc[rows["statistic"] == "diff.pvalue", "warning"].str.contains("decide").any()


def test_bootstrap_draws_answer_like_the_posterior_and_too_many_failures_are_no_answer():
    data = gappy(24)
    posterior, bootstrap = (
        at(run(data, imputed(draws=d, imputations=200))) for d in ("posterior", "bootstrap")
    )
    assert bootstrap["diff"] == pytest.approx(posterior["diff"], abs=5 * posterior["diff.mcse"])
    assert bootstrap["diff.se"] == pytest.approx(posterior["diff.se"], rel=0.1)
    few = records(per_arm=4)
    few = few[~((few["USUBJID"] == "ACT00") & (few["AVISIT"] == "M3"))]
    assert "samples of subjects could not be fitted" in unanswered(run(few, imputed(draws="bootstrap")))


def test_too_few_subjects_for_the_model_have_no_answer():
    data = records(per_arm=2)
    outcome = run(data[data["USUBJID"] != "ACT00"], imputed())
    assert "3 subjects are too few for the 3 columns of the model" in unanswered(outcome)
    assert "too few values at this visit" in unanswered(run(records(per_arm=1), imputed()))


def test_a_model_without_a_fit_has_no_answer():
    outcome = run(records(per_arm=2), imputed())
    assert "the imputation model has no fit" in unanswered(outcome)


def test_an_arm_without_a_subject_has_no_answer():
    data = gappy()
    only = data[data["USUBJID"].str.startswith("ACT")]
    assert "no subject of Ref has what the model needs" in unanswered(run(only, imputed()))


def test_the_jackknife_names_the_subject_it_cannot_do_without():
    data = gappy()
    control = data["USUBJID"].str.startswith("REF") & (data["AVISIT"] == "M3")
    one = data[~control | (data["USUBJID"] == "REF02")]
    outcome = run(one, imputed(covariates=[], **JACKKNIFE))
    assert "the imputation model cannot be fitted without REF02" in unanswered(outcome)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"seed": None}, "inference rubin needs seed"),
        (JACKKNIFE | {"seed": 3}, "jackknife draws nothing: seed must be null"),
        ({"imputations": 1}, "greater than or equal to 2"),
        ({"strategy": "LOCF"}, "Input should be"),
    ],
)
def test_what_the_configuration_refuses(changes, text):
    with pytest.raises(ValidationError, match=text):
        imputed(**changes)


class _Study:
    """The parts of a study that a method's own check looks at."""

    class _Arm:
        def __init__(self, code):
            self.code = code

    arms = (_Arm("ACT"), _Arm("REF"))
    visits = spec().visits
    endpoints = ()

    @staticmethod
    def subject_kinds():
        return {"AGE": "number", "SEX": "text"}


def test_what_the_configuration_is_checked_for():
    flat = {"variable": "AGE", "kind": "numeric", "by_visit": False}
    lines = list(imputed(covariates=[flat], imputation_reference="PBO").check(_Study, ()))
    assert any("imputation_reference" in line and "PBO" in line for line in lines)
    assert any("AGE need by_visit: true" in line for line in lines)
    asked = {"arms": "reference", "contrasts": {}, "averages": {}, "null_value": 0.3, "side": "less"}
    assert any("two-sided" in line for line in imputed(comparisons=asked).check(_Study, ()))
