"""Sentences that say what the numbers show: who keeps the level, who is biased, where power is lost."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from trial.characteristics.config import Simulation

Row = Mapping[str, Any]
# Rows of the table by effect, design and method.
Cells = Mapping[tuple[str, str, str], Row]
# With so many rates looked at: beyond three errors one in 400 is named by chance.
FAR = 3.0


def read(cells: Cells, plan: Simulation) -> Iterator[str]:
    """Yield one paragraph for each design; a number is named where it lies beyond three Monte-Carlo errors.

    Parameters
    ----------
    cells : mapping
    plan : Simulation
    """
    yield (
        f"Named is what lies more than {FAR:g} Monte-Carlo errors from where it should be; what is not named "
        "may still be off by less. A bias is that from the method's own target."
    )
    yield from ("", *_overall(cells, plan))
    for code, design in plan.designs.items():
        parts = [*_levels(cells, plan, code), *_coverage(cells, plan, code), *_biases(cells, plan, code)]
        parts += _powers(cells, plan, code)
        yield from ("", f"**{code}: {design.label}.** {' '.join(parts)}")


def _overall(cells: Cells, plan: Simulation) -> Iterator[str]:
    """Yield who keeps the level in every design, and who does not, with the designs."""
    nominal = 100 * (1 - plan.level)
    sizes = sorted(set(plan.methods.values()), reverse=True)
    bounds = [
        f"{nominal + FAR * np.sqrt(nominal * (100 - nominal) / size):.1f} % ({size} trials)" for size in sizes
    ]
    yield f"A type I error of {nominal:g} % can be told only from one above {', '.join(bounds)}."
    for effect in _nulls(plan):
        off = {
            method: [
                design
                for design in plan.designs
                if abs(_level_gap(cells, plan, effect, design, method)) > FAR
            ]
            for method in plan.methods
        }
        kept = [method for method, designs in off.items() if not designs]
        lost = [f"{method} ({', '.join(designs)})" for method, designs in off.items() if designs]
        yield f"Not told from {nominal:g} % in any design: {', '.join(kept) or 'no method'}."
        yield f"Above or below in some: {', '.join(lost) or 'no method'}."


def _level_gap(cells: Cells, plan: Simulation, effect: str, design: str, method: str) -> float:
    return _gap(cells[effect, design, method], "REJECTED_PCT", 100 * (1 - plan.level))


def _levels(cells: Cells, plan: Simulation, design: str) -> Iterator[str]:
    nominal = 100 * (1 - plan.level)
    for effect in _nulls(plan):
        found = {method: _level_gap(cells, plan, effect, design, method) for method in plan.methods}
        rates = {method: cells[effect, design, method]["REJECTED_PCT"] for method in plan.methods}
        high = {method: rates[method] for method, gap in found.items() if gap > FAR}
        low = {method: rates[method] for method, gap in found.items() if gap < -FAR}
        if not high and not low:
            yield f"No type I error differs from {nominal:g} %."
        if high:
            yield f"Type I error above {nominal:g} %: {_list(high, 1)}."
        if low:
            yield f"Below {nominal:g} %: {_list(low, 1)}."


def _coverage(cells: Cells, plan: Simulation, design: str) -> Iterator[str]:
    """Yield coverage below its level under an effect."""
    nominal = 100 * plan.level
    for effect in _effects(plan):
        low = {
            method: cells[effect, design, method]["COVERAGE_PCT"]
            for method in plan.methods
            if _gap(cells[effect, design, method], "COVERAGE_PCT", nominal) < -FAR
        }
        if low:
            yield f"Coverage below {nominal:g} % under the {effect.lower()} effect: {_list(low, 1)}."


def _biases(cells: Cells, plan: Simulation, design: str) -> Iterator[str]:
    for effect in plan.effects:
        biased = {
            method: cells[effect, design, method]["BIAS"]
            for method in plan.methods
            if abs(cells[effect, design, method]["BIAS"]) > FAR * cells[effect, design, method]["BIAS_MCSE"]
        }
        if biased:
            yield f"Biased, effect {effect.lower()}: {_list(biased, 3)}."


def _powers(cells: Cells, plan: Simulation, design: str) -> Iterator[str]:
    """Yield power beside that of the plan's first method."""
    first = next(iter(plan.methods))
    for effect in _effects(plan):
        standard = cells[effect, design, first]
        lower: dict[str, float] = {}
        higher: dict[str, float] = {}
        for method in list(plan.methods)[1:]:
            mine = cells[effect, design, method]
            gap = mine["REJECTED_PCT"] - standard["REJECTED_PCT"]
            error = float(np.hypot(mine["REJECTED_MCSE"], standard["REJECTED_MCSE"]))
            if abs(gap) > FAR * error:
                (lower if gap < 0 else higher)[method] = mine["REJECTED_PCT"]
        text = f"Power under the {effect.lower()} effect: {standard['REJECTED_PCT']:.1f} % ({first})"
        text += f"; lower: {_list(lower, 1)}" if lower else ""
        text += f"; more rejections: {_list(higher, 1)}" if higher else ""
        yield f"{text}."


def _effects(plan: Simulation) -> list[str]:
    return [name for name in plan.effects if not plan.is_null(name)]


def _nulls(plan: Simulation) -> list[str]:
    return [name for name in plan.effects if plan.is_null(name)]


def _gap(row: Row, column: str, nominal: float) -> float:
    """Return how many errors of the nominal rate lie between it and a rate."""
    answered = row["TRIALS"] - row["FAILED"]
    return float((row[column] - nominal) / np.sqrt(nominal * (100 - nominal) / max(answered, 1)))


def _list(found: dict[str, float], places: int) -> str:
    ordered = sorted(found.items(), key=lambda item: -abs(item[1]))
    return ", ".join(f"{method} {value:.{places}f}" for method, value in ordered)
