"""What must not change a result, or change it only as theory says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmrm import MMRM, MmrmFit
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"
NAMES = ["estimate", "se", "df", "lower", "upper", "statistic", "pvalue"]


def _table(fit: MmrmFit) -> np.ndarray:
    return fit.contrasts("ARM", by="VISIT", reference="CTL")[NAMES].to_numpy(dtype=float)


def _fit(frame: pd.DataFrame, formula: str = FORMULA, covariance: str = "us") -> MmrmFit:
    time = "TIME" if covariance == "sp_exp" else None
    return MMRM.from_formula(formula, frame, "ID", "VISIT", covariance=covariance, time=time).fit()


@pytest.mark.parametrize("covariance", ["us", "toeph", "sp_exp"])
@settings(derandomize=True, max_examples=4, deadline=None)
@given(seed=st.integers(0, 1000))
def test_row_order_changes_no_byte(covariance: str, seed: int) -> None:
    frame = simulate_trial()
    one, two = (
        _fit(frame, covariance=covariance),
        _fit(frame.sample(frac=1, random_state=seed), covariance=covariance),
    )
    assert _table(one).tobytes() == _table(two).tobytes()
    assert one.record() == two.record()


def test_row_order_with_labels_of_two_kinds() -> None:
    frame = simulate_trial().astype({"ID": object})
    frame.loc[frame["ID"] == "S004", "ID"] = 4
    assert _table(_fit(frame)).tobytes() == _table(_fit(frame.sample(frac=1, random_state=3))).tobytes()


def test_relabelled_subjects_and_visits() -> None:
    frame = simulate_trial()
    renamed = frame.assign(
        ID=frame["ID"].map({label: f"Z{i * 7 % 24:02d}" for i, label in enumerate(frame["ID"].unique())}),
        VISIT=frame["VISIT"].cat.rename_categories({"M1": "z", "M3": "y", "M6": "x"}),
    )
    np.testing.assert_allclose(_table(_fit(renamed)), _table(_fit(frame)), rtol=1e-8)


def test_visit_order_of_an_unstructured_fit() -> None:
    frame = simulate_trial()
    turned = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", visits=["M6", "M1", "M3"]).fit()
    found = (
        turned.contrasts("ARM", by="VISIT", reference="CTL").set_index("VISIT").loc[["M1", "M3", "M6"], NAMES]
    )
    np.testing.assert_allclose(found.to_numpy(dtype=float), _table(_fit(frame)), rtol=1e-7)


@pytest.mark.parametrize("covariance", ["us", "toep", "ar1h", "adh", "csh"])
@settings(derandomize=True, max_examples=5, deadline=None)
@given(shift=st.floats(-1e3, 1e3), power=st.integers(-6, 6))
def test_affine_change_of_the_response(covariance: str, shift: float, power: int) -> None:
    frame, factor = simulate_trial(), 10.0**power
    base = _table(_fit(frame, covariance=covariance))
    moved = _table(_fit(frame.assign(Y=shift * factor + factor * frame["Y"]), covariance=covariance))
    scale = np.array([factor, factor, 1.0, factor, factor, 1.0, 1.0])
    np.testing.assert_allclose(moved / scale, base, rtol=1e-7, atol=1e-8)


def test_deviance_moves_with_the_scale_as_theory_says() -> None:
    frame = simulate_trial()
    one, two = _fit(frame), _fit(frame.assign(Y=10.0 * frame["Y"]))
    free = one.prepared.data.n_obs - len(one.names)
    assert two.deviance - one.deviance == pytest.approx(2 * free * np.log(10.0), abs=1e-8)


@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
def test_reparametrised_columns(method: str) -> None:
    """Cell means instead of treatment coding: the same contrasts, and a deviance moved by the determinant."""
    frame = simulate_trial()
    coded = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit(df_method=method)
    cells = MMRM.from_formula("Y ~ 0 + ARM:VISIT + BASE", frame, "ID", "VISIT").fit(df_method=method)
    np.testing.assert_allclose(_table(cells), _table(coded), rtol=1e-8)
    left, right = coded.prepared.data, cells.prepared.data
    change = np.linalg.lstsq(left.design, right.design, rcond=None)[0]
    expected = 2 * np.linalg.slogdet(change)[1]
    assert cells.deviance - coded.deviance == pytest.approx(expected, abs=1e-8)


def test_covariate_in_another_unit() -> None:
    frame = simulate_trial()
    far = _fit(frame.assign(BASE=1e5 + 1e3 * frame["BASE"]))
    np.testing.assert_allclose(_table(far), _table(_fit(frame)), rtol=1e-7)


def test_sp_exp_at_whole_steps_is_ar1() -> None:
    frame = simulate_trial().assign(STEP=lambda rows: rows["VISIT"].cat.codes.astype(float))
    ar1 = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", covariance="ar1").fit(
        df_method="kenward-roger-linear"
    )
    spatial = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", covariance="sp_exp", time="STEP").fit(
        df_method="kenward-roger-linear"
    )
    np.testing.assert_allclose(_table(spatial), _table(ar1), rtol=1e-7)
    np.testing.assert_allclose(spatial.sigma, ar1.sigma, rtol=1e-6)


@pytest.mark.parametrize("n_visits", [2])
def test_structures_that_coincide_at_two_visits(n_visits: int) -> None:
    frame = simulate_trial(n_visits=n_visits)
    fits = {name: _fit(frame, covariance=name) for name in ("us", "toeph", "ar1h", "csh", "adh")}
    for fit in fits.values():
        assert fit.deviance == pytest.approx(fits["us"].deviance, abs=1e-8)
    homogeneous = [_fit(frame, covariance=name).deviance for name in ("toep", "ar1", "cs", "ad")]
    assert np.ptp(homogeneous) < 1e-8
    assert homogeneous[0] > fits["us"].deviance


def test_nested_structures_order_their_deviances() -> None:
    frame = simulate_trial(n_per_arm=20, n_visits=4)
    deviance = {
        name: _fit(frame, covariance=name).deviance for name in ("us", "toeph", "ar1h", "csh", "adh", "ar1")
    }
    assert deviance["us"] <= min(deviance.values())
    assert deviance["toeph"] <= min(deviance["ar1h"], deviance["csh"])
    assert deviance["adh"] <= deviance["ar1h"] <= deviance["ar1"]


def test_two_subjects_groups_split_the_likelihood() -> None:
    """Separate fixed effects and covariances per arm: the deviance is the sum of two fits."""
    frame = simulate_trial(n_per_arm=15)
    joint = MMRM.from_formula("Y ~ 0 + ARM:VISIT", frame, "ID", "VISIT", group="ARM").fit()
    parts = [
        MMRM.from_formula("Y ~ 0 + VISIT", frame[frame["ARM"] == arm], "ID", "VISIT").fit()
        for arm in ("CTL", "TRT")
    ]
    assert joint.deviance == pytest.approx(sum(part.deviance for part in parts), abs=1e-8)
    assert isinstance(joint.sigma, dict)
    for arm, part in zip(("CTL", "TRT"), parts, strict=True):
        np.testing.assert_allclose(joint.sigma[arm], part.sigma, rtol=1e-7)
    np.testing.assert_allclose(
        np.sort(joint.bse.to_numpy()),
        np.sort(np.concatenate([part.bse.to_numpy() for part in parts])),
        rtol=1e-7,
    )
