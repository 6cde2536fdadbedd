"""The optimiser: starts are not changed, iterations are few, the verdict sees what it should."""

from __future__ import annotations

import numpy as np
import pytest

from mmrm.core import fit_arrays
from mmrm.covariance import CovarianceModel, residual_moments, start_values
from mmrm.data import MmrmData, build_moments
from mmrm.likelihood import Likelihood, differentiate, evaluate
from mmrm.optimize import fit_twice, judge, minimise
from mmrm.structures import STRUCTURES, Structure
from unit.mmrm.cases import build_arrays, simulate_trial


def _likelihood(data: MmrmData, name: str, reml: bool = True) -> Likelihood:
    return Likelihood(
        CovarianceModel(Structure(name, data.n_visits), data.patterns, 1), data.n_coefficients, reml
    )


@pytest.mark.parametrize("name", STRUCTURES)
def test_two_starts_meet_in_few_steps(name: str) -> None:
    data = build_arrays(simulate_trial(n_per_arm=20), spatial=name == "sp_exp")
    verdict = fit_arrays(data, name).verdict
    assert verdict.accepted and verdict.starts_agree and verdict.iterations <= 8
    assert verdict.gradient < 1e-8
    assert abs(verdict.deviance_difference) < 1e-6 and verdict.estimate_difference < 1e-4


def test_a_start_is_left_as_it_was() -> None:
    data = build_arrays(simulate_trial())
    likelihood, moments = _likelihood(data, "us"), build_moments(data)
    theta = start_values(likelihood.covariance, residual_moments(likelihood.covariance, moments))
    before = theta.copy()
    minimise(likelihood, moments, theta)
    np.testing.assert_array_equal(theta, before)


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("reml", [True, False])
def test_gradient_and_hessian_away_from_the_optimum(name: str, reml: bool) -> None:
    data = build_arrays(simulate_trial(n_per_arm=15), spatial=name == "sp_exp", weighted=True)
    likelihood, moments = _likelihood(data, name, reml), build_moments(data)
    theta = fit_arrays(data, name, reml).state.theta * 0.97
    here = differentiate(likelihood, moments, evaluate(likelihood, moments, theta))
    for a in range(theta.shape[1]):
        step = np.zeros_like(theta)
        step[0, a] = 1e-5
        up, down = (evaluate(likelihood, moments, theta + sign * step) for sign in (1, -1))
        slope = (up.deviance - down.deviance)[0] / 2e-5
        assert here.gradient[0, a] == pytest.approx(slope, abs=1e-5 * np.abs(here.gradient).max())
        rise = (
            differentiate(likelihood, moments, up).gradient
            - differentiate(likelihood, moments, down).gradient
        )
        np.testing.assert_allclose(
            here.observed[0, a], rise[0] / 2e-5, atol=1e-5 * np.abs(here.observed).max()
        )


def test_a_batch_with_a_hopeless_member_finishes_the_others() -> None:
    data = build_arrays(simulate_trial())
    likelihood, moments = _likelihood(data, "us"), build_moments(data)
    start = start_values(likelihood.covariance, residual_moments(likelihood.covariance, moments))
    cross = np.repeat(moments.cross, 3, axis=0)
    cross[1] = 0.0
    batch = type(moments)(cross, np.repeat(moments.counts, 3, axis=0))
    found = minimise(likelihood, batch, np.repeat(start, 3, axis=0))
    assert found.converged.tolist() == [True, False, True]
    np.testing.assert_array_equal(found.state.theta[0], found.state.theta[2])


def test_a_disagreement_is_a_reason() -> None:
    data = build_arrays(simulate_trial())
    likelihood, moments = _likelihood(data, "us"), build_moments(data)
    best, _ = fit_twice(likelihood, moments)
    stopped = minimise(likelihood, moments, best.state.theta * 1.5, target=np.inf, rough=0)
    verdict = judge(likelihood, data, best, stopped)
    assert not verdict.accepted and not verdict.starts_agree
    assert len(verdict.reasons) == 1 and "two starts disagree" in verdict.reasons[0]


def test_an_unfinished_fit_is_rejected_for_its_gradient() -> None:
    data = build_arrays(simulate_trial())
    likelihood, moments = _likelihood(data, "us"), build_moments(data)
    best, _ = fit_twice(likelihood, moments)
    early = minimise(likelihood, moments, best.state.theta * (1 + 1e-6), target=1.0, rough=0)
    verdict = judge(likelihood, data, early, best)
    assert any("scaled gradient" in reason for reason in verdict.reasons)


def test_spatial_range_that_runs_to_zero_is_rejected() -> None:
    """Negative correlations have no place in a spatial structure; the boundary is not an optimum to report."""
    frame = simulate_trial(n_per_arm=20, drop=0.0)
    wide = frame.pivot(index="ID", columns="VISIT", values="Y")
    noise = np.random.default_rng(1).standard_normal(len(wide))
    frame.loc[frame["VISIT"] == "M3", "Y"] = -wide["M1"].to_numpy() + noise
    frame.loc[frame["VISIT"] == "M6", "Y"] = -noise
    data = build_arrays(frame, spatial=True)
    likelihood, moments = _likelihood(data, "sp_exp"), build_moments(data)
    verdict = judge(likelihood, data, *fit_twice(likelihood, moments))
    assert not verdict.accepted and any("range ran to zero" in reason for reason in verdict.reasons)
