"""Sufficient statistics: right, as small as they claim, and independent of the number of subjects."""

from __future__ import annotations

import numpy as np
import pytest

from mmrm.data import _number_rows, build_moments, build_subject_cross
from mmrm.linalg import contract, factor_cholesky, invert_lower, invert_spd, multiply
from unit.mmrm.cases import build_arrays, simulate_trial


def test_moments_by_hand() -> None:
    data = build_arrays(simulate_trial(n_per_arm=9), weighted=True)
    moments, patterns = build_moments(data), data.patterns
    low_i, low_j = np.tril_indices(data.n_coefficients + 1)
    for r in range(0, patterns.row_pattern.size, 3):
        members = patterns.members[patterns.row_pattern[r]]
        s, t = data.padded[members, patterns.row_s[r]], data.padded[members, patterns.row_t[r]]
        cross = np.einsum("n,ni,nj->ij", data.weight[members], s, t)
        total = cross if patterns.row_s[r] == patterns.row_t[r] else cross + cross.T
        np.testing.assert_allclose(moments.cross[0, r], total[low_i, low_j], atol=1e-12)


def test_subject_products_add_up_to_the_moments() -> None:
    data = build_arrays(simulate_trial(n_per_arm=9), weighted=True)
    moments, patterns = build_moments(data), data.patterns
    for p, members in enumerate(patterns.members):
        total = np.einsum("n,nrt->rt", data.weight[members], build_subject_cross(data, p))
        rows = slice(patterns.row_start[p], patterns.row_start[p + 1])
        np.testing.assert_allclose(moments.cross[0, rows], total, atol=1e-12)


def test_what_an_iteration_reads_does_not_grow_with_subjects() -> None:
    shapes = set()
    for n_per_arm in (100, 800):
        frame = simulate_trial(n_per_arm=n_per_arm, drop=0.4, seed=1)
        shapes.add(build_moments(build_arrays(frame)).cross.shape)
    assert len(shapes) == 1


def test_basis_is_orthonormal_and_gives_the_design_back() -> None:
    data = build_arrays(simulate_trial())
    basis, n = data.basis, data.n_obs
    np.testing.assert_allclose(basis.columns.T @ basis.columns / n, np.eye(data.n_coefficients), atol=1e-13)
    np.testing.assert_allclose(basis.columns, data.design @ basis.transform, atol=1e-10)
    rebuilt = basis.columns @ basis.offset + basis.scale * basis.residual
    np.testing.assert_allclose(rebuilt, data.response, atol=1e-12)


@pytest.mark.parametrize(
    ("m", "k", "n"), [(3, 4, 5), (90, 80, 70), (1, 500, 900), (900, 500, 1), (7, 150_000, 3), (100, 3000, 40)]
)
def test_products_in_pieces(m: int, k: int, n: int) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((2, m, k)), rng.standard_normal((k, n))
    np.testing.assert_allclose(multiply(a, b), a @ b, atol=1e-9)


@pytest.mark.parametrize("q", [1, 6])
def test_contraction_in_pieces(q: int) -> None:
    rng = np.random.default_rng(2)
    weights, cross = rng.standard_normal((2, q, 700)), rng.standard_normal((2, 700, 91))
    np.testing.assert_allclose(contract(weights, cross), weights @ cross, atol=1e-10)


@pytest.mark.parametrize("size", [3, 60])
@pytest.mark.parametrize("count", [1, 30])
def test_factors_and_a_bad_member_of_a_batch(size: int, count: int) -> None:
    rng = np.random.default_rng(3)
    root = rng.standard_normal((count, size, size + 4))
    a = root @ root.swapaxes(-1, -2)
    inverse, log_det, lower_inverse = invert_spd(a)
    np.testing.assert_allclose(inverse, np.linalg.inv(a), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(a)[1], rtol=1e-10)
    np.testing.assert_allclose(lower_inverse, invert_lower(factor_cholesky(a)), atol=1e-12)
    a[0, 1, 1] = -1.0
    lower = factor_cholesky(a)
    assert np.isnan(lower[0]).any()
    assert np.isfinite(lower[1:]).all()


@pytest.mark.parametrize("m", [1, 5, 29, 30, 31, 65, 100])
def test_patterns_are_numbered_in_the_order_of_their_visits(m: int) -> None:
    """As a sort of whole rows, also where more visits than bits of a number tell them apart."""
    rng = np.random.default_rng(m)
    bits = rng.random((400, m)) < rng.choice([0.02, 0.5, 0.98], (400, 1))
    bits[200:] = bits[:200]
    bits[300:, -1] ^= True
    group = rng.integers(0, 3, 400)
    _, expected = np.unique(np.column_stack([group, bits]), axis=0, return_inverse=True)
    np.testing.assert_array_equal(_number_rows(group, bits), expected.reshape(-1))
