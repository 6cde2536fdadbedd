"""Blocked products and factorisations: right, small enough for one thread, and few."""

from __future__ import annotations

import numpy as np
import pytest

from mmrm import basis as basis_module
from mmrm import linalg
from mmrm.basis import build_basis
from mmrm.errors import RankError
from mmrm.linalg import Array, multiply, multiply_self


@pytest.mark.parametrize("shape", [(210, 900, 1891), (61, 1500, 1204), (3, 40_000, 5), (465, 700, 90)])
def test_wide_products_are_cut_into_few_pieces(
    shape: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces of one row, as they were for wide moments, would be hundreds of times as many."""
    m, k, n = shape
    rng = np.random.default_rng(1)
    a, b = rng.standard_normal((m, k)), rng.standard_normal((k, n))
    sizes: list[int] = []

    def count(left: Array, right: Array) -> Array:
        sizes.append(left.shape[-2] * left.shape[-1] * right.shape[-1])
        return left @ right

    monkeypatch.setattr(linalg, "_multiply_piece", count)
    np.testing.assert_allclose(linalg.contract(a[None], b[None])[0], a @ b, rtol=1e-9, atol=1e-9)
    assert sum(sizes) == m * k * n
    assert max(sizes) <= linalg.GEMM_PIECE
    assert len(sizes) <= 2.5 * m * k * n / linalg.GEMM_PIECE


def test_long_rows_are_cut_too() -> None:
    """A row of 300 columns' moments is longer than the 10,000 numbers from which OpenBLAS shares a dot product."""
    rng = np.random.default_rng(2)
    cross, vector = rng.standard_normal((2, 3, 20_001)), rng.standard_normal((2, 20_001))
    expected = np.einsum("brt,bt->br", cross, vector)
    np.testing.assert_allclose(linalg.apply_rows(cross, vector), expected, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("size", [5, 48, 49, 130])
def test_blocked_factors(size: int) -> None:
    rng = np.random.default_rng(size)
    root = rng.standard_normal((2, size, size))
    a = root @ np.swapaxes(root, -1, -2) + size * np.eye(size)
    inverse, log_det, lower = linalg.invert_spd(a)
    np.testing.assert_allclose(inverse, np.linalg.inv(a), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(log_det, np.linalg.slogdet(a)[1], rtol=1e-12)
    assert (np.triu(lower, 1) == 0).all()
    a[1, -1, -1] = -1.0
    bad, _, _ = linalg.invert_spd(a)
    np.testing.assert_allclose(bad[0], inverse[0], rtol=1e-9, atol=1e-12)
    assert np.isnan(bad[1]).any()


def test_columns_of_several_blocks_are_orthonormal_even_when_nearly_dependent() -> None:
    rng = np.random.default_rng(4)
    design = rng.standard_normal((300, 60))
    design[:, 1] += 1e6
    design[:, 33] = design[:, 2] + 1e-7 * design[:, 33]
    design[:, 59] = 1e5 * design[:, 40] + 1e-2 * design[:, 59]
    basis = build_basis(rng.standard_normal(300), design, tuple(f"x{j}" for j in range(60)))
    np.testing.assert_allclose(basis.columns.T @ basis.columns / 300, np.eye(60), atol=1e-13)
    back = np.linalg.solve(basis.transform.T, basis.columns.T).T
    np.testing.assert_allclose(
        back / np.abs(design).max(axis=0), design / np.abs(design).max(axis=0), atol=1e-9
    )


def test_dependent_columns_of_later_blocks_are_named() -> None:
    design = np.random.default_rng(5).standard_normal((90, 40))
    design[:, 20] = 0.0
    design[:, 38] = 3.0 * design[:, 4] - design[:, 37]
    with pytest.raises(RankError) as caught:
        build_basis(np.arange(90.0) ** 2, design, tuple(f"x{j}" for j in range(40)))
    assert caught.value.columns == ("x20", "x38")


def test_free_columns_are_orthonormalised_by_their_gram_matrix_to_the_same_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Columns in units a million apart, a covariate far from zero: the same columns as one by one."""
    rng = np.random.default_rng(6)
    design = np.column_stack([np.ones(400), rng.standard_normal((400, 30)) * 10.0 ** rng.integers(-6, 7, 30)])
    design[:, 3] = 50.0 + rng.standard_normal(400)
    response, names = rng.standard_normal(400), tuple(f"x{j}" for j in range(31))
    assert basis_module._orthonormalise_free(design) is not None
    free = build_basis(response, design, names)
    monkeypatch.setattr(basis_module, "_orthonormalise_free", lambda design: None)
    plain = build_basis(response, design, names)
    np.testing.assert_allclose(free.columns.T @ free.columns / 400, np.eye(31), atol=1e-13)
    np.testing.assert_allclose(free.columns, plain.columns, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(
        free.transform / plain.transform.diagonal(), plain.transform / plain.transform.diagonal(), atol=1e-9
    )
    np.testing.assert_allclose([free.log_det, free.scale], [plain.log_det, plain.scale], rtol=1e-12)


@pytest.mark.parametrize("share", [1e-4, 1e-7, 1e-12])
def test_columns_near_dependence_are_left_to_the_careful_way(share: float) -> None:
    """A Gram matrix squares the condition: it could not tell 1e-8 of a column from rounding."""
    design = np.random.default_rng(7).standard_normal((200, 5))
    design[:, 4] = design[:, 0] + share * design[:, 4]
    assert basis_module._orthonormalise_free(design) is None
    assert basis_module._orthonormalise_free(np.zeros((5, 2))) is None
    assert basis_module._orthonormalise_free(np.ones((2, 3))) is None


@pytest.mark.parametrize("shape", [(2, 7, 40), (3, 150, 90), (1, 1, 30_000), (2, 0, 5)])
def test_product_with_itself(shape: tuple[int, int, int]) -> None:
    a = np.random.default_rng(8).standard_normal(shape)
    found = multiply_self(a)
    np.testing.assert_allclose(found, multiply(a, np.swapaxes(a, -1, -2)), rtol=1e-12, atol=1e-10)
    np.testing.assert_array_equal(found, np.swapaxes(found, -1, -2))
