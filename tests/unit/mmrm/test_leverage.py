"""A sandwich has no standard error where the fit follows one subject exactly, and says whose."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, MmrmFit, fit_ladder
from unit.mmrm.cases import simulate_trial
from unit.mmrm.small_samples import COVERAGE_CELLS, cover, cover_predictions, trial_with_leavers

KINDS = ("CR0", "CR1", "CR2", "CR3")


@pytest.mark.parametrize("kind", KINDS)
def test_one_subject_left_in_an_arm_has_no_robust_standard_error(kind: str) -> None:
    frame = trial_with_leavers(1, 15, seed=0)
    fit = MMRM.from_formula("y ~ arm*v", frame, "id", "v", covariance="cs").fit(cov_type=kind)
    table = fit.contrasts("arm", by="v", reference="PBO").set_index("v")
    assert np.isfinite(table["estimate"]).all()
    assert table.loc["V3", ["se", "df", "lower", "upper", "statistic", "pvalue"]].isna().all()
    assert table.loc[["V1", "V2"], "se"].notna().all()
    assert any("follows one subject exactly: S00" in text for text in fit.warnings)
    assert np.isnan(fit.test(fit.contrast_rows("arm", by="v", reference="PBO").matrix).pvalue)
    kept = fit.cov_params()
    assert kept.isna().any(axis=None) and np.isfinite(kept.loc["Intercept", "Intercept"])
    json.dumps(fit.record(), allow_nan=False)


def test_two_subjects_left_have_one() -> None:
    frame = trial_with_leavers(2, 15, seed=0)
    fit = MMRM.from_formula("y ~ arm*v", frame, "id", "v", covariance="cs").fit(cov_type="CR2")
    assert fit.contrasts("arm", by="v", reference="PBO")["se"].notna().all() and not fit.warnings[1:]


def test_no_leverage_one_in_an_ordinary_trial() -> None:
    frame = simulate_trial(n_per_arm=15)
    for weights in (None, "W"):
        model = MMRM.from_formula("Y ~ BASE*VISIT + ARM*VISIT", frame, "ID", "VISIT", "cs", weights=weights)
        fit = model.fit(cov_type="CR2")
        assert fit.inference.alone.size == 0 and np.isfinite(fit.bse).all()


def test_the_ladder_prints_the_model_based_one_and_says_so() -> None:
    frame = trial_with_leavers(1, 1, seed=2)
    ladder = fit_ladder("y ~ arm*v", frame, "id", "v", rungs=["cs"])
    plain = MMRM.from_formula("y ~ arm*v", frame, "id", "v", covariance="cs").fit()
    assert isinstance(ladder.fit, MmrmFit) and ladder.fit is ladder.model_based
    pd.testing.assert_series_equal(ladder.fit.bse, plain.bse)
    assert (
        ladder.note.startswith("standard errors are model-based: CR2")
        and "S00, S01 (2 in all)" in ladder.note
    )
    assert not fit_ladder("y ~ arm*v", trial_with_leavers(3, 3, seed=2), "id", "v", rungs=["cs"]).note


def test_a_weighted_fit_keeps_the_blank() -> None:
    frame = trial_with_leavers(1, 15, seed=0)
    frame["w"] = 1.0 + 0.1 * frame["id"].str[1:].astype(int)
    ladder = fit_ladder("y ~ arm*v", frame, "id", "v", rungs=["cs"], weights="w")
    assert isinstance(ladder.fit, MmrmFit) and ladder.fit.inference.cov_type == "CR2"
    assert np.isnan(ladder.fit.contrasts("arm", by="v", reference="PBO")["se"].iloc[2]) and ladder.note == ""


@pytest.mark.parametrize("cell", COVERAGE_CELLS, ids=str)
def test_printed_intervals_are_few_or_wide(cell: tuple[int, int]) -> None:
    """The short form of the simulation: 12 trials; a tiny standard error would miss nearly always."""
    covered, printed = cover(cell, 12)
    assert (covered >= printed - 4).all()


@pytest.mark.long
@pytest.mark.parametrize("cell", COVERAGE_CELLS, ids=str)
def test_coverage_of_every_printed_interval(cell: tuple[int, int]) -> None:
    covered, printed = cover(cell, 600)
    share = covered[printed > 0] / printed[printed > 0]
    assert ((share > 0.92) & (share < 0.98)).all(), share


@pytest.mark.parametrize("cell", COVERAGE_CELLS, ids=str)
def test_prediction_intervals_hold_responses(cell: tuple[int, int]) -> None:
    """The short form: 8 trials; an interval of the mean alone holds a response in about one of three."""
    held, printed = cover_predictions(cell, 8)
    assert (held >= 0.6 * printed).all() and (printed[:2] == 8).all()


@pytest.mark.long
@pytest.mark.parametrize("cell", COVERAGE_CELLS, ids=str)
def test_coverage_of_every_prediction_interval(cell: tuple[int, int]) -> None:
    """92 to 98 % for new subjects; the responses that were not seen are 24 to 28 of one trial, known to 0.5 %."""
    held, printed = cover_predictions(cell, 600)
    share = held[printed > 0] / printed[printed > 0]
    assert ((share[:3] > 0.92) & (share[:3] < 0.98)).all(), share
    assert 0.91 < share[3] < 0.98, share
