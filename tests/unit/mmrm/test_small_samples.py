"""Well-posed small fits have answers, ill-posed ones a reason that lies in the data."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, AncovaFit, ConvergenceError, MmrmFit, RequestError, fit_ladder
from mmrm.optimize import GRADIENT_LIMIT, GRADIENT_ROUNDING
from mmrm.type3 import build_type3
from mmrm.unbounded import find_collapse
from unit.mmrm.small_designs import arrays_of, descend, deviance_of, draw_design

SIX = pd.DataFrame(
    {
        "id": range(6),
        "v": "W4",
        "arm": list("AABBAB"),
        "x": [8.1, 9.4, 8.8, 9.9, 7.7, 9.1],
        "y": [-0.6, -1.1, 0.2, -0.1, -0.3, 0.4],
    }
)


def _trial(n: int, m: int, left: int | None = None, seed: int = 1) -> pd.DataFrame:
    """Two arms in turn, a covariate, compound symmetry; only the first ``left`` subjects have the last visit."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n, 1)) + rng.normal(size=(n, m))
    if left is not None:
        y[left:, -1] = np.nan
    columns = {
        "arm": np.repeat(np.where(np.arange(n) % 2, "B", "A"), m),
        "x": np.repeat(rng.normal(size=n), m),
        "z": np.repeat(rng.normal(size=n), m),
    }
    visits = [f"v{j}" for j in range(m)]
    return pd.DataFrame({"id": np.repeat(range(n), m), "v": visits * n, **columns, "y": y.reshape(-1)})


def _pooled(frame: pd.DataFrame, names: list[str]) -> np.ndarray:
    """Exact REML Sigma of complete data with every column in every visit: residual products over n - g."""
    wide = frame.pivot(index="id", columns="v", values="y").to_numpy()
    first = frame.drop_duplicates("id")
    design = np.column_stack([np.ones(len(first)), first["arm"] == "B", *(first[name] for name in names)])
    rest = wide - design @ np.linalg.lstsq(design.astype(float), wide, rcond=None)[0]
    return rest.T @ rest / (len(first) - design.shape[1])


def test_six_subjects_at_one_visit_are_least_squares() -> None:
    design = np.column_stack([np.ones(6), SIX["arm"] == "B", SIX["x"]]).astype(float)
    rest = SIX["y"] - design @ np.linalg.lstsq(design, SIX["y"], rcond=None)[0]
    se = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * (rest @ rest) / 3)
    fit = MMRM.from_formula("y ~ arm + x", SIX, "id", "v").fit()
    np.testing.assert_allclose(fit.bse, se, rtol=1e-9)
    np.testing.assert_allclose(fit.bse, [0.8143, 0.1442, 0.0964], atol=5e-5)
    np.testing.assert_allclose(fit.df, 3.0, rtol=1e-9)


@pytest.mark.parametrize(("n", "m", "names"), [(6, 3, ["x"]), (4, 2, []), (5, 2, ["x"]), (8, 3, ["x", "z"])])
def test_complete_data_have_the_pooled_covariance(n: int, m: int, names: list[str]) -> None:
    """n - 2g is not positive in these cells, where the rough Hessian has no step."""
    frame = _trial(n, m)
    assert n - 2 * (2 + len(names)) <= 0
    fit = MMRM.from_formula(" + ".join(["y ~ arm*v", *(f"{x}*v" for x in names)]), frame, "id", "v").fit()
    assert fit.verdict.accepted
    np.testing.assert_allclose(fit.sigma, _pooled(frame, names), rtol=1e-8)
    table = fit.contrasts("arm", by="v", reference="A")
    np.testing.assert_allclose(table["df"], n - 2 - len(names), rtol=1e-8)


@pytest.mark.parametrize("n", [3, 4])
def test_balanced_compound_symmetry_has_its_closed_form(n: int) -> None:
    """Residual: interaction mean square; covariance: (between - within mean square) / m."""
    frame = _trial(n, 3, seed=4)
    wide = frame.pivot(index="id", columns="v", values="y").to_numpy()
    fit = MMRM.from_formula("y ~ v", frame, "id", "v", covariance="cs").fit()
    rest = wide - wide.mean(axis=0)
    between = 3 * (rest.mean(axis=1) ** 2).sum() / (n - 1)
    within = ((rest - rest.mean(axis=1, keepdims=True)) ** 2).sum() / (2 * (n - 1))
    np.testing.assert_allclose(fit.theta["estimate"], [within, (between - within) / 3], rtol=1e-7)


def test_few_subjects_left_at_the_last_visit() -> None:
    frame = _trial(24, 2, left=5, seed=3)
    fit = MMRM.from_formula("y ~ x*v + arm*v", frame, "id", "v").fit()
    assert fit.verdict.accepted and fit.verdict.starts_agree
    data = fit.prepared.data
    assert descend(data, "us", fit.inference.fit.theta[0] * 1.1)[0] == pytest.approx(fit.deviance, abs=1e-6)


def test_the_ladder_of_six_patients_ends_in_numbers() -> None:
    ladder = fit_ladder("y ~ x*v + arm*v", _trial(6, 3), "id", "v")
    assert ladder.rung == "us" and isinstance(ladder.fit, MmrmFit)
    assert np.isfinite(ladder.fit.contrasts("arm", by="v", reference="A")[["se", "df", "pvalue"]]).all(
        axis=None
    )
    assert ladder.fit.type3()["pvalue"].notna().any()


@pytest.mark.parametrize(
    ("formula", "left", "df"),
    [("y ~ arm*v", 3, 1), ("y ~ arm*v", 4, 2), ("y ~ arm + v", 4, 2), ("y ~ arm*v + x", 5, 2)],
)
def test_too_few_complete_subjects_have_no_maximum(formula: str, left: int, df: int) -> None:
    for seed in range(12):  # an interior point was accepted in some of these, before
        frame = _trial(12, 3, left=left, seed=seed)
        with pytest.raises(ConvergenceError, match=f"no maximum: {left} .* v0, v1, v2, .* {df} degrees"):
            MMRM.from_formula(formula, frame, "id", "v").fit()


@pytest.mark.parametrize("seed", range(4))
def test_one_more_complete_subject_has_a_maximum(seed: int) -> None:
    frame = _trial(12, 3, left=5, seed=seed)
    assert find_collapse(MMRM.from_formula("y ~ arm*v", frame, "id", "v").prepared.data, True) is None
    assert MMRM.from_formula("y ~ arm*v", frame, "id", "v").fit().verdict.accepted


def test_a_collapse_lowers_the_dense_deviance_for_ever() -> None:
    data = MMRM.from_formula("y ~ arm*v + x", _trial(12, 3, left=5), "id", "v", check=False).prepared.data
    found = find_collapse(data, True)
    assert found is not None and found.n_subjects == 5 and found.visits.tolist() == [0, 1, 2]
    value, unit = deviance_of(data, "us"), found.direction / np.linalg.norm(found.direction)
    paths = [(np.eye(3) - (1 - e) * np.outer(unit, unit))[np.tril_indices(3)] for e in (1e-5, 1e-7, 1e-9)]
    steps = np.diff([value(path) for path in paths])
    np.testing.assert_allclose(steps, -2 * np.log(100), rtol=0.02)  # two residual degrees of freedom


def test_maximum_likelihood_collapses_with_an_exact_fit() -> None:
    """Two subjects, two columns: REML has no residual at the last visit, ML fits it without error."""
    frame = _trial(12, 2, left=2)
    data = MMRM.from_formula("y ~ arm*v", frame, "id", "v").prepared.data
    assert find_collapse(data, True) is None and find_collapse(data, False) is not None
    with pytest.raises(ConvergenceError, match="no maximum: 2 subject"):
        MMRM.from_formula("y ~ arm*v", frame, "id", "v", reml=False).fit()
    with pytest.raises(ConvergenceError, match="do not inform the covariance of visit"):
        MMRM.from_formula("y ~ arm*v", frame, "id", "v").fit()


def test_the_lower_of_two_maxima_is_not_reported() -> None:
    """In this design the moments and their diagonal lead to the same, lower maximum."""
    design = draw_design(46)
    ladder = fit_ladder(design.formula, design.frame, "id", "v")
    assert ladder.rung == "us" and ladder.fit is not None
    assert ladder.fit.deviance == pytest.approx(43.702289, abs=1e-6)  # type: ignore[union-attr]
    assert arrays_of(design).n_subjects == 10


@pytest.mark.parametrize(("m", "sd"), [(5, 0.01), (8, 0.02), (5, 0.003), (5, 0.001)])
def test_high_correlation_is_not_a_flat_likelihood(m: int, sd: float) -> None:
    rng = np.random.default_rng(1)
    n = 100
    y = rng.normal(size=(n, 1)) + sd * rng.normal(size=(n, m))
    arm = np.repeat(np.where(np.arange(n) % 2, "B", "A"), m)
    visits = [f"v{j}" for j in range(m)] * n
    frame = pd.DataFrame({"id": np.repeat(range(n), m), "v": visits, "arm": arm, "y": y.reshape(-1)})
    fit = MMRM.from_formula("y ~ arm*v", frame, "id", "v").fit()
    np.testing.assert_allclose(fit.sigma, _pooled(frame, []), rtol=1e-8)
    verdict = fit.verdict
    assert 1e4 < verdict.sigma_condition < 1e8
    assert verdict.hessian_min_eigenvalue == pytest.approx(0.98, abs=0.02)  # (n - g) / n of complete data
    assert verdict.gradient < GRADIENT_LIMIT + GRADIENT_ROUNDING * verdict.sigma_condition


def test_a_singular_covariance_is_still_refused() -> None:
    frame = _trial(40, 3)
    wide = frame.pivot(index="id", columns="v", values="y")
    frame["y"] = np.where(frame["v"] == "v1", frame["id"].map(wide["v0"]), frame["y"])
    with pytest.raises(ConvergenceError, match="condition number"):
        MMRM.from_formula("y ~ arm*v", frame, "id", "v").fit()


def test_one_visit_with_the_last_rung_is_a_fit_like_any_other() -> None:
    ladder = fit_ladder("y ~ x + arm", SIX, "id", "v", rungs=["ancova"])
    plain = MMRM.from_formula("y ~ x + arm", SIX, "id", "v").fit("residual")
    assert ladder.rung == "ancova" and isinstance(ladder.fit, MmrmFit)
    pd.testing.assert_frame_equal(
        ladder.fit.contrasts("arm", reference="A"), plain.contrasts("arm", reference="A")
    )
    pd.testing.assert_series_equal(ladder.fit.bse, plain.bse)
    assert ladder.record[0]["deviance"] == plain.deviance


def test_one_visit_with_a_redundant_column_needs_no_by() -> None:
    ladder = fit_ladder("y ~ x + z + arm", SIX.assign(z=2 * SIX["x"]), "id", "v", rungs=["us", "ancova"])
    plain = MMRM.from_formula("y ~ x + arm", SIX, "id", "v").fit("residual")
    assert isinstance(ladder.fit, AncovaFit)
    np.testing.assert_allclose(ladder.fit.lsmeans("arm")["se"], plain.lsmeans("arm")["se"], rtol=1e-8)
    assert ladder.fit.contrasts("arm", reference="A")["df"].tolist() == [3.0]


def test_a_term_without_a_test_is_blank_and_asking_for_it_says_why() -> None:
    fit = MMRM.from_formula("y ~ arm*v", _trial(6, 4), "id", "v").fit()
    table = fit.type3().set_index("term")
    assert set(table.index) == {"arm", "v", "arm:v"}
    for term, row in table.iterrows():
        if np.isnan(row["pvalue"]):
            with pytest.raises(RequestError, match="too few"):
                fit.test(build_type3(fit.prepared)[str(term)])
    assert table["pvalue"].isna().any()
