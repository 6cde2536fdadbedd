"""From the answers of single trials to operating characteristics, each with its Monte-Carlo error."""

from collections.abc import Callable
from importlib import import_module

import numpy as np
import pandas as pd
from scipy import stats

from trial.characteristics.config import Simulation
from trial.characteristics.draw import Trials, arm_sizes, draw_trials
from trial.characteristics.methods.answer import Answer
from trial.characteristics.registry import METHODS, target
from trial.characteristics.truth import Truths

# One trial analysed by one method.
ANSWERS = {
    "DESIGN": "text",
    "EFFECT": "text",
    "TRIAL": "number",
    "METHOD": "text",
    "ESTIMATE": "number",
    "SE": "number",
    "DF": "number",
    "SEPARATED": "number",
    "LOST": "number",
    "MISSING": "number",
}
# One design, effect and method.
TABLE = {
    "DESIGN": "text",
    "ARMS": "text",
    "EFFECT": "text",
    "METHOD": "text",
    "TARGET": "text",
    "TRUTH": "number",
    "TRIALS": "number",
    "FAILED": "number",
    "SEPARATED": "number",
    "LOST_PCT": "number",
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


def function_of(code: str) -> Callable[[Trials], Answer]:
    """Return the function of a method, with its options."""
    method = METHODS[code]
    module, name = method.function.split(".")
    function = getattr(import_module(f"trial.characteristics.methods.{module}"), name)
    return lambda trials: function(trials, **method.options)


def analyse_chunk(plan: Simulation, design: str, effect: str, chunk: int) -> pd.DataFrame:
    """Return the answers of every method to the trials of one chunk, columns of `ANSWERS`."""
    trials = draw_trials(plan, design, effect, chunk)
    missing = np.isnan(trials.change[..., -1]).mean(axis=1)
    parts = []
    for method in plan.methods_of(effect, chunk):
        answer = function_of(method)(trials)
        numbers = {
            "TRIAL": trials.numbers.astype(float),
            "ESTIMATE": answer.estimate,
            "SE": answer.se,
            "DF": np.where(np.isinf(answer.df), np.nan, answer.df),  # empty: the limits are normal
            "SEPARATED": answer.separated,
            "LOST": answer.lost,
            "MISSING": missing,
        }
        parts.append(pd.DataFrame({"DESIGN": design, "EFFECT": effect, "METHOD": method, **numbers}))
    return pd.concat(parts, ignore_index=True)[list(ANSWERS)]


def tabulate(answers: pd.DataFrame, plan: Simulation) -> pd.DataFrame:
    """Return the characteristics by design, effect and method, in the order of the configuration.

    A failed fit counts as one: it is in FAILED, and in no rate.
    """
    cells = dict(list(answers.groupby(["EFFECT", "DESIGN", "METHOD"], sort=False)))
    rows = []
    for effect in plan.effects:
        for design in plan.designs:
            truths = Truths(plan, design, effect)
            for method in plan.methods:
                place = {"DESIGN": design, "ARMS": arm_sizes(plan.designs[design]), "EFFECT": effect}
                named = {"METHOD": method, "TARGET": target(METHODS[method])}
                truth = truths.of(METHODS[method])
                rows.append(place | named | _describe(cells[effect, design, method], truth, plan.level))
    return pd.DataFrame(rows)[list(TABLE)]


def _describe(mine: pd.DataFrame, truth: float, level: float) -> dict[str, float]:
    good = mine[mine["ESTIMATE"].notna() & mine["SE"].notna()]
    error, size = good["ESTIMATE"] - truth, len(good)
    half = stats.t.isf((1 - level) / 2, good["DF"].fillna(np.inf)) * good["SE"]
    rejected, covered = (good["ESTIMATE"].abs() > half).mean(), (error.abs() <= half).mean()
    return {
        "TRUTH": truth,
        "TRIALS": float(len(mine)),
        "FAILED": float(len(mine) - size),
        "SEPARATED": float(mine["SEPARATED"].sum()),
        "LOST_PCT": 100 * mine["LOST"].mean(),
        "BIAS": error.mean(),
        "BIAS_MCSE": error.std(ddof=1) / np.sqrt(size) if size else np.nan,
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
