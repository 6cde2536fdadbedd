"""Numbers to text: rounding half away from zero on the decimal value, and the forms of p-values and counts."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trial.display.numbers import (
    Decimals,
    format_count_percent,
    format_interval,
    format_level,
    format_number,
    format_p_value,
    format_plain,
    format_with_spread,
)

HALVES = [
    (0.15, 1, "0.2"),
    (0.25, 1, "0.3"),
    (0.35, 1, "0.4"),
    (2.675, 2, "2.68"),
    (42.65, 1, "42.7"),
    (94.55, 1, "94.6"),
    (-0.05, 1, "−0.1"),
    (-0.04, 1, "0.0"),
]


@pytest.mark.parametrize(("value", "decimals", "text"), HALVES)
def test_rounds_half_away_from_zero_on_the_decimal_value(value, decimals, text):
    assert format_number(value, decimals) == text


def test_python_rounding_would_fail_the_same_cases():
    wrong = [text for value, decimals, text in HALVES if f"{value:.{decimals}f}" != text]
    assert len(wrong) >= 6


def test_binary_noise_below_twelve_digits_is_absorbed_and_a_real_difference_is_not():
    assert format_number(42.64999999999999, 1) == "42.7"
    assert format_number(42.65000000000001, 1) == "42.7"
    assert format_number(42.6499999999, 1) == "42.6"  # 12 significant digits: the value, not noise
    assert format_number((42.6 + 42.7) / 2, 1) == "42.7"


@pytest.mark.parametrize("value", [-0.0, -1e-9, -0.004])
def test_zero_has_no_sign(value):
    assert format_number(value, 2) == "0.00"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="finite"):
        format_number(value, 1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    digits=st.integers(min_value=-(10**11) + 1, max_value=10**11 - 1),
    scale=st.integers(min_value=0, max_value=8),
    decimals=st.integers(min_value=0, max_value=4),
)
def test_agrees_with_exact_decimal_arithmetic_for_values_of_up_to_eleven_digits(digits, scale, decimals):
    exact = Decimal(digits).scaleb(-scale)
    expected = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    expected = abs(expected) if expected == 0 else expected
    assert format_number(float(exact), decimals) == format(expected, "f").replace("-", "−")


@settings(derandomize=True, max_examples=100, deadline=None)
@given(value=st.floats(min_value=-1e6, max_value=1e6), decimals=st.integers(min_value=0, max_value=4))
def test_sign_flips_the_text_and_nothing_else(value, decimals):
    assert format_number(-value, decimals).lstrip("−") == format_number(value, decimals).lstrip("−")


def test_very_large_and_very_small_numbers_print_in_full():
    assert format_number(1e22, 1) == "1" + "0" * 22 + ".0"
    assert format_number(1e-300, 4) == "0.0000"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "<0.0001"),
        (0.00009999, "<0.0001"),  # rounds to 0.0001, yet is below it
        (0.0001, "0.0001"),
        (0.00015, "0.0002"),
        (0.04995, "0.0500"),
        (0.05, "0.0500"),
        (0.9999, "0.9999"),
        (0.99994, "0.9999"),
        (0.99995, ">0.9999"),
        (0.9999999, ">0.9999"),
        (1.0, "1.0000"),
    ],
)
def test_p_value(value, text):
    assert format_p_value(value, "sas4") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "<0.001"),
        (0.0009999, "<0.001"),  # rounds to 0.001, yet is below it
        (0.001, "0.001"),
        (0.0105, "0.011"),
        (0.0495, "0.050"),
        (0.9994, "0.999"),
        (0.9995, ">0.999"),
        (1.0, "1.000"),
    ],
)
def test_p_value_of_journals(value, text):
    assert format_p_value(value, "journal3") == text


@pytest.mark.parametrize("value", [-0.01, 1.2, float("nan")])
def test_an_impossible_p_value_is_refused(value):
    with pytest.raises(ValueError, match="p-value"):
        format_p_value(value, "sas4")


@pytest.mark.parametrize(
    ("count", "percent", "text"),
    [
        (0, 0.0, "0"),
        (15, 100.0, "15 (100%)"),
        (10, 100 * 10 / 15, "10 (66.7%)"),
        (1, 100 / 3000, "1 (<0.1%)"),
        (2999, 100 * 2999 / 3000, "2999 (>99.9%)"),
    ],
)
def test_count_with_percent(count, percent, text):
    assert format_count_percent(count, percent) == text


@pytest.mark.parametrize(("collected", "spread"), [(0, 2), (1, 3), (2, 4), (3, 4), (4, 4)])
def test_decimals_follow_those_collected(collected, spread):
    decimals = Decimals(collected, ratio=2)
    assert (decimals.extreme, decimals.location, decimals.spread) == (collected, collected + 1, spread)


def test_compound_forms():
    assert format_with_spread(-0.515, 0.12345, 2, 3) == "−0.52 (0.123)"
    assert format_interval(-0.805, 0.0, 2) == "(−0.81, 0.00)"
    assert (format_level(0.95), format_level(0.975), format_level(0.9)) == ("95%", "97.5%", "90%")


@pytest.mark.parametrize(
    ("value", "text"), [(10.0, "10"), (0.05, "0.05"), (-0.0, "0"), (1e-4, "0.0001"), (250, "250")]
)
def test_plain_numbers_have_the_decimals_they_need(value, text):
    assert format_plain(value) == text
