"""Adjusted p-values and limits against published tables and examples, and where no adjustment exists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, MmrmFit, RequestError, fit_ladder
from mmrm.inference import TTests
from mmrm.multiplicity import adjust_pvalues, adjust_tests
from unit.mmrm.cases import simulate_trial


def _one_way(groups: dict[str, list[float]]) -> MmrmFit:
    rows = [(arm, value) for arm, values in groups.items() for value in values]
    frame = pd.DataFrame(rows, columns=["ARM", "Y"]).assign(VISIT="V1")
    frame["ID"] = [f"S{i:02d}" for i in range(len(frame))]
    frame["ARM"] = pd.Categorical(frame["ARM"], categories=list(groups))
    return MMRM.from_formula("Y ~ ARM", frame, "ID", "VISIT").fit()


# Dobson (1983), An Introduction to Statistical Modelling: dried weights of plants; R's `PlantGrowth`.
PLANTS = {
    "ctrl": [4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
    "trt1": [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
    "trt2": [6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
}
# Dunnett (1955), JASA 50:1096-1121: blood counts of animals, unequal group sizes.
BLOOD = {
    "control": [7.40, 8.50, 7.20, 8.24, 9.84, 8.32],
    "A": [9.76, 8.80, 7.68, 9.36],
    "B": [12.80, 9.68, 12.16, 9.20, 10.55],
}


def test_tukey_on_plant_growth() -> None:
    """R's `TukeyHSD(aov(weight ~ group, PlantGrowth))`, all printed digits."""
    table = _one_way(PLANTS).contrasts("ARM", adjust="tukey").set_index("comparison")
    published = {
        "ctrl - trt1": (-0.3202161, 1.0622161, 0.3908711),
        "ctrl - trt2": (-1.1852161, 0.1972161, 0.1979960),
        "trt1 - trt2": (-1.5562161, -0.1737839, 0.0120064),
    }
    for name, numbers in published.items():
        found = table.loc[name, ["adj_lower", "adj_upper", "adj_pvalue"]]
        assert tuple(found) == pytest.approx(numbers, abs=5.1e-8), name


def _critical(df: float, count: int, side: str, adjust: str = "dunnett") -> float:
    """Critical value of equally correlated (1/2) comparisons, read off the limits."""
    ones = np.ones(count)
    tests = TTests(0 * ones, ones, df * ones, -ones, ones, 0 * ones, ones)
    half = np.full((count, count), 0.5) + 0.5 * np.eye(count)
    found = adjust_tests(tests, [np.arange(count)], adjust, 0.95, side, lambda index: half)
    return float(found.adj_upper[0] if side != "greater" else -found.adj_lower[0])


@pytest.mark.parametrize(
    ("side", "df", "values"),
    [
        # Dunnett (1964), Biometrics 20:482-491, two-sided joint 95 % level, 2 to 4 treatments
        ("two-sided", 5, (3.03, 3.29, 3.48)),
        ("two-sided", 10, (2.57, 2.76, 2.89)),
        ("two-sided", 20, (2.38, 2.54, 2.65)),
        ("two-sided", np.inf, (2.21, 2.35, 2.44)),
        # Dunnett (1955), one-sided joint 95 % level
        ("greater", 5, (2.44, 2.68, 2.85)),
        ("less", 10, (2.15, 2.34, 2.47)),
        ("greater", 20, (2.03, 2.19, 2.30)),
        ("less", np.inf, (1.92, 2.06, 2.16)),
    ],
)
def test_dunnett_tables(side: str, df: float, values: tuple[float, ...]) -> None:
    for count, value in enumerate(values, start=2):
        assert _critical(df, count, side) == pytest.approx(value, abs=0.00501)


@pytest.mark.parametrize(
    ("df", "values"),
    [
        (5, (4.60, 5.22, 5.67)),
        (10, (3.88, 4.33, 4.65)),
        (20, (3.58, 3.96, 4.23)),
        (np.inf, (3.31, 3.63, 3.86)),
    ],
)
def test_studentised_range_table(df: float, values: tuple[float, ...]) -> None:
    """Pearson and Hartley, Biometrika Tables, upper 5 % points of the range of 3, 4 and 5 means."""
    for means, value in enumerate(values, start=3):
        found = _critical(df, means * (means - 1) // 2, "two-sided", "tukey") * np.sqrt(2)
        assert found == pytest.approx(value, abs=0.00501)


def test_dunnett_of_one_comparison_is_its_t_test() -> None:
    fit = _one_way({name: BLOOD[name] for name in ("control", "B")})
    for side in ("two-sided", "greater", "less"):
        found = fit.contrasts("ARM", reference="control", adjust="dunnett", side=side).loc[0]
        assert found["adj_pvalue"] == pytest.approx(found["pvalue"], rel=1e-9)
        assert (found["adj_lower"], found["adj_upper"]) == pytest.approx((found["lower"], found["upper"]))


def test_dunnett_keeps_small_p_values_between_their_bounds() -> None:
    groups = {"control": BLOOD["control"], "A": BLOOD["A"], "C": [value + 40 for value in BLOOD["B"]]}
    found = _one_way(groups).contrasts("ARM", reference="control", adjust="dunnett").loc[1]
    assert 0 < found["pvalue"] <= found["adj_pvalue"] <= 2 * found["pvalue"] < 1e-9


def test_stepwise_methods_by_hand() -> None:
    p = np.array([0.04, 0.01, 0.03, 0.2])
    np.testing.assert_allclose(adjust_pvalues(p, "bonferroni"), [0.16, 0.04, 0.12, 0.8])
    np.testing.assert_allclose(adjust_pvalues(p, "holm"), [0.09, 0.04, 0.09, 0.2])
    np.testing.assert_allclose(adjust_pvalues(p, "hochberg"), [0.08, 0.04, 0.08, 0.2])
    np.testing.assert_allclose(adjust_pvalues(np.array([0.049, 0.045]), "hochberg"), [0.049, 0.049])
    np.testing.assert_allclose(adjust_pvalues(np.array([0.049, 0.045]), "holm"), [0.09, 0.09])
    np.testing.assert_allclose(adjust_pvalues(np.array([0.6, 0.7]), "bonferroni"), [1.0, 1.0])


def _trial() -> pd.DataFrame:
    frame = simulate_trial(n_per_arm=24, drop=0.25, seed=4)
    number = frame["ID"].str[1:].astype(int)
    return frame.assign(ARM=np.array(["PBO", "LOW", "HIGH"])[number % 3])


def test_families_are_visits_or_the_whole_table() -> None:
    fit = MMRM.from_formula("Y ~ BASE + ARM * VISIT", _trial(), "ID", "VISIT").fit()
    request = {"by": "VISIT", "reference": "PBO"}
    within = fit.contrasts("ARM", **request, adjust="bonferroni")
    np.testing.assert_allclose(within["adj_pvalue"], np.minimum(1, 2 * within["pvalue"]))
    together = fit.contrasts("ARM", **request, adjust="bonferroni", family="all")
    np.testing.assert_allclose(together["adj_pvalue"], np.minimum(1, 6 * together["pvalue"]))
    wide = fit.contrasts("ARM", **request, level=1 - 0.05 / 6)
    np.testing.assert_allclose(together[["adj_lower", "adj_upper"]], wide[["lower", "upper"]])
    for adjust in ("holm", "hochberg"):
        stepped = fit.contrasts("ARM", **request, adjust=adjust)
        assert stepped[["adj_lower", "adj_upper"]].isna().all(axis=None)
        assert set(stepped["adj_note"]) == {
            f"no simultaneous limits agree with {adjust}; ask for bonferroni, tukey or dunnett"
        }
    assert (together["adj_note"] == "").all()
    dunnett = [
        fit.contrasts("ARM", **request, adjust="dunnett", family=f)["adj_pvalue"] for f in ("by", "all")
    ]
    assert (dunnett[0] <= dunnett[1]).all() and (dunnett[1] <= together["adj_pvalue"] + 1e-9).all()
    plain = fit.contrasts("ARM", **request)
    pd.testing.assert_frame_equal(within[plain.columns], plain)


def test_adjusted_p_and_limits_agree() -> None:
    """The null value at an adjusted limit has adjusted p = 1 - level."""
    fit = MMRM.from_formula("Y ~ BASE + ARM * VISIT", _trial(), "ID", "VISIT").fit()
    request = {"by": "VISIT", "at": {"VISIT": ["M6"]}, "side": "greater"}
    for adjust, reference, side in (("dunnett", "PBO", "greater"), ("tukey", None, "two-sided")):
        request = {
            "by": "VISIT",
            "at": {"VISIT": ["M6"]},
            "side": side,
            "reference": reference,
            "adjust": adjust,
        }
        limit = fit.contrasts("ARM", **request).loc[0, "adj_lower"]
        assert fit.contrasts("ARM", **request, null=limit).loc[0, "adj_pvalue"] == pytest.approx(
            0.05, abs=2e-5
        )


def test_a_visit_ancova_adjusts_within_its_visits() -> None:
    frame = _trial()
    frame = frame[~((frame["VISIT"] == "M6") & (frame["ARM"] == "LOW"))]
    fit = fit_ladder("Y ~ BASE + ARM + VISIT", frame, "ID", "VISIT", rungs=("ancova",)).fit
    assert fit is not None
    table = fit.contrasts("ARM", by="VISIT", reference="PBO", adjust="dunnett")
    last = table[table["VISIT"] == "M6"].set_index("comparison")
    assert last.loc["LOW - PBO", ["adj_pvalue", "adj_lower"]].isna().all()
    assert last["adj_note"].to_dict() == {
        "LOW - PBO": "no p-value: not tested, and not counted in its family",
        "HIGH - PBO": "",
    }
    assert last.loc["HIGH - PBO", "adj_pvalue"] == pytest.approx(last.loc["HIGH - PBO", "pvalue"])
    one = frame[frame["VISIT"] == "M1"]
    single = MMRM.from_formula("Y ~ BASE + ARM", one.assign(VISIT="M1"), "ID", "VISIT").fit("residual")
    same = single.contrasts("ARM", reference="PBO", adjust="dunnett")["adj_pvalue"]
    np.testing.assert_allclose(table[table["VISIT"] == "M1"]["adj_pvalue"], same, rtol=1e-8)
    with pytest.raises(RequestError, match=r"different visits .* have no joint distribution"):
        fit.contrasts("ARM", by="VISIT", reference="PBO", adjust="dunnett", family="all")
    assert (
        fit.contrasts("ARM", by="VISIT", reference="PBO", adjust="holm", family="all")["adj_pvalue"].max()
        <= 1
    )


BAD: list[tuple[dict[str, object], str]] = [
    ({"adjust": "sidak"}, r"adjust: expected one of bonferroni, .*found 'sidak'"),
    ({"adjust": "holm", "family": "visit"}, r"family: expected one of by, all, found 'visit'"),
    ({"adjust": "tukey", "reference": "control"}, r"adjust='tukey': expected all pairs"),
    ({"adjust": "tukey", "side": "greater"}, r"adjust='tukey': expected all pairs .*two-sided"),
    ({"adjust": "dunnett"}, r"adjust='dunnett': expected comparisons with one reference"),
]


@pytest.mark.parametrize(("request_", "message"), BAD)
def test_adjustments_that_do_not_exist(request_: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        _one_way(BLOOD).contrasts("ARM", **request_)
