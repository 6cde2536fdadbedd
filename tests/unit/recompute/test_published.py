"""The independent computation against what others published: SAS, R, and exact cases. It stands on no engine."""

import json
import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from reference.agreement import ROOT, SHARED
from trial.recompute.inference import curvature, estimate_contrast, f_test, model_based, sandwich
from trial.recompute.likelihood import Problem, fit
from trial.recompute.numbers import Method, compute
from trial.recompute.structures import Structure
from unit.recompute.build import design

CASES = ROOT / "tests" / "reference" / "cases"
NAMED = {"(Intercept)": "Intercept", "base": "X_base", "sexM": "X_sex[T.M]", "armTRT": "ARMCD[T.TRT]"}


def renamed(name):
    """Return the name that the results give to a coefficient of R."""
    visit = re.fullmatch(r"(armTRT:)?visit(\w+)", name)
    if visit is None:
        return NAMED[name]
    return ("ARMCD[T.TRT]:" if visit[1] else "") + f"AVISIT[T.{visit[2]}]"


@pytest.fixture(scope="module")
def unstructured():
    """The project's own incomplete case, with what R's dense program and `gls` say of it."""
    folder = CASES / "unstructured"
    data = pd.read_csv(folder / "data.csv").dropna(subset=["y"])
    rows = data.rename(columns={"id": "USUBJID", "arm": "ARM", "visit": "AVISIT", "y": "Y"})
    covariates = [("base", "numeric"), ("sex", "factor")]
    record = json.loads((folder / "output.json").read_text())["fits"]
    return (
        lambda **changes: design(rows, ("PBO", "TRT"), ("V1", "V2", "V3", "V4"), covariates, **changes)
    ), record


def near(expected):
    return pytest.approx(expected, rel=2e-7, abs=2e-9)  # dense.R's own optimiser ends about there


@pytest.mark.parametrize("reml", [True, False])
def test_an_unstructured_fit_and_its_standard_errors(unstructured, reml):
    model, record = unstructured
    expected = record["dense_reml" if reml else "dense_ml"]
    described, _ = model(reml=reml, df_method="kenward-roger" if reml else "satterthwaite")
    found = fit(described.problem(), Structure("us", (0, 1, 2, 3)), reml)
    assert found.point.deviance == pytest.approx(expected["deviance"], abs=1e-8)
    assert found.sigma[0] == pytest.approx(np.array(expected["sigma"]), rel=1e-6)
    contrasts = dict(described.coefficients())
    assert sorted(contrasts) == sorted(map(renamed, expected["coef"]))
    sums = curvature(found)
    plain, adjusted = (model_based(found, sums, name) for name in ("satterthwaite", "kenward-roger"))
    for name in expected["coef"]:
        tested = estimate_contrast(found.point.beta, plain, contrasts[renamed(name)], 0.95)
        assert (tested.estimate, tested.se) == near((expected["coef"][name], expected["se"][name]))
        assert tested.df == near(expected["df_satterthwaite"][name])
        tested = estimate_contrast(found.point.beta, adjusted, contrasts[renamed(name)], 0.95)
        assert (tested.se, tested.df) == near((expected["se_kr"][name], expected["df_kr"][name]))


def test_kenward_rogers_f_of_several_rows(unstructured):
    model, record = unstructured
    expected = record["dense_reml"]["tests"]["arm:visit"]["kr"]
    described, _ = model()
    found = fit(described.problem(), Structure("us", (0, 1, 2, 3)))
    inference = model_based(found, curvature(found), "kenward-roger")
    rows = dict(described.terms())["ARMCD:AVISIT"]
    assert inference.scale_and_df(rows) == near((expected["scale"], expected["den_df"]))
    assert f_test(found.point.beta, inference, rows) == near(tuple(expected[n] for n in ("F", "den_df", "p")))


@pytest.mark.parametrize("kind", ["CR0", "CR2", "CR3"])
def test_sandwiches_and_their_degrees_of_freedom(unstructured, kind):
    model, record = unstructured
    expected = record["dense_sandwich"][kind]
    described, _ = model()
    found = fit(described.problem(), Structure("us", (0, 1, 2, 3)))
    robust = sandwich(found, kind)
    for at, (name, df) in enumerate(expected["df"].items()):
        contrast = dict(described.coefficients())[renamed(name)]
        assert contrast @ robust.beta_cov @ contrast == pytest.approx(expected["vcov"][at][at], rel=1e-6)
        assert robust.df(contrast) == pytest.approx(df, rel=1e-6)


@pytest.mark.parametrize("weights", ["equal", "proportional", "counterfactual"])
def test_ls_means_by_each_kind_of_weights(unstructured, weights):
    model, record = unstructured
    described, spec = model(weights=weights)
    numbers = compute(described, spec, Method("us", "model", "satterthwaite"), log=False).numbers
    table = record[f"lsmeans_{weights}"]
    assert len(table) == 8
    for row in table:  # gls stops early: its estimates lie up to 1e-5 standard errors away
        place = (row["visit"], row["arm"], "")
        assert numbers[*place, "lsmean"].value == pytest.approx(row["emmean"], abs=2e-5)
        assert numbers[*place, "lsmean.se"].value == pytest.approx(row["SE"], rel=2e-5)


def test_the_analysis_of_each_visit_on_its_own(unstructured):
    model, record = unstructured
    described, spec = model(method="ancova", ladder=("ancova",))
    numbers = compute(described, spec, Method("ancova", "model", "residual"), log=False).numbers
    for visit, row in record["per_visit"].items():
        names = {
            "": "estimate",
            ".se": "se",
            ".df": "df",
            ".pvalue": "p",
            ".lower": "lower",
            ".upper": "upper",
        }
        for suffix, name in names.items():
            assert numbers[visit, "", "TRT-PBO", "diff" + suffix].value == pytest.approx(row[name], rel=1e-9)


@pytest.mark.parametrize("structure", ["us", "toep", "toeph", "ar1", "ar1h", "cs", "csh", "ad", "adh"])
@pytest.mark.parametrize("reml", [True, False])
def test_every_structure(structure, reml):
    folder = CASES / "structures"
    record = json.loads((folder / "output.json").read_text())["fits"]["dense_reml" if reml else "dense_ml"]
    data = pd.read_csv(folder / "data.csv").dropna(subset=["y"])
    rows = data.rename(columns={"id": "USUBJID", "arm": "ARM", "visit": "AVISIT", "y": "Y"})
    visits = tuple(dict.fromkeys(data.sort_values("visitn")["visit"]))
    described, _ = design(rows, ("PBO", "TRT"), visits, [("base", "numeric")])
    expected = record[structure]
    found = fit(described.problem(), Structure(structure, tuple(range(len(visits)))), reml)
    assert found.point.deviance == pytest.approx(expected["deviance"], abs=1e-7)
    sums = curvature(found)
    for method, key in (("kenward-roger", "kr"), ("kenward-roger-linear", "kr_linear")):
        inference = model_based(found, sums, method)
        for name, contrast in described.coefficients():
            se = float(np.sqrt(contrast @ inference.beta_cov @ contrast))
            there = next(label for label in expected["coef"] if renamed(label) == name)
            assert se == pytest.approx(expected[f"se_{key}"][there], rel=2e-6)
            assert inference.df(contrast) == pytest.approx(expected["df_satterthwaite"][there], rel=2e-5)


def test_students_sleep_data_are_the_paired_t_test():
    """0.38896; second derivatives in Cholesky parameters would give 0.3386."""
    first = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    second = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    drug = np.repeat([0, 1], 10)
    matrix = np.column_stack([np.ones(20), drug])
    one = np.zeros(20, dtype=int)
    problem = Problem(np.concatenate([first, second]), matrix, np.tile(np.arange(10), 2), drug, one, (0, 1))
    found = fit(problem, Structure("us", (0, 1)))
    tested = estimate_contrast(
        found.point.beta, model_based(found, curvature(found), "kenward-roger"), np.array([0.0, 1.0]), 0.95
    )
    paired = stats.ttest_rel(second, first)
    assert (tested.statistic, tested.df, tested.pvalue) == pytest.approx(
        (paired.statistic, 9.0, paired.pvalue)
    )
    assert round(tested.se, 5) == 0.38896


def test_two_arms_with_their_own_variance_are_welch():
    rng = np.random.default_rng(5)
    values, arm = rng.normal(0, np.repeat([1.0, 3.0], (9, 14))), np.repeat([0, 1], (9, 14))
    problem = Problem(
        values, np.column_stack([np.ones(23), arm]), np.arange(23), np.zeros(23, dtype=int), arm, (0,)
    )
    found = fit(problem, Structure("us", (0,)))
    tested = estimate_contrast(
        found.point.beta, model_based(found, curvature(found), "satterthwaite"), np.array([0.0, 1.0]), 0.95
    )
    welch = stats.ttest_ind(values[arm == 1], values[arm == 0], equal_var=False)
    assert tested.statistic == pytest.approx(welch.statistic, rel=1e-9)


@cache
def fev():
    """Return FEV1 = ARMCD, the model of which SAS's results are published at full precision."""
    data = pd.read_csv(SHARED / "fev" / "fev_data.csv").dropna(subset=["FEV1"])
    visits = np.unique(data["AVISIT"], return_inverse=True)[1]
    treated = (data["ARMCD"] == "TRT").to_numpy(dtype=float)
    subjects = np.unique(data["USUBJID"].to_numpy(dtype=str), return_inverse=True)[1]
    matrix = np.column_stack([np.ones(len(data)), treated])
    none = np.zeros(len(data), dtype=int)
    return Problem(data["FEV1"].to_numpy(), matrix, subjects, visits, none, (0, 1, 2, 3))


def of_treatment(structure, method):
    """Return the difference of the arms by a structure and method, and the deviance."""
    found = fit(fev(), Structure(structure, (0, 1, 2, 3)))
    inference = model_based(found, curvature(found), method)
    contrast = np.array([0.0, 1.0])
    return estimate_contrast(found.point.beta, inference, contrast, 0.95), found.point.deviance


needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the reference folder is not beside the repository"
)


@needs_shared
@pytest.mark.parametrize("flavour", ["kr", "kr1"])
@pytest.mark.parametrize("structure", ["us", "cs", "csh", "ar1", "ar1h", "toep", "toeph", "adh"])
def test_sas_at_full_precision(structure, flavour):
    """PROC MIXED DDFM=KR and KR(LINEAR); SAS stops early (README of the reference folder)."""
    tables = json.loads((SHARED / "fev" / "sas_fullprecision.json").read_text())
    table = tables.get(f"ddfm_covtype/{flavour}_{'arh1' if structure == 'ar1h' else structure}.csv")
    if table is None:
        pytest.skip("SAS publishes no such table")
    (row,) = table
    tested, _ = of_treatment(structure, "kenward-roger" if flavour == "kr" else "kenward-roger-linear")
    assert tested.estimate == pytest.approx(row["Estimate"], abs=1.2e-4 if structure == "csh" else 5e-5)
    assert tested.se == pytest.approx(row["StdErr"], rel=2e-4)
    assert tested.df == pytest.approx(row["DF"], rel=5e-4)


@needs_shared
def test_the_tight_optimum():
    tested, deviance = of_treatment("us", "kenward-roger")
    assert deviance == pytest.approx(3667.962756144, abs=1e-9)
    assert (tested.se, tested.df) == (pytest.approx(0.6613005, abs=5e-8), pytest.approx(160.69, abs=5e-3))
