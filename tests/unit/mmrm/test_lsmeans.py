"""Least-squares means and contrasts against averages of predictions written out by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, MmrmFit
from mmrm.inference import find_quantile
from unit.mmrm.cases import VISITS, simulate_trial

FORMULA = "Y ~ BASE * VISIT + ARM * VISIT + SEX * ARM"


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return simulate_trial(n_per_arm=15, seed=2)


@pytest.fixture(scope="module")
def fit(frame: pd.DataFrame) -> MmrmFit:
    return MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()


def _row(fit: MmrmFit, arm: str, visit: str, sex: str, base: float) -> np.ndarray:
    """Design row from the coefficient names alone."""
    value = {"ARM[T.TRT]": arm == "TRT", "SEX[T.M]": sex == "M", "BASE": base, "Intercept": 1.0}
    value |= {f"VISIT[T.{v}]": visit == v for v in VISITS[1:3]}
    return np.array([np.prod([float(value[part]) for part in name.split(":")]) for name in fit.names])


def test_equal_weights_and_covariates_at_their_mean(fit: MmrmFit, frame: pd.DataFrame) -> None:
    used = frame.dropna(subset=["Y"])
    table = fit.lsmeans("ARM", by="VISIT")
    assert list(table.columns) == [
        "ARM", "VISIT", "estimate", "se", "df", "lower", "upper", "statistic", "pvalue",
    ]  # fmt: skip
    for arm, visit in product(("CTL", "TRT"), VISITS[:3]):
        row = np.mean([_row(fit, arm, visit, sex, used["BASE"].mean()) for sex in ("F", "M")], axis=0)
        found = table[(table["ARM"] == arm) & (table["VISIT"] == visit)].iloc[0]
        assert found["estimate"] == pytest.approx(row @ fit.params, abs=1e-10)
        assert found["se"] == pytest.approx(np.sqrt(row @ fit.cov_params().to_numpy() @ row), abs=1e-10)


def test_proportional_weights_are_observed_margins(fit: MmrmFit, frame: pd.DataFrame) -> None:
    used = frame.dropna(subset=["Y"])
    share = used.groupby(["VISIT", "SEX"], observed=True).size() / len(used)
    found = fit.lsmeans("ARM", weights="proportional").set_index("ARM")["estimate"]
    for arm in ("CTL", "TRT"):
        rows = [share[v, s] * _row(fit, arm, v, s, used["BASE"].mean()) for v, s in share.index]
        assert found[arm] == pytest.approx(np.sum(rows, axis=0) @ fit.params, abs=1e-10)
    assert abs(found["TRT"] - fit.lsmeans("ARM").set_index("ARM").loc["TRT", "estimate"]) > 1e-4


def test_counterfactual_predicts_everyone_once(fit: MmrmFit, frame: pd.DataFrame) -> None:
    people = frame.dropna(subset=["Y"]).drop_duplicates("ID")
    found = fit.lsmeans("ARM", by="VISIT", weights="counterfactual")
    for _, line in found.iterrows():
        rows = [
            _row(fit, line["ARM"], line["VISIT"], s, b)
            for s, b in zip(people["SEX"], people["BASE"], strict=True)
        ]
        assert line["estimate"] == pytest.approx(np.mean(rows, axis=0) @ fit.params, abs=1e-9)


def test_given_values(fit: MmrmFit) -> None:
    found = fit.lsmeans(["ARM", "SEX"], by="VISIT", at={"BASE": 7.0, "VISIT": ["M6"]})
    assert list(found.columns[:3]) == ["ARM", "SEX", "VISIT"] and set(found["VISIT"]) == {"M6"}
    for _, line in found.iterrows():
        row = _row(fit, line["ARM"], "M6", line["SEX"], 7.0)
        assert line["estimate"] == pytest.approx(row @ fit.params, abs=1e-10)


def test_contrast_against_a_reference_has_the_named_sign(fit: MmrmFit) -> None:
    means = fit.lsmeans("ARM", by="VISIT").set_index(["VISIT", "ARM"])["estimate"]
    table = fit.contrasts("ARM", by="VISIT", reference="CTL")
    assert list(table["comparison"]) == ["TRT - CTL"] * 3
    for _, line in table.iterrows():
        assert line["estimate"] == pytest.approx(
            means[line["VISIT"], "TRT"] - means[line["VISIT"], "CTL"], abs=1e-10
        )
    turned = fit.contrasts("ARM", by="VISIT", reference="TRT")
    np.testing.assert_allclose(turned["estimate"], -table["estimate"], atol=1e-12)
    assert list(turned["comparison"]) == ["CTL - TRT"] * 3


def test_all_pairs_without_a_reference(fit: MmrmFit) -> None:
    table = fit.contrasts("VISIT", by="ARM")
    assert list(table["comparison"][:3]) == ["M1 - M3", "M1 - M6", "M3 - M6"]
    assert len(table) == 6


def test_average_over_chosen_visits(fit: MmrmFit) -> None:
    table = fit.contrasts("ARM", reference="CTL", at={"VISIT": ["M3", "M6"]})
    each = fit.contrasts("ARM", by="VISIT", reference="CTL").set_index("VISIT")["estimate"]
    assert table.loc[0, "estimate"] == pytest.approx((each["M3"] + each["M6"]) / 2, abs=1e-10)


def test_level_and_p_value(fit: MmrmFit) -> None:
    wide, narrow = (fit.contrasts("ARM", by="VISIT", reference="CTL", level=level) for level in (0.99, 0.8))
    half = (wide["upper"] - wide["lower"]) / 2
    np.testing.assert_allclose(half / wide["se"], find_quantile(wide["df"].to_numpy(), 0.99), rtol=1e-10)
    assert ((wide["lower"] < narrow["lower"]) & (narrow["upper"] < wide["upper"])).all()


def test_small_p_values_keep_their_digits() -> None:
    frame = simulate_trial(n_per_arm=15, seed=2)
    frame["Y"] += 100.0 * (frame["ARM"] == "TRT")
    fit = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()
    p = fit.contrasts("ARM", by="VISIT", reference="CTL")["pvalue"]
    assert ((p > 0) & (p < 1e-20)).all()


def test_numeric_factor_and_three_arms() -> None:
    frame = simulate_trial(n_per_arm=18, drop=0.1)
    frame["DOSE"] = frame["ID"].str[1:].astype(int) % 3
    fit = MMRM.from_formula("Y ~ C(DOSE) * VISIT", frame, "ID", "VISIT").fit()
    table = fit.contrasts("DOSE", by="VISIT", reference=0)
    assert list(table["comparison"][:2]) == ["1 - 0", "2 - 0"]
    assert table.loc[0, "estimate"] == pytest.approx(fit.params["C(DOSE)[T.1]"], abs=1e-10)


def test_categorical_order_chooses_the_coding_level() -> None:
    frame = simulate_trial()
    frame["ARM"] = pd.Categorical(frame["ARM"], categories=["TRT", "CTL"])
    fit = MMRM.from_formula("Y ~ ARM * VISIT", frame, "ID", "VISIT").fit()
    assert "ARM[T.CTL]" in fit.names


def test_a_numeric_visit_stays_a_number_in_the_formula() -> None:
    frame = simulate_trial().assign(
        MONTH=lambda rows: rows["VISIT"].map({"M1": 1, "M3": 3, "M6": 6}).astype(int)
    )
    slope = MMRM.from_formula("Y ~ MONTH", frame, "ID", "MONTH").fit()
    assert slope.names == ["Intercept", "MONTH"]
    levels = MMRM.from_formula("Y ~ C(MONTH) * ARM", frame, "ID", "MONTH").fit()
    named = MMRM.from_formula("Y ~ VISIT * ARM", frame, "ID", "VISIT").fit()
    np.testing.assert_allclose(levels.params, named.params, rtol=1e-9)
    assert list(levels.lsmeans("ARM", by="MONTH")["MONTH"].unique()) == [1, 3, 6]


def test_nullable_columns() -> None:
    frame = simulate_trial(n_per_arm=15)
    nullable = frame.astype({"Y": "Float64", "BASE": "Float64", "ARM": "string"})
    one = MMRM.from_formula(FORMULA, frame, "ID", "VISIT").fit()
    two = MMRM.from_formula(FORMULA, nullable, "ID", "VISIT").fit()
    np.testing.assert_array_equal(one.params, two.params)


def test_transformed_response_and_covariate() -> None:
    frame = simulate_trial().assign(Y=lambda rows: np.exp(rows["Y"]))
    logs = frame.assign(LY=np.log(frame["Y"]), LB=np.log(frame["BASE"]))
    fit = MMRM.from_formula("np.log(Y) ~ np.log(BASE) + ARM * VISIT", frame, "ID", "VISIT").fit()
    other = MMRM.from_formula("LY ~ LB + ARM * VISIT", logs, "ID", "VISIT").fit()
    np.testing.assert_allclose(fit.params, other.params, rtol=1e-9)
    mean = frame.dropna(subset=["Y"])["BASE"].mean()
    at_mean = other.lsmeans("ARM", at={"LB": float(np.log(mean))})["estimate"]
    np.testing.assert_allclose(fit.lsmeans("ARM")["estimate"], at_mean, rtol=1e-9)


def test_a_category_made_from_a_number_leaves_the_number_a_covariate() -> None:
    frame = simulate_trial(n_per_arm=15)
    fit = MMRM.from_formula("Y ~ C(BASE > 8.5) + ARM * VISIT", frame, "ID", "VISIT").fit()
    assert list(fit.prepared.factors) == ["ARM", "VISIT"] and fit.prepared.covariates == ("BASE",)
    assert len(fit.lsmeans("ARM", at={"BASE": 9.0})) == 2


def test_quoted_column_names() -> None:
    frame = simulate_trial().rename(columns={"ARM": "Arm (planned)", "BASE": "Base line"})
    formula = 'Y ~ Q("Base line") + C(Q("Arm (planned)")) * VISIT'
    fit = MMRM.from_formula(formula, frame, "ID", "VISIT").fit()
    table = fit.contrasts("Arm (planned)", by="VISIT", reference="CTL")
    plain = MMRM.from_formula("Y ~ BASE + ARM * VISIT", simulate_trial(), "ID", "VISIT").fit()
    np.testing.assert_allclose(
        table["estimate"], plain.contrasts("ARM", by="VISIT", reference="CTL")["estimate"]
    )
