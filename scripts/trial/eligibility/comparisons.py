"""Numbers against bounds: exact at the bound, honest about what lies below a limit of quantification."""

import math

from trial.eligibility.config_criteria import Bounds

# A conversion leaves noise in the last digits: 2 x 40 U/L and 1.333... ukat/L x 60 are the same bound.
DIGITS = 12


def within(
    bounds: Bounds, low: float, high: float, *, scale: float = 1.0, half_open: str = ""
) -> bool | None:
    """Return whether every value from `low` to `high` keeps the bounds; None where some do.

    Parameters
    ----------
    scale : float
        What the bounds are multiples of.
    half_open : str
        `<` where `high` itself, `>` where `low` itself, is not possible.
    """
    answers = [
        _beyond(low, high, bound, half_open, strict=strict, upper=upper)
        for bound, strict, upper in (
            (_scaled(bounds.above, scale), True, False),
            (_scaled(bounds.at_least, scale), False, False),
            (_scaled(bounds.below, scale), True, True),
            (_scaled(bounds.at_most, scale), False, True),
        )
        if bound is not None
    ]
    if False in answers:
        return False
    return None if None in answers else True


def _scaled(bound: float | None, scale: float) -> float | None:
    return None if bound is None else bound * scale


def _beyond(
    low: float, high: float, bound: float, half_open: str, *, strict: bool, upper: bool
) -> bool | None:
    """Return whether the whole range lies on the wanted side of a bound, none of it, or a part."""
    if upper:  # the mirror image
        turned = {"<": ">", ">": "<"}.get(half_open, "")
        return _beyond(-high, -low, -bound, turned, strict=strict, upper=False)
    low, high, bound = _rounded(low), _rounded(high), _rounded(bound)
    # The least value keeps the bound: all do. The greatest breaks it: none does.
    if low > bound or (low == bound and (not strict or half_open == ">")):
        return True
    if high < bound or (high == bound and (strict or half_open == "<")):
        return False
    return None


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else value
