"""Conclusions that turned between two runs: a p-value across alpha, an interval across its null, a sign."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from trial.compare.results import Result, cell_of

# Of these no effect is 1, not 0: ratios of means, risks, odds and rates.
RATIOS = frozenset({"gmr", "rr", "or", "hr", "irr"})
P_VALUES = (".pvalue", ".pvalue.adjusted")
REJECTED = "rejected"
MARGIN = frozenset({"diff", "gmr"})


@dataclass(frozen=True)
class Rule:
    """By what an analysis of an endpoint concludes: alpha, and the margin of its null where it has one."""

    alpha: float
    margin: float | None = None
    log: bool = False

    def null(self, base: str) -> float:
        """Return the value of no effect of an estimate, by its name."""
        parts = base.split(".")
        ratio = not RATIOS.isdisjoint(parts)
        if self.margin is not None and base in MARGIN:
            return math.log(self.margin) if self.log and not ratio else self.margin
        return 1.0 if ratio else 0.0


def find_flips(
    old: Mapping[str, Result],
    new: Mapping[str, Result],
    old_rules: Mapping[tuple[str, str], Rule],
    new_rules: Mapping[tuple[str, str], Rule],
) -> dict[str, str]:
    """Return by result id which conclusion turned, in words.

    Every result that both runs have is judged, unchanged ones too: another level turns a conclusion without
    moving its number. An interval's is told at its estimate, at its lower limit where it has none.

    Parameters
    ----------
    old_rules, new_rules : mapping of (analysis, endpoint) to Rule
    """
    found: dict[str, list[str]] = {}
    for one, before in old.items():
        after = new.get(one)
        row = before.row
        where = row["analysis"], row["endpoint"]
        if after is None or where not in old_rules or where not in new_rules:
            continue
        sides = (old, old_rules[where], before), (new, new_rules[where], after)
        for at, said in _of_result(one, row["statistic"], bool(row["comparison"]), sides):
            found.setdefault(at, []).append(said)
    return {one: "; ".join(said) for one, said in found.items()}


Side = tuple[Mapping[str, Result], Rule, Result]


def _of_result(one: str, statistic: str, compares: bool, sides: Sequence[Side]) -> Iterator[tuple[str, str]]:
    if f".{statistic}".endswith(P_VALUES):
        below = [result.value < rule.alpha for _, rule, result in sides]
        if below[0] != below[1] and not any(math.isnan(result.value) for *_, result in sides):
            yield one, f"p {'now' if below[1] else 'no longer'} below {sides[1][1].alpha:g}"
    elif statistic == REJECTED:
        if sides[0][2].value != sides[1][2].value:
            yield one, "now rejected" if sides[1][2].value else "no longer rejected"
    elif compares and statistic.endswith(".lower"):
        yield from _of_interval(one, statistic, sides)
    elif compares and f"{one}.lower" in sides[0][0] and f"{one}.lower" in sides[1][0]:
        signs = [_sign(result.value - rule.null(statistic)) for _, rule, result in sides]
        if signs[0] * signs[1] < 0:
            yield one, "sign turned"


def _of_interval(one: str, statistic: str, sides: Sequence[Side]) -> Iterator[tuple[str, str]]:
    base = statistic.removesuffix(".lower")
    cell = cell_of(one, statistic)
    holds = []
    for results, rule, lower in sides:
        upper = results.get(f"{cell}{base}.upper")
        if upper is None or math.isnan(lower.value) or math.isnan(upper.value):
            return
        holds.append(lower.value <= rule.null(base) <= upper.value)
    if holds[0] != holds[1]:
        estimate = f"{cell}{base}"
        told = estimate if estimate in sides[0][0] and estimate in sides[1][0] else one
        yield told, f"interval {'now' if holds[1] else 'no longer'} holds {sides[1][1].null(base):g}"


def _sign(value: float) -> int:
    return 0 if math.isnan(value) else (value > 0) - (value < 0)
