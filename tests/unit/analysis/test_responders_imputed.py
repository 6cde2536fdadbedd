"""Responders by multiple imputation: against the exact chance of each missing value, Rubin by hand, and its edges."""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from scipy import stats

from trial.analysis.responders.imputed import NO_SPREAD, pooled_difference, pooled_standardised
from trial.analysis.responders.standardised import NoStandardisedDifferenceError, standardised_difference
from trial.plan.load import load_study
from trial.study.errors import ConfigError
from trial.study.load import read_yaml
from unit.analysis.build import records
from unit.analysis.test_responders import FALL, get, run
from unit.subjects.test_books import ROOT

HOW = {
    "strategy": "MAR", "imputation_reference": "REF", "sigma_by_arm": False, "draws": "posterior",
    "imputations": 400, "seed": 5,
}  # fmt: skip
IMPUTED = {"missing": ["observed", "imputed"], "imputation": HOW, "definitions": [FALL]}


def gaps(count=4, per_arm=30):
    """Return records in which the first subjects of the active arm have no value at the last visit."""
    data = records(per_arm=per_arm)
    gone = data["USUBJID"].isin([f"ACT{i:02d}" for i in range(count)]) & (data["AVISIT"] == "M3")
    return data[~gone].reset_index(drop=True)


def test_a_missing_value_responds_as_often_as_its_conditional_distribution_says():
    """Chance of a fall of 0.5 by the regression on baseline and the visit before, fitted on those who stayed."""
    data = gaps()
    found = run(data, **IMPUTED)
    wide = data.pivot(index="USUBJID", columns="AVISIT", values="CHG").join(
        data.drop_duplicates("USUBJID").set_index("USUBJID")["BASE"]
    )
    active = wide.loc[wide.index.str.startswith("ACT"), ["M1", "M3", "BASE"]]
    fit = smf.ols("M3 ~ M1 + BASE", active.dropna()).fit()
    lost = active[active["M3"].isna()]
    chance = stats.norm.cdf((-0.5 - fit.predict(lost)) / np.sqrt(fit.scale))
    seen = get(found, "ACT", "FALL05.observed.responders")
    expected = (seen + chance.sum()) / 30
    assert 0.05 < chance.mean() < 0.95  # neither all nor none: the rule of non-responders would differ
    assert get(found, "ACT", "FALL05.imputed.pct") / 100 == pytest.approx(expected, abs=0.02)
    assert get(found, "ACT", "FALL05.imputed.N") == 30
    assert get(found, "REF", "FALL05.imputed.pct") == get(found, "REF", "FALL05.observed.pct")


def test_with_nothing_missing_the_imputed_rows_are_those_of_the_observed():
    found = run(records(per_arm=30), **IMPUTED)
    for arm in ("ACT", "REF"):
        assert get(found, arm, "FALL05.imputed.pct") == get(found, arm, "FALL05.observed.pct")
    for name in ("rd", "marginal", "marginal.se"):
        expected = get(found, "ACT-REF", f"FALL05.observed.{name}")
        assert get(found, "ACT-REF", f"FALL05.imputed.{name}") == pytest.approx(expected, rel=1e-9)
    share = [get(found, arm, "FALL05.observed.pct") / 100 for arm in ("ACT", "REF")]
    se = 100 * np.sqrt(sum(p * (1 - p) / 30 for p in share))
    assert get(found, "ACT-REF", "FALL05.imputed.rd.se") == pytest.approx(se)


def test_the_difference_is_pooled_by_rubins_rules():
    active = np.array([True] * 4 + [False] * 5)
    sets = np.array(
        [[1, 1, 0, 0, 0, 0, 1, 0, 0], [1, 1, 1, 0, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0, 0, 1, 1, 0]], float
    )
    pooled, caveat = pooled_difference(sets, active)
    shares = np.array([[row[:4].mean(), row[4:].mean()] for row in sets])
    each = shares[:, 0] - shares[:, 1]
    within = (shares[:, 0] * (1 - shares[:, 0]) / 4 + shares[:, 1] * (1 - shares[:, 1]) / 5).mean()
    assert pooled.estimate == pytest.approx(each.mean())
    assert pooled.se == pytest.approx(np.sqrt(within + (1 + 1 / 3) * each.var(ddof=1)))
    assert pooled.df < 7
    assert caveat == ""
    assert pooled_difference(np.array([[1.0] * 4 + [0, 0, 1, 0, 0]]), active)[1] == NO_SPREAD


def test_the_standardised_difference_of_every_imputation_is_pooled_and_equal_ones_are_fitted_once():
    rng = np.random.default_rng(2)
    active, x = np.arange(40) < 20, rng.normal(size=(40, 1))
    first, second = (rng.integers(0, 2, 40).astype(float) for _ in range(2))
    pooled = pooled_standardised(np.array([first, second, first]), active, x)
    one, two = (standardised_difference(row, active.astype(float), x) for row in (first, second))
    assert pooled.estimate == pytest.approx((2 * one.difference + two.difference) / 3)
    with pytest.raises(NoStandardisedDifferenceError, match="in an imputation an arm has"):
        pooled_standardised(np.array([first, np.zeros(40)]), active, x)


def test_a_failure_by_an_event_is_one_in_every_imputation():
    data = gaps()
    changes = IMPUTED | {"events": [("ACT00", "RESCUE", "2020-01-10")], "days": {}}
    free, failed = run(data, **IMPUTED), run(data, **changes)
    assert get(failed, "ACT", "FALL05.imputed.responders") < get(free, "ACT", "FALL05.imputed.responders")
    assert get(failed, "ACT", "FALL05.imputed.N") == get(free, "ACT", "FALL05.imputed.N")


def test_results_repeat_and_depend_on_the_seed():
    first, again = run(gaps(), **IMPUTED), run(gaps(), **IMPUTED)
    assert first.rows.equals(again.rows)
    other = run(gaps(), **IMPUTED | {"imputation": HOW | {"seed": 6}})
    assert get(other, "ACT", "FALL05.imputed.pct") != get(first, "ACT", "FALL05.imputed.pct")


def test_a_visit_that_nobody_attended_says_why_there_is_no_share():
    data = records(per_arm=30)
    found = run(data[data["AVISIT"] != "M3"].reset_index(drop=True), **IMPUTED)
    assert np.isnan(get(found, "ACT-REF", "FALL05.imputed.rd"))
    assert get(found, "ACT-REF", "FALL05.imputed.rd", column="error")
    assert get(found, "ACT", "FALL05.imputed.N") == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"imputation": None}, "imputation: goes with imputed among missing"),
        ({"missing": ["observed"]}, "imputation: goes with imputed among missing"),
        (
            {"imputation": HOW | {"imputation_reference": "STDD"}},
            "imputation_reference: 'STDD' is not one of",
        ),
    ],
)
def test_imputed_goes_with_its_model(change, message):
    content = read_yaml(ROOT / "config.yaml")
    content["analyses"]["RESPONDERS"] = content["analyses"]["RESPONDERS"] | change
    with pytest.raises(ConfigError, match=message):
        load_study(content)
