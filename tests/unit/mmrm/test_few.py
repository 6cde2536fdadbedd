"""Subjects of small patterns enter by their own rows: the same likelihood as by cross-products of patterns."""

from __future__ import annotations

import numpy as np
import pytest

from mmrm import data as data_module
from mmrm.core import Fitted, fit_arrays
from mmrm.covariance import residual_moments
from mmrm.data import MmrmData, build_moments
from mmrm.inference import Inference
from mmrm.likelihood import differentiate, evaluate
from mmrm.linalg import Array
from mmrm.replicate import leave_one_out, replicate
from unit.mmrm.cases import build_arrays, simulate_trial

NAMES = ("us", "toeph", "ar1", "sp_exp")


def _data(name: str) -> MmrmData:
    frame = simulate_trial(n_per_arm=25, n_visits=4, seed=3)
    return build_arrays(frame, by_arm=True, spatial=name == "sp_exp", weighted=True)


def _fit(name: str, least: int, monkeypatch: pytest.MonkeyPatch) -> Fitted:
    """Fit with patterns of fewer than ``least`` subjects kept as rows."""
    monkeypatch.setattr(data_module, "_choose_summed", lambda count, mask, width: count >= least)
    return fit_arrays(_data(name), name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("least", [4, 1000])
def test_likelihood_and_derivatives(name: str, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, rows = (_fit(name, each, monkeypatch) for each in (0, least))
    assert plain.moments.few is None and rows.moments.few is not None
    assert rows.moments.cross.shape[1] < plain.moments.cross.shape[1]
    crude = [residual_moments(fit.covariance, fit.moments) for fit in (plain, rows)]
    np.testing.assert_allclose(crude[1], crude[0], rtol=1e-10, atol=1e-12)
    theta = plain.state.theta * 1.1
    one, other = (evaluate(fit.likelihood, fit.moments, theta) for fit in (plain, rows))
    for part in ("deviance", "beta", "phi"):
        np.testing.assert_allclose(getattr(other, part), getattr(one, part), rtol=1e-10, atol=1e-12)
    left = differentiate(plain.likelihood, plain.moments, one, fisher=True)
    right = differentiate(rows.likelihood, rows.moments, other, fisher=True)
    for part in ("gradient", "observed", "expected", "p"):
        np.testing.assert_allclose(getattr(right, part), getattr(left, part), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_inference(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, rows = (_fit(name, each, monkeypatch) for each in (0, 4))
    eye = np.eye(plain.data.n_coefficients)
    left, right = (Inference(fit, "kenward-roger").test_rows(eye) for fit in (plain, rows))
    for part in ("estimate", "se", "df"):
        np.testing.assert_allclose(getattr(right, part), getattr(left, part), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_refits(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, rows = (_fit(name, each, monkeypatch) for each in (0, 4))
    weights = np.random.default_rng(0).uniform(0.0, 2.0, (5, plain.data.n_subjects))
    weights[0, :10] = 0.0

    def _refit(fit: Fitted) -> tuple[Array, Array]:
        found = replicate(fit, weights)
        assert found.converged.all()
        return found.params, leave_one_out(fit).params

    for left, right in zip(_refit(plain), _refit(rows), strict=True):
        np.testing.assert_allclose(right, left, rtol=1e-7, atol=1e-8)


def test_sizes_alone_decide() -> None:
    """Of 500 subjects at 30 visits with 262 patterns only the complete ones are summed; of a small trial all."""
    rng = np.random.default_rng(0)
    mask = np.vstack([np.ones((1, 30), dtype=bool), rng.random((261, 30)) < 0.8])
    count = np.array([239, *[1] * 261])
    assert np.flatnonzero(data_module._choose_summed(count, mask, 64)).tolist() == [0]
    small = build_moments(_data("us"))
    assert small.few is None
