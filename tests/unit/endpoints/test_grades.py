"""Indicators and grades on both sides of every bound; the bounds are those of the demonstration's configuration."""

import numpy as np
import pandas as pd
import pytest

from trial.endpoints.config_laboratory import Criterion, Threshold
from trial.endpoints.grades import Bounds, bound_of, grade, indicate, passes
from trial.plan.load import load_study
from trial.study.load import read_yaml
from unit.endpoints.demo import ROOT

LABORATORY = load_study(read_yaml(ROOT / "config.yaml")).laboratory
NAN = float("nan")


def criterion(code):
    (found,) = LABORATORY.by_code[code].criteria
    return found


def record(value, **changes):
    """Return one record after a normal baseline."""
    usual = {"AVAL": value, "CENSOR": "", "LIMIT": NAN, "ANRLO": NAN, "ANRHI": NAN, "BASE": NAN, "BNRIND": "NORMAL",
             "POSTBLFL": "Y"}  # fmt: skip
    return pd.DataFrame([usual | changes])


def graded(code, value, **changes):
    (found,) = grade(record(value, **changes), criterion(code))
    return None if np.isnan(found) else int(found)


@pytest.mark.parametrize("code", ["ALT", "AST"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [(40, 0), (40.1, 1), (120, 1), (120.1, 2), (200, 2), (200.1, 3), (800, 3), (800.1, 4)],
)
def test_transaminases_after_a_normal_baseline(code, value, expected):
    """CTCAE v5.0: > ULN to 3 x ULN, > 3 to 5, > 5 to 20, > 20 x ULN."""
    assert graded(code, value, ANRHI=40.0, BASE=30.0) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(60, 0), (89.9, 0), (90, 1), (180, 1), (180.1, 2), (300, 2), (300.1, 3), (1200, 3), (1200.1, 4)],
)
def test_transaminases_after_an_abnormal_baseline(value, expected):
    """CTCAE v5.0: 1.5 (itself included) to 3 x baseline, > 3 to 5, > 5 to 20, > 20 x baseline."""
    assert graded("ALT", value, ANRHI=40.0, BASE=60.0, BNRIND="HIGH") == expected


@pytest.mark.parametrize(
    ("baseline", "value", "expected"),
    [
        ("NORMAL", 21.0, 0), ("NORMAL", 31.5, 1), ("NORMAL", 31.6, 2), ("NORMAL", 63.0, 2), ("NORMAL", 63.1, 3),
        ("NORMAL", 210.0, 3), ("NORMAL", 210.1, 4),
        ("HIGH", 30.0, 0), ("HIGH", 30.1, 1), ("HIGH", 45.0, 1), ("HIGH", 45.1, 2), ("HIGH", 90.1, 3), ("HIGH", 300.1, 4),
        # A low baseline is no abnormal one of this side.
        ("LOW", 31.6, 2),
    ],
)  # fmt: skip
def test_bilirubin(baseline, value, expected):
    assert graded("BILI", value, ANRHI=21.0, BASE=30.0, BNRIND=baseline) == expected


@pytest.mark.parametrize(
    ("value", "base", "expected"),
    [
        (100, 90, 0), (100.1, 90, 1), (135.1, 90, 2), (150, 120, 1), (150.1, 120, 2),
        # Below the upper limit, and still 1.5 times the baseline.
        (90.1, 60, 2), (90, 60, 0), (180.1, 60, 3), (300.1, 250, 3), (600, 250, 3), (600.1, 250, 4),
        # Without a baseline the limits alone decide.
        (100, NAN, 0), (150.1, NAN, 2),
    ],
)  # fmt: skip
def test_creatinine_has_two_ways_to_a_grade(value, base, expected):
    assert graded("CREA", value, ANRHI=100.0, BASE=base) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(120, 0), (119.9, 1), (100, 1), (99.9, 2), (80, 2), (79.9, 3), (60, 3)]
)
def test_anaemia_goes_down(value, expected):
    assert graded("HGB", value, ANRLO=120.0) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3.9, 0), (3.8, 1), (3.0, 1), (2.9, 2), (2.2, 2), (2.1, 3), (1.7, 3), (1.6, 4), (15.0, 0)],
)
def test_hypoglycaemia(value, expected):
    assert graded("GLUC", value, ANRLO=3.9, ANRHI=6.4) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.70, 0), (1.71, 1), (3.42, 1), (3.43, 2), (5.7, 2), (5.71, 3), (11.4, 3), (11.41, 4)],
)
def test_triglycerides_need_no_limit(value, expected):
    assert graded("TG", value) == expected


def test_without_a_limit_only_what_it_does_not_decide_is_graded():
    assert graded("HGB", 110.0) is None  # may be below the lower limit, or not
    assert graded("HGB", 99.0) == 2
    assert graded("ALT", 500.0) is None
    assert graded("ALT", NAN, ANRHI=40.0) is None


def test_a_missing_baseline_is_graded_as_a_normal_one():
    assert graded("ALT", 130.0, ANRHI=40.0, BNRIND="") == 2


def test_a_baseline_is_graded_by_the_limits():
    """Compared with itself it would be 1 x baseline, which is no grade."""
    assert graded("ALT", 60.0, ANRHI=40.0, BASE=60.0, BNRIND="HIGH", POSTBLFL="") == 1


def test_a_grade_by_the_baseline_alone_needs_one():
    only = Criterion.model_validate(
        {"term": "x", "side": "high", "grades": [{"grade": 1, "any_of": [{"times": 2.0, "of": "BASE"}]}]}
    )
    found = grade(pd.concat([record(10.0), record(10.0, BASE=4.0), record(10.0, BASE=6.0)]), only)
    np.testing.assert_array_equal(found, [NAN, 1, 0])


def test_binary_noise_decides_no_bound():
    """3 x 1.1 is 3.3000000000000003 in binary arithmetic."""
    three = {"times": 3.0, "of": "ULN"}
    above, reached = Threshold(**three), Threshold(**three, reached=True)
    one = record(3.3, ANRHI=1.1)
    assert passes(one, above, "high").tolist() == [0.0]
    assert passes(one, reached, "high").tolist() == [1.0]
    assert bound_of(one, above)[0] > 3.3


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        (3.9, 3.9, 6.4, "NORMAL"), (6.4, 3.9, 6.4, "NORMAL"), (3.8, 3.9, 6.4, "LOW"), (6.5, 3.9, 6.4, "HIGH"),
        (0.1, NAN, 40.0, "NORMAL"), (41.0, NAN, 40.0, "HIGH"), (500.0, 90.0, NAN, "NORMAL"), (89.0, 90.0, NAN, "LOW"),
        (5.0, NAN, NAN, ""), (NAN, 3.9, 6.4, ""),
    ],
)  # fmt: skip
def test_the_indicator_by_two_one_or_no_limits(value, low, high, expected):
    found = indicate(Bounds.of(record(value)), np.array([low]), np.array([high]))
    assert found.tolist() == [expected]


@pytest.mark.parametrize(
    ("censor", "limit", "expected"),
    [
        ("<", 3.9, "LOW"), ("<", 3.0, "LOW"), ("<", 5.0, ""), (">", 6.4, "HIGH"), (">", 9.0, "HIGH"), (">", 5.0, ""),
    ],
)  # fmt: skip
def test_a_result_beyond_quantification_is_on_a_side_only_where_it_must_be(censor, limit, expected):
    """Half of `<5.0` would be below 3.9, and the value may be 4.5."""
    value = limit / 2 if censor == "<" else limit
    found = indicate(Bounds.of(record(value, CENSOR=censor, LIMIT=limit)), np.array([3.9]), np.array([6.4]))
    assert found.tolist() == [expected]


def test_a_result_above_the_scale_has_at_least_the_grade_of_its_limit():
    assert graded("ALT", 200.0, CENSOR=">", LIMIT=200.0, ANRHI=40.0, BASE=30.0) == 3  # more than 5 x ULN
    assert graded("ALT", 200.0, ANRHI=40.0, BASE=30.0) == 2
