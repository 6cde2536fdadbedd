"""Bad input: each case is an error that names where, who and what to do; nothing falls back silently."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, ConvergenceError, DataError, MmrmData, RankError, RequestError, StructureError
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"


def _model(frame: pd.DataFrame, formula: str = FORMULA, **options: Any) -> MMRM:
    return MMRM.from_formula(formula, frame, "ID", "VISIT", **options)


def _expect(error: type[Exception], *words: str) -> Any:
    pattern = ".*".join(words)
    return pytest.raises(error, match=f"(?s){pattern}")


def test_duplicate_subject_visit() -> None:
    frame = simulate_trial()
    with _expect(DataError, "ID and VISIT", "S003 at M3", r"\(1 in all\)", "select one record"):
        _model(pd.concat([frame, frame.iloc[[10]]]))


def test_visit_not_in_the_order() -> None:
    frame = simulate_trial()
    with _expect(
        DataError, "VISIT", "expected visits M1, M3,", "found M6", "S000", "add the visit to the order"
    ):
        _model(frame, visits=["M1", "M3"])


def test_visit_twice_in_the_order() -> None:
    with _expect(RequestError, "visits: expected each visit once"):
        _model(simulate_trial(), visits=["M1", "M3", "M3", "M6"])


def test_empty_visit_is_left_out_and_said() -> None:
    frame = simulate_trial()
    frame["VISIT"] = frame["VISIT"].cat.add_categories(["M24"])
    fit = _model(frame).fit()
    assert fit.prepared.visits == ("M1", "M3", "M6")
    assert any("visit(s) M24" in warning for warning in fit.warnings)


def test_missing_covariate_names_the_subjects() -> None:
    frame = simulate_trial(drop=0.0)
    frame.loc[frame["ID"].isin(["S001", "S004"]), "BASE"] = np.nan
    with _expect(DataError, "column BASE", "6 missing in subjects S001, S004", "complete the value"):
        _model(frame)


def test_missing_covariate_of_a_row_without_response_is_no_error() -> None:
    frame = simulate_trial()
    frame.loc[frame["Y"].isna(), "BASE"] = np.nan
    assert _model(frame).prepared.data.n_obs == frame["Y"].notna().sum()


@pytest.mark.parametrize("column", ["Y", "BASE"])
def test_infinite_value(column: str) -> None:
    frame = simulate_trial(drop=0.0)
    frame.loc[4, column] = np.inf
    with _expect(DataError, f"column {column}", "1 infinite in subjects S001"):
        _model(frame)


def test_infinite_value_made_by_the_formula() -> None:
    frame = simulate_trial(drop=0.0).assign(BASE=0.0)
    with np.errstate(divide="ignore"), _expect(DataError, "np.log", "finite"):
        _model(frame, "Y ~ np.log(BASE) + ARM")


def test_one_arm() -> None:
    frame = simulate_trial()
    with _expect(DataError, "column ARM", "at least two levels", "only TRT", "remove the term"):
        _model(frame[frame["ARM"] == "TRT"])


def test_empty_level_of_a_category() -> None:
    frame = simulate_trial()
    frame["ARM"] = pd.Categorical(frame["ARM"], categories=["CTL", "TRT", "OLD"])
    with _expect(DataError, "column ARM", "none at OLD", "remove the level"):
        _model(frame)


def test_collinear_columns() -> None:
    frame = simulate_trial().assign(TWICE=lambda rows: 2 * rows["BASE"])
    with _expect(RankError, "rank 7", "TWICE", "Remove a redundant term") as caught:
        _model(frame, "Y ~ BASE + TWICE + ARM * VISIT")
    assert caught.value.columns == ("TWICE",)


def test_empty_arm_by_visit_cell() -> None:
    frame = simulate_trial(drop=0.0)
    frame.loc[(frame["ARM"] == "TRT") & (frame["VISIT"] == "M6"), "Y"] = np.nan
    with _expect(RankError, r"ARM\[T.TRT\]:VISIT\[T.M6\]", "holds no observation"):
        _model(frame)


def test_collinear_to_rounding_but_not_exactly_is_fitted() -> None:
    """A covariate far from zero is no reason to call it collinear with the intercept."""
    frame = simulate_trial()
    far = _model(frame.assign(BASE=frame["BASE"] + 1e6)).fit()
    near = _model(frame).fit()
    assert far.params["BASE"] == pytest.approx(near.params["BASE"], rel=1e-6)


def test_too_few_subjects_for_the_structure() -> None:
    frame = simulate_trial(n_per_arm=2, n_visits=4, drop=0.0)
    with _expect(
        StructureError, "covariance us", "at least 5 subjects for 4 visits", "found 4", "fewer parameters"
    ):
        _model(frame, "Y ~ VISIT")


def test_visit_pair_never_observed_together() -> None:
    frame = simulate_trial(n_per_arm=10, drop=0.0)
    odd = frame["ID"].str[-1].astype(int) % 2 == 1
    frame.loc[(odd & (frame["VISIT"] == "M3")) | (~odd & (frame["VISIT"] == "M6")), "Y"] = np.nan
    with _expect(StructureError, "every pair of visits", "M3 with M6"):
        _model(frame, "Y ~ VISIT")
    assert _model(frame, "Y ~ VISIT", covariance="cs").fit().verdict.accepted


def test_more_visits_than_memory() -> None:
    rng = np.random.default_rng(1)
    n, m = 160, 150
    frame = pd.DataFrame({"ID": np.repeat(np.arange(n), m), "VISIT": np.tile(np.arange(m), n)})
    frame["Y"] = rng.standard_normal(n * m)
    frame.loc[rng.random(n * m) < 0.02, "Y"] = np.nan
    with _expect(StructureError, "us: 150 visits", "11325 covariance parameters", "GB of memory", "fewer"):
        _model(frame, "Y ~ 1")


def test_group_without_a_visit() -> None:
    frame = simulate_trial(drop=0.0)
    frame.loc[(frame["SEX"] == "M") & (frame["VISIT"] == "M6"), "Y"] = np.nan
    with _expect(StructureError, "group M", "none at M6"):
        _model(frame, group="SEX")


def test_group_that_changes_within_a_subject() -> None:
    frame = simulate_trial(drop=0.0)
    frame.loc[0, "SEX"] = {"F": "M", "M": "F"}[frame.loc[0, "SEX"]]
    with _expect(DataError, "column SEX", "one value per subject", "S000"):
        _model(frame, group="SEX")


def test_unknown_column_has_a_hint() -> None:
    with _expect(DataError, "'BASSE' .did you mean 'BASE'"):
        _model(simulate_trial(), "Y ~ BASSE + ARM")


def test_missing_subject() -> None:
    frame = simulate_trial()
    frame.loc[3, "ID"] = None
    with _expect(DataError, "column ID", "1 missing"):
        _model(frame)


def test_no_observed_response() -> None:
    with _expect(DataError, "column Y", "found none"):
        _model(simulate_trial().assign(Y=np.nan))


def test_response_without_variation() -> None:
    with _expect(DataError, "response: expected variation"):
        _model(simulate_trial(drop=0.0).assign(Y=lambda rows: rows["BASE"] * 2))


@pytest.mark.parametrize("weights", [{"S000": 1.0}, {f"S{i:03d}": -1.0 for i in range(24)}])
def test_bad_weights(weights: dict[str, float]) -> None:
    with _expect(DataError, "weights: expected"):
        _model(simulate_trial(), weights=weights)


def test_several_weights_for_a_subject() -> None:
    weights = pd.Series([1.0] * 25, index=[*(f"S{i:03d}" for i in range(24)), "S003"])
    with _expect(DataError, "one weight per subject", "S003"):
        _model(simulate_trial(), weights=weights)
    with _expect(RequestError, "weights: expected a column name", "found ndarray"):
        _model(simulate_trial(), weights=np.ones(24))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"covariance": "un"}, "expected one of us, toep"),
        ({"covariance": "sp_exp"}, "expected time="),
        ({"time": "TIME"}, "expected time= for sp_exp"),
    ],
)
def test_unknown_structure(options: dict[str, str], words: str) -> None:
    with _expect(RequestError, words):
        _model(simulate_trial(), **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"df_method": "kr"}, "expected one of kenward-roger"),
        ({"cov_type": "HC3"}, "expected one of model, CR0"),
        ({"df_method": "kenward-roger", "cov_type": "CR2"}, "cannot be combined"),
        ({"information": "fisher"}, "expected one of observed"),
    ],
)
def test_unknown_method(options: dict[str, str], words: str) -> None:
    with _expect(RequestError, words):
        _ = _model(simulate_trial()).fit(**options).bse


def test_kenward_roger_needs_reml() -> None:
    with _expect(RequestError, "restricted maximum likelihood"):
        _model(simulate_trial(), reml=False).fit(df_method="kenward-roger")


def test_unknown_level_factor_and_covariate() -> None:
    fit = _model(simulate_trial()).fit()
    with _expect(RequestError, "expected factors of the model .ARM, VISIT., found 'SEX'"):
        fit.lsmeans("SEX")
    with _expect(RequestError, "reference: expected one of CTL, TRT, found 'PBO'"):
        fit.contrasts("ARM", by="VISIT", reference="PBO")
    with _expect(RequestError, "weights: expected one of equal"):
        fit.lsmeans("ARM", weights="om")
    with _expect(RequestError, "at, VISIT: expected distinct levels among M1, M3, M6, found M9"):
        fit.lsmeans("ARM", at={"VISIT": "M9"})
    with _expect(RequestError, "at: expected columns"):
        fit.lsmeans("ARM", at={"AGE": 5.0})
    with _expect(RequestError, "level: expected"):
        fit.lsmeans("ARM", level=95)
    with _expect(RequestError, "contrast: expected finite rows of 7"):
        fit.test(np.ones(3))
    with _expect(RequestError, "linearly independent"):
        fit.test(np.ones((2, 7)))


def test_values_of_a_covariate_are_numbers() -> None:
    fit = _model(simulate_trial()).fit()
    with _expect(RequestError, "at, BASE: expected finite numbers, found 'high'"):
        fit.lsmeans("ARM", at={"BASE": "high"})
    with _expect(RequestError, "at, BASE: expected finite numbers, found nan"):
        fit.lsmeans("ARM", at={"BASE": float("nan")})


@pytest.mark.parametrize("seed", range(1, 7))
def test_kenward_roger_f_without_enough_data(seed: int) -> None:
    """Here A2 = l exactly: 1 - A2 / l is rounding, of either sign, and must not become an F of 1e-11."""
    frame = simulate_trial(n_per_arm=3, drop=0.0, seed=seed)
    fit = _model(frame, "Y ~ ARM * VISIT").fit()
    with _expect(RequestError, "too few for Kenward and Roger's F of 3 contrasts", "satterthwaite"):
        fit.test(fit.contrast_rows("ARM", by="VISIT", reference="CTL").matrix)


def test_verdict_is_an_error_that_carries_its_evidence() -> None:
    """Two identical visits make Sigma singular: no fit is returned without being asked for."""
    frame = simulate_trial(n_per_arm=15, n_visits=3, drop=0.0)
    wide = frame.pivot(index="ID", columns="VISIT", values="Y")
    frame["Y"] = np.where(frame["VISIT"] == "M3", frame["ID"].map(wide["M1"]), frame["Y"])
    model = _model(frame)
    with _expect(ConvergenceError, "covariance us", "condition number of Sigma") as caught:
        model.fit()
    assert not caught.value.verdict.accepted
    assert caught.value.verdict.reasons
    assert not model.fit(df_method="residual", check=False).verdict.accepted


def test_arrays_check_themselves() -> None:
    one = np.ones((2, 1))
    numbers = np.zeros(2, dtype=np.int64)
    with _expect(DataError, "sorted by subject and visit"):
        MmrmData(np.ones(2), one, ("a",), numbers, numbers, 1, np.ones(1), numbers[:1])
    for places in ((0,), (1, 0), (0, 0)):
        with _expect(DataError, "2 rising places"):
            MmrmData(
                np.ones(2), one, ("a",), numbers, np.arange(2), 2, np.ones(1), numbers[:1], places=places
            )
    with _expect(DataError, "column.s. a: expected finite"):
        MmrmData(np.ones(2), one * np.nan, ("a",), np.arange(2), numbers, 1, np.ones(2), numbers)


def test_text_in_the_response_is_named_with_its_subject() -> None:
    data = simulate_trial()
    data["Y"] = data["Y"].astype(object)
    row = data["Y"].first_valid_index()
    data.loc[row, "Y"] = "<1.0"
    with _expect(DataError, "column Y", "'<1.0' of", str(data.loc[row, "ID"])):
        _model(data)


def test_a_covariate_read_as_text_is_named() -> None:
    with _expect(DataError, "column BASE", "numbers stored as text"):
        _model(simulate_trial().assign(BASE=lambda rows: rows["BASE"].astype(str)))


def test_a_weight_of_zero_names_the_subject() -> None:
    weights = {f"S{i:03d}": float(i != 3) for i in range(24)}
    with _expect(DataError, "weights: expected a positive number", "S003: 0"):
        _model(simulate_trial(), weights=weights)
