"""The two ways to sum products of derivative matrices are one: sizes choose between them, numbers do not."""

from __future__ import annotations

import numpy as np
import pytest

from mmrm import data as data_module
from mmrm import products
from mmrm.covariance import CovarianceModel, check_structure
from mmrm.data import MmrmData, Moments, build_moments
from mmrm.linalg import Array
from mmrm.structures import STRUCTURES, Structure
from unit.mmrm.cases import build_arrays, simulate_trial


def _case(name: str, weighted: bool = False) -> tuple[CovarianceModel, Moments, Array, Array, MmrmData]:
    frame = simulate_trial(n_per_arm=20, n_visits=4, seed=3)
    data = build_arrays(frame, by_arm=True, spatial=name == "sp_exp", weighted=weighted)
    model = CovarianceModel(Structure(name, 4), data.patterns, 2)
    one = model.structure.start(np.eye(4) + 0.3, None if name != "sp_exp" else np.ones((4, 4)))
    theta = np.concatenate([one, one * 1.1])[None]
    seen = data.patterns.mask[:, :, None] & data.patterns.mask[:, None, :]
    whole = np.where(seen, model.sigma(theta)[:, model.cell_of_pattern], np.eye(4))
    precision = np.where(seen, np.linalg.inv(whole), 0.0)
    return model, build_moments(data), precision, model.first(theta), data


def _by_definition(model: CovarianceModel, precision: Array, first: Array, right: Array) -> Array:
    q = model.structure.n_parameters
    out = np.zeros((2 * q, 2 * q))
    for p, group in enumerate(model.patterns.group):
        d = first[0, model.cell_of_pattern[p]]
        block = np.einsum("st,atu,uv,bvs->ab", precision[0, p], d, right[0, p], d)
        out[group * q : (group + 1) * q, group * q : (group + 1) * q] += block
    return out


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("many", [False, True])
def test_traces(name: str, many: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _, precision, first, _ = _case(name)
    monkeypatch.setattr(CovarianceModel, "has_many_parameters", many and name != "sp_exp")
    right = np.einsum("zpst,zpsu->zptu", precision, precision)
    found = products.sum_traces(model, precision, first, [right, 2.0 * right])
    expected = _by_definition(model, precision, first, right)
    for factor, traces in zip((1.0, 2.0), found, strict=True):
        np.testing.assert_allclose(traces[0], factor * expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("many", [False, True])
def test_mixed_products(name: str, many: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _, precision, first, _ = _case(name)
    monkeypatch.setattr(CovarianceModel, "has_many_parameters", many and name != "sp_exp")
    q, cells = model.structure.n_parameters, model.group_of_cell.size
    root = np.random.default_rng(0).standard_normal((1, cells, q, q))
    omega = root @ np.swapaxes(root, -1, -2)
    found = products.mix_products(model, precision, first, omega)
    for p, cell in enumerate(model.cell_of_pattern):
        w, d = precision[0, p], first[0, cell]
        expected = np.einsum("ab,st,atu,uv,bvw,wx->sx", omega[0, cell], w, d, w, d, w)
        np.testing.assert_allclose(found[0, p], expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", STRUCTURES)
@pytest.mark.parametrize("way", ["weights", "moments"])
@pytest.mark.parametrize("least", [0, 4, 1000])
@pytest.mark.parametrize("by_pair", [True, False])
def test_moments_of_every_parameter(
    name: str, way: str, least: int, by_pair: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From cross-products, from subjects' own rows, and from some of each: always the sum over subjects."""
    if name == "sp_exp" and (way != "weights" or by_pair):
        return  # every subject has its own matrix: there is only one way
    monkeypatch.setattr(data_module, "_choose_summed", lambda count, mask, width: count >= least)
    monkeypatch.setattr(products, "_transforms", lambda model, width: way != "weights")
    monkeypatch.setattr(products, "_pairs_visits", lambda model, few: by_pair or model.structure.is_saturated)
    model, moments, precision, first, data = _case(name, weighted=True)
    if name != "sp_exp":
        assert (moments.few is None) == (least == 0) and (moments.cross.shape[1] == 0) == (least == 1000)
    found = products.sum_moments(model, moments, precision, first)[0]
    q, (low, high) = model.structure.n_parameters, np.tril_indices(data.n_coefficients + 1)
    expected = np.zeros_like(found)
    for i, p in enumerate(model.patterns.of_subject):
        w, z, group = precision[0, p], data.padded[i], model.patterns.group[p]
        whole = np.einsum("sj,st,atu,uv,vk->ajk", z, w, first[0, model.cell_of_pattern[p]], w, z)
        expected[group * q : (group + 1) * q] += data.weight[i] * whole[:, low, high]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10)


def test_many_visits_transform_the_moments_and_few_do_not() -> None:
    """With 30 visits the weights of every parameter are four times the work; with four they are less."""
    frame = simulate_trial(n_per_arm=20, n_visits=4, seed=3)
    patterns = build_arrays(frame).patterns
    assert not products._transforms(CovarianceModel(Structure("us", 4), patterns, 1), 50)
    wide = np.ones((1, 30), dtype=bool)
    s, t = np.triu_indices(30)
    one = np.ones(1, dtype=bool)
    large = type(patterns)(wide, np.zeros(1, dtype=np.int64), np.zeros(9, dtype=np.int64), one, 0 * s, s, t)
    assert products._transforms(CovarianceModel(Structure("us", 30), large, 1), 2000)
    assert not products._transforms(CovarianceModel(Structure("ar1", 30), large, 1), 2000)


def test_many_patterns_of_many_visits_are_not_refused_for_memory() -> None:
    """Products of every pattern, parameter and visit pair would be 21 GB; the table they are summed in is 6 MB."""
    rng = np.random.default_rng(6)
    n, m = 1000, 30
    seen = rng.random((n, m)) < 0.9
    subject, visit = np.nonzero(seen)
    design = np.eye(m)[visit]
    names = tuple(f"x{j}" for j in range(m))
    data = MmrmData(
        rng.standard_normal(subject.size),
        design,
        names,
        subject,
        visit,
        m,
        np.ones(n),
        np.zeros(n, dtype=np.int64),
    )
    model = CovarianceModel(Structure("us", m), data.patterns, 1)
    assert data.patterns.n_patterns > 700
    check_structure(model, data, names, ("all",))
