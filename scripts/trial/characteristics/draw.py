"""Drawing trials: baseline, correlated changes, and dropout that depends on what was seen last (MAR)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from trial.characteristics.config import Design, Simulation


@dataclass(frozen=True, eq=False)
class Trials:
    """The trials of one chunk.

    Attributes
    ----------
    baseline : (B, n) array
    treated : (n,) bool array
        The treated arm's subjects come first.
    change : (B, n, m) array
        Change from baseline; NaN after dropout.
    visits : tuple of str
    """

    baseline: np.ndarray
    treated: np.ndarray
    change: np.ndarray
    visits: tuple[str, ...]

    @property
    def frame(self) -> pd.DataFrame:
        """One row per trial, subject and visit with a value: ID, TRIAL, ARM (T, C), BASE, VISIT, CHG."""
        trials, subjects, visits = self.change.shape
        trial, subject, visit = (axis.ravel() for axis in np.indices((trials, subjects, visits)))
        table = pd.DataFrame(
            {
                "ID": trial * subjects + subject,
                "TRIAL": trial,
                "ARM": pd.Categorical(np.where(self.treated[subject], "T", "C"), ["C", "T"]),
                "BASE": self.baseline[trial, subject],
                "VISIT": pd.Categorical(np.asarray(self.visits)[visit], self.visits, ordered=True),
                "CHG": self.change.ravel(),
            }
        )
        return table[table["CHG"].notna()].reset_index(drop=True)


def draw_trials(simulation: Simulation, design: str, effect: str, chunk: int) -> Trials:
    """Draw the trials of one chunk of one design.

    The stream depends on seed, place of the design and chunk, not on the effect: effects and methods are
    compared on the same errors.
    """
    how, of = simulation.drawing, simulation.designs[design]
    place = list(simulation.designs).index(design)
    rng = np.random.default_rng(np.random.SeedSequence([simulation.seed, place, chunk]))
    size, visits = simulation.chunk, len(how.visits)
    treated = np.arange(of.treated + of.control) < of.treated
    mean, sd = how.baseline
    baseline = rng.normal(mean, sd, (size, treated.size)) + sd * of.treated_baseline_shift * treated
    noise = rng.standard_normal((size, treated.size, visits)) @ _root(simulation).T
    noise[:, treated] *= of.treated_sd_ratio
    change = np.asarray(how.change) + np.multiply.outer(baseline - mean, np.asarray(how.slope)) + noise
    change[:, treated] += np.asarray(simulation.effects[effect])
    uniform = rng.random((size, treated.size, visits - 1))
    return Trials(baseline, treated, _leave(change, uniform, simulation), how.visits)


def _root(simulation: Simulation) -> np.ndarray:
    sd = np.asarray(simulation.drawing.sd)
    return np.linalg.cholesky(np.asarray(simulation.drawing.correlation) * np.outer(sd, sd))


def _leave(change: np.ndarray, uniform: np.ndarray, simulation: Simulation) -> np.ndarray:
    """Blank the visits of those who left: once away, away."""
    kept = change.copy()
    gone = np.zeros(change.shape[:2], dtype=bool)
    for visit, (intercept, slope) in enumerate(simulation.drawing.dropout):
        gone |= uniform[..., visit] < expit(intercept + slope * change[..., visit])
        kept[gone, visit + 1 :] = np.nan
    return kept


def arm_sizes(design: Design) -> str:
    """Return the sizes of the arms as the table prints them."""
    return f"{design.treated}/{design.control}"
