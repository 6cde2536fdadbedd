"""Mistakes that would fit without a trace are named: baseline rows, identifiers that restart."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, DataError, MmrmFit, fit_ladder
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=12, drop=0.1, seed=9)


def _fit(frame: pd.DataFrame, formula: str = FORMULA, covariance: str = "cs") -> MmrmFit:
    return MMRM.from_formula(formula, frame, "ID", "VISIT", covariance=covariance).fit()


def _with_baseline(value: object, visit: str = "M0") -> pd.DataFrame:
    first = FRAME.drop_duplicates("ID").assign(VISIT=visit, Y=value)
    frame = pd.concat([first, FRAME.astype({"VISIT": object})], ignore_index=True)
    order = [visit, "M1", "M3", "M6"] if visit == "M0" else ["M1", "M3", visit, "M6"]
    return frame.assign(VISIT=pd.Categorical(frame["VISIT"], categories=order, ordered=True))


@pytest.mark.parametrize("value", [0.0, 1.0, 100.0])
@pytest.mark.parametrize("covariance", ["us", "cs", "ar1"])
def test_a_change_from_baseline_at_the_baseline_visit(value: float, covariance: str) -> None:
    with pytest.raises(
        DataError, match=rf"column VISIT: at visit M0 the response is {value:g} in all 24 rows.*remove"
    ):
        _fit(_with_baseline(value), covariance=covariance)
    with pytest.raises(DataError, match="at visit M0"):
        fit_ladder(FORMULA, _with_baseline(value), "ID", "VISIT")


def test_the_baseline_itself_as_a_response() -> None:
    base = FRAME.drop_duplicates("ID")["BASE"].to_numpy()
    with pytest.raises(DataError, match="at visit M0 the response is equal to BASE in all 24 rows"):
        _fit(_with_baseline(base))


def test_with_some_baseline_rows_missing() -> None:
    frame = _with_baseline(0.0)
    frame.loc[frame["VISIT"].eq("M0") & frame["ID"].isin(["S001", "S002", "S003"]), "Y"] = np.nan
    with pytest.raises(DataError, match="at visit M0 the response is 0 in all 21 rows"):
        _fit(frame)


def test_without_its_baseline_rows_the_trial_is_fitted() -> None:
    frame = _with_baseline(0.0)
    frame = frame[frame["VISIT"] != "M0"]
    np.testing.assert_allclose(_fit(frame).params, _fit(FRAME).params, rtol=1e-10)


def test_few_equal_responses_and_binary_ones_are_data() -> None:
    last = FRAME.copy()
    seen = last.index[(last["VISIT"] == "M6") & last["Y"].notna()]
    last.loc[seen[3:], "Y"] = np.nan
    last.loc[seen[:3], "Y"] = 1.5
    assert _fit(last, "Y ~ BASE + VISIT").verdict.accepted
    binary = FRAME.assign(Y=(FRAME["Y"] > FRAME["Y"].median()).astype(float).where(FRAME["Y"].notna()))
    binary.loc[binary["VISIT"] == "M1", "Y"] = 0.0
    assert _fit(binary, "Y ~ BASE + VISIT").verdict.accepted


def _restart(frame: pd.DataFrame, share: float = 0.3) -> pd.DataFrame:
    """Two sites whose numbers overlap: the second site's subjects come late, the first's leave early."""
    ids = frame["ID"].unique()
    count = int(len(ids) * share / 2)
    early = frame[frame["ID"].isin(ids[:count]) & frame["VISIT"].isin(["M1"])]
    late = frame[frame["ID"].isin(ids[-count:]) & frame["VISIT"].isin(["M3", "M6"])]
    renamed = late.assign(ID=late["ID"].map(dict(zip(ids[-count:], ids[:count], strict=True))))
    return pd.concat([early, renamed, frame[frame["ID"].isin(ids[count:-count])]])


def test_numbers_that_restart_in_every_site_by_a_covariate() -> None:
    with pytest.raises(
        DataError, match=r"column ID: expected one person.*BASE.*within S000, S001, S002.*every site"
    ):
        _fit(_restart(FRAME))


def test_numbers_that_restart_in_every_site_by_two_factors() -> None:
    site = FRAME.assign(SITE=FRAME["ID"].str[1:].astype(int) % 5 % 3)
    frame = _restart(site.assign(SITE=site["SITE"].map({0: "A", 1: "B", 2: "C"})))
    with pytest.raises(DataError, match=r"different values of ARM and SITE within S00"):
        _fit(frame, "Y ~ ARM * VISIT + SITE")


def test_overlapping_visits_say_the_cause_beside_the_duplicate() -> None:
    other = FRAME.assign(BASE=FRAME["BASE"] + 1.0, ARM="CTL")
    with pytest.raises(
        DataError, match=r"one row per subject and visit.*differ in BASE, ARM.*restart in every site"
    ):
        _fit(pd.concat([FRAME, other]))
    with pytest.raises(
        DataError, match=r"found more for S000 at M1 \(1 in all\); select one record per visit$"
    ):
        _fit(pd.concat([FRAME, FRAME.iloc[:1]]))


def test_two_records_of_most_subjects_may_be_two_sites() -> None:
    with pytest.raises(DataError, match=r"as most subjects have them, do numbers restart in every site"):
        _fit(pd.concat([FRAME, FRAME.assign(Y=FRAME["Y"] + 1.0)]))


def test_covariates_that_change_in_time_are_data() -> None:
    rng = np.random.default_rng(3)
    frame = FRAME.assign(WEIGHT=70 + 10 * rng.standard_normal(len(FRAME)))
    birthday = (FRAME["ID"].str[1:].astype(int) % 4 == 0) & (FRAME["VISIT"] != "M1")
    frame["AGE"] = 40 + FRAME["ID"].str[1:].astype(int) * 1.3 + birthday
    frame["DOSE"] = np.where((FRAME["ID"] == "S003") & (FRAME["VISIT"] == "M6"), 20, 10) + 5 * (
        FRAME["ARM"] == "TRT"
    )
    assert _fit(frame, "Y ~ WEIGHT + AGE + DOSE + VISIT").verdict.accepted


def test_a_factor_that_changes_in_few_subjects_is_a_note() -> None:
    frame = FRAME.assign(
        RESCUE=np.where((FRAME["ID"].isin(["S003", "S009"])) & (FRAME["VISIT"] != "M1"), "yes", "no")
    )
    fit = _fit(frame, "Y ~ RESCUE + ARM * VISIT")
    (note,) = [text for text in fit.warnings if "RESCUE" in text]
    assert "changes within subjects S003, S009 (2 in all)" in note


def test_a_crossover_is_no_mistake() -> None:
    frame = FRAME.assign(TREAT=np.where((FRAME["VISIT"] == "M3") ^ (FRAME["ARM"] == "TRT"), "A", "B"))
    fit = _fit(frame, "Y ~ TREAT + VISIT")
    assert not any("TREAT" in text for text in fit.warnings)


def test_one_recoding_of_the_other_is_one_factor() -> None:
    """A treatment as received and its code change together and are one fact, not two."""
    received = FRAME["ARM"].where(~(FRAME["ID"].isin(["S001"]) & (FRAME["VISIT"] == "M6")), "TRT")
    frame = FRAME.assign(TRTA=received, CODE=received.map({"CTL": "c", "TRT": "t"}), X=1.0)
    with pytest.raises(DataError, match="columns depend on the ones before"):
        _fit(frame, "Y ~ TRTA + CODE + VISIT")
