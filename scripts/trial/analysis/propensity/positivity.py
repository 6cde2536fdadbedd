"""Whether the arms overlap enough for a weighted comparison: a verdict with its reasons."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from trial.analysis.propensity.balance import effective_size
from trial.analysis.propensity.separation import Separation

Array = NDArray[np.float64]
Verdict = Literal["pass", "warn", "fail"]
ORDER: tuple[Verdict, ...] = ("pass", "warn", "fail")


@dataclass(frozen=True)
class Limits:
    """When a check warns and when it fails; decided without outcomes (`trial.analysis.design.config`)."""

    extreme_score: float
    warn_extreme_share: float
    warn_size_share: float
    fail_size_share: float
    fail_size: float
    warn_largest_share: float
    warn_difference: float
    fail_difference: float
    warn_concordance: float


@dataclass(frozen=True)
class Check:
    """One check: its name, the number it looked at, the verdict, and a sentence for readers."""

    name: str
    value: float
    verdict: Verdict
    words: str


def check_scores(scores: Array, treated: Array, separation: Separation, limits: Limits) -> Iterator[Check]:
    """Yield the checks of the propensities themselves, the same for all weights."""
    apart = {"none": "the covariates do not separate the arms"}.get(
        separation, f"the covariates separate the arms ({separation}): Firth's likelihood was used"
    )
    yield Check("separation", float(separation != "none"), "warn" if separation != "none" else "pass", apart)
    edge = limits.extreme_score
    outside = float(((scores < edge) | (scores > 1 - edge)).mean())
    text = f"{percent(outside)} of propensities lie outside {edge:g} to {1 - edge:g}"
    yield Check("extreme", outside, "warn" if outside > limits.warn_extreme_share else "pass", text)
    low = max(scores[treated == arm].min() for arm in (0, 1))
    high = min(scores[treated == arm].max() for arm in (0, 1))
    alone = float(((scores < low) | (scores > high)).mean())
    text = f"{percent(alone)} of subjects lie outside the common range {low:.2f} to {high:.2f}"
    yield Check("common_range", alone, "warn" if alone > limits.warn_extreme_share else "pass", text)
    area = concordance(scores, treated)
    text = f"c statistic {area:.2f}"
    yield Check("concordance", area, "warn" if area > limits.warn_concordance else "pass", text)


def check_weights(
    weights: Array, treated: Array, differences: Sequence[float], limits: Limits
) -> Iterator[Check]:
    """Yield the checks of one kind of weights; `differences` are the standardised ones it leaves."""
    for arm, name in ((1, "treated"), (0, "control")):
        mine = weights[treated == arm]
        size = effective_size(mine)
        share = size / len(mine)
        found: Verdict = "warn" if share < limits.warn_size_share else "pass"
        if share < limits.fail_size_share or size < limits.fail_size:
            found = "fail"
        yield Check(
            f"size.{name}", size, found, f"effective sample size {size:.1f} of {len(mine)} ({name} arm)"
        )
        largest = float(mine.max() / mine.sum())
        text = f"one subject carries {percent(largest)} of the weight ({name} arm)"
        yield Check(
            f"largest.{name}", largest, "warn" if largest > limits.warn_largest_share else "pass", text
        )
    worst = float(np.max(np.abs(differences))) if len(differences) else 0.0
    found = "warn" if worst > limits.warn_difference else "pass"
    if not worst <= limits.fail_difference:  # NaN: the arms differ and neither varies
        found = "fail"
    yield Check("difference", worst, found, f"largest standardised difference after weighting {worst:.2f}")


def worst_verdict(checks: Sequence[Check]) -> Verdict:
    """Return the worst verdict of several checks."""
    return max((check.verdict for check in checks), key=ORDER.index, default="pass")


def concordance(scores: Array, treated: Array) -> float:
    """Return the probability that a treated subject has the higher propensity of a pair (c statistic)."""
    above = scores[treated == 1][:, None] - scores[treated == 0][None]
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def percent(share: float) -> str:
    """Return a share in whole percent."""
    return f"{100 * share:.0f}%"
