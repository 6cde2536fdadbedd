"""No raw exception of Python, pandas or patsy reaches the caller, whatever is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, MmrmError, RequestError, fit_ladder
from mmrm.asked import is_number, is_plain, read_names, read_several
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=10, seed=2)
MODEL = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT")
FIT = MODEL.fit()
ANCOVA: Any = fit_ladder(FORMULA, FRAME, "ID", "VISIT", rungs=["ancova"]).fit

JUNK: dict[str, Any] = {
    "None": None,
    "empty text": "",
    "text": "zzz",
    "zero": 0,
    "number": 3.5,
    "nan": np.nan,
    "True": True,
    "empty list": [],
    "nested list": [["a"], ["b"]],
    "mixed list": ["ARM", 1],
    "list of None": [None],
    "empty dict": {},
    "dict of None": {"ARM": None, "BASE": None},
    "dict of lists": {"ARM": [["CTL"]], "BASE": [1.0, "a"]},
    "dict of text": {"BASE": "low"},
    "dict of dicts": {"CTL": {"CTL": "q"}},
    "dict of empty": {"VISIT": {}},
    "array": np.array(["a", "b"]),
    "empty array": np.array([]),
    "matrix": np.zeros((2, 2)),
    "object array": np.array([[None]]),
    "Series": pd.Series([1, 2]),
    "frame": pd.DataFrame({"a": [1]}),
    "bytes": b"x",
    "object": object(),
    "function": len,
    "set": {1, 2},
}


def _answers_or_names(ask: Callable[[], object]) -> None:
    try:
        ask()
    except MmrmError as error:
        assert len(str(error)) > 20  # says something


@pytest.mark.parametrize("kind", JUNK)
@pytest.mark.parametrize("fit", [FIT, ANCOVA], ids=["MmrmFit", "AncovaFit"])
def test_means_and_contrasts_of_anything(fit: Any, kind: str) -> None:
    value = JUNK[kind]
    for name in ("weights", "at", "level", "average", "null", "side"):
        _answers_or_names(lambda name=name: fit.lsmeans("ARM", by="VISIT", **{name: value}))  # type: ignore[misc]
    for name in ("reference", "coefficients", "by", "at"):
        asked = {"by": "VISIT"} | {name: value}
        _answers_or_names(lambda asked=asked: fit.contrasts("ARM", **asked))  # type: ignore[misc]
    _answers_or_names(lambda: fit.lsmeans(value))
    _answers_or_names(lambda: fit.lsmeans("ARM", by="VISIT", weights="counterfactual", at=value))
    _answers_or_names(lambda: fit.coefficients(value))


@pytest.mark.parametrize("kind", JUNK)
def test_a_fit_asked_for_anything(kind: str) -> None:
    value = JUNK[kind]
    for method in ("conf_int", "test_rows", "test", "influence", "predict_missing", "replicate"):
        _answers_or_names(lambda method=method: getattr(FIT, method)(value))  # type: ignore[misc]
    _answers_or_names(lambda: FIT.replicate(np.ones((1, 20)), rows=value))
    _answers_or_names(lambda: FIT.replicate(np.ones((1, 20)), df_method=value))


@pytest.mark.parametrize("kind", JUNK)
def test_a_model_made_of_anything(kind: str) -> None:
    value = JUNK[kind]
    for name in ("subject", "visit", "covariance", "group", "weights", "reml", "visits", "time", "check"):
        options = {"subject": "ID", "visit": "VISIT", name: value}
        _answers_or_names(lambda options=options: MMRM.from_formula(FORMULA, FRAME, **options))  # type: ignore[misc]
    _answers_or_names(lambda: MMRM.from_formula(value, FRAME, "ID", "VISIT"))
    _answers_or_names(lambda: MMRM.from_formula(FORMULA, value, "ID", "VISIT"))
    for name in ("df_method", "cov_type", "information", "check"):
        if value is not None and value is not True:
            with pytest.raises(RequestError):
                _ = MODEL.fit(**{name: value}).bse
    for name in ("rungs", "df_method", "reml", "visits"):
        options = {"rungs": ["ancova"], name: value}
        _answers_or_names(lambda options=options: fit_ladder(FORMULA, FRAME, "ID", "VISIT", **options))  # type: ignore[misc]


@pytest.mark.parametrize(
    "levels", [["CTL", "TRT"], ("CTL", "TRT"), np.array(["CTL", "TRT"]), pd.Series(["CTL", "TRT"])]
)
def test_levels_in_any_sequence(levels: Any) -> None:
    found = FIT.lsmeans("VISIT", at={"ARM": levels})
    pd.testing.assert_frame_equal(found, FIT.lsmeans("VISIT"))


def test_one_level_cannot_be_compared() -> None:
    with pytest.raises(RequestError, match="at least two levels of ARM"):
        FIT.contrasts("ARM", at={"ARM": ["CTL"]})


def test_one_position_twice() -> None:
    frame = FRAME.assign(TIME=1.0)
    with pytest.raises(MmrmError, match=r"column\(s\) TIME.*position of its own.*S00.*correct the positions"):
        MMRM.from_formula(FORMULA, frame, "ID", "VISIT", covariance="sp_exp", time="TIME")


@pytest.mark.parametrize("weights", [{"S000": "a"}, {"S000": None}, pd.Series({"S000": np.nan})])
def test_weights_that_are_no_numbers(weights: Any) -> None:
    with pytest.raises(MmrmError, match="a number for every subject, found S000"):
        MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", weights=weights)


def test_what_counts_as_what() -> None:
    assert is_number(1) and is_number(np.float32(2)) and not is_number(True) and not is_number(np.inf)
    assert is_plain(("a", 1)) and not is_plain((["a"],))
    assert read_names("by", None) == [] and read_names("by", "ARM") == ["ARM"]
    assert read_several("visits", pd.Index(["b", "a"])) == ["b", "a"]
