"""Every structure against dense per-subject matrices: deviance, coefficients, Hessians, KR, Satterthwaite, CR."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmrm.core import Fitted, fit_arrays
from mmrm.inference import Inference
from mmrm.information import theta_covariance
from mmrm.kenward_roger import adjust_covariance
from mmrm.structures import STRUCTURES
from unit.mmrm.cases import build_arrays, simulate_trial
from unit.mmrm.dense import Dense

CASES = [(name, by_arm) for name in STRUCTURES for by_arm in (False, True)]


def _fit(name: str, by_arm: bool, reml: bool = True, weighted: bool = False) -> tuple[Fitted, Dense]:
    frame = simulate_trial(n_per_arm=11, n_visits=3, drop=0.2, seed=3)
    data = build_arrays(frame, by_arm, spatial=name == "sp_exp", weighted=weighted)
    fit = fit_arrays(data, name, reml)
    return fit, Dense(name, fit.theta, data, reml)


def _close(found: object, expected: object, tolerance: float = 1e-8) -> None:
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale)


def _theta_cov(fit: Fitted, kind: str = "observed") -> np.ndarray:
    scale = fit.data.basis.scale ** fit.covariance.scale_powers()
    return theta_covariance(fit, kind) * np.outer(scale, scale)


def _restore(fit: Fitted, cov: np.ndarray) -> np.ndarray:
    move = fit.to_coefficients
    return move @ cov @ move.T


@pytest.mark.parametrize(("name", "by_arm"), CASES)
@pytest.mark.parametrize("reml", [True, False])
def test_deviance_and_coefficients(name: str, by_arm: bool, reml: bool) -> None:
    fit, dense = _fit(name, by_arm, reml)
    _close(fit.deviance, dense.deviance(), 1e-11)
    _close(fit.beta, dense.beta)
    _close(_restore(fit, fit.phi), dense.phi)


@pytest.mark.parametrize(("name", "by_arm"), CASES)
@pytest.mark.parametrize("reml", [True, False])
def test_information(name: str, by_arm: bool, reml: bool) -> None:
    fit, dense = _fit(name, by_arm, reml)
    observed, expected = 2 * np.linalg.inv(dense.hessian), 2 * np.linalg.inv(dense.expected_hessian)
    _close(_theta_cov(fit), observed, 1e-7)
    _close(_theta_cov(fit, "expected"), expected, 1e-7)
    assert np.abs(observed - expected).max() > 1e-4 * np.abs(observed).max()


@pytest.mark.parametrize(("name", "by_arm"), CASES)
def test_kenward_roger(name: str, by_arm: bool) -> None:
    fit, dense = _fit(name, by_arm)
    omega = theta_covariance(fit)
    full, linear = dense.kenward_roger(), dense.kenward_roger(linear=True)
    _close(_restore(fit, adjust_covariance(fit, omega)), full)
    _close(_restore(fit, adjust_covariance(fit, omega, linear=True)), linear)
    if name not in ("us", "toep", "cs"):
        assert np.abs(full - linear).max() > 1e-5 * np.abs(full).max()


@pytest.mark.parametrize(("name", "by_arm"), CASES)
def test_satterthwaite(name: str, by_arm: bool) -> None:
    fit, dense = _fit(name, by_arm)
    rows = np.eye(fit.data.n_coefficients)
    found = Inference(fit, "satterthwaite").test_rows(rows).df
    _close(found, [dense.satterthwaite(row) for row in rows], 1e-7)


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2", "CR3"])
@pytest.mark.parametrize(
    ("name", "weighted"), [("us", False), ("us", True), ("ar1h", True), ("sp_exp", True)]
)
def test_sandwich(name: str, weighted: bool, kind: str) -> None:
    fit, dense = _fit(name, False, weighted=weighted)
    rows = np.eye(fit.data.n_coefficients)
    inference = Inference(fit, "satterthwaite", kind)
    expected, _ = dense.sandwich(kind)
    _close(inference.beta_cov, expected)
    _close(inference.test_rows(rows).df, [dense.bell_mccaffrey(kind, row) for row in rows])


def test_sandwiches_differ() -> None:
    fit, _ = _fit("us", False)
    se = [Inference(fit, "satterthwaite", kind).beta_cov[-1, -1] for kind in ("CR0", "CR1", "CR2", "CR3")]
    assert se[0] < se[1] < se[2] < se[3]


@pytest.mark.parametrize(("name", "by_arm"), CASES)
def test_weighted_optimum_is_stationary(name: str, by_arm: bool) -> None:
    """Small moves of each parameter raise the dense weighted deviance: the weights enter as they should."""
    fit, dense = _fit(name, by_arm, weighted=True)
    base = dense.deviance()
    _close(fit.deviance, base, 1e-11)
    flat = fit.theta.reshape(-1)
    for a in range(flat.size):
        step = np.zeros(flat.size)
        step[a] = 1e-3 * max(abs(flat[a]), 0.1)
        up = Dense(name, (flat + step).reshape(fit.theta.shape), fit.data).deviance()
        down = Dense(name, (flat - step).reshape(fit.theta.shape), fit.data).deviance()
        assert up > base and down > base
        assert abs(up - down) < 0.05 * (up + down - 2 * base)


def test_integer_weight_equals_repeated_subjects() -> None:
    frame = simulate_trial(n_per_arm=10, seed=5)
    twice = frame.assign(ID=frame["ID"] + "b")
    both = build_arrays(pd.concat([frame, twice], ignore_index=True))
    single = build_arrays(frame.assign(W=2.0), weighted=True)
    left, right = fit_arrays(both), fit_arrays(single)
    _close(left.deviance, right.deviance, 1e-12)
    _close(left.beta, right.beta)
    _close(_theta_cov(left), _theta_cov(right))
