"""The order of the visits: known before a structure counts steps, and a visit nobody attended keeps its place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, DataError, MmrmFit, RequestError, fit_ladder
from mmrm.structures import ORDERED, STRUCTURES, Structure
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=20, n_visits=4, seed=3)


def _fit(frame: pd.DataFrame, covariance: str = "ar1", **options: Any) -> MmrmFit:
    return MMRM.from_formula(FORMULA, frame, "ID", "VISIT", covariance=covariance, **options).fit()


def _relabel(labels: list[str], kind: str = "text") -> pd.DataFrame:
    text = FRAME["VISIT"].map(dict(zip(["M1", "M3", "M6", "M12"], labels, strict=True))).astype(object)
    frame = FRAME.assign(VISIT=text)
    if kind == "category":
        return frame.astype({"VISIT": "category"})
    return frame.assign(VISIT=pd.Categorical(text, ordered=True)) if kind == "ordered" else frame


WRONG = {
    "weeks": ["Week 4", "Week 8", "Week 12", "Week 104"],
    "numbers": ["1", "2", "10", "20"],
    "before zero": ["Day -7", "Day -1", "Day 1", "Day 8"],
    "cycles": ["Cycle 1 Day 1", "Cycle 2 Day 1", "Cycle 2 Day 8", "Cycle 10 Day 1"],
    "spaces": ["week  4", "Week 8", "week 12", "WEEK 24"],
}
UNKNOWN = {
    "units": ["Day 1", "Week 1", "Month 1", "Year 1"],
    "words": ["Screening", "Start", "Middle", "End"],
    "mixed": ["Baseline", "Week 2", "Week 4", "End of study"],
}
EVIDENT = {
    "padded": ["V01", "V02", "V03", "V10"],
    "letters": ["a", "b", "c", "d"],
    "decimals": ["V1.0", "V1.1", "V2.0", "V2.5"],
}


@pytest.mark.parametrize("labels", [*WRONG.values(), *UNKNOWN.values()], ids=[*WRONG, *UNKNOWN])
@pytest.mark.parametrize("kind", ["text", "category"])
def test_an_order_that_labels_do_not_tell_must_be_given(labels: list[str], kind: str) -> None:
    frame = _relabel(labels, kind)
    for covariance in ORDERED:
        with pytest.raises(RequestError, match=rf"{covariance} depends on the order.*give the study's order"):
            _fit(frame, covariance)
    given = _fit(frame, visits=labels)
    assert given.deviance == pytest.approx(_fit(FRAME).deviance, abs=1e-7)
    assert not any("order of the visits" in warning for warning in given.warnings)


@pytest.mark.parametrize("labels", WRONG.values(), ids=WRONG)
def test_ordered_categories_that_contradict_their_own_numbers(labels: list[str]) -> None:
    with pytest.raises(RequestError, match="depends on the order"):
        _fit(_relabel(labels, "ordered"))


@pytest.mark.parametrize("labels", UNKNOWN.values(), ids=UNKNOWN)
def test_ordered_categories_are_an_order(labels: list[str]) -> None:
    frame = _relabel(labels)
    for kind in (True, False):
        column = pd.Categorical(frame["VISIT"], categories=labels, ordered=kind)
        assert _fit(frame.assign(VISIT=column)).deviance == pytest.approx(_fit(FRAME).deviance, abs=1e-7)


@pytest.mark.parametrize("labels", EVIDENT.values(), ids=EVIDENT)
def test_an_evident_order_is_taken(labels: list[str]) -> None:
    assert _fit(_relabel(labels)).deviance == pytest.approx(_fit(FRAME).deviance, abs=1e-7)


def test_numbers_are_in_order() -> None:
    frame = FRAME.assign(VISIT=FRAME["VISIT"].map({"M1": 1, "M3": 3, "M6": 6, "M12": 12}).astype(int))
    formula = "Y ~ BASE + ARM * C(VISIT)"
    found = MMRM.from_formula(formula, frame, "ID", "VISIT", covariance="ar1").fit()
    assert found.deviance == pytest.approx(_fit(FRAME).deviance, abs=1e-7)


@pytest.mark.parametrize("covariance", [name for name in STRUCTURES if name not in (*ORDERED, "sp_exp")])
def test_the_order_does_not_matter_to_the_others_and_is_said(covariance: str) -> None:
    fit = _fit(_relabel(WRONG["weeks"]), covariance)
    assert fit.deviance == pytest.approx(_fit(FRAME, covariance).deviance, abs=1e-7)
    assert any("not Week 4, Week 8, Week 12" in warning for warning in fit.warnings)


def test_two_visits_have_one_covariance_in_either_order() -> None:
    frame = FRAME[FRAME["VISIT"].isin(["M1", "M3"])]
    frame = frame.assign(VISIT=frame["VISIT"].map({"M1": "start", "M3": "end"}).astype(object))
    assert _fit(frame).verdict.accepted


def test_a_ladder_with_such_a_rung_asks_before_it_fits() -> None:
    with pytest.raises(RequestError, match="covariance toeph depends on the order"):
        fit_ladder(FORMULA, _relabel(WRONG["weeks"]), "ID", "VISIT")
    ladder = fit_ladder(FORMULA, _relabel(WRONG["weeks"]), "ID", "VISIT", rungs=("us", "csh"))
    assert ladder.rung == "us"


def _skip(visit: str) -> pd.DataFrame:
    return FRAME[FRAME["VISIT"] != visit]


@pytest.mark.parametrize("keep", ["category", "rows", "visits"])
@pytest.mark.parametrize("covariance", ["ar1", "ar1h", "toep", "toeph"])
def test_a_visit_nobody_attended_keeps_its_place(covariance: str, keep: str) -> None:
    frame = _skip("M3") if keep != "rows" else FRAME.assign(Y=FRAME["Y"].where(FRAME["VISIT"] != "M3"))
    options = {}
    if keep == "visits":
        frame = frame.astype({"VISIT": object})
        options = {"visits": ["M1", "M3", "M6", "M12"]}
    fit = _fit(frame, covariance, **options)
    assert fit.prepared.visits == ("M1", "M6", "M12") and fit.prepared.data.places == (0, 2, 3)
    assert any("no response was observed at visit(s) M3" in warning for warning in fit.warnings)
    joined = _fit(_skip("M3").astype({"VISIT": object}), covariance, visits=["M1", "M6", "M12"])
    assert abs(fit.deviance - joined.deviance) > 1e-3  # the neighbouring wrong answer: M1 next to M6


def test_a_kept_place_against_positions() -> None:
    """A positive AR(1) correlation is exponential in the distance: the same likelihood by other code."""
    place = {"M1": 0.0, "M6": 2.0, "M12": 3.0}
    frame = _skip("M3").assign(PLACE=lambda rows: rows["VISIT"].map(place).astype(float))
    spatial = _fit(frame, "sp_exp", time="PLACE")
    fit = _fit(frame)
    assert fit.deviance == pytest.approx(spatial.deviance, abs=1e-8)
    np.testing.assert_allclose(fit.params, spatial.params, rtol=1e-6)
    reach = spatial.theta.set_index("parameter").loc["range", "estimate"]
    rho = fit.theta.set_index("parameter").loc["corr(1)", "estimate"]
    assert rho == pytest.approx(np.exp(-1.0 / reach), abs=1e-6)
    np.testing.assert_allclose(fit.lsmeans("ARM", by="VISIT")["df"] > 0, True)


@pytest.mark.parametrize("covariance", ["us", "cs", "csh", "ad", "adh"])
def test_a_skipped_visit_changes_nothing_where_steps_join(covariance: str) -> None:
    plain = _skip("M3").assign(VISIT=lambda rows: rows["VISIT"].cat.remove_unused_categories())
    one, two = _fit(_skip("M3"), covariance), _fit(plain, covariance)
    assert one.deviance == pytest.approx(two.deviance, abs=1e-8)
    np.testing.assert_allclose(one.params, two.params, atol=1e-7)


@pytest.mark.parametrize("visit", ["M1", "M12"])
def test_a_visit_missing_at_the_end_joins_nobody(visit: str) -> None:
    fit = _fit(_skip(visit))
    assert fit.prepared.data.places is None and fit.prepared.order.skipped == (visit,)


def test_equal_steps_of_two_are_steps_of_one() -> None:
    wide = FRAME[FRAME["VISIT"].isin(["M1", "M6"])]
    third = FRAME[FRAME["VISIT"] == "M12"].assign(VISIT="M24", Y=lambda rows: rows["Y"] + 0.1)
    frame = pd.concat([wide.astype({"VISIT": object}), third.astype({"VISIT": object})])
    kept = _fit(frame, visits=["M1", "M3", "M6", "M12", "M24"])
    assert kept.prepared.data.places == (0, 2, 4)
    assert kept.deviance == pytest.approx(_fit(frame, visits=["M1", "M6", "M24"]).deviance, abs=1e-8)


@pytest.mark.parametrize("name", ["ar1", "ar1h", "toep", "toeph"])
def test_structure_with_places_is_the_whole_structure_without_a_visit(name: str) -> None:
    whole, part = Structure(name, 4), Structure(name, 3, (0, 1, 3))
    assert part.lags == (0, 1, 2, 3)
    rng = np.random.default_rng(5)
    root = rng.standard_normal((4, 9))
    theta = whole.start(root @ root.T / 9, shrink=0.5)
    kept = np.delete(np.arange(theta.size), 2) if name in ("ar1h", "toeph") else np.arange(theta.size)
    seen = np.ix_([0, 1, 3], [0, 1, 3])
    np.testing.assert_allclose(part.sigma(theta[kept]), whole.sigma(theta)[seen], rtol=1e-14)
    np.testing.assert_allclose(
        part.first(theta[kept]), [d[seen] for d in whole.first(theta)[kept]], rtol=1e-14
    )
    second, full = part.second(theta[kept]), whole.second(theta)
    if second is not None and full is not None:
        expected = [[full[a, b][seen] for b in kept] for a in kept]
        np.testing.assert_allclose(second, expected, rtol=1e-13, atol=1e-15)


def test_a_row_held_at_a_visit_nobody_attended_is_not_predicted() -> None:
    frame = FRAME.assign(Y=FRAME["Y"].where(FRAME["VISIT"] != "M3"))
    table = _fit(frame).predict_missing().set_index("VISIT")
    assert table.loc["M3", "estimate"].isna().all()
    assert table.drop(index="M3")["estimate"].notna().all()


@pytest.mark.parametrize("visits", ["M1", 3, [], [["M1"]], [None, "M1"], ["M1", "M1"]])
def test_an_order_that_is_none(visits: Any) -> None:
    with pytest.raises(RequestError, match="visits: expected"):
        _fit(FRAME, visits=visits)


def test_labels_of_another_type_are_shown_as_they_are() -> None:
    frame = FRAME.assign(VISIT=FRAME["VISIT"].map({"M1": 1, "M3": 3, "M6": 6, "M12": 12}).astype(int))
    with pytest.raises(DataError, match=r"expected visits '1', '3', '6', '12', found 1, 12, 3, 6"):
        _fit(frame, visits=["1", "3", "6", "12"])
