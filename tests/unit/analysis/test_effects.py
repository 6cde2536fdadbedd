"""The rows of a treatment effect against scipy's own t intervals and tests."""

import math

import numpy as np
import pytest
from scipy import stats

from trial.analysis.effects import NORMAL, Effect, effect_rows
from trial.study.ard import result_rows
from unit.analysis.build import spec


def rows_of(effect, scale="identity", **changes):
    made = effect_rows(spec(scale), [effect], method="m", level=0.9, records="", **changes)
    return result_rows({"analysis": "A", "endpoint": "FPG", **row} for row in made).set_index("statistic")


def test_a_two_sample_t_test_is_reproduced_from_its_estimate_se_and_df():
    rng = np.random.default_rng(3)
    a, b = rng.normal(0.4, 1, 9), rng.normal(0, 1, 7)
    test = stats.ttest_ind(a, b)
    interval = test.confidence_interval(0.9)
    se = (a.mean() - b.mean()) / test.statistic
    found = rows_of(Effect("M1", "A-B", a.mean() - b.mean(), se, test.df, 16))["value"]
    assert found["diff.pvalue"] == pytest.approx(test.pvalue, rel=1e-12)
    assert (found["diff.lower"], found["diff.upper"]) == pytest.approx(
        (interval.low, interval.high), rel=1e-12
    )
    assert found["diff.statistic"] == pytest.approx(test.statistic, rel=1e-12)
    assert found["diff.df"] == 14


def test_the_normal_distribution_has_no_degrees_of_freedom_and_says_so():
    rows = rows_of(Effect("M1", "A-B", 1.0, 0.5, math.inf, 16))
    assert rows.loc["diff.pvalue", "value"] == pytest.approx(2 * stats.norm.sf(2.0))
    assert math.isnan(rows.loc["diff.df", "value"])
    assert rows.loc["diff.df", "error"] == NORMAL


def test_on_the_log_scale_ratios_stand_beside_differences_of_ln():
    rows = rows_of(Effect("M1", "A-B", math.log(0.8), 0.1, 20, 16), "log")
    assert rows.loc["gmr", "value"] == pytest.approx(0.8)
    assert rows.loc["gmr.pct", "value"] == pytest.approx(-20)
    assert rows.loc["gmr.lower", "value"] == pytest.approx(math.exp(rows.loc["diff.lower", "value"]))
    assert (rows.loc["diff", "unit"], rows.loc["gmr", "unit"]) == ("ln ratio", "1")
    assert "gmr" not in rows_of(Effect("M1", "A-B", 1.0, 0.5, 20, 16)).index
    assert "gmr" not in rows_of(Effect("M1", "A-B", 1.0, 0.5, 20, 16), "log", unit="%").index


def test_limits_and_p_of_another_kind_stand_as_given():
    found = rows_of(Effect("M1", "A-B", 1.0, 0.5, math.inf, 16, limits=(0.2, 1.9), pvalue=0.03))["value"]
    assert found[["diff.lower", "diff.upper", "diff.pvalue"]].tolist() == [0.2, 1.9, 0.03]


def test_a_warning_travels_with_every_number_and_a_reason_stands_for_none():
    rows = rows_of(Effect("M1", "A-B", 1.0, 0.5, 20, 16, warning="few"))
    assert set(rows.drop("diff.df")["warning"]) == {"few"}
    rows = rows_of(Effect("M1", "A-B", math.nan, math.nan, math.nan, 0, error="nobody came"), "log")
    assert set(rows["error"]) == {"nobody came"}
    assert rows["value"].isna().all()


def test_an_estimate_without_a_standard_error_says_why_nothing_follows():
    rows = rows_of(Effect("M1", "A-B", 1.0, math.nan, 20, 16))
    assert rows.loc["diff", "value"] == 1.0
    assert "no standard error" in rows.loc["diff.pvalue", "error"]
