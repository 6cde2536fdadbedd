"""Where too few subjects are left at a visit: judged by the design, passed over, blank where nothing else stands."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, MmrmFit, fit_ladder
from mmrm.inference import Inference
from unit.mmrm.small_designs import largest_share
from unit.mmrm.small_samples import trial_with_leavers


def _fit(frame: pd.DataFrame, covariance: str = "us", formula: str = "y ~ arm*v", **options: str) -> MmrmFit:
    return MMRM.from_formula(formula, frame, "id", "v", covariance=covariance, **options).fit(check=False)


def _shares(fit: MmrmFit) -> np.ndarray:
    return np.asarray(fit.inference.correction.share_by_visit(fit.prepared.data))


@pytest.mark.parametrize("left", [3, 5, 9])
@pytest.mark.parametrize("n_before", [1, 2])
def test_share_of_an_unstructured_last_visit_in_closed_form(left: int, n_before: int) -> None:
    """2 p (1 - R²)(a_c - a) / (d v): p visits before, R² theirs, a of all and a_c of those left, d = n_c - 2."""
    frame = trial_with_leavers(left, left, seed=0)
    frame = frame[frame["v"].isin(["V1", "V2", "V3"][2 - n_before :])]
    explained = n_before * 0.25 / (1 + (n_before - 1) * 0.5)
    few, every = 2 / left, 2 / 15
    variance = (1 - explained) * few + explained * every
    expected = 2 * n_before * (1 - explained) * (few - every) / ((2 * left - 2) * variance)
    fit = _fit(frame)
    assert _shares(fit)[-1] == pytest.approx(expected, rel=1e-9)
    rows = fit.contrast_rows("arm", by="v", reference="PBO").matrix @ fit.prepared.data.basis.transform
    np.testing.assert_allclose(fit.inference.correction.share(rows)[[0, -1]], [0, expected], atol=1e-9)


@pytest.mark.parametrize("covariance", ["us", "toeph", "ar1h", "csh", "cs"])
def test_share_by_dense_matrices(covariance: str) -> None:
    frame = trial_with_leavers(3, 4, seed=1)
    fit = _fit(frame[~((frame["id"] == "S07") & (frame["v"] == "V2"))], covariance)
    dense = largest_share(fit.prepared.data, covariance)
    assert _shares(fit).max() == pytest.approx(dense, rel=1e-6)


def test_complete_data_are_never_thin() -> None:
    frame = trial_with_leavers(15, 15, seed=0)
    six = frame[frame["id"].isin(sorted(frame["id"].unique())[:6])]
    np.testing.assert_allclose(_shares(_fit(six)), 0, atol=1e-12)
    assert fit_ladder("y ~ arm*v", six, "id", "v").rung == "us"


def test_only_the_design_counts() -> None:
    one, two = (trial_with_leavers(3, 3, seed) for seed in (1, 2))
    np.testing.assert_allclose(_shares(_fit(one)), _shares(_fit(two)), rtol=1e-9)
    weighted = one.assign(w=2.0 + one["id"].str[1:].astype(int))
    np.testing.assert_allclose(_shares(_fit(one)), _shares(_fit(weighted, weights="w")), rtol=1e-9)


@pytest.mark.parametrize("cell", [(2, 2), (3, 3)], ids=str)
def test_the_ladder_passes_over_what_few_subjects_cannot_carry(cell: tuple[int, int]) -> None:
    ladder = fit_ladder("y ~ arm*v", trial_with_leavers(*cell, seed=0), "id", "v")
    first, second, third = ladder.record[:3]
    assert (first["status"], second["status"], third["status"]) == ("rejected", "rejected", "accepted")
    assert "too few subjects for covariance toeph at visit V3 (1 in all)" in second["reason"]
    assert ladder.rung == "ar1h" and isinstance(ladder.fit, MmrmFit)
    assert ladder.fit.cov_type == "CR2" and ladder.note == ""
    assert np.isfinite(ladder.fit.contrasts("arm", by="v", reference="PBO")["se"]).all()


@pytest.mark.parametrize("cell", [(1, 15), (4, 4), (6, 6), (14, 14)], ids=str)
def test_the_first_rung_stands_with_a_few_more(cell: tuple[int, int]) -> None:
    frame = trial_with_leavers(*cell, seed=0)
    ladder = fit_ladder("y ~ arm*v", frame, "id", "v")
    assert ladder.rung == "us" and not _fit(frame).inference.thin_visits.size


def test_a_ladder_without_another_rung_is_blank_at_the_visit_and_says_why() -> None:
    ladder = fit_ladder("y ~ arm*v", trial_with_leavers(3, 3, seed=0), "id", "v", rungs=["us"])
    fit = ladder.fit
    assert ladder.rung == "us" and isinstance(fit, MmrmFit)
    entry = ladder.record[0]
    assert entry["status"] == "accepted" and "no rung after it stands" in entry["reason"] == ladder.note
    table = fit.contrasts("arm", by="v", reference="PBO").set_index("v")
    assert table["estimate"].notna().all() and table.loc[["V1", "V2"], "pvalue"].notna().all()
    assert table.loc["V3", ["se", "df", "lower", "upper", "statistic", "pvalue"]].isna().all()
    plain = _fit(trial_with_leavers(3, 3, seed=0)).contrasts("arm", by="v", reference="PBO").set_index("v")
    pd.testing.assert_frame_equal(table.loc[["V1", "V2"]], plain.loc[["V1", "V2"]])
    robust = fit.with_methods(cov_type="CR2").contrasts("arm", by="v", reference="PBO")
    assert robust["se"].isna().tolist() == [False, False, True]
    assert "visit V3 (1 in all)" in fit.explain_missing("V3")
    assert any("what rests on them is NaN" in text for text in fit.warnings)
    json.dumps([ladder.record, fit.record()], allow_nan=False)


def test_a_method_that_the_rung_cannot_carry_is_blank_in_a_ladder_and_a_warning_by_name() -> None:
    """Four left in each arm: Kenward-Roger carries 43 %, CR2 (91 % coverage there) would leave it out."""
    frame = trial_with_leavers(4, 4, seed=0)
    fit = fit_ladder("y ~ arm*v", frame, "id", "v").fit
    assert isinstance(fit, MmrmFit) and fit.structure == "us" and not fit.inference.thin_visits.size
    assert fit.contrasts("arm", by="v", reference="PBO")["se"].notna().all()
    robust = fit.with_methods(cov_type="CR2")
    table = robust.contrasts("arm", by="v", reference="PBO")
    assert table["se"].isna().tolist() == [False, False, True] and table["estimate"].notna().all()
    assert "CR2 can carry 25%" in robust.explain_missing("V3")
    back = robust.with_methods().contrasts("arm", by="v", reference="PBO")
    assert back["se"].notna().all()
    named = _fit(frame).with_methods(cov_type="CR2")
    assert named.contrasts("arm", by="v", reference="PBO")["se"].notna().all()
    assert any("standard errors that are too small" in text for text in named.warnings)


def test_predictions_are_blank_where_the_mean_is() -> None:
    frame = trial_with_leavers(3, 3, seed=0)
    fit = fit_ladder("y ~ arm*v", frame, "id", "v", rungs=["us"]).fit
    assert isinstance(fit, MmrmFit)
    new = pd.DataFrame({"arm": ["ACT"] * 3, "v": ["V1", "V2", "V3"]})
    for interval in ("confidence", "prediction"):
        found = fit.predict(new, interval)
        assert found["estimate"].notna().all()
        for name in ("se", "df", "lower", "upper"):
            assert found[name].isna().tolist() == [False, False, True], (interval, name)
    held = fit.predict_missing()
    assert held["estimate"].notna().all() and held[["se", "df", "lower", "upper"]].isna().all(axis=None)
    assert _fit(frame).predict(new, "prediction")["se"].notna().all()


def test_predictions_are_blank_where_one_subject_carries_the_mean() -> None:
    frame = trial_with_leavers(1, 15, seed=0)
    fit = _fit(frame, "cs").with_methods(cov_type="CR2")
    new = pd.DataFrame({"arm": ["ACT", "PBO"], "v": ["V3", "V3"]})
    assert fit.predict(new, "prediction")["se"].isna().tolist() == [True, False]


def test_a_later_rung_is_preferred_to_a_blank() -> None:
    frame = trial_with_leavers(3, 3, seed=0)
    ladder = fit_ladder("y ~ arm*v", frame, "id", "v", rungs=["us", "ancova"])
    assert ladder.rung == "ancova" and [entry["status"] for entry in ladder.record] == [
        "rejected",
        "accepted",
    ]


def test_a_fit_asked_for_by_name_warns() -> None:
    fit = _fit(trial_with_leavers(3, 3, seed=0))
    assert any("visit V3" in text and "standard errors that are too small" in text for text in fit.warnings)
    assert fit.contrasts("arm", by="v", reference="PBO")["se"].notna().all()
    robust = fit.with_methods(cov_type="CR2")
    assert isinstance(robust.inference, Inference) and robust.inference.thin_visits.tolist() == [2]
