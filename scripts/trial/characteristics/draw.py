"""Drawing trials: covariates, correlated changes, and dropout that depends on what was seen last (MAR)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from trial.characteristics.config import BASE, Design, Simulation


@dataclass(frozen=True, eq=False)
class Trials:
    """The trials of one chunk.

    Attributes
    ----------
    plan : Simulation
    design : str
        Code of the design.
    numbers : (B,) int array
        Number of each trial in its design, whatever the effect.
    baseline : (B, n) array
    covariates : (B, n, c) array
        In the order of the plan.
    treated : (n,) bool array
        The treated arm's subjects come first.
    change : (B, n, m) array
        Change from baseline; NaN after dropout.
    """

    plan: Simulation
    design: str
    numbers: np.ndarray
    baseline: np.ndarray
    covariates: np.ndarray
    treated: np.ndarray
    change: np.ndarray

    @property
    def visits(self) -> tuple[str, ...]:
        """Visits after baseline."""
        return tuple(self.plan.drawing.visits)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the covariates beside baseline."""
        return tuple(self.plan.drawing.covariates)

    @property
    def frame(self) -> pd.DataFrame:
        """One row per trial, subject and visit seen: ID, TRIAL, ARM (T, C), BASE, covariates, VISIT, CHG."""
        trials, subjects, visits = self.change.shape
        trial, subject, visit = (axis.ravel() for axis in np.indices((trials, subjects, visits)))
        table = pd.DataFrame(
            {
                "ID": trial * subjects + subject,
                "TRIAL": trial,
                "ARM": pd.Categorical(np.where(self.treated[subject], "T", "C"), ["C", "T"]),
                BASE: self.baseline[trial, subject],
                **{name: self.covariates[trial, subject, at] for at, name in enumerate(self.names)},
                "VISIT": pd.Categorical(np.asarray(self.visits)[visit], self.visits, ordered=True),
                "CHG": self.change.ravel(),
            }
        )
        return table[table["CHG"].notna()].reset_index(drop=True)


@dataclass(frozen=True, eq=False)
class Subjects:
    """What subjects bring with them, before their arm does anything: (B, n) subjects of a design.

    Attributes
    ----------
    standard : dict of str to (B, n) array
        BASE and the covariates, in SD above the mean of the control arm; a binary one is 0 and 1.
    noise : (B, n, m) array
        Errors of the control arm.
    uniform : (B, n, m - 1) array
        Of the dropout before each visit but the first.
    """

    standard: dict[str, np.ndarray]
    noise: np.ndarray
    uniform: np.ndarray


def draw_trials(plan: Simulation, design: str, effect: str, chunk: int) -> Trials:
    """Draw the trials of one chunk of one design.

    The stream depends on seed, place of the design and chunk, not on the effect: effects and methods are
    compared on the same errors.
    """
    of, place = plan.designs[design], list(plan.designs).index(design)
    rng = np.random.default_rng(np.random.SeedSequence([plan.seed, place, chunk]))
    treated = np.arange(of.treated + of.control) < of.treated
    subjects = draw_subjects(plan, of, rng, plan.chunk, treated)
    change = course(plan, of, subjects, np.asarray(plan.effects[effect]), treated)
    mean, sd = plan.drawing.baseline
    return Trials(
        plan=plan,
        design=design,
        numbers=chunk * plan.chunk + np.arange(plan.chunk),
        baseline=mean + sd * subjects.standard[BASE],
        covariates=np.stack([subjects.standard[name] for name in plan.drawing.covariates], axis=-1),
        treated=treated,
        change=leave(change, subjects.uniform, plan),
    )


def draw_subjects(
    plan: Simulation, of: Design, rng: np.random.Generator, size: int, treated: np.ndarray
) -> Subjects:
    """Draw the subjects of some trials whose arms are given."""
    how = plan.drawing
    shape = (size, treated.size)
    standard = {BASE: rng.standard_normal(shape)}
    noise = rng.standard_normal((*shape, len(how.visits))) @ np.linalg.cholesky(covariance(plan)).T
    uniform = rng.random((*shape, len(how.visits) - 1))
    for name, kind in how.covariates.items():
        drawn = rng.standard_normal(shape)
        standard[name] = (drawn > 0).astype(float) if kind == "binary" else drawn
    for name, shift in of.treated_shift.items():
        standard[name] = standard[name] + shift * treated
    return Subjects(standard, noise, uniform)


def course(
    plan: Simulation, of: Design, subjects: Subjects, effect: np.ndarray, treated: np.ndarray
) -> np.ndarray:
    """Return the change of every subject at every visit as if nobody left, each in the arm of `treated`."""
    ratio = np.where(treated, of.treated_sd_ratio, 1.0)[:, None]
    return np.asarray(mean_course(plan, of, subjects, effect, treated) + ratio * subjects.noise)


def mean_course(
    plan: Simulation, of: Design, subjects: Subjects, effect: np.ndarray, treated: np.ndarray
) -> np.ndarray:
    """Return the mean change of every subject given its covariates and arm."""
    how = plan.drawing
    _, sd = how.baseline
    slope = sd * np.asarray(how.slope)
    mean = np.asarray(how.change) + np.multiply.outer(subjects.standard[BASE], slope)
    for name, slopes in of.prognosis.items():
        mean = mean + np.multiply.outer(subjects.standard[name], np.asarray(slopes))
    strength: np.ndarray = effect_strength(of, subjects) * treated
    return np.asarray(mean + strength[..., None] * effect)


def effect_strength(of: Design, subjects: Subjects) -> np.ndarray:
    """Return the effect of every subject relative to the declared one."""
    strength = np.ones_like(subjects.standard[BASE])
    for name, share in of.modification.items():
        strength = strength + share * subjects.standard[name]
    return np.asarray(strength)


def covariance(plan: Simulation) -> np.ndarray:
    """Return the covariance of the control arm's errors."""
    sd = np.asarray(plan.drawing.sd)
    return np.asarray(plan.drawing.correlation) * np.outer(sd, sd)


def leave(change: np.ndarray, uniform: np.ndarray, plan: Simulation) -> np.ndarray:
    """Blank the visits of those who left: once away, away."""
    kept = change.copy()
    gone = np.zeros(change.shape[:2], dtype=bool)
    for visit, (intercept, slope) in enumerate(plan.drawing.dropout):
        gone |= uniform[..., visit] < expit(intercept + slope * change[..., visit])
        kept[gone, visit + 1 :] = np.nan
    return kept


def arm_sizes(design: Design) -> str:
    """Return the sizes of the arms as the table prints them."""
    return f"{design.treated}/{design.control}"
