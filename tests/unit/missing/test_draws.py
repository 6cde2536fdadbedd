"""Draws of parameters and random imputations: their distribution, their identities, their determinism."""

from dataclasses import replace

import numpy as np
import pytest

from trial.analysis.missing.ancova import Ancova, orthonormalise
from trial.analysis.missing.draws import (
    DrawError,
    _Sampler,
    draw_bootstrap,
    draw_posterior,
    draw_wishart_root,
)
from trial.analysis.missing.fit import empty_visits, fit_panel
from trial.analysis.missing.impute import Parameters, impute
from trial.analysis.missing.panel import Panel
from trial.analysis.missing.pooling import pool
from trial.analysis.missing.streams import PARAMETERS, open_stream, subject_noise
from unit.missing.nineteen import ARM, panel

NAMES = [str(k) for k in range(19)]


def stream():
    return open_stream(1, "X", PARAMETERS)


def test_inverse_wishart_has_its_mean():
    scale = np.array([[2.0, 0.6, 0.1], [0.6, 1.0, -0.2], [0.1, -0.2, 0.5]])
    root = draw_wishart_root(stream(), 12, np.repeat(scale[None], 60_000, 0))
    found = (root @ root.swapaxes(-1, -2)).mean(axis=0)
    np.testing.assert_allclose(found, scale / (12 - 3 - 1), atol=0.004)


@pytest.mark.parametrize("by_arm", [False, True])
def test_complete_data_give_draws_around_the_fit(by_arm):
    """The mean of Sigma is the REML estimate exactly with a common one; the arm effect has its known spread."""
    rng = np.random.default_rng(0)
    n = 40
    arm = np.arange(n) % 2
    design = np.column_stack([np.ones(n), arm, rng.standard_normal(n)])
    whole = Panel(rng.standard_normal((n, 2)) @ [[1, 0.5], [0, 0.8]], design, arm, np.full(n, 2), 2)
    fit = fit_panel(whole, by_arm)
    found = draw_posterior(fit, 20_000, stream()).parameters
    ratio = found.sigma.mean(axis=0)[0] / fit.parameters.sigma[0, 0]
    np.testing.assert_allclose(np.diag(ratio), 1.0, atol=0.012 if not by_arm else 0.15)
    spread = found.coefficients[:, 1].std(axis=0)
    exact = np.sqrt(Ancova.of(design).variance(ARM) * np.diag(fit.parameters.sigma[0].mean(axis=0)))
    np.testing.assert_allclose(spread, exact, rtol=0.025 if not by_arm else 0.06)


def test_the_two_forms_of_the_sampler_agree():
    """One covariance, with and without the means integrated out: one distribution (arms as one group)."""
    one = panel()
    single = replace(one, arm=np.zeros(19, dtype=int))  # a group of all, while the design keeps the arms
    common = fit_panel(one, False)
    start = Parameters(common.parameters.coefficients, np.repeat(common.parameters.sigma, 2, axis=1))
    integrated = draw_posterior(common, 5000, stream()).parameters
    sampler = _Sampler.of(single, Parameters(start.coefficients, start.sigma[:, :1]))
    rng, state = (
        stream(),
        Parameters(np.repeat(start.coefficients, 5000, axis=0), np.repeat(start.sigma[:, :1], 5000, axis=0)),
    )
    for _ in range(30):
        state = sampler._by_arm(sampler.complete(state, rng), state, rng)
    spreads = [draws.coefficients[:, 1, 2].std() for draws in (integrated, state)]
    assert spreads[0] == pytest.approx(0.1706, abs=0.008) and spreads[1] == pytest.approx(0.1706, abs=0.008)
    means = [draws.sigma[:, 0, 2, 2].mean() for draws in (integrated, state)]
    assert means[0] == pytest.approx(0.1135, abs=0.004) and means[1] == pytest.approx(0.1135, abs=0.004)


def test_bootstrap_draws_vary_like_the_estimate():
    one = panel()
    response = np.concatenate([one.response, one.response + 0.3 * stream().standard_normal((19, 3))])
    twice = Panel(response, np.tile(one.design, (2, 1)), np.tile(one.arm, 2), np.tile(one.switch, 2), 2)
    fit = fit_panel(twice, False)
    draws = draw_bootstrap(fit, 400, stream())
    assert draws.parameters.coefficients.shape == (400, 3, 3) and draws.replaced <= 4
    posterior = draw_posterior(fit, 400, stream()).parameters
    spreads = [found.coefficients[:, 1, 2].std() for found in (draws.parameters, posterior)]
    assert spreads[0] == pytest.approx(spreads[1], rel=0.15)


def test_samples_that_cannot_be_fitted_are_counted_and_too_many_are_refused():
    few = panel()
    keep = np.r_[0:4, 9:13]
    small = Panel(few.response[keep], few.design[keep], few.arm[keep], few.switch[keep], 2)
    with pytest.raises(DrawError, match="could not be fitted; draw from the posterior"):
        draw_bootstrap(fit_panel(small, False), 200, stream())


def test_random_imputations_average_to_the_conditional_mean():
    full = panel()
    fit = fit_panel(full, False)
    for strategy in ("MAR", "J2R", "CR", "CIR", "LMCF"):
        same = Parameters(
            np.repeat(fit.parameters.coefficients, 4000, 0), np.repeat(fit.parameters.sigma, 4000, 0)
        )
        found = impute(full, same, strategy, subject_noise(3, "X", NAMES, (4000, 3)))
        gaps = full.missing
        mean = impute(full, fit.parameters, strategy, None)[0]
        np.testing.assert_allclose(found.mean(axis=0)[gaps], mean[gaps], atol=0.02)
        assert (found.std(axis=0)[gaps] > 0.15).all()


def test_strategies_share_draws_and_residuals():
    """Per draw, J2R minus MAR is minus the share times that draw's own effect: common random numbers."""
    full = panel()
    draws = draw_posterior(fit_panel(full, False), 50, stream()).parameters
    noise, ancova = subject_noise(3, "X", NAMES, (50, 3)), Ancova.of(full.design)
    moved = (full.arm == 1) & (full.switch <= 2) & full.missing[:, 2]
    mar, j2r = (ancova.analyse(impute(full, draws, s, noise)[:, :, 2], ARM)[0] for s in ("MAR", "J2R"))
    share = ancova.weights(ARM)[moved].sum()
    np.testing.assert_allclose(j2r - mar, -share * draws.coefficients[:, 1, 2], atol=1e-12)


def test_the_reference_arm_is_imputed_the_same_but_for_lmcf():
    full = panel()
    fit, noise = fit_panel(full, True), subject_noise(3, "X", NAMES, (1, 3))
    mar, *others, lmcf = (impute(full, fit.parameters, s, noise) for s in ("MAR", "J2R", "CR", "CIR", "LMCF"))
    control = full.arm == 0
    for other in others:
        np.testing.assert_allclose(other[:, control], mar[:, control], atol=1e-13)
    assert np.abs(lmcf[:, control] - mar[:, control]).max() > 0.01


def test_equal_arms_leave_no_difference_between_strategies():
    """With the reference mean equal to the own one J2R is MAR; with parallel means CIR is, after a visit."""
    full, fit = panel(), fit_panel(panel(), False)
    equal, parallel = fit.parameters.coefficients.copy(), fit.parameters.coefficients.copy()
    equal[:, 1], parallel[:, 1] = 0.0, -0.4
    for coefficients, strategy in ((equal, "J2R"), (equal, "CIR"), (parallel, "CIR")):
        mine = Parameters(coefficients, fit.parameters.sigma)
        np.testing.assert_allclose(
            impute(full, mine, strategy, None), impute(full, mine, "MAR", None), atol=1e-12
        )


def test_numbers_of_a_subject_do_not_depend_on_the_others():
    some = subject_noise(3, "X", ["A", "B"], (5, 2))
    more = subject_noise(3, "X", ["C", "B", "A"], (5, 2))
    np.testing.assert_array_equal(some[:, 0], more[:, 2])
    np.testing.assert_array_equal(some[:, 1], more[:, 1])
    assert not np.array_equal(some, subject_noise(4, "X", ["A", "B"], (5, 2)))
    assert not np.array_equal(some, subject_noise(3, "Y", ["A", "B"], (5, 2)))
    # the numbers themselves: a change of the stream changes every published result
    np.testing.assert_allclose(some[0, 0], subject_noise(3, "X", ["A"], (1, 2))[0, 0], atol=0)


def test_value_or_change_gives_the_same_imputed_values():
    change = panel()
    base = change.design[:, 2]
    value = replace(change, response=change.response + base[:, None])
    for strategy in ("MAR", "J2R", "CR", "CIR", "LMCF"):
        one = impute(change, fit_panel(change, False).parameters, strategy, None)
        two = impute(value, fit_panel(value, False).parameters, strategy, None)
        two = two - base[None, :, None]
        np.testing.assert_allclose(two, one, atol=1e-7)


def test_units_and_order_of_rows_change_nothing_else():
    full = panel()
    noise = subject_noise(3, "X", NAMES, (20, 3))
    draws = draw_posterior(fit_panel(full, False), 20, stream()).parameters
    values = impute(full, draws, "CIR", noise)
    order = np.random.default_rng(8).permutation(19)
    mixed = Panel(full.response[order], full.design[order], full.arm[order], full.switch[order], 2)
    again = impute(mixed, draws, "CIR", noise[:, order])
    np.testing.assert_allclose(again, values[:, order], atol=1e-13)


def test_nothing_missing_is_the_plain_ancova():
    rng = np.random.default_rng(5)
    full = panel()
    whole = replace(full, response=np.where(full.missing, rng.standard_normal((19, 3)), full.response))
    assert list(whole.groups()) == []
    fit = fit_panel(whole, False)
    np.testing.assert_array_equal(impute(whole, fit.parameters, "J2R", None)[0], whole.response)
    ancova = Ancova.of(whole.design)
    found = pool(*ancova.analyse(whole.response[None, :, 2], ARM), ancova.freedom)
    q, r = np.linalg.qr(whole.design)
    beta = np.linalg.solve(r, q.T @ whole.response[:, 2])
    rest = whole.response[:, 2] - whole.design @ beta
    assert found.estimate == pytest.approx(beta[1], abs=1e-12)
    variance = rest @ rest / 16 * np.linalg.inv(whole.design.T @ whole.design)[1, 1]
    assert found.se == pytest.approx(np.sqrt(variance), abs=1e-12) and found.df == 16


def test_visits_that_cannot_be_modelled_are_named():
    full = panel()
    response = full.response.copy()
    response[:, 1] = np.nan
    response[full.arm == 1, 2] = np.nan
    assert empty_visits(replace(full, response=response)) == [(1, 0), (2, 1)]
    response = full.response.copy()
    response[2:9, 0] = response[10:, 0] = np.nan  # three values for three columns are enough, two are not
    assert empty_visits(replace(full, response=response)) == []
    response[1, 0] = np.nan
    assert empty_visits(replace(full, response=response)) == [(0, None)]


def test_orthonormal_columns_hold_for_columns_of_very_different_size():
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(60), 1e6 + rng.standard_normal(60), 1e-5 * rng.standard_normal(60)])
    basis, root = orthonormalise(design)
    np.testing.assert_allclose(basis.T @ basis, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(design @ root, basis, atol=1e-6)
