"""Type 3 tests: orthogonal case by hand, independence of the coding, and the hypotheses themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mmrm import MMRM, MmrmFit
from mmrm.satterthwaite import fai_cornelius_df
from unit.mmrm.cases import simulate_trial


def _fit(frame: pd.DataFrame, formula: str, method: str = "kenward-roger") -> MmrmFit:
    return MMRM.from_formula(formula, frame, "ID", "VISIT").fit(df_method=method)


def test_main_effects_are_averages_over_the_other_factor() -> None:
    """The type 3 test of an arm in an interaction is the equally weighted arm difference."""
    fit = _fit(simulate_trial(n_per_arm=14), "Y ~ BASE + ARM * VISIT")
    table = fit.type3().set_index("term")
    contrast = fit.contrasts("ARM", reference="CTL").iloc[0]
    assert table.loc["ARM", "statistic"] == pytest.approx(contrast["statistic"] ** 2, rel=1e-9)
    assert table.loc["ARM", "df_den"] == pytest.approx(contrast["df"], rel=1e-9)
    wrong = fit.test(np.eye(len(fit.names))[fit.names.index("ARM[T.TRT]")])
    assert abs(wrong.statistic - contrast["statistic"] ** 2) > 1e-3


def test_interaction_is_the_test_of_its_coefficients() -> None:
    fit = _fit(simulate_trial(n_per_arm=14), "Y ~ BASE + ARM * VISIT")
    rows = np.eye(len(fit.names))[
        [i for i, name in enumerate(fit.names) if "ARM" in name and "VISIT" in name]
    ]
    found = fit.type3().set_index("term").loc["ARM:VISIT"]
    expected = fit.test(rows)
    assert found["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
    assert found["df_num"] == 2
    assert found["df_den"] == pytest.approx(expected.df_den, rel=1e-8)


@pytest.mark.parametrize("method", ["kenward-roger", "satterthwaite"])
def test_term_order_does_not_matter(method: str) -> None:
    frame = simulate_trial(n_per_arm=14)
    one = _fit(frame, "Y ~ BASE + ARM * VISIT", method).type3().set_index("term")
    two = _fit(frame, "Y ~ ARM * VISIT + BASE", method).type3().set_index("term")
    for term in ("BASE", "ARM", "VISIT"):
        assert one.loc[term, "statistic"] == pytest.approx(two.loc[term, "statistic"], rel=1e-9)
        assert one.loc[term, "df_den"] == pytest.approx(two.loc[term, "df_den"], rel=1e-7)


def test_slope_in_an_interaction_with_a_factor() -> None:
    """The type 3 test of a covariate is its slope averaged over the arms."""
    fit = _fit(simulate_trial(n_per_arm=14), "Y ~ BASE * ARM + VISIT")
    row = np.zeros(len(fit.names))
    row[fit.names.index("BASE")] = 1.0
    row[fit.names.index("BASE:ARM[T.TRT]")] = 0.5
    assert fit.type3().set_index("term").loc["BASE", "statistic"] == pytest.approx(
        fit.test(row).statistic, rel=1e-9
    )


def test_interaction_without_main_effects_has_all_its_columns() -> None:
    table = _fit(simulate_trial(n_per_arm=14), "Y ~ BASE:VISIT + ARM:VISIT").type3().set_index("term")
    assert table.loc["BASE:VISIT", "df_num"] == 3
    assert table.loc["ARM:VISIT", "df_num"] == 5


def test_denominator_df_come_from_differences_to_the_first_level() -> None:
    """Fai and Cornelius' df depend on the basis of the rows; SAS writes differences between levels."""
    frame = simulate_trial(n_per_arm=10, drop=0.3, seed=5)
    fit = _fit(frame, "Y ~ BASE + ARM * VISIT", "satterthwaite")
    pairs = fit.contrast_rows("VISIT", reference="M1").matrix
    found = fit.type3().set_index("term").loc["VISIT"]
    expected = fit.test(pairs)
    assert found["statistic"] == pytest.approx(expected.statistic, rel=1e-9)
    assert found["df_den"] == pytest.approx(expected.df_den, rel=1e-9)
    another = fit.test(np.array([[1.0, 1.0], [1.0, -3.0]]) @ pairs)
    assert another.statistic == pytest.approx(expected.statistic, rel=1e-9)
    assert abs(another.df_den - expected.df_den) > 1e-3


def test_fai_cornelius_by_hand() -> None:
    df = np.array([10.0, 20.0, 30.0])
    excess = 10 / 8 + 20 / 18 + 30 / 28
    assert fai_cornelius_df(df) == pytest.approx(2 * excess / (excess - 3), rel=1e-14)
    assert fai_cornelius_df(np.array([7.5, 7.5])) == 7.5
    small = 10 / 8 + 20 / 18
    assert fai_cornelius_df(np.array([10.0, 20.0, 1.5])) == 2.0 and small < 3
