"""Bounds, limits of quantification, and the filtration rate."""

import math

import pytest
from pydantic import ValidationError

from trial.eligibility.comparisons import within
from trial.eligibility.config_criteria import Bounds
from trial.eligibility.kidney import filtration_rate


def bounds(**given):
    return Bounds.model_validate(given)


@pytest.mark.parametrize(
    ("given", "on", "below", "above"),
    [
        ({"above": 7.0}, False, False, True),
        ({"at_least": 7.0}, True, False, True),
        ({"below": 7.0}, False, True, False),
        ({"at_most": 7.0}, True, True, False),
    ],
)
def test_a_bound_is_strict_or_not(given, on, below, above):
    for value, expected in ((7.0, on), (6.9, below), (7.1, above)):
        assert within(bounds(**given), value, value) is expected


def test_a_multiple_of_the_limit_is_exact_where_the_numbers_are():
    twice = bounds(at_least=2.0)
    assert within(twice, 80.0, 80.0, scale=40.0) is True
    assert within(twice, 79.9, 79.9, scale=40.0) is False
    # 1.3333333333333333 microkatal/L x 60 against twice 0.6666666666666666 x 60
    assert (
        within(twice, 1.3333333333333333 * 60, 1.3333333333333333 * 60, scale=0.6666666666666666 * 60) is True
    )


@pytest.mark.parametrize(
    ("given", "limit", "side", "expected"),
    [
        ({"above": 0.6}, 0.6, "<", False),
        ({"at_least": 0.6}, 0.6, "<", False),
        ({"above": 0.6}, 0.61, "<", None),
        ({"above": 0.6}, 0.6, ">", True),
        ({"at_least": 0.6}, 0.5, ">", None),
        ({"below": 0.6}, 0.6, "<", True),
        ({"at_most": 0.6}, 0.6, ">", False),
        ({"below": 0.6}, 0.7, "<", None),
    ],
)
def test_what_lies_beyond_a_limit_of_quantification_decides_only_where_all_of_it_does(
    given, limit, side, expected
):
    low, high = (0.0, limit) if side == "<" else (limit, math.inf)
    assert within(bounds(**given), low, high, half_open=side) is expected


def test_bounds_that_cannot_be_meant_are_refused():
    for given, message in (
        ({}, "at least one of"),
        ({"above": 1.0, "at_least": 1.0}, "one for each end"),
        ({"at_least": 3.0, "below": 2.0}, "lies above"),
    ):
        with pytest.raises(ValidationError, match=message):
            bounds(**given)


# The equations at hand: 141 (or 142) x ratio^alpha or ^-1.209 (-1.200) x 0.993^age (0.9938^age) x the factor of
# women. At creatinine = kappa both powers are 1.
@pytest.mark.parametrize(
    ("equation", "creatinine", "age", "sex", "expected"),
    [
        ("CKD-EPI 2009", 0.7, 0, "F", 141 * 1.018),
        ("CKD-EPI 2009", 0.9, 0, "M", 141.0),
        ("CKD-EPI 2021", 0.7, 0, "F", 142 * 1.012),
        ("CKD-EPI 2009", 1.8, 50, "M", 141 * 2**-1.209 * 0.993**50),
        ("CKD-EPI 2021", 1.8, 50, "M", 142 * 2**-1.200 * 0.9938**50),
        ("CKD-EPI 2009", 0.35, 50, "F", 141 * 0.5**-0.329 * 0.993**50 * 1.018),
        ("CKD-EPI 2021", 0.45, 50, "M", 142 * 0.5**-0.302 * 0.9938**50),
    ],
)
def test_the_filtration_rate(equation, creatinine, age, sex, expected):
    assert filtration_rate(equation, creatinine, age, sex) == pytest.approx(expected, rel=1e-12)


def test_the_day_of_birth_may_decide(holds):
    """Creatinine for which one of the two possible ages lies below 30 and the other does not."""
    test = {"test": "eGFR", "creatinine": "CREA", "born": "BRTHYR", "equation": "CKD-EPI 2009", "below": 30.0}
    low, high = (filtration_rate("CKD-EPI 2009", 1.0, age, "F") for age in (59, 58))
    # rate = k x creatinine^-1.209 above kappa: the creatinine whose rate is 30 at an age between the two
    between = (30 / math.sqrt(low * high)) ** (-1 / 1.209)
    labs = [{"ANALYTE": "CREA", "VALUE": between, "UNIT": "mg/dL"}]
    assert holds(test, labs=labs) is None
    assert holds(test, labs=labs, adsl={"BRTHYR": 1950.0}) is True
    assert holds(test, labs=labs, adsl={"BRTHYR": 1970.0}) is False
