"""Diagnostics of a model: the band, the spread of residuals, influence, and what there is without a fit."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta, chi2, norm

from trial.analysis.diagnostics.band import equal_level_band, probability_inside
from trial.analysis.methods import diagnostics
from unit.analysis.appendix import DIAGNOSTICS, diagnose, model, value
from unit.analysis.build import ancova_config, mmrm_config, records, spec


def uneven():
    """Return records with missing values, and one subject far off at the last visit."""
    data = records(seed=3)
    odd = (data["USUBJID"] == "ACT05") & (data["AVISIT"] == "M3")
    data.loc[odd, "AVAL"] += 3.0
    data.loc[odd, "CHG"] += 3.0
    return data[~((data["AVISIT"] == "M3") & data["USUBJID"].isin(["ACT01", "REF02", "REF07"]))]


# ---- the band -----------------------------------------------------------------------------------------


def test_the_probability_of_two_values_is_the_area_of_their_limits():
    # Smaller of two in (.1, .6), larger in (.5, .9): twice the area of x < y inside, 0.16 + 0.035.
    found = probability_inside(np.array([0.1, 0.5]), np.array([0.6, 0.9]))
    assert found == pytest.approx(0.39, abs=1e-12)


def test_one_sided_limits_have_the_probability_of_the_largest_value():
    # All of n values below c: c^n. The limits of the others bind nothing.
    n, c = 7, 0.83
    assert probability_inside(np.zeros(n), np.full(n, c)) == pytest.approx(c**n, rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 5, 60, 400])
@pytest.mark.parametrize("level", [0.95, 0.8])
def test_the_band_holds_its_level_and_every_point_has_the_same_tails(n, level):
    band = equal_level_band(n, level)
    order = np.arange(1, n + 1)
    uniform = [norm.cdf(band.lower), norm.cdf(band.upper)]
    assert probability_inside(*uniform) == pytest.approx(level, abs=1e-6)
    np.testing.assert_allclose(beta.cdf(uniform[0], order, n + 1 - order), band.local / 2, rtol=1e-6)
    np.testing.assert_allclose(beta.sf(uniform[1], order, n + 1 - order), band.local / 2, rtol=1e-6)
    np.testing.assert_allclose(beta.cdf(norm.cdf(band.middle), order, n + 1 - order), 0.5, rtol=1e-9)
    np.testing.assert_allclose(band.lower, -band.upper[::-1], atol=1e-9)
    assert band.local == pytest.approx(1 - level) if n == 1 else band.local < 1 - level


def test_normal_samples_stay_inside_as_often_as_the_level_says():
    n, count = 40, 4000
    band = equal_level_band(n, 0.95)
    drawn = np.sort(np.random.default_rng(11).standard_normal((count, n)), axis=1)
    inside = ((drawn > band.lower) & (drawn < band.upper)).all(axis=1).mean()
    assert inside == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / count))
    # The band of single points, the neighbour, holds all of them far less often.
    order = np.arange(1, n + 1)
    low, high = (norm.ppf(beta.ppf(tail, order, n + 1 - order)) for tail in (0.025, 0.975))
    assert ((drawn > low) & (drawn < high)).all(axis=1).mean() < 0.7


# ---- the sheet ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("changes", [{}, {"sigma_by_arm": True}, {"covariance_ladder": ["cs"]}])
def test_whitened_residuals_are_the_textbook_ones(changes):
    data = uneven()
    outcome, fitted, _ = diagnose(data, **changes)
    sigma = fitted.record["fit"]["sigma"]
    residuals = pd.DataFrame(fitted.record["residuals"])
    for subject, rows in residuals.groupby("USUBJID"):
        own = np.array(sigma[subject[:3]] if isinstance(sigma, dict) else sigma)
        seen = [["M1", "M3"].index(visit) for visit in rows["AVISIT"]]
        root = np.linalg.cholesky(own[np.ix_(seen, seen)])
        values = data[(data["USUBJID"] == subject) & (data["ABLFL"] == "")].set_index("AVISIT")["CHG"]
        raw = values[rows["AVISIT"]].to_numpy() - rows["fitted"].to_numpy()
        np.testing.assert_allclose(rows["raw"], raw, atol=1e-9)
        np.testing.assert_allclose(rows["whitened"], np.linalg.solve(root, raw), atol=1e-8)
    points = pd.DataFrame(outcome.record["points"])
    assert sorted(points["whitened"]) == points["whitened"].tolist() and len(points) == len(residuals)
    band = equal_level_band(len(points), 0.95)
    for name in ("lower", "middle", "upper"):
        np.testing.assert_allclose(points[name], getattr(band, name))


def test_the_spread_of_one_visit_pools_to_the_variance_of_least_squares():
    outcome, _, _ = diagnose(uneven(), covariance_ladder=["ancova"], without=True)
    for visit in ("M1", "M3"):
        df, sd = (
            np.array([value(outcome, f"residual.sd{part}", visit, arm) for arm in ("ACT", "REF")])
            for part in (".df", "")
        )
        own = value(outcome, "residual.sd.model", visit, "ACT")
        n = sum(outcome.rows.query("statistic == 'residual.sd' and visit == @visit")["n"])
        assert df.sum() == pytest.approx(n - 3)  # intercept, baseline and arm
        assert (df * sd**2).sum() / df.sum() == pytest.approx(own**2)


@pytest.mark.parametrize("by_arm", [False, True])
def test_the_spread_stands_beside_the_models_with_limits_of_chi_square(by_arm):
    outcome, fitted, _ = diagnose(uneven(), level=0.9, sigma_by_arm=by_arm)
    for at, visit in enumerate(("M1", "M3")):
        for arm in ("ACT", "REF"):
            sigma = fitted.record["fit"]["sigma"]
            variance = np.array(sigma[arm] if by_arm else sigma)[at, at]
            assert value(outcome, "residual.sd.model", visit, arm) == pytest.approx(np.sqrt(variance))
            rows = pd.DataFrame(fitted.record["residuals"]).query("AVISIT == @visit and ARMCD == @arm")
            df = (rows["residual_sd"] ** 2).sum() / variance
            sd = np.sqrt((rows["raw"] ** 2).sum() / df)
            assert value(outcome, "residual.sd", visit, arm) == pytest.approx(sd)
            low, high = (sd * np.sqrt(df / chi2.ppf(tail, df)) for tail in (0.95, 0.05))
            assert value(outcome, "residual.sd.lower", visit, arm) == pytest.approx(low)
            assert value(outcome, "residual.sd.upper", visit, arm) == pytest.approx(high)


def test_the_named_subjects_have_the_change_of_the_influence_analysis():
    outcome, _, influence = diagnose(uneven())
    assert influence.record["named"]["M3"]["ACT-REF"][0] == "ACT05"
    se = value(influence, "diff.se", "M3", "ACT-REF")
    for rank, subject in enumerate(influence.record["named"]["M3"]["ACT-REF"], start=1):
        change = value(influence, f"without.{rank}.change", "M3", "ACT-REF")
        assert value(outcome, f"influence.{rank}", "M3", "ACT-REF") == pytest.approx(change / se)
        assert outcome.record["influence"]["M3"]["ACT-REF"][subject] == pytest.approx(change / se)
    assert set(outcome.record["influence"]["M3"]["ACT-REF"]) == set(outcome.record["leverage"])
    assert len(outcome.record["leverage"]) == 24


def test_leverages_add_up_to_the_coefficients():
    outcome, fitted, _ = diagnose(uneven())
    count = len(fitted.record["columns"])
    assert sum(outcome.record["leverage"].values()) == pytest.approx(count)
    assert value(outcome, "leverage.mean") == pytest.approx(count / 24)


def test_a_point_outside_the_band_is_counted():
    data = records(seed=3)
    odd = (data["USUBJID"] == "ACT05") & (data["AVISIT"] == "M3")
    data.loc[odd, "CHG"] += 15.0
    data.loc[odd, "AVAL"] += 15.0
    outcome, _, _ = diagnose(data, without=True)
    points = pd.DataFrame(outcome.record["points"])
    outside = (points["whitened"] > points["upper"]) | (points["whitened"] < points["lower"])
    assert value(outcome, "qq.outside") == outside.sum() > 0
    assert points["USUBJID"].iloc[-1] == "ACT05"
    assert value(outcome, "whitened.largest") == points["whitened"].iloc[-1]


def test_a_row_has_a_number_or_the_reason_why_not():
    outcome, _, _ = diagnose(uneven())
    rows = outcome.rows
    assert (rows["value"].notna() == (rows["error"] == "")).all() and rows["value"].notna().all()
    outcome, _, _ = diagnose(uneven(), covariance_ladder=["ancova"], without=True)
    assert (outcome.rows["error"] == "").all()


def test_a_subject_without_whom_there_is_no_comparison_has_no_change():
    # Four subjects reach the last visit: without one of them three columns have no residual left there.
    data = records(per_arm=3, seed=2)
    reach = ["ACT00", "REF00", "ACT01", "REF01"]
    outcome, _, influence = diagnose(
        data[(data["AVISIT"] != "M3") | data["USUBJID"].isin(reach)], covariance_ladder=["ancova"]
    )
    changes = influence.record["changes"]["M3"]["ACT-REF"]
    assert {who for who, change in changes.items() if np.isnan(change)} == set(reach)
    assert outcome.record["influence"]["M3"]["ACT-REF"] == {"ACT02": 0.0, "REF02": 0.0}
    assert len(outcome.record["influence"]["M1"]["ACT-REF"]) == 6


def test_records_behind_a_spread_are_those_of_the_cell():
    outcome, _, _ = diagnose(uneven())
    (behind,) = outcome.rows.query("statistic == 'residual.sd' and visit == 'M3' and group == 'REF'")[
        "records"
    ]
    found = outcome.records[outcome.records["RECORDS"] == behind]
    assert set(found["USUBJID"]) == {f"REF{i:02d}" for i in range(12)} - {"REF02", "REF07"}
    assert (found["ASEQ"] == 3).all() and (found["PARAMCD"] == "FPG").all()


def test_an_endpoint_without_a_model_says_why():
    data = records()
    nothing = data[(data["ABLFL"] == "Y") | data["USUBJID"].str.startswith("ACT")]
    outcome, fitted, _ = diagnose(nothing)
    assert fitted.record["fit"] is None and outcome.record["points"] == {}
    assert value(outcome, "n_obs") == 0
    assert "an arm has no record to analyse" in outcome.rows["warning"].iloc[0]


def test_without_an_analysis_of_influence_there_is_none():
    outcome, _, _ = diagnose(records(), without=True)
    assert value(outcome, "n_obs") == 48 and outcome.record["influence"] == {}
    assert not outcome.rows["statistic"].str.startswith("influence").any()


def test_three_arms_have_a_change_for_each_comparison():
    codes = ("ACT", "MID", "REF")
    outcome, _, _ = diagnose(records(codes=codes), spec(codes=codes))
    assert set(outcome.record["influence"]["M3"]) == {"ACT-REF", "MID-REF"}
    assert value(outcome, "influence.1", "M3", "MID-REF") != value(outcome, "influence.1", "M3", "ACT-REF")


# ---- configuration --------------------------------------------------------------------------------------


class Study:
    def __init__(self, **analyses):
        self.analyses = analyses


def problems(study, **changes):
    config = diagnostics.Config.model_validate(DIAGNOSTICS | changes)
    return list(config.check(study, ("FPG",)))


def influence_config(**changes):
    from trial.analysis.methods import influence
    from unit.analysis.appendix import INFLUENCE

    return influence.Config.model_validate(INFLUENCE | changes)


def test_diagnostics_are_of_one_model():
    whole = Study(PRIMARY=mmrm_config(), INFLUENCE=influence_config())
    assert problems(whole) == []
    other = Study(PRIMARY=mmrm_config(), INFLUENCE=influence_config(sigma_by_arm=True))
    assert problems(other) == ["influence: INFLUENCE is of another model than PRIMARY: sigma_by_arm differs"]
    swapped = Study(PRIMARY=influence_config(), INFLUENCE=influence_config())
    assert "leaves no residuals" in problems(swapped)[0]
    wrong = Study(PRIMARY=mmrm_config(), INFLUENCE=mmrm_config())
    assert problems(wrong) == ["influence: INFLUENCE is of the method mmrm"]
    assert "population" in problems(Study(PRIMARY=mmrm_config(population="SAFFL")), influence=None)[0]
    assert "does not cover FPG" in problems(Study(PRIMARY=mmrm_config(endpoints=["X"])), influence=None)[0]


def test_an_ancova_has_diagnostics_too():
    assert problems(Study(PRIMARY=ancova_config()), influence=None) == []
    fitted = model(records(), covariance_ladder=["ancova"])
    assert set(fitted.record["residuals"]["AVISIT"]) == {"M1", "M3"}
