"""The ladder, by injected failures: failures are data, the order is fixed, and an answer says what it is."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, DataError, MmrmFit, RequestError, fit_ladder
from mmrm import ladder as ladder_module
from mmrm.ancova import AncovaFit
from mmrm.ladder import Ladder
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE * VISIT + ARM * VISIT"
RUNGS = ("us", "toeph", "ar1h", "csh", "cs", "ancova")


def _climb(
    frame: pd.DataFrame, formula: str = FORMULA, _fail: Sequence[str] = (), **options: object
) -> Ladder:
    """Climb the ladder; rungs of ``_fail`` are judged unfit, whatever was fitted."""
    judge = ladder_module._find_faults

    def _judge(fit: MmrmFit | AncovaFit) -> list[str]:
        return ["failure injected by the test"] if fit.structure in _fail else judge(fit)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ladder_module, "_find_faults", _judge)
        return fit_ladder(formula, frame, "ID", "VISIT", rungs=RUNGS, **options)  # type: ignore[arg-type]


def _statuses(ladder: Ladder) -> list[str]:
    return [entry["status"] for entry in ladder.record]


def test_clean_data_stop_at_the_first_rung() -> None:
    ladder = _climb(simulate_trial(n_per_arm=20))
    assert ladder.rung == "us"
    assert _statuses(ladder) == ["accepted"] + ["not tried"] * 5
    assert ladder.fit is ladder.model_based
    first = ladder.record[0]
    assert first["scaled_gradient"] < 1e-8 and first["hessian_min_eigenvalue"] > 0
    assert {"deviance", "aic", "aicc", "bic", "n_covariance_parameters", "iterations"} <= first.keys()
    json.dumps(ladder.record)


@pytest.mark.parametrize("depth", range(1, 6))
def test_injected_failures_fall_rung_by_rung(depth: int) -> None:
    ladder = _climb(simulate_trial(n_per_arm=20), _fail=RUNGS[:depth])
    assert ladder.rung == RUNGS[depth]
    assert _statuses(ladder) == ["rejected"] * depth + ["accepted"] + ["not tried"] * (5 - depth)
    assert all("injected" in entry["reason"] for entry in ladder.record[:depth])


def test_every_rung_failing_leaves_no_fit() -> None:
    ladder = _climb(simulate_trial(), _fail=RUNGS)
    assert (ladder.fit, ladder.model_based, ladder.rung) == (None, None, None)
    assert _statuses(ladder) == ["rejected"] * 6


def test_below_unstructured_the_sandwich_stands_and_the_model_based_is_beside_it() -> None:
    frame = simulate_trial(n_per_arm=20)
    ladder = _climb(frame, _fail=("us",))
    assert isinstance(ladder.fit, MmrmFit) and isinstance(ladder.model_based, MmrmFit)
    model = MMRM.from_formula(FORMULA, frame, "ID", "VISIT", covariance="toeph")
    robust, plain = model.fit(cov_type="CR2"), model.fit()
    np.testing.assert_array_equal(ladder.fit.bse, robust.bse)
    np.testing.assert_array_equal(ladder.fit.df, robust.df)
    np.testing.assert_array_equal(ladder.model_based.bse, plain.bse)
    assert np.abs(robust.bse / plain.bse - 1).max() > 1e-3


def test_weighted_unstructured_fit_carries_the_sandwich() -> None:
    ladder = _climb(simulate_trial(n_per_arm=20), weights="W")
    assert ladder.rung == "us"
    assert isinstance(ladder.fit, MmrmFit) and ladder.fit.inference.cov_type == "CR2"


def test_repeated_visit_makes_sigma_singular() -> None:
    frame = simulate_trial(n_per_arm=20, drop=0.0)
    wide = frame.pivot(index="ID", columns="VISIT", values="Y")
    frame["Y"] = np.where(frame["VISIT"] == "M3", frame["ID"].map(wide["M1"]), frame["Y"])
    ladder = _climb(frame)
    assert ladder.record[0]["status"] == "rejected"
    assert "condition number of Sigma" in ladder.record[0]["reason"]
    assert ladder.record[0]["sigma_condition"] > 1e6
    assert ladder.rung not in ("us", None)


def test_visit_pair_never_together_is_an_error_of_the_first_rung_only() -> None:
    frame = simulate_trial(n_per_arm=15, drop=0.0)
    odd = frame["ID"].str[-1].astype(int) % 2 == 1
    frame.loc[(odd & (frame["VISIT"] == "M3")) | (~odd & (frame["VISIT"] == "M6")), "Y"] = np.nan
    ladder = _climb(frame, "Y ~ BASE + ARM * VISIT")
    assert ladder.record[0]["status"] == "error" and "M3 with M6" in ladder.record[0]["reason"]
    assert ladder.rung is not None and ladder.rung != "us"


def test_six_subjects_per_arm() -> None:
    ladder = _climb(simulate_trial(n_per_arm=6, n_visits=3, drop=0.1, seed=3), "Y ~ BASE + ARM * VISIT")
    assert ladder.fit is not None
    assert set(_statuses(ladder)) <= {"accepted", "rejected", "error", "not tried"}


def test_response_scaled_by_a_million_takes_the_same_rung() -> None:
    frame = simulate_trial(n_per_arm=20)
    one, two = _climb(frame), _climb(frame.assign(Y=1e6 * frame["Y"]))
    assert one.rung == two.rung
    assert one.record[0]["iterations"] == two.record[0]["iterations"]


def test_empty_cell_reaches_the_ancova_and_leaves_its_visit_blank() -> None:
    frame = simulate_trial(n_per_arm=15, drop=0.0)
    frame.loc[(frame["ARM"] == "TRT") & (frame["VISIT"] == "M6"), "Y"] = np.nan
    ladder = _climb(frame)
    assert ladder.rung == "ancova" and isinstance(ladder.fit, AncovaFit)
    assert all("ARM[T.TRT]:VISIT[T.M6]" in entry["reason"] for entry in ladder.record[:5])
    table = ladder.fit.contrasts("ARM", by="VISIT", reference="CTL").set_index("VISIT")
    assert np.isnan(table.loc["M6", "estimate"]) and np.isfinite(table.loc[["M1", "M3"], "estimate"]).all()


def test_ancova_is_least_squares_at_each_visit() -> None:
    frame = simulate_trial(n_per_arm=15)
    ladder = _climb(frame, _fail=RUNGS[:5])
    assert isinstance(ladder.fit, AncovaFit)
    table = ladder.fit.contrasts("ARM", by="VISIT", reference="CTL").set_index("VISIT")
    means = ladder.fit.lsmeans("ARM", by="VISIT", at={"BASE": 8.0}).set_index(["VISIT", "ARM"])
    for visit, rows in frame.dropna(subset=["Y"]).groupby("VISIT", observed=True):
        design = np.column_stack([np.ones(len(rows)), rows["ARM"] == "TRT", rows["BASE"]]).astype(float)
        beta, rest, *_ = np.linalg.lstsq(design, rows["Y"], rcond=None)
        se = np.sqrt(np.linalg.inv(design.T @ design)[1, 1] * rest[0] / (len(rows) - 3))
        assert table.loc[visit, "estimate"] == pytest.approx(beta[1], abs=1e-9)
        assert table.loc[visit, "se"] == pytest.approx(se, abs=1e-9)
        assert table.loc[visit, "df"] == len(rows) - 3
        assert means.loc[(visit, "TRT"), "estimate"] == pytest.approx(beta @ [1, 1, 8.0], abs=1e-9)
    with pytest.raises(RequestError, match="by='VISIT'"):
        ladder.fit.lsmeans("ARM")


def test_bad_data_raise_whatever_the_rung() -> None:
    frame = simulate_trial()
    with pytest.raises(DataError, match="one row per subject"):
        _climb(pd.concat([frame, frame.iloc[:1]]))


@pytest.mark.parametrize("options", [{"df_method": "kr"}, {"reml": False}])
def test_a_wrong_request_is_not_a_failed_rung(options: dict[str, object]) -> None:
    with pytest.raises(RequestError, match="df_method"):
        _climb(simulate_trial(), **options)


def test_response_without_variation_is_not_a_failed_rung() -> None:
    with pytest.raises(DataError, match="expected variation"):
        _climb(simulate_trial(drop=0.0).assign(Y=lambda rows: rows["BASE"] * 2))


def test_unknown_rung() -> None:
    with pytest.raises(RequestError, match="rungs: expected"):
        fit_ladder(FORMULA, simulate_trial(), "ID", "VISIT", rungs=("us", "vc"))


def test_order_is_the_callers() -> None:
    ladder = fit_ladder(FORMULA, simulate_trial(n_per_arm=20), "ID", "VISIT", rungs=("cs", "us"))
    assert ladder.rung == "cs"


def test_constant_weights_other_than_one_are_weights() -> None:
    # Weights multiply the log-likelihood: a model-based SE would fall with the root of a constant weight.
    frame = simulate_trial(n_per_arm=20)
    robust = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit(cov_type="CR2")
    doubled = _climb(frame.assign(W=2.0), weights="W").fit
    assert isinstance(doubled, MmrmFit)
    np.testing.assert_allclose(doubled.bse, robust.bse, rtol=0.01)
    last = {w: _climb(frame.assign(W=w), weights="W", _fail=RUNGS[:-1]).fit for w in (2.0, 8.0)}
    two, eight = (last[w].lsmeans("ARM", by="VISIT")["se"] for w in last)  # type: ignore[union-attr]
    np.testing.assert_allclose(eight, two, rtol=1e-8)
