"""Each structure: hand-written matrices, derivatives, and starts."""

from __future__ import annotations

import numpy as np
import pytest

from mmrm.linalg import factor_cholesky
from mmrm.structures import STRUCTURES, Structure
from unit.mmrm.dense import sigma_of

DISTANCE = np.abs(np.subtract.outer(np.array([0.0, 1.5, 2.0, 4.0]), np.array([0.0, 1.5, 2.0, 4.0])))

HAND = {
    "us": ([4, 1, 9, 2, 3, 16], [[4, 1, 2], [1, 9, 3], [2, 3, 16]]),
    "toep": ([4, 2, 1], [[4, 2, 1], [2, 4, 2], [1, 2, 4]]),
    "toeph": ([4, 9, 16, 0.5, 0.25], [[4, 3, 2], [3, 9, 6], [2, 6, 16]]),
    "ar1": ([4, 0.5], [[4, 2, 1], [2, 4, 2], [1, 2, 4]]),
    "ar1h": ([4, 9, 16, 0.5], [[4, 3, 2], [3, 9, 6], [2, 6, 16]]),
    "cs": ([3, 1], [[4, 1, 1], [1, 4, 1], [1, 1, 4]]),
    "csh": ([4, 9, 16, 0.5], [[4, 3, 4], [3, 9, 6], [4, 6, 16]]),
    "ad": ([4, 0.5, 0.25], [[4, 2, 0.5], [2, 4, 1], [0.5, 1, 4]]),
    "adh": ([4, 9, 16, 0.5, 0.25], [[4, 3, 1], [3, 9, 3], [1, 3, 16]]),
}


@pytest.mark.parametrize("name", HAND)
def test_matrix_by_hand(name: str) -> None:
    theta, expected = HAND[name]
    np.testing.assert_allclose(Structure(name, 3).sigma(np.array(theta, dtype=float)), expected, rtol=1e-15)


def test_spatial_matrix_by_hand() -> None:
    found = Structure("sp_exp", 4).sigma(np.array([2.0, 1.5]), DISTANCE)
    assert found[0, 1] == pytest.approx(2.0 * np.exp(-1.0), rel=1e-15)
    assert found[0, 0] == pytest.approx(2.0, rel=1e-15)


def _theta(structure: Structure) -> np.ndarray:
    rng = np.random.default_rng(7)
    a = rng.standard_normal((4, 6))
    sigma = a @ a.T / 6 + np.eye(4)
    return structure.start(sigma, DISTANCE, shrink=0.8)


@pytest.mark.parametrize("name", STRUCTURES)
def test_derivatives(name: str) -> None:
    structure = Structure(name, 4)
    theta = _theta(structure)
    first, second = structure.first(theta, DISTANCE), structure.second(theta, DISTANCE)
    for a in range(theta.size):
        step = np.zeros(theta.size, dtype=complex)
        step[a] = 1e-30j
        exact = sigma_of(name, theta + step, 4, DISTANCE).imag / 1e-30
        np.testing.assert_allclose(first[a], exact, atol=1e-13)
        if second is None:
            continue
        h = np.zeros(theta.size)
        h[a] = 1e-4
        slope = (structure.first(theta + h, DISTANCE) - structure.first(theta - h, DISTANCE)) / 2e-4
        np.testing.assert_allclose(second[a], slope, atol=1e-6)
        np.testing.assert_allclose(second[a], second[:, a], atol=1e-14)


@pytest.mark.parametrize("name", ["ar1", "ar1h"])
def test_autoregression_at_zero_correlation(name: str) -> None:
    structure = Structure(name, 4)
    theta = np.append(np.ones(structure.n_variances), 0.0)
    second = structure.second(theta)
    assert second is not None
    assert second[-1, -1, 0, 2] == 2.0 and second[-1, -1, 0, 1] == 0.0 and np.isfinite(second).all()


@pytest.mark.parametrize("name", STRUCTURES)
def test_starts_are_positive_definite_and_named(name: str) -> None:
    structure = Structure(name, 4)
    theta = _theta(structure)
    assert theta.size == structure.n_parameters == len(structure.labels) == structure.powers.size
    assert np.isfinite(factor_cholesky(structure.sigma(theta, DISTANCE))).all()


@pytest.mark.parametrize("name", [name for name in STRUCTURES if name != "sp_exp"])
def test_one_visit_has_one_variance(name: str) -> None:
    structure = Structure(name, 1)
    assert structure.n_parameters == 1
    np.testing.assert_allclose(structure.sigma(np.array([3.0])), [[3.0]])
