"""From the answers of single trials to operating characteristics, each with its Monte-Carlo error."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

from trial.characteristics.config import METHODS, Simulation
from trial.characteristics.draw import arm_sizes, draw_trials
from trial.characteristics.methods import METHODS as FUNCTIONS

# One trial analysed by one method.
ANSWERS = {
    "DESIGN": "text",
    "EFFECT": "text",
    "TRIAL": "number",
    "METHOD": "text",
    "ESTIMATE": "number",
    "SE": "number",
    "DF": "number",
    "MISSING": "number",
}
# One design, effect and method.
TABLE = {
    "DESIGN": "text",
    "ARMS": "text",
    "EFFECT": "text",
    "TRUTH": "number",
    "METHOD": "text",
    "TRIALS": "number",
    "FAILED": "number",
    "BIAS": "number",
    "BIAS_MCSE": "number",
    "EMPIRICAL_SD": "number",
    "MEAN_SE": "number",
    "REJECTED_PCT": "number",
    "REJECTED_MCSE": "number",
    "COVERAGE_PCT": "number",
    "COVERAGE_MCSE": "number",
    "WIDTH": "number",
    "MISSING_PCT": "number",
}


def analyse_chunk(simulation: Simulation, design: str, effect: str, chunk: int) -> pd.DataFrame:
    """Return the answers of every method to the trials of one chunk, columns of `ANSWERS`."""
    trials = draw_trials(simulation, design, effect, chunk)
    missing = np.isnan(trials.change[..., -1]).mean(axis=1)
    number = chunk * simulation.chunk + np.arange(simulation.chunk)
    parts = []
    for method in simulation.methods:
        estimate, se, df = FUNCTIONS[method](trials)
        numbers = {
            "TRIAL": number.astype(float),
            "ESTIMATE": estimate,
            "SE": se,
            "DF": df,
            "MISSING": missing,
        }
        parts.append(pd.DataFrame({"DESIGN": design, "EFFECT": effect, "METHOD": method, **numbers}))
    return pd.concat(parts, ignore_index=True)[list(ANSWERS)]


def tabulate(answers: pd.DataFrame, simulation: Simulation) -> pd.DataFrame:
    """Return the characteristics by design, effect and method, in the order of the configuration.

    A failed fit counts as one: it is in FAILED, and in no other column.
    """
    rows = [
        _row(answers, simulation, design, effect, method)
        for effect in simulation.effects
        for design in simulation.designs
        for method in simulation.methods
    ]
    return pd.DataFrame(rows)[list(TABLE)]


def _row(
    answers: pd.DataFrame, simulation: Simulation, design: str, effect: str, method: str
) -> dict[str, object]:
    chosen = (answers["DESIGN"] == design) & (answers["EFFECT"] == effect) & (answers["METHOD"] == method)
    mine = answers[chosen]
    good = mine[mine["ESTIMATE"].notna() & mine["SE"].notna()]
    truth = float(simulation.effects[effect][-1])
    error = good["ESTIMATE"] - truth
    quantile = stats.t.isf((1 - simulation.level) / 2, good["DF"])
    half = quantile * good["SE"]
    rejected, covered = (good["ESTIMATE"].abs() > half).mean(), (error.abs() <= half).mean()
    size = len(good)
    return {
        "DESIGN": design,
        "ARMS": arm_sizes(simulation.designs[design]),
        "EFFECT": effect,
        "TRUTH": truth,
        "METHOD": method,
        "TRIALS": float(len(mine)),
        "FAILED": float(len(mine) - size),
        "BIAS": error.mean(),
        "BIAS_MCSE": error.std(ddof=1) / np.sqrt(size),
        "EMPIRICAL_SD": error.std(ddof=1),
        "MEAN_SE": good["SE"].mean(),
        "REJECTED_PCT": 100 * rejected,
        "REJECTED_MCSE": 100 * _rate_error(rejected, size),
        "COVERAGE_PCT": 100 * covered,
        "COVERAGE_MCSE": 100 * _rate_error(covered, size),
        "WIDTH": (2 * half).mean(),
        "MISSING_PCT": 100 * mine["MISSING"].mean(),
    }


def _rate_error(rate: float, size: int) -> float:
    return float(np.sqrt(rate * (1 - rate) / size)) if size else float("nan")


def write_page(table: pd.DataFrame, simulation: Simulation) -> Iterator[str]:
    """Yield the lines of the page: rates by method and design for each effect, then bias and spread."""
    yield f"{simulation.trials} trials per cell, seed {simulation.seed}. In brackets: Monte-Carlo errors."
    for effect, truth in simulation.effects.items():
        null = truth[-1] == 0
        kind = "Type I error" if null else "Power"
        yield from ("", f"## {effect.capitalize()}: true difference {truth[-1]:g} at the last visit", "")
        names = [f"{code}: {design.label}" for code, design in simulation.designs.items()]
        for title, value, spread in (
            (f"{kind} in %", "REJECTED_PCT", "REJECTED_MCSE"),
            ("Coverage in %", "COVERAGE_PCT", "COVERAGE_MCSE"),
            ("Bias", "BIAS", "BIAS_MCSE"),
        ):
            yield f"| {title} | {' | '.join(names)} |"
            yield f"|---|{'---|' * len(names)}"
            for method in simulation.methods:
                cells = [_cell(table, design, effect, method, value, spread) for design in simulation.designs]
                yield f"| {METHODS[method]} | {' | '.join(cells)} |"
            yield ""
    failed = int(table["FAILED"].sum())
    yield f"Fits that failed: {failed} of {int(table['TRIALS'].sum())}."


def _cell(table: pd.DataFrame, design: str, effect: str, method: str, value: str, spread: str) -> str:
    chosen = (table["DESIGN"] == design) & (table["EFFECT"] == effect) & (table["METHOD"] == method)
    row = table[chosen].iloc[0]
    places = 3 if value == "BIAS" else 1
    return f"{row[value]:.{places}f} ({row[spread]:.{places}f})"
