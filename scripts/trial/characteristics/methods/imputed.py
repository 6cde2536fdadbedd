"""Imputation of what is missing: multiple with Rubin's rules, or conditional means with the jackknife.

Strategies share the fit, the draws and the residuals of a trial, as analyses of the panel with one seed do.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from mmrm import MmrmError
from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.complete import draw, fill
from trial.analysis.missing.draws import Draws
from trial.analysis.missing.fit import PanelFit, fit_panel
from trial.analysis.missing.jackknife import LeftOutError, run_jackknife
from trial.analysis.missing.panel import Panel, dropout_switch
from trial.analysis.missing.pooling import pool
from trial.analysis.missing.strategies import Strategy
from trial.analysis.missing.subjects import StudyPanel
from trial.characteristics.draw import Trials
from trial.characteristics.methods.answer import FAILED, Answer, Array

DRAWS = "posterior"
ARMS = ("C", "T")  # the arm referred to first
CONTRAST = np.array([-1.0, 1.0])


@dataclass(frozen=True, eq=False)
class Modelled:
    """One trial with its imputation model."""

    found: StudyPanel
    fit: PanelFit
    name: str
    how: tuple[str, int, int]

    @property
    def contrast(self) -> Array:
        """The arm's column."""
        return self.found.panel.contrast(CONTRAST)


def pool_imputations(trials: Trials, strategy: Strategy) -> Answer:
    """Analyse by multiple imputation and the analysis of covariance of the last visit."""
    return Answer.rows(
        FAILED if model is None else _pool(model, drawn, strategy)
        for model, drawn in zip(_models(trials), _draws(trials), strict=True)
    )


def jackknife_means(trials: Trials, strategy: Strategy) -> Answer:
    """Analyse by conditional means, with the jackknife over subjects; normal limits."""
    return Answer.rows(_jackknife(model, strategy) for model in _models(trials))


def _pool(model: Modelled, drawn: Draws | None, strategy: Strategy) -> tuple[float, float, float]:
    if drawn is None:
        return FAILED
    completed = fill(model.found, model.fit, drawn, strategy, model.name, model.how)
    ancova = Ancova.of(model.found.panel.design)
    pooled = pool(*ancova.analyse(completed.at(model.found.visits[-1:]), model.contrast), ancova.freedom)
    return float(pooled.estimate), float(pooled.se), float(pooled.df)


def _jackknife(model: Modelled | None, strategy: Strategy) -> tuple[float, float, float]:
    if model is None:
        return FAILED
    panel = model.found.panel
    try:
        found = run_jackknife(panel, model.fit, strategy, model.found.levels)
    except LeftOutError:
        return FAILED
    return (*found.infer([panel.n_visits - 1], model.contrast), np.inf)


@lru_cache(maxsize=1)
def _draws(trials: Trials) -> list[Draws | None]:
    """Return the draws of every trial; one seed, so that strategies are compared on the same."""
    return [None if model is None else draw(model.fit, model.name, model.how) for model in _models(trials)]


@lru_cache(maxsize=1)
def _models(trials: Trials) -> list[Modelled | None]:
    """Return the imputation model of every trial; None where it has no fit.

    Values are not seen after a drop-out, so that one fit serves every strategy.
    """
    arm = trials.treated.astype(np.int64)
    subjects = tuple(f"{at:05d}" for at in range(len(arm)))
    nothing = np.zeros(len(arm))  # the baseline of changes
    models: list[Modelled | None] = []
    for trial, number in enumerate(trials.numbers):
        response = trials.change[trial]
        design = np.column_stack([np.ones(len(arm)), arm, trials.baseline[trial], trials.covariates[trial]])
        panel = Panel(response, design, arm, dropout_switch(response), len(ARMS))
        found = StudyPanel(panel, subjects, ARMS, trials.visits, {}, nothing, (), pd.DataFrame())
        how = (DRAWS, trials.plan.imputations, trials.plan.seed)
        try:
            fit = fit_panel(panel, False, trials.visits)
            models.append(Modelled(found, fit, f"{trials.design}{number}", how))
        except MmrmError:
            models.append(None)
    return models
