"""Trials whose last visit only a few subjects reach, and how often the printed intervals hold the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mmrm import fit_ladder

COVERAGE_CELLS = ((1, 15), (2, 2), (3, 3), (6, 6))


def trial_with_leavers(active: int, control: int, seed: int) -> pd.DataFrame:
    """Fifteen subjects an arm, compound symmetry, no effect; few of each arm have the last of three visits."""
    rng = np.random.default_rng([3, seed])
    n, m = 30, 3
    y = rng.normal(size=(n, m)) @ np.linalg.cholesky(0.7 + 0.3 * np.eye(m)).T
    number = np.arange(n)
    y[np.where(number % 2, number // 2 >= control, number // 2 >= active), 2] = np.nan
    return pd.DataFrame(
        {
            "id": np.repeat([f"S{i:02d}" for i in number], m),
            "v": ["V1", "V2", "V3"] * n,
            "arm": np.repeat(np.where(number % 2, "PBO", "ACT"), m),
            "y": y.reshape(-1),
        }
    )


def cover(cell: tuple[int, int], n_trials: int) -> tuple[np.ndarray, np.ndarray]:
    """How often the ladder's intervals of the arms' difference hold zero, and were printed, by visit."""
    covered, printed = np.zeros(3, dtype=int), np.zeros(3, dtype=int)
    for seed in range(n_trials):
        fit = fit_ladder("y ~ arm*v", trial_with_leavers(*cell, seed), "id", "v").fit
        if fit is None:
            continue
        table = fit.contrasts("arm", by="v", reference="PBO")
        covered += ((table["lower"] <= 0) & (table["upper"] >= 0)).to_numpy()
        printed += table["se"].notna().to_numpy()
    return covered, printed


def cover_predictions(cell: tuple[int, int], n_trials: int) -> tuple[np.ndarray, np.ndarray]:
    """How often the ladder's prediction intervals hold the response, and were printed.

    A new subject's at each of three visits, then the responses that were not seen, given the subject's others.
    """
    held, printed = np.zeros(4, dtype=int), np.zeros(4, dtype=int)
    new = pd.DataFrame({"arm": ["ACT", "ACT", "ACT"], "v": ["V1", "V2", "V3"]})
    for seed in range(n_trials):
        frame = trial_with_leavers(*cell, seed)
        fit = fit_ladder("y ~ arm*v", frame, "id", "v").fit
        if fit is None:
            continue
        truth = np.random.default_rng([5, seed]).normal(size=3)
        found = [(fit.predict(new, "prediction"), truth)]
        found.append((fit.predict_missing(), trial_with_leavers(15, 15, seed)["y"]))
        for place, (table, response) in zip((slice(3), 3), found, strict=True):
            table = table.assign(y=response)
            inside = ((table["lower"] <= table["y"]) & (table["y"] <= table["upper"])).to_numpy()
            known = table["se"].notna().to_numpy()
            held[place] += inside if place != 3 else inside.sum()
            printed[place] += known if place != 3 else known.sum()
    return held, printed
