"""Named contrasts, averages over visits, null value and side, several values of a covariate."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mmrm import MMRM, MmrmFit, RequestError, fit_ladder
from mmrm.ancova import AncovaFit
from unit.mmrm.cases import simulate_trial

FORMULA = "Y ~ BASE * VISIT + ARM * VISIT + SEX"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    frame = simulate_trial(n_per_arm=24, drop=0.25, seed=4)
    number = frame["ID"].str[1:].astype(int)
    return frame.assign(ARM=np.array(["PBO", "LOW", "HIGH"])[number % 3])


@pytest.fixture(scope="module")
def fit(frame: pd.DataFrame) -> MmrmFit:
    return MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()


@pytest.fixture(scope="module")
def ancova(frame: pd.DataFrame) -> AncovaFit:
    found = fit_ladder(FORMULA, frame, "ID", "VISIT", rungs=("ancova",)).fit
    assert isinstance(found, AncovaFit)
    return found


TREND = {"dose trend": {"PBO": -1, "HIGH": 1}, "doses - PBO": {"LOW": 0.5, "HIGH": 0.5, "PBO": -1}}


def test_named_contrasts_are_combinations_of_the_means(fit: MmrmFit, ancova: AncovaFit) -> None:
    for each in (fit, ancova):
        means = each.lsmeans("ARM", by="VISIT").set_index(["VISIT", "ARM"])["estimate"]
        table = each.contrasts("ARM", by="VISIT", coefficients=TREND)
        assert list(table.columns[:3]) == ["comparison", "VISIT", "estimate"]
        assert list(table["comparison"][:2]) == list(TREND) and len(table) == 6
        for _, line in table.iterrows():
            weights = TREND[line["comparison"]]
            by_hand = sum(w * means[line["VISIT"], arm] for arm, w in weights.items())
            assert line["estimate"] == pytest.approx(by_hand, abs=1e-10)


def test_a_named_difference_is_the_difference_in_every_number(fit: MmrmFit, ancova: AncovaFit) -> None:
    for each in (fit, ancova):
        named = each.contrasts("ARM", by="VISIT", coefficients={"HIGH - PBO": {"HIGH": 1, "PBO": -1}})
        plain = each.contrasts("ARM", by="VISIT", reference="PBO")
        plain = plain[plain["comparison"] == "HIGH - PBO"].reset_index(drop=True)
        pd.testing.assert_frame_equal(named, plain, rtol=1e-12)


def test_levels_of_several_factors_are_tuples(fit: MmrmFit) -> None:
    change = {"HIGH, M6 - M1": {("HIGH", "M6"): 1, ("HIGH", "M1"): -1}}
    found = fit.contrasts(["ARM", "VISIT"], coefficients=change).loc[0]
    pairs = fit.contrasts("VISIT", by="ARM", reference="M1")
    same = pairs[(pairs["ARM"] == "HIGH") & (pairs["comparison"] == "M6 - M1")].iloc[0]
    assert found["estimate"] == pytest.approx(same["estimate"], abs=1e-12)
    assert found["df"] == pytest.approx(same["df"], rel=1e-12)


@pytest.mark.parametrize("weights", ["equal", "proportional", "counterfactual"])
def test_average_over_visits_weighs_visits_alike(fit: MmrmFit, weights: str) -> None:
    each = fit.lsmeans_rows("ARM", by="VISIT", weights=weights)
    table = fit.lsmeans("ARM", weights=weights, average="VISIT")
    for arm in ("HIGH", "LOW", "PBO"):
        row = each.matrix[(each.labels["ARM"] == arm).to_numpy()].mean(axis=0)
        found = table[table["ARM"] == arm].iloc[0]
        assert found["estimate"] == pytest.approx(row @ fit.params.to_numpy(), abs=1e-10)
        assert found["se"] == pytest.approx(np.sqrt(row @ fit.cov_params().to_numpy() @ row), abs=1e-10)


def test_average_differs_from_attendance_weights(fit: MmrmFit) -> None:
    by_attendance = fit.lsmeans("ARM", weights="proportional")["estimate"]
    alike = fit.lsmeans("ARM", weights="proportional", average="VISIT")["estimate"]
    assert np.abs(by_attendance - alike).max() > 1e-4


def test_average_over_some_visits_and_by_weights(fit: MmrmFit) -> None:
    each = fit.contrasts("ARM", by="VISIT", reference="PBO").set_index(["comparison", "VISIT"])["estimate"]
    late = fit.contrasts("ARM", reference="PBO", average={"VISIT": ["M3", "M6"]})
    area = fit.contrasts("ARM", reference="PBO", average={"VISIT": {"M1": 1, "M3": 2.5, "M6": 1.5}})
    for table, shares in ((late, (0, 0.5, 0.5)), (area, (0.2, 0.5, 0.3))):
        for _, line in table.iterrows():
            by_hand = sum(
                w * each[line["comparison"], v] for w, v in zip(shares, ("M1", "M3", "M6"), strict=True)
            )
            assert line["estimate"] == pytest.approx(by_hand, abs=1e-10)


def test_a_visit_ancova_cannot_average_over_visits(ancova: AncovaFit) -> None:
    for average in ("VISIT", {"VISIT": ["M3"]}):
        with pytest.raises(RequestError, match=r"separate analyses.*by='VISIT'"):
            ancova.contrasts("ARM", reference="PBO", average=average)
    with pytest.raises(RequestError, match="separate analyses"):
        ancova.contrasts("VISIT", by="ARM")
    assert len(ancova.lsmeans("ARM", by="VISIT", average="SEX")) == 9


@pytest.mark.parametrize(
    ("side", "alternative"), [("two-sided", "two-sided"), ("greater", "greater"), ("less", "less")]
)
def test_null_and_side_are_those_of_the_t_test(side: str, alternative: str) -> None:
    """Two arms, one visit, no covariate: Student's test of shifted data, limits included."""
    frame = simulate_trial(n_per_arm=11, n_visits=1, drop=0.0, seed=3)
    fit = MMRM.from_formula("Y ~ ARM", frame, "ID", "VISIT").fit()
    found = fit.contrasts("ARM", reference="CTL", null=-0.7, side=side, level=0.9).loc[0]
    treated, control = (frame.loc[frame["ARM"] == arm, "Y"].to_numpy() for arm in ("TRT", "CTL"))
    test = stats.ttest_ind(treated, control - 0.7, alternative=alternative)
    limits = stats.ttest_ind(treated, control, alternative=alternative).confidence_interval(0.9)
    assert found["pvalue"] == pytest.approx(test.pvalue, rel=1e-9)
    assert found["statistic"] == pytest.approx(test.statistic, rel=1e-9)
    assert (found["lower"], found["upper"]) == pytest.approx((limits.low, limits.high), rel=1e-9)


@pytest.mark.parametrize("df_method", ["kenward-roger", "asymptotic"])
def test_one_sided_tests_agree_with_their_limits(frame: pd.DataFrame, df_method: str) -> None:
    """p equals 1 - level exactly when the null value is the limit; the two sides' p add to one."""
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit(df_method)
    for side, end in (("greater", "lower"), ("less", "upper")):
        table = fit.contrasts("ARM", by="VISIT", reference="PBO", side=side, level=0.975)
        for i, line in table.iterrows():
            at_limit = fit.contrasts("ARM", by="VISIT", reference="PBO", side=side, null=line[end])
            assert at_limit.loc[i, "pvalue"] == pytest.approx(0.025, rel=1e-9)
    up, down = (fit.lsmeans("ARM", null=0.3, side=side) for side in ("greater", "less"))
    np.testing.assert_allclose(up["pvalue"] + down["pvalue"], 1.0, rtol=1e-12)
    assert np.isposinf(up["upper"]).all() and np.isneginf(down["lower"]).all()


def test_sides_of_a_visit_ancova_are_those_of_its_visit(frame: pd.DataFrame, ancova: AncovaFit) -> None:
    request = {"reference": "PBO", "null": 0.2, "side": "less", "level": 0.9}
    found = ancova.contrasts("ARM", by="VISIT", **request)
    one = frame[frame["VISIT"] == "M6"].assign(VISIT="M6")
    single = MMRM.from_formula("Y ~ BASE + ARM + SEX", one, "ID", "VISIT").fit("residual")
    same = single.contrasts("ARM", **request)
    last = found[found["VISIT"] == "M6"].drop(columns="VISIT").reset_index(drop=True)
    pd.testing.assert_frame_equal(last, same, rtol=1e-8)


def test_an_absent_visit_has_no_one_sided_limit(frame: pd.DataFrame) -> None:
    sparse = frame[~((frame["VISIT"] == "M6") & (frame["ARM"] == "LOW"))]
    fit = fit_ladder("Y ~ BASE + ARM + VISIT", sparse, "ID", "VISIT", rungs=("ancova",)).fit
    assert fit is not None
    table = fit.contrasts("ARM", by="VISIT", reference="PBO", side="greater").set_index(
        ["comparison", "VISIT"]
    )
    assert table.loc[("LOW - PBO", "M6")].isna().all() and np.isinf(table.loc[("HIGH - PBO", "M6"), "upper"])


@pytest.mark.parametrize("weights", ["equal", "proportional", "counterfactual"])
def test_several_values_of_a_covariate(fit: MmrmFit, weights: str) -> None:
    table = fit.contrasts("ARM", by="VISIT", reference="PBO", weights=weights, at={"BASE": [7, 9.5]})
    assert list(table.columns[:3]) == ["comparison", "VISIT", "BASE"] and len(table) == 12
    assert list(table["BASE"]) == [7.0] * 6 + [9.5] * 6
    for value in (7, 9.5):
        single = fit.lsmeans("ARM", by="VISIT", weights=weights, at={"BASE": value})
        several = fit.lsmeans("ARM", by="VISIT", weights=weights, at={"BASE": (9.5, 7)})
        part = several[several["BASE"] == value].drop(columns="BASE").reset_index(drop=True)
        pd.testing.assert_frame_equal(part, single, rtol=1e-12)


def test_counterfactual_means_average_over_given_levels(fit: MmrmFit) -> None:
    request = {"weights": "counterfactual"}
    both = fit.lsmeans("ARM", at={"VISIT": ["M1", "M6"]}, **request)["estimate"]
    each = [fit.lsmeans("ARM", at={"VISIT": v}, **request)["estimate"] for v in ("M1", "M6")]
    np.testing.assert_allclose(both, (each[0] + each[1]) / 2, rtol=1e-12)


BAD: list[tuple[dict[str, object], str]] = [
    ({"coefficients": {"x": {"MIDDLE": 1}}}, r"coefficients, x: expected one of HIGH, LOW, PBO, found 'MIDDLE'"),
    ({"coefficients": {"x": {"LOW": 0}}}, r"coefficients, x: .*not all zero"),
    ({"coefficients": {"x": {"LOW": np.inf}}}, r"coefficients, x: expected finite"),
    ({"coefficients": {"x": 1}}, r"coefficients, x: expected a mapping of level"),
    ({"coefficients": {}}, r"coefficients: expected a mapping of name"),
    ({"coefficients": TREND, "reference": "PBO"}, r"expected reference or coefficients, found both"),
    ({"average": "WEEK"}, r"average: expected factors of the model .*found 'WEEK'"),
    ({"average": "ARM"}, r"average: expected factors that are neither"),
    ({"average": "VISIT", "at": {"VISIT": ["M1"]}}, r"average: expected factors that are neither"),
    ({"average": {"VISIT": ["M9"]}}, r"average, VISIT: expected distinct levels among M1, M3, M6, found M9"),
    ({"average": {"VISIT": {"M1": -1, "M3": 2}}}, r"average, VISIT: expected weights >= 0"),
    ({"average": {"VISIT": {"M1": 0}}}, r"average, VISIT: expected weights >= 0, not all zero"),
    ({"at": {"BASE": [7, 7]}}, r"at, BASE: expected distinct values"),
    ({"at": {"BASE": [7, "high"]}}, r"at, BASE: expected finite numbers, found 'high'"),
    ({"at": {"BASE": []}}, r"at, BASE: expected distinct values"),
    ({"at": {"ARM": ["LOW", "LOW"]}}, r"at, ARM: expected distinct levels"),
    ({"at": {"ARM": "LOW"}}, r"expected at least two levels of ARM to compare, found .*LOW"),
    ({"null": np.nan}, r"null: expected a finite number"),
    ({"side": "upper"}, r"side: expected one of two-sided, greater, less, found 'upper'"),
    ({"level": 1.0}, r"level: expected a confidence level"),
]  # fmt: skip


@pytest.mark.parametrize(("request_", "message"), BAD)
def test_bad_requests_are_named(fit: MmrmFit, request_: dict[str, object], message: str) -> None:
    with pytest.raises(RequestError, match=message):
        fit.contrasts("ARM", **request_)
