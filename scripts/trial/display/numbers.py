"""Numbers to text: the only place of the project that rounds.

Policy: a value is first taken to `FUZZ_DIGITS` significant digits, then that decimal text is rounded half
away from zero. The first step absorbs binary noise: a mean that is 42.65 in exact arithmetic can arrive as
42.64999999999999, and prints as 42.7 with one decimal. A value that rounds to zero prints without a sign.
A minus sign is U+2212 wherever a number is printed: a hyphen belongs to names, dates and codes.
"""

import math
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal

FUZZ_DIGITS = 12
MINUS = "\u2212"
# A hyphen that is the sign of a number or of an exponent: no letter or digit of a name stands before it.
_SIGN = re.compile(r"(?<![\w.\-/)])-(?=\.?\d)|(?<=\d[eE])-(?=\d)")
PERCENT_DECIMALS = 1
# Printed formats of p-values: four decimals as SAS prints them, or three as most journals ask.
PValues = Literal["sas4", "journal3"]
P_DECIMALS: dict[PValues, int] = {"sas4": 4, "journal3": 3}
# ln values have no unit: three decimals (four for their SE) keep the third digit of a ratio.
LOG_DECIMALS = 3

# Enough digits for any double, so that quantizing cannot overflow the context.
_ROUNDING = Context(prec=700, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Decimals:
    """How many decimals each kind of statistic prints.

    Parameters
    ----------
    collected : int
        Decimals of the value as collected (per analyte, from the configuration).
    ratio : int
        Decimals of ratios and their limits, one choice for the study.
    """

    collected: int
    ratio: int

    @property
    def extreme(self) -> int:
        """Decimals of minimum and maximum."""
        return self.collected

    @property
    def location(self) -> int:
        """Decimals of means, quantiles, LS means, differences and their limits."""
        return self.collected + 1

    @property
    def spread(self) -> int:
        """Decimals of SD and SE: two more than collected, never more than four."""
        return min(self.collected + 2, 4)


def format_number(value: float, decimals: int) -> str:
    """Return `value` with `decimals` decimals, rounded half away from zero on its decimal text.

    Raises
    ------
    ValueError
        For NaN or an infinity: an absent value is printed with its reason, never as a number.
    """
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number to print, found {value}")
    rounded = _decimal(value).quantize(Decimal(1).scaleb(-decimals), context=_ROUNDING)
    return print_minus(format(abs(rounded) if rounded.is_zero() else rounded, "f"))


def print_minus(text: str) -> str:
    """Return a text in which the sign of every number is the printed minus sign."""
    return _SIGN.sub(MINUS, text) if "-" in text else text


def read_number(text: str) -> float:
    """Return the value of a printed number."""
    return float(text.replace(MINUS, "-"))


def is_exact(value: float, decimals: int) -> bool:
    """Return whether a value has no more decimals than these."""
    return float(_decimal(value)) == read_number(format_number(value, decimals))


def format_p_value(value: float, style: PValues) -> str:
    """Return a p-value with the decimals of its style: ``<0.0001`` below them, ``>0.9999`` for one near 1."""
    if not 0 <= value <= 1:
        raise ValueError(f"expected a p-value between 0 and 1, found {value}")
    decimals = P_DECIMALS[style]
    smallest = Decimal(1).scaleb(-decimals)
    if _decimal(value) < smallest:
        return smallest_p_text(style)
    text = format_number(value, decimals)
    return f">{1 - smallest:f}" if text == format_number(1, decimals) and value < 1 else text


def smallest_p_text(style: PValues) -> str:
    """Return how a p-value below the last decimal of its style prints, for example ``<0.0001``."""
    return f"<{Decimal(1).scaleb(-P_DECIMALS[style]):f}"


def format_count_percent(count: float, percent: float) -> str:
    """Return ``count (percent%)``; a zero count stands alone and a full count prints ``100%``."""
    number = format_number(count, 0)
    if number == "0":
        return number
    if _decimal(percent) == 100:
        return f"{number} (100%)"
    text = format_number(percent, PERCENT_DECIMALS)
    # A part of the group is never printed as none or all of it.
    text = {"0.0": "<0.1", "100.0": ">99.9"}.get(text, text)
    return f"{number} ({text}%)"


def format_with_spread(value: float, spread: float, decimals: int, spread_decimals: int) -> str:
    """Return ``value (spread)``, as in mean (SD) or LS mean (SE)."""
    return f"{format_number(value, decimals)} ({format_number(spread, spread_decimals)})"


def format_interval(lower: float, upper: float, decimals: int) -> str:
    """Return ``(lower, upper)``."""
    return f"({format_number(lower, decimals)}, {format_number(upper, decimals)})"


def format_level(level: float) -> str:
    """Return a confidence level in percent, with decimals only where it has some: ``95%``, ``97.5%``."""
    text = format_number(100 * level, 2)
    return text.rstrip("0").rstrip(".") + "%"


def format_plain(value: float) -> str:
    """Return a tick or count with as many decimals as it has, at most six significant digits."""
    text = format(_ROUNDING.plus(_decimal(float(f"{value:.6g}"))).normalize(), "f")
    return "0" if text == "-0" else print_minus(text)


def decimals_for(size: float, digits: int) -> int:
    """Return with how many decimals a number of this size shows so many significant digits.

    Estimates whose units differ from row to row, as coefficients of a model, take theirs from their SE.
    """
    return max(0, digits - 1 - _power(size, digits)) if size else digits


def format_significant(value: float, digits: int) -> str:
    """Return a number with so many significant digits, as a power of ten where it is very small or large."""
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number to print, found {value}")
    if value == 0:
        return "0"
    power = _power(value, digits)
    if -4 <= power < 6:
        return format_number(value, decimals_for(value, digits))
    return f"{format_number(float(_decimal(value).scaleb(-power)), digits - 1)}e{format_number(power, 0)}"


def _power(value: float, digits: int) -> int:
    """Return the power of ten of a number that is rounded to so many digits."""
    return int(f"{value:.{digits - 1}e}".partition("e")[2])


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.{FUZZ_DIGITS}g}")
