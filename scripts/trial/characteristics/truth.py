"""What each method's estimate is held against: the effect in its population under its assumption.

Every subject of a large sample is followed in both arms, with the same covariates, errors and chances of
leaving. After drop-out a value is what the assumption says on average, given what was seen, with the true
means and covariances. Under MAR a subject's effect is the declared one, without error.
"""

import numpy as np
from scipy.special import expit

from trial.analysis.missing.strategies import joint
from trial.analysis.propensity.weights import tilt
from trial.characteristics.config import Design, Simulation
from trial.characteristics.draw import (
    Subjects,
    course,
    covariance,
    draw_subjects,
    effect_strength,
    leave,
    mean_course,
)
from trial.characteristics.registry import Method, Strategy

SAMPLE = 300_000
_STREAM = 2**32 - 1  # no chunk has this number


class Truths:
    """The true effects of one design under one effect; the sample is drawn once."""

    def __init__(self, plan: Simulation, design: str, effect: str) -> None:
        self._plan, self._of = plan, plan.designs[design]
        self._effect = np.asarray(plan.effects[effect])
        place = list(plan.designs).index(design)
        rng = np.random.default_rng(np.random.SeedSequence([plan.seed, place, _STREAM]))
        share = self._of.treated / (self._of.treated + self._of.control)
        treated = np.arange(SAMPLE) < round(share * SAMPLE)
        self._subjects = draw_subjects(plan, self._of, rng, 1, treated)
        self._scores = expit(log_odds(self._of, self._subjects))[0]

    def of(self, method: Method) -> float:
        """Return the effect at the last visit that a method is held against."""
        weights = tilt(method.population, self._scores)
        weights = weights / weights.sum()
        gap = effect_strength(self._of, self._subjects)[0] * self._effect[-1]
        if method.strategy != "MAR":
            gap = gap + self._moved(method.strategy, True) - self._moved(method.strategy, False)
        return float((weights * gap).sum())

    def _moved(self, strategy: Strategy, treated: bool) -> np.ndarray:
        """Return by how much the assumption moves the last visit of each subject, on average."""
        arm = np.full(SAMPLE, treated)
        own = mean_course(self._plan, self._of, self._subjects, self._effect, arm)
        reference = mean_course(self._plan, self._of, self._subjects, self._effect, np.zeros(SAMPLE, bool))
        full = course(self._plan, self._of, self._subjects, self._effect, arm)
        seen = np.isfinite(leave(full, self._subjects.uniform, self._plan))[0].sum(axis=1)
        sigma = covariance(self._plan)
        mine = (self._of.treated_sd_ratio**2 if treated else 1.0) * sigma
        moved = np.zeros(SAMPLE)
        for switch in range(1, own.shape[-1]):
            rows = np.flatnonzero(seen == switch)
            values = full[0, rows, :switch]
            assumed = _last_mean(strategy, own[:, rows], reference[:, rows], (mine, sigma), values)
            at_random = _last_mean("MAR", own[:, rows], reference[:, rows], (mine, sigma), values)
            moved[rows] = assumed - at_random
        return moved


def _last_mean(
    strategy: Strategy,
    own: np.ndarray,
    reference: np.ndarray,
    sigma: tuple[np.ndarray, np.ndarray],
    values: np.ndarray,
) -> np.ndarray:
    """Return the mean of the last visit given the values (n, s) that were seen before the switch s."""
    switch = values.shape[1]
    mean, cov = joint(strategy, own, reference, (sigma[0][None], sigma[1][None]), switch)
    slope = np.linalg.solve(cov[0, :switch, :switch], cov[0, :switch, -1])
    return np.asarray(mean[0, :, -1] + (values - mean[0, :, :switch]) @ slope)


def log_odds(of: Design, subjects: Subjects) -> np.ndarray:
    """Return the log odds of being treated given the covariates, by Bayes's rule from the two normals."""
    odds = np.full_like(next(iter(subjects.standard.values())), np.log(of.treated / of.control))
    for name, shift in of.treated_shift.items():
        odds += shift * subjects.standard[name] - shift**2 / 2
    return odds
