"""Weights, balance and positivity: published numbers, exact balance, truncation, degenerate covariates."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from trial.analysis.propensity.balance import (
    effective_size,
    level_difference,
    standardised_difference,
    variance_ratio,
    weighted_mean,
)
from trial.analysis.propensity.logistic import fit_propensity
from trial.analysis.propensity.positivity import (
    Limits,
    check_scores,
    check_weights,
    concordance,
    worst_verdict,
)
from trial.analysis.propensity.resample import draw_counts, resample
from trial.analysis.propensity.weights import KINDS, quantile, scale_to_count, truncate, weigh
from unit.propensity.cases import DESIGN, SEX, TREATED, U0, U1, U2, U3, N

COLUMNS = (U0, U1, U2, U3, SEX)
ML = fit_propensity(DESIGN, TREATED, "logistic").scores[0]
FIRTH = fit_propensity(DESIGN, TREATED, "firth").scores[0]
LIMITS = Limits(0.1, 0.1, 0.5, 0.33, 10, 0.15, 0.1, 0.25, 0.9)
# Standardised differences of the five covariates, effective sizes and sums of weights, treated first.
PRINTED = {
    "none": (np.ones(60), [-0.5270263503, -0.5856374895, -0.6075763797, -0.1175505044, -0.1771496985],
             (33, 27), (33, 27)),
    "ATO": (weigh("ATO", TREATED, ML), [0.0] * 5, (21.7536656882, 20.1715339015), (10.596013632, 10.596013632)),
    "ATO, Firth": (weigh("ATO", TREATED, FIRTH),
                   [-0.0705421701, -0.0745608561, -0.0538377051, -0.0146237206, -0.0172922081],
                   (23.4664758373, 21.3807060977), (11.004887105, 10.866401840)),
    "ATE": (weigh("ATE", TREATED, ML), [-0.2123305793, -0.1195004874, 0.0200678177, 0.1059465301, 0.0994314277],
            (17.8991932185, 22.2464027877), (34.419554994, 23.873321382)),
    "ATT": (weigh("ATT", TREATED, ML), [-0.1475033221, -0.1205055440, -0.3883809532, -0.0562142264, 0.0358662064],
            (33, 14.3151887445), (33, 26.051825293)),
}  # fmt: skip


def differences(weights):
    return [standardised_difference(x, TREATED, weights, binary=x is SEX) for x in COLUMNS]


@pytest.mark.parametrize("kind", list(PRINTED))
def test_balance_to_the_printed_digits(kind):
    weights, expected, sizes, sums = PRINTED[kind]
    assert_allclose(differences(weights), expected, atol=6e-11)
    for arm, size, total in zip((1, 0), sizes, sums, strict=True):
        assert effective_size(weights[TREATED == arm]) == pytest.approx(size, abs=2e-10)
        assert weights[TREATED == arm].sum() == pytest.approx(total, abs=6e-10)


def test_overlap_weights_balance_every_column_and_only_under_maximum_likelihood():
    for column in DESIGN.T:
        arms = [weighted_mean(column[TREATED == a], PRINTED["ATO"][0][TREATED == a]) for a in (1, 0)]
        assert abs(arms[0] - arms[1]) < 1e-10
    assert np.max(np.abs(differences(PRINTED["ATO"][0]))) < 1e-8
    assert 0.05 < np.max(np.abs(differences(PRINTED["ATO, Firth"][0]))) < 0.1
    # Nothing is promised for what is not in the model.
    assert abs(standardised_difference(U0**2, TREATED, PRINTED["ATO"][0], binary=False)) > 0.01


def test_variance_ratios_to_the_printed_digits():
    raw = [variance_ratio(x, TREATED, np.ones(60)) for x in COLUMNS[:4]]
    weighted = [variance_ratio(x, TREATED, PRINTED["ATO"][0]) for x in COLUMNS[:4]]
    assert_allclose(raw, [0.8682706084, 0.8867135830, 1.4198267466, 1.1339499746], atol=6e-11)
    assert_allclose(weighted, [0.8950301687, 0.9268738688, 1.6923429755, 1.4610150990], atol=6e-11)


def test_a_factor_of_three_levels_to_the_printed_digits_whatever_level_is_left_out():
    level = (7 * N) % 3
    found = [
        level_difference(np.column_stack([level == k for k in order]).astype(float), TREATED, np.ones(60))
        for order in ((0, 1, 2), (2, 0, 1), (1, 2, 0))
    ]
    assert_allclose(found, 0.1655211777, atol=6e-11)


def test_two_levels_are_the_binary_difference_without_its_sign():
    levels = np.column_stack([1 - SEX, SEX])
    assert level_difference(levels, TREATED, np.ones(60)) == pytest.approx(0.1771496985, abs=6e-11)


def test_truncation_to_the_printed_digits_changes_two_subjects():
    stabilised = weigh("ATE", TREATED, ML)
    found = truncate(stabilised, (0.01, 0.99))
    assert found.min() == pytest.approx(0.4899168859, abs=2e-10)
    assert found.max() == pytest.approx(3.7065548157, abs=2e-10)
    assert (found != stabilised).sum() == 2


def test_the_quantile_of_counts_is_that_of_the_copies():
    rng = np.random.default_rng(5)
    values, counts = rng.normal(size=(20, 60)), rng.multinomial(60, np.full(60, 1 / 60), 20)
    for share in (0.0, 0.01, 0.37, 0.99, 1.0):
        copies = [np.quantile(np.repeat(v, c), share) for v, c in zip(values, counts, strict=True)]
        assert_allclose(quantile(values, counts.astype(float), share), copies, rtol=1e-13)


def test_stabilised_weights_mean_one_on_the_whole_and_scaling_keeps_proportions():
    scaled = scale_to_count(weigh("ATO", TREATED, ML), 58)
    assert scaled.sum() == pytest.approx(58)
    assert_allclose(scaled / scaled[0], weigh("ATO", TREATED, ML) / weigh("ATO", TREATED, ML)[0])


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="ATO, ATE, ATT"):
        weigh("ATC", TREATED, ML)


def test_a_covariate_that_does_not_vary_is_balanced_or_has_no_difference():
    ones = np.ones(60)
    assert standardised_difference(ones, TREATED, ones, binary=False) == 0.0
    assert np.isnan(standardised_difference(TREATED, TREATED, ones, binary=True))
    assert np.isnan(variance_ratio(ones, TREATED, ones))


# ---- positivity -------------------------------------------------------------------------------------


def test_the_checks_of_the_propensities_to_the_published_counts():
    checks = {check.name: check for check in check_scores(ML, TREATED, "none", LIMITS)}
    assert checks["extreme"].value == pytest.approx(13 / 60)
    assert checks["common_range"].value == pytest.approx(16 / 60)
    assert concordance(ML, TREATED) == pytest.approx(0.787, abs=5e-4)
    assert {name: check.verdict for name, check in checks.items()} == {
        "separation": "pass", "extreme": "warn", "common_range": "warn", "concordance": "pass",
    }  # fmt: skip


def test_the_checks_of_weights_warn_and_fail():
    overlap = {c.name: c for c in check_weights(PRINTED["ATO"][0], TREATED, [0.0], LIMITS)}
    assert overlap["largest.treated"].value == pytest.approx(0.086, abs=5e-4)
    assert overlap["largest.control"].value == pytest.approx(0.073, abs=5e-4)
    assert worst_verdict(list(overlap.values())) == "pass"
    treated = list(check_weights(PRINTED["ATT"][0], TREATED, [-0.388], LIMITS))
    assert {c.name for c in treated if c.verdict == "fail"} == {"difference"}
    one = np.where(N == np.flatnonzero(TREATED == 0)[0], 50.0, 1.0)
    heavy = {c.name: c.verdict for c in check_weights(one, TREATED, [0.0], LIMITS)}
    assert heavy["size.control"] == "fail" and heavy["largest.control"] == "warn"


def test_arms_that_differ_in_what_does_not_vary_fail():
    found = list(check_weights(np.ones(60), TREATED, [float("nan")], LIMITS))
    assert found[-1].verdict == "fail"


# ---- resamples --------------------------------------------------------------------------------------


def test_resamples_keep_the_size_of_each_arm_and_repeat():
    counts = draw_counts(TREATED, 50, [7, 1])
    assert (counts[:, TREATED == 1].sum(axis=1) == 33).all()
    assert (counts[:, TREATED == 0].sum(axis=1) == 27).all()
    assert_allclose(counts, draw_counts(TREATED, 50, [7, 1]))
    assert not np.array_equal(counts, draw_counts(TREATED, 50, [7, 2]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_resample_is_weighed_as_its_copies_are(kind):
    limits = (0.05, 0.95) if kind == "ATE" else None
    found = resample(DESIGN, TREATED, "logistic", kind, limits, 4, [1])
    for b, row in enumerate(found.counts.astype(int)):
        design, treated = np.repeat(DESIGN, row, axis=0), np.repeat(TREATED, row)
        alone = weigh(kind, treated, fit_propensity(design, treated, "logistic").scores[0])
        alone = alone if limits is None else truncate(alone, limits)
        assert_allclose(np.repeat(found.weights[b], row), alone, rtol=1e-8)
