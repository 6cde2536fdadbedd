"""The largest of correlated t statistics: exact sums where one factor makes the correlations."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from mmrm import dunnett
from mmrm.dunnett import find_largest

THREE = np.array([[1.0, 0.4, 0.35], [0.4, 1.0, 0.56], [0.35, 0.56, 1.0]])  # loads .5, .8, .7


def _tail(t: float, df: float, correlation: np.ndarray, side: str = "two-sided") -> float:
    count = len(correlation)
    return float(find_largest(np.full(count, t), np.full(count, df), 0.95, side, correlation)[0][0])


@pytest.mark.parametrize("rho", [-0.6, 0.0, 0.3, 0.95])
@pytest.mark.parametrize("df", [2.0, 7.3, 150.0])
def test_two_statistics_by_nested_quadrature(rho: float, df: float) -> None:
    """Gauss-Legendre over the quantile of the scale and over the first statistic, the second given both."""
    t, width = 2.2, np.sqrt(1 - rho**2)
    node, weight = np.polynomial.legendre.leggauss(200)
    share, mass = (1 + np.sin(np.pi / 2 * node)) / 2, np.pi / 4 * np.cos(np.pi / 2 * node) * weight
    scale = np.sqrt(2 * special.gammaincinv(df / 2, share) / df)[:, None]
    x = t * scale * node
    inside = special.ndtr((t * scale - rho * x) / width) - special.ndtr((-t * scale - rho * x) / width)
    inner = (inside * np.exp(-0.5 * x**2) / np.sqrt(2 * np.pi) * weight).sum(axis=1) * t * scale[:, 0]
    expected = ((1 - inner) * mass).sum()
    assert _tail(t, df, np.array([[1, rho], [rho, 1]])) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("df", [1.0, 3.0, 40.0, 1e7, np.inf])
@pytest.mark.parametrize("side", ["two-sided", "greater"])
def test_a_finer_sum_changes_nothing(df: float, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = find_largest(np.array([2.0, 2.5, 9.0]), np.full(3, df), 0.95, side, THREE)
    monkeypatch.setattr(dunnett, "_STEP", 0.3)
    fine = find_largest(np.array([2.0, 2.5, 9.0]), np.full(3, df), 0.95, side, THREE)
    np.testing.assert_allclose(coarse[0], fine[0], rtol=1e-9)
    np.testing.assert_allclose(coarse[1], fine[1], rtol=1e-9)


def test_independent_statistics_have_a_closed_form() -> None:
    for t in (1.5, 3.0, 8.0):  # the last tail is 6e-15 a statistic: lost in 1 - P
        assert _tail(t, np.inf, np.eye(2)) == pytest.approx(
            -np.expm1(2 * np.log1p(-2 * special.ndtr(-t))), rel=1e-10
        )


def test_the_critical_value_gives_back_its_level() -> None:
    critical = find_largest(np.ones(3), np.full(3, 12.5), 0.9, "greater", THREE)[1][0]
    assert _tail(critical, 12.5, THREE, "greater") == pytest.approx(0.1, rel=1e-10)


def test_other_correlations_go_by_the_lattice_and_agree() -> None:
    """One correlation moved by 1e-6 has no single factor: the same answer within the lattice's error."""
    moved = np.pad(THREE, ((0, 1), (0, 1)), constant_values=0.0)
    moved[3, :3] = moved[:3, 3] = 0.6 * np.array([0.5, 0.8, 0.7])
    moved[3, 3] = 1.0
    plain = _tail(2.3, 9.0, moved)
    moved[3, 2] = moved[2, 3] = moved[3, 2] + 1e-6
    assert dunnett._find_loads(moved) is None
    lattice = _tail(2.3, 9.0, moved)
    assert lattice == _tail(2.3, 9.0, moved)
    assert 0 < abs(lattice - plain) < 1e-5
