"""What a model leaves beside its estimates: covariance, rungs, words of columns, means behind ratios."""

import numpy as np
import pytest

from unit.analysis.appendix import model, value
from unit.analysis.build import BASELINE, mmrm_config, records, run, spec, subjects


def numbers(outcome, start):
    rows = outcome.rows[outcome.rows["statistic"].str.startswith(start)]
    return {(r.group or r.comparison, r.statistic): r.value for r in rows.itertuples()}


def test_covariances_are_those_of_the_fit():
    outcome = model(records())
    sigma = np.array(outcome.record["fit"]["sigma"])
    found = numbers(outcome, "cov.")
    assert found == {
        ("", "cov.M1.M1"): sigma[0, 0], ("", "cov.M1.M3"): sigma[0, 1], ("", "cov.M3.M3"): sigma[1, 1],
    }  # fmt: skip
    expected = sigma[0, 1] / np.sqrt(sigma[0, 0] * sigma[1, 1])
    assert numbers(outcome, "corr.") == {("", "corr.M1.M3"): pytest.approx(expected)}
    assert set(outcome.rows.query("statistic == 'cov.M1.M3'")["unit"]) == {"(mmol/L)^2"}


def test_each_arm_has_the_covariance_of_its_own():
    data = records()
    outcome = model(data[data["USUBJID"] != "REF03"], sigma_by_arm=True)
    sigma = outcome.record["fit"]["sigma"]
    assert numbers(outcome, "cov.")["ACT", "cov.M1.M3"] == sigma["ACT"][0][1]
    assert numbers(outcome, "cov.")["REF", "cov.M1.M3"] == sigma["REF"][0][1] != sigma["ACT"][0][1]
    n = outcome.rows.query("statistic == 'cov.M1.M1'").set_index("group")["n"]
    assert n["REF"] == 11 and n["ACT"] == 12


def test_an_ancova_of_each_visit_has_neither_covariance_nor_likelihood():
    outcome = model(records(), covariance_ladder=["ancova"])
    assert not numbers(outcome, "cov.") and not numbers(outcome, "ladder.")
    assert outcome.record["structures"] == {"ancova": "ANCOVA of each visit"}


def test_a_rung_has_the_numbers_of_its_record():
    outcome = model(records(), covariance_ladder=["us", "cs"])
    found = {
        name.removeprefix("ladder."): number for (rung, name), number in numbers(outcome, "ladder.").items()
    }
    entry = outcome.record["ladder"][0]
    assert found["deviance"] == entry["deviance"] == value(outcome, "deviance")
    assert found["n_parameters"] == 3 and found["aic"] == pytest.approx(entry["deviance"] + 6)
    assert found["gradient"] == entry["scaled_gradient"]
    assert found["sigma_min_eigenvalue"] == pytest.approx(
        np.linalg.eigvalsh(np.array(outcome.record["fit"]["sigma"]))[0]
    )
    assert {rung for rung, _ in numbers(outcome, "ladder.")} == {"us"}
    assert outcome.record["structures"]["cs"] == "compound symmetric"


def test_rungs_that_failed_have_their_numbers_too():
    # Three subjects reach the last visit: no structure over both visits is fitted.
    data = records()
    late = (data["AVISIT"] == "M3") & ~data["USUBJID"].isin(["ACT00", "REF00", "ACT01"])
    outcome = model(data[~late], covariance_ladder=["us", "cs", "ancova"])
    status = [(rung["structure"], rung["status"]) for rung in outcome.record["ladder"]]
    assert status == [("us", "rejected"), ("cs", "rejected"), ("ancova", "accepted")]
    found = numbers(outcome, "ladder.")
    assert {rung for rung, _ in found} == {"us", "cs"}
    assert found["us", "ladder.deviance"] == outcome.record["ladder"][0]["deviance"]
    errors = outcome.rows.query("statistic == 'ladder.gradient'")["error"]
    assert np.isnan(found["us", "ladder.gradient"]) and set(errors) == {
        "infinite or not defined at this rung"
    }


def test_columns_are_named_by_variable_and_level():
    data = records()
    adsl = subjects(data).assign(SEX=["F", "M:x"] * 12, AGE=np.arange(24.0))
    extra = [
        BASELINE,
        {"variable": "SEX", "kind": "factor", "by_visit": True},
        {"variable": "AGE", "kind": "numeric", "by_visit": False},
    ]
    outcome = run(data, mmrm_config(covariates=extra), spec(scale="log"), adsl)
    columns = outcome.record["columns"]
    effects = outcome.rows.query("statistic == 'coef.estimate'")["comparison"]
    assert set(effects) == set(columns)
    assert columns["Intercept"] == [] and columns["X_AGE"] == [["AGE", ""]]
    assert columns["ARMCD[T.ACT]:AVISIT[T.M3]"] == [["ARMCD", "ACT"], ["AVISIT", "M3"]]
    assert columns["X_SEX[T.M:x]"] == [["SEX", "M:x"]]
    (crossed,) = [
        name for name in columns if name.startswith("X_SEX[T.M:x]:") or name.endswith(":X_SEX[T.M:x]")
    ]
    assert sorted(columns[crossed]) == [["AVISIT", "M3"], ["SEX", "M:x"]]
    tests = outcome.rows.query("statistic == 'type3.statistic'")["comparison"]
    assert set(tests) == set(outcome.record["terms"]) - {"Intercept"}
    assert outcome.record["references"] == {"ARMCD": "REF", "AVISIT": "M1", "SEX": "F"}
    assert outcome.record["covariates"] == [["BASE", "ln"], ["SEX", ""], ["AGE", ""]]


MEANS = ("geomean", "geomean.lower", "geomean.upper")


@pytest.mark.parametrize(
    "changes", [{}, {"covariance_ladder": ["ancova"]}, {"lsmeans": {"weights": "equal", "at": {"BASE": 7.0}}}]
)
def test_geometric_means_are_those_of_the_model_of_the_value(changes):
    # With the ln baseline as covariate at every visit a model of the ratio is one of the value.
    data = records()
    ratio = run(data, mmrm_config(**changes), spec(scale="log"))
    whole = run(data, mmrm_config(response="value", **changes), spec(scale="log"))
    for visit in ("M1", "M3"):
        for arm in ("ACT", "REF"):
            for name in MEANS:
                assert value(ratio, name, visit, arm) == pytest.approx(
                    value(whole, name, visit, arm), rel=1e-6
                )
            assert value(ratio, "ratio", visit, arm) < 2 < value(ratio, "geomean", visit, arm)
    assert set(ratio.rows.query("statistic == 'geomean'")["unit"]) == {"mmol/L"}


@pytest.mark.parametrize(
    "changes", [{"covariates": []}, {"lsmeans": {"weights": "counterfactual", "at": {}}}]
)
def test_without_one_baseline_there_is_no_mean_behind_a_ratio(changes):
    outcome = run(records(), mmrm_config(**changes), spec(scale="log"))
    assert not outcome.rows["statistic"].str.startswith("geomean").any()
    assert not model(records()).rows["statistic"].str.startswith("geomean").any()


def test_a_ladder_without_any_rung_leaves_its_evidence():
    outcome = model(records(per_arm=2), covariance_ladder=["us"])
    assert outcome.record["fit"] is None
    assert outcome.record["structures"] == {"us": "unstructured"}
    found = numbers(outcome, "ladder.")
    assert found["us", "ladder.n_parameters"] == 3 and np.isnan(found["us", "ladder.aicc"])
    assert set(outcome.rows.query("statistic == 'ladder.aic'")["n"]) == {4.0}
