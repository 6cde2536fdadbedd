"""Weighted, augmented and longitudinal estimates of the confounded example, to their published digits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mmrm import MMRM
from trial.analysis.arm_models import fit_arm, predict_arm
from trial.analysis.evalue import e_value, from_difference, from_ratios
from trial.analysis.propensity.augmented import augment, plain_augment
from trial.analysis.propensity.logistic import fit_propensity
from trial.analysis.propensity.weights import scale_to_count, tilt, truncate, weigh
from unit.propensity.cases import BASE, CHANGE, DESIGN, SEEN, TREATED, VISITS, long

ML = fit_propensity(DESIGN, TREATED, "logistic").scores[0]
WEIGHTS = {
    "ATO": weigh("ATO", TREATED, ML),
    "ATE": truncate(weigh("ATE", TREATED, ML), (0.01, 0.99)),
    "ATT": weigh("ATT", TREATED, ML),
}
IDS = [f"S{i:02d}" for i in range(60)]


def last(fit):
    """Return estimate, SE and df of the arm difference at the last visit."""
    found = fit.contrasts("A", "V", reference="STD")
    return found[found["V"].astype(str) == "M6"][["estimate", "se", "df"]].to_numpy(float)[0]


def weighted(weights, formula="Y ~ B * V + A * V", table=None):
    data = long() if table is None else table
    model = MMRM.from_formula(formula, data, "S", "V", weights=dict(zip(IDS, weights, strict=True)))
    return model.fit(cov_type="CR2")


@pytest.mark.parametrize(
    ("kind", "expected", "digits"),
    [
        ("ATO", (-1.508034209, 0.399554018, 25.480409), (6e-10, 6e-10, 6e-7)),
        ("ATE", (-1.295026389, 0.385189374, 22.06), (6e-10, 6e-10, 6e-3)),
        ("ATT", (-1.441966013, 0.345295369, 16.80), (6e-10, 6e-10, 6e-3)),
    ],
)
def test_the_weighted_mmrm_to_the_printed_digits(kind, expected, digits):
    found = last(weighted(scale_to_count(WEIGHTS[kind], 60)))
    for value, wanted, within in zip(found, expected, digits, strict=True):
        assert value == pytest.approx(wanted, abs=within)


def test_weights_of_another_scale_have_other_degrees_of_freedom_and_arms_scaled_apart_another_estimate():
    raw = last(weighted(WEIGHTS["ATO"]))
    assert raw[2] == pytest.approx(25.464723, abs=6e-7)
    arms = WEIGHTS["ATO"].copy()
    for arm in (1, 0):
        arms[TREATED == arm] *= (TREATED == arm).sum() / arms[TREATED == arm].sum()
    assert last(weighted(arms))[0] == pytest.approx(-1.509786715, abs=6e-10)


def test_overlap_weights_give_one_contrast_whatever_the_covariates_of_a_complete_outcome():
    table = long(np.ones((60, 3), dtype=bool))
    for k in range(1, 6):
        table[f"X{k}"] = DESIGN[table["S"].str[1:].astype(int), k]
    everything = " + ".join(f"X{k} * V" for k in range(1, 6))
    weights = scale_to_count(WEIGHTS["ATO"], 60)
    found = [
        last(weighted(weights, f"Y ~ {terms}A * V", table)) for terms in ("", "B * V + ", f"{everything} + ")
    ]
    plain = [np.average(CHANGE[TREATED == arm, 2], weights=weights[TREATED == arm]) for arm in (1, 0)]
    assert_allclose([row[0] for row in found], plain[0] - plain[1], atol=1e-9)
    assert_allclose([row[0] for row in found], -1.397842549, atol=6e-10)
    assert_allclose([row[1] for row in found], [0.392374, 0.398553, 0.403368], atol=6e-7)


# ---- augmented weighting ------------------------------------------------------------------------------

NARROW = DESIGN[:, [0, 4, 2, 3]]  # 1, baseline HbA1c, duration, BMI
NARROW_SCORES = fit_propensity(NARROW, TREATED, "logistic").scores[0]


def arm_models(counts=None):
    """Return predicted means of both arms and the outcome or its conditional mean, at the last visit."""
    values = np.where(SEEN, CHANGE, np.nan)
    means, filled = [], np.empty((1 if counts is None else len(counts), 60))
    for arm in (1, 0):
        mine = TREATED == arm
        models = fit_arm(NARROW[mine], values[mine], VISITS, None if counts is None else counts[:, mine])
        mean, conditional = predict_arm(models, NARROW, values)
        means.append(mean[..., 2])
        filled[:, mine] = conditional[:, mine, 2]
    return (means[0], means[1]), filled


def test_augmented_estimates_to_the_printed_digits():
    predicted, outcome = arm_models()
    ones = np.ones(60)
    first = (predicted[0][0], predicted[1][0])
    assert plain_augment(TREATED, first, outcome[0], NARROW_SCORES) == pytest.approx(-1.110194419, abs=2e-8)
    found = {}
    for kind in ("ATE", "ATO"):
        weights = weigh(kind, TREATED, NARROW_SCORES)
        found[kind] = augment(TREATED, predicted, outcome, tilt(kind, NARROW_SCORES), weights, ones)
    assert float(found["ATE"].estimate[0]) == pytest.approx(-1.115588017, abs=2e-8)
    assert float(found["ATO"].estimate[0]) == pytest.approx(-1.189079466, abs=2e-8)
    assert np.mean(predicted[0] - predicted[1]) == pytest.approx(-1.182924598, abs=2e-8)
    assert abs(found["ATE"].influence.sum()) < 1e-12


def test_the_models_of_a_resample_are_those_of_its_copies():
    counts = np.random.default_rng(8).multinomial(60, np.full(60, 1 / 60), 3).astype(float)
    predicted, outcome = arm_models(counts)
    values = np.where(SEEN, CHANGE, np.nan)
    for b, row in enumerate(counts.astype(int)):
        rows = np.repeat(np.flatnonzero(TREATED == 1), row[TREATED == 1])
        copies = fit_arm(NARROW[rows], values[rows], VISITS)
        mean, conditional = predict_arm(copies, NARROW, values)
        assert_allclose(predicted[0][b], mean[0, :, 2], atol=2e-5)
        assert_allclose(outcome[b][TREATED == 1], conditional[0, TREATED == 1, 2], atol=2e-5)


def test_the_overlap_form_with_one_common_slope_is_the_weighted_mean_difference():
    x = np.column_stack([NARROW, TREATED])
    beta = np.linalg.lstsq(x, CHANGE[:, 2], rcond=None)[0]
    control = NARROW @ beta[:4]
    weights = weigh("ATO", TREATED, NARROW_SCORES)
    found = augment(
        TREATED, (control + beta[4], control), CHANGE[:, 2], tilt("ATO", NARROW_SCORES), weights, np.ones(60)
    )
    plain = [np.average(CHANGE[TREATED == arm, 2], weights=weights[TREATED == arm]) for arm in (1, 0)]
    assert float(found.estimate) == pytest.approx(plain[0] - plain[1], abs=1e-10)
    assert float(found.estimate) == pytest.approx(-1.0412892570, abs=6e-11)


def test_the_augmented_estimate_stands_if_one_of_its_two_models_is_wrong():
    """With the true outcome means any weights do; with the true propensity any outcome model does."""
    effect = np.full(60, -0.6)
    control = -0.385 * (BASE - 9.2)
    outcome = control + TREATED * effect
    wrong_scores = np.full(60, 0.5) + 0.3 * np.sign(BASE - 9.2)
    right = augment(
        TREATED,
        (control + effect, control),
        outcome,
        np.ones(60),
        weigh("ATE", TREATED, wrong_scores),
        np.ones(60),
    )
    assert float(right.estimate) == pytest.approx(-0.6, abs=1e-12)
    neighbour = [
        np.average(outcome[TREATED == a], weights=weigh("ATE", TREATED, wrong_scores)[TREATED == a])
        for a in (1, 0)
    ]
    assert abs(neighbour[0] - neighbour[1] + 0.6) > 0.01


# ---- difference in differences -------------------------------------------------------------------------


def test_difference_in_differences_is_ancova_plus_the_pull_of_the_baseline_difference():
    post = BASE + CHANGE[:, 2]
    gap = BASE[TREATED == 1].mean() - BASE[TREATED == 0].mean()
    x = np.column_stack([np.ones(60), BASE, TREATED])
    slope, ancova = np.linalg.lstsq(x, post, rcond=None)[0][1:]
    did = CHANGE[TREATED == 1, 2].mean() - CHANGE[TREATED == 0, 2].mean()
    assert did == pytest.approx(-1.0556161368, abs=6e-11)
    assert ancova == pytest.approx(-1.0948884818, abs=6e-11)
    assert did - ancova == pytest.approx((slope - 1) * gap, abs=1e-12)


# ---- E-values -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimate", "se", "sd", "ratio", "limits", "e", "limit"),
    [
        (0.5, 0.25, 1.0, 1.5761733830, (1.0100501671, 2.4596031112), 2.5291419819, 1.1108031965),
        (-0.65, 0.26, 1.1, 0.5840741864, (0.3834850870, 0.8895851932), 2.8162913977, 1.4976499673),
        (-0.65, 0.36, 1.1, 0.5840741864, (0.3261908214, 1.0458376903), 2.8162913977, 1.0),
        (-0.35, 0.12, 0.55, 0.5604075965, (0.3800492059, 0.8263579278), 2.9675144659, 1.7143949017),
    ],
)
def test_e_values_of_differences_as_published_software_prints_them(estimate, se, sd, ratio, limits, e, limit):
    reach = 1.78 / 0.91 * se  # that software rounds 0.91 x 1.96 to 1.78
    found = from_difference(estimate, estimate - reach, estimate + reach, sd)
    assert_allclose((found.ratio, found.lower, found.upper), (ratio, *limits), atol=6e-11)
    assert_allclose((found.estimate, found.limit), (e, limit), atol=6e-11)


def test_the_e_value_of_the_published_risk_ratio():
    assert e_value(3.9) == pytest.approx(7.2630343442, abs=6e-11)
    assert e_value(1 / 3.9) == pytest.approx(7.2630343442, abs=6e-11)
    assert from_ratios(3.9, 1.8, 8.7).limit == pytest.approx(3.0)
    assert e_value(1.0) == 1.0
    assert np.isnan(e_value(float("nan")))
