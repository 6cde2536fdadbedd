"""Labels: results find the caller's rows, matrices are read by name, and no column hides another."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, AncovaFit, MmrmFit, RequestError, fit_ladder
from mmrm.estimates import Estimates
from mmrm.rows import RESULT_COLUMNS, name_labels, read_rows
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE + ARM * VISIT"
FRAME = simulate_trial(n_per_arm=12, drop=0.25, seed=5)
FIT = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT").fit()
LARGE = simulate_trial(n_per_arm=20, drop=0.1, seed=5)  # each arm can carry a covariance of its own
NAMES = FIT.names


def _ladder_fit(frame: pd.DataFrame = FRAME) -> Estimates:
    fit = fit_ladder(FORMULA, frame, "ID", "VISIT", rungs=["ancova"]).fit
    assert fit is not None
    return fit


INDEXES = {
    "shuffled": lambda n: np.random.default_rng(1).permutation(n),
    "text": lambda n: [f"row {i}" for i in range(n)],
    "several levels": lambda n: pd.MultiIndex.from_arrays([["a"] * n, range(n)]),
    "from one": lambda n: range(1, n + 1),
}


@pytest.mark.parametrize("kind", INDEXES)
def test_residuals_and_predictions_find_the_callers_rows(kind: str) -> None:
    frame = FRAME.sample(frac=1, random_state=2).set_axis(INDEXES[kind](len(FRAME)), axis=0)
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()
    frame["fitted"], table = fit.fittedvalues, fit.residuals()
    assert frame["fitted"].notna().equals(frame["Y"].notna())
    own = frame.loc[table.index]
    assert (own["ID"] == table["ID"]).all() and (own["VISIT"].astype(str) == table["VISIT"].astype(str)).all()
    np.testing.assert_array_equal(own["Y"], table["observed"])
    np.testing.assert_array_equal(own["fitted"], table["fitted"])
    held = fit.predict_missing()
    assert set(held.index) == set(frame.index[frame["Y"].isna()])
    assert (frame.loc[held.index, "ID"] == held["ID"]).all()


def test_an_index_with_repeated_labels_is_no_obstacle() -> None:
    frame = FRAME.set_axis([0] * len(FRAME), axis=0)
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()
    np.testing.assert_array_equal(fit.params, FIT.params)
    np.testing.assert_array_equal(fit.fittedvalues, FIT.fittedvalues)
    assert fit.influence()["converged"].all() and len(fit.predict_missing()) == FRAME["Y"].isna().sum()


def _rows() -> np.ndarray:
    rng = np.random.default_rng(8)
    return rng.standard_normal((2, len(NAMES)))


def _labelled() -> dict[str, Any]:
    matrix = _rows()
    frame = pd.DataFrame(matrix, columns=NAMES)
    return {
        "reversed columns": frame[NAMES[::-1]],
        "numbered": pd.DataFrame(matrix),
        "array": matrix,
        "list": matrix.tolist(),
        "objects": frame.astype(object)[NAMES[::-1]],
    }


@pytest.mark.parametrize("kind", _labelled())
def test_a_matrix_is_read_by_name(kind: str) -> None:
    given, expected = _labelled()[kind], FIT.test_rows(_rows())
    pd.testing.assert_frame_equal(FIT.test_rows(given), expected)
    assert FIT.test(given).statistic == FIT.test(_rows()).statistic
    np.testing.assert_array_equal(FIT.influence(given)["estimate"], FIT.influence(_rows())["estimate"])
    weights = np.ones((1, len(FIT.subjects)))
    np.testing.assert_array_equal(
        FIT.replicate(weights, given).contrasts, FIT.replicate(weights, _rows()).contrasts
    )


@pytest.mark.parametrize("name", NAMES)
def test_one_coefficient_by_name(name: str) -> None:
    for given in ({name: 1.0}, pd.Series({name: 1.0}), pd.DataFrame({name: [1.0]})):
        assert FIT.test_rows(given)["estimate"].item() == FIT.params[name]
        assert FIT.test(given).pvalue == pytest.approx(FIT.pvalues[name])
    backwards = pd.Series({each: float(each == name) for each in NAMES[::-1]}, name="c")
    table = FIT.test_rows(backwards)
    assert table["estimate"].item() == FIT.params[name] and table["contrast"].item() == "c"


def test_labels_of_contrasts_come_back() -> None:
    rows = FIT.contrast_rows("ARM", by="VISIT", reference="CTL")
    pd.testing.assert_frame_equal(FIT.test_rows(rows), FIT.contrasts("ARM", by="VISIT", reference="CTL"))
    assert FIT.test(rows).statistic == FIT.test(rows.matrix).statistic
    named = pd.DataFrame(_rows(), columns=NAMES, index=["first", "second"])
    assert FIT.influence(named)["contrast"].unique().tolist() == ["first", "second"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"BASSE": 1.0}, "did you mean 'BASE'"),
        (pd.Series({"BASE": 1.0, "nope": 0.0}), "found nope"),
        (pd.DataFrame(np.ones((1, 2)), columns=["BASE", "BASE"]), "each once"),
        (pd.Series(np.ones(7), index=range(1, 8)), "expected coefficients"),
        (pd.Series(np.ones(3)), "rows of 7 coefficients, found shape"),
        ({"BASE": "low"}, "expected numbers"),
        ({"BASE": None}, "finite rows"),
        ("BASE", "expected numbers"),
        (np.ones((2, 2, 7)), "found shape"),
        (np.full(7, np.nan), "finite rows"),
    ],
)
def test_rows_that_are_none_are_named(rows: Any, words: str) -> None:
    for ask in (FIT.test_rows, FIT.test, FIT.influence, lambda r: FIT.replicate(np.ones((1, 24)), r)):
        with pytest.raises(RequestError, match=words):
            ask(rows)


def test_weights_of_replicates_by_subject() -> None:
    weights = np.random.default_rng(2).multinomial(24, np.full(24, 1 / 24), size=3)
    named = pd.DataFrame(weights, columns=FIT.subjects)
    backwards = named[FIT.subjects[::-1]]
    np.testing.assert_array_equal(FIT.replicate(backwards).params, FIT.replicate(weights).params)
    for bad in (named.drop(columns="S003"), named.assign(S999=1.0), named.rename(columns={"S003": "S004"})):
        with pytest.raises(RequestError, match=r"one column for each of the 24 subjects.*(S003|S999)"):
            FIT.replicate(bad)


@pytest.mark.parametrize("name", ["estimate", "df", "fitted", "change", "adj_pvalue"])
def test_no_result_hides_a_visit_or_subject(name: str) -> None:
    frame = FRAME.rename(columns={"VISIT": name})
    fit = MMRM.from_formula(f"Y ~ BASE + ARM * {name}", frame, "ID", name).fit()
    expected = FIT.contrasts("ARM", by="VISIT", reference="CTL")
    found = fit.contrasts("ARM", by=name, reference="CTL")
    assert found[f"{name}_"].astype(str).tolist() == expected["VISIT"].astype(str).tolist()
    np.testing.assert_allclose(found["estimate"], expected["estimate"], rtol=1e-12)
    for table in (fit.residuals(), fit.predict_missing(), fit.influence(fit.lsmeans_rows("ARM", by=name))):
        assert table.columns.is_unique and set(table[f"{name}_"].astype(str)) <= {"M1", "M3", "M6"}
    np.testing.assert_allclose(fit.fittedvalues, FIT.fittedvalues, rtol=1e-12)
    ancova = fit_ladder(f"Y ~ BASE + ARM * {name}", frame, "ID", name, rungs=["ancova"]).fit
    assert ancova is not None
    assert ancova.contrasts("ARM", by=name, reference="CTL")[f"{name}_"].astype(str).tolist() == [
        "M1",
        "M3",
        "M6",
    ]
    renamed = FRAME.rename(columns={"ID": name})
    by_subject = MMRM.from_formula(FORMULA, renamed, name, "VISIT").fit()
    for table in (by_subject.residuals(), by_subject.influence(), by_subject.predict_missing()):
        assert table.columns.is_unique and table[f"{name}_"].iloc[0] in FIT.subjects


def test_a_visit_called_comparison() -> None:
    frame = FRAME.rename(columns={"VISIT": "comparison"})
    fit = MMRM.from_formula("Y ~ BASE + ARM * comparison", frame, "ID", "comparison").fit()
    table = fit.contrasts("ARM", by="comparison", reference="CTL")
    assert table["comparison"].tolist() == ["TRT - CTL"] * 3
    assert table["comparison_"].astype(str).tolist() == ["M1", "M3", "M6"]


def test_names_of_labels() -> None:
    assert name_labels(["estimate", "arm", "arm", "estimate_"]) == ["estimate_", "arm", "arm_", "estimate__"]
    assert set(FIT.contrasts("ARM", by="VISIT").columns) - {"comparison", "VISIT"} <= RESULT_COLUMNS
    assert set(FIT.residuals().columns) - {"ID", "VISIT"} <= RESULT_COLUMNS
    assert set(FIT.influence().columns) - {"ID", "coefficient"} <= RESULT_COLUMNS


def test_rows_as_they_are() -> None:
    rows = FIT.lsmeans_rows("ARM")
    assert read_rows(rows, NAMES) is rows


SAVED = {
    "fit": lambda: FIT,
    "by group": lambda: MMRM.from_formula(FORMULA, LARGE, "ID", "VISIT", group="ARM").fit(),
    "spline": lambda: MMRM.from_formula("Y ~ bs(BASE, df=4) + ARM * VISIT", FRAME, "ID", "VISIT").fit(),
    "sandwich": lambda: MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT", covariance="ar1h").fit(
        cov_type="CR2"
    ),
    "column called C": lambda: MMRM.from_formula(
        "Y ~ C(C, Treatment('TRT')) * VISIT", FRAME.rename(columns={"ARM": "C"}), "ID", "VISIT"
    ).fit(),
}


@pytest.mark.parametrize("kind", SAVED)
@pytest.mark.parametrize("touched", [False, True])
def test_a_fit_can_be_saved_and_copied(kind: str, touched: bool) -> None:
    fit: MmrmFit = SAVED[kind]()
    if touched:
        _ = (fit.summary(), fit.type3())
    factor = next(iter(fit.prepared.factors))
    for again in (pickle.loads(pickle.dumps(fit)), copy.deepcopy(fit), copy.copy(fit)):
        assert again.record() == fit.record() and again.summary() == fit.summary()
        pd.testing.assert_frame_equal(again.lsmeans(factor, by="VISIT"), fit.lsmeans(factor, by="VISIT"))
        pd.testing.assert_frame_equal(again.type3(), fit.type3())
        pd.testing.assert_frame_equal(again.predict_missing(), fit.predict_missing())
        pd.testing.assert_frame_equal(again.influence(), fit.influence())


def test_models_ladders_and_analyses_of_each_visit_can_be_saved() -> None:
    model = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT")
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).fit().params, FIT.params)
    ladder = fit_ladder(FORMULA, FRAME, "ID", "VISIT", rungs=["ancova"])
    again = copy.deepcopy(ladder)
    assert again.record == ladder.record and again.fit is not None and ladder.fit is not None
    pd.testing.assert_frame_equal(again.fit.lsmeans("ARM", by="VISIT"), ladder.fit.lsmeans("ARM", by="VISIT"))


def test_fits_are_compared_by_identity() -> None:
    other = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT").fit()
    assert FIT == FIT and FIT != other and len({FIT, other, FIT}) == 2
    rows = FIT.lsmeans_rows("ARM")
    for thing in (FIT.prepared, FIT.prepared.data, FIT.inference, FIT.inference.fit, rows, _ladder_fit()):
        assert thing == thing and hash(thing) is not None and thing != 3


def test_short_in_a_console() -> None:
    model = MMRM.from_formula(FORMULA, FRAME, "ID", "VISIT")
    ladder = fit_ladder(FORMULA, FRAME, "ID", "VISIT", rungs=["us", "ancova"])
    for thing in (FIT, model, ladder, _ladder_fit(), FIT.prepared, FIT.prepared.data):
        assert len(repr(thing)) < 250 and "\n" not in repr(thing), repr(thing)
    assert FORMULA in repr(FIT) and "us" in repr(FIT) and "24 subjects" in repr(FIT)


def test_a_table_in_a_notebook_with_text_escaped() -> None:
    frame = FRAME.assign(ARM=FRAME["ARM"].map({"CTL": "<b>&", "TRT": "a"}))
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()
    page = fit._repr_html_()
    assert page.count("<tr>") == 1 + len(fit.names) and "left out" in page
    assert "<b>" not in page and "ARM[T.a]" in page
    assert f"{fit.params['BASE']:.6g}" in page
    ladder = fit_ladder(FORMULA, FRAME, "ID", "VISIT")
    assert "<th>us</th><td>accepted</td>" in ladder._repr_html_()
    assert "ancova" in _ladder_fit()._repr_html_()


def test_a_fit_that_was_not_accepted_says_so_and_can_be_shown() -> None:
    wide = FRAME.pivot(index="ID", columns="VISIT", values="Y")
    twin = FRAME.assign(Y=np.where(FRAME["VISIT"] == "M3", FRAME["ID"].map(wide["M1"]), FRAME["Y"]))
    fit = MMRM.from_formula(FORMULA, twin, "ID", "VISIT").fit(check=False)
    assert any("failed its verdict" in warning for warning in fit.warnings)
    assert "failed its verdict" in fit._repr_html_() and len(repr(fit)) < 250


def test_every_fit_has_one_face() -> None:
    """The calls a caller makes without asking which kind of fit it holds."""
    for fit in (FIT, _ladder_fit()):
        assert isinstance(fit, Estimates)
        assert fit.structure in ("us", "ancova") and fit.cov_type == "model"
        assert fit.visit_sd().index.tolist() == ["M1", "M3", "M6"]
        assert list(fit.coefficients().columns) == list(fit.lsmeans("ARM", by="VISIT").columns[2:])
        assert list(fit.type3().columns) == ["term", "df_num", "df_den", "statistic", "pvalue"]
        assert fit.record()["covariance"] == fit.structure and isinstance(fit.warnings, tuple)
    np.testing.assert_allclose(FIT.visit_sd(), np.sqrt(np.diagonal(np.asarray(FIT.sigma))))
    assert FIT.coefficients().loc["BASE", "estimate"] == FIT.params["BASE"]
    assert FIT.coefficients(0.9).loc["BASE", "upper"] == FIT.conf_int(0.9).loc["BASE", "upper"]
    ancova = _ladder_fit()
    assert np.isnan(ancova.deviance) and ancova.visit_sd().isna().all() and ancova.coefficients().empty


def test_standard_deviations_of_groups() -> None:
    fit = MMRM.from_formula(FORMULA, LARGE, "ID", "VISIT", group="ARM").fit()
    assert isinstance(fit.sigma, dict)
    variances = {arm: np.diagonal(matrix) for arm, matrix in fit.sigma.items()}
    np.testing.assert_allclose(fit.visit_sd(["TRT"]) ** 2, variances["TRT"])
    np.testing.assert_allclose(fit.visit_sd() ** 2, (variances["TRT"] + variances["CTL"]) / 2)
    with pytest.raises(RequestError, match=r"groups: expected some of CTL, TRT, found PBO"):
        fit.visit_sd(["PBO"])


def test_why_an_estimate_is_missing() -> None:
    frame = FRAME.copy()
    frame.loc[(frame["VISIT"] == "M6") & (frame.groupby("VISIT", observed=True).cumcount() > 1), "Y"] = np.nan
    fit = _ladder_fit(frame)
    assert isinstance(fit, AncovaFit) and "M6" in fit.failed
    assert "observations at the visit" in fit.explain_missing("M6")
    assert (
        fit.explain_missing("M1") == FIT.explain_missing("M1") == "not estimable from the data of this visit"
    )
