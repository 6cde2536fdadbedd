"""Mixed models with model-based errors: all trials of a chunk as one batch of the engine.

The trials are held in one data set, with a set of subject weights for each.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from mmrm import MMRM, MmrmError, MmrmFit
from trial.characteristics.config import BASE
from trial.characteristics.draw import Trials
from trial.characteristics.methods.answer import Answer, Array

# Rows with a contrast of a fit's coefficients.
Contrast = Callable[[MmrmFit, Trials], Array]


def refit(trials: Trials, covariates: str, covariance: str = "us", by_arm: bool = False) -> Answer:
    """Analyse by REML with Kenward-Roger's errors and degrees of freedom.

    Parameters
    ----------
    trials : Trials
    covariates : str
        `none`, `baseline` (by visit), `all` (baseline by visit, the others the same at each), or `all by
        visit`.
    covariance : str
    by_arm : bool
        Whether each arm has its own covariance.
    """
    return _batch(
        trials,
        trials.frame,
        formula_of(trials, covariates),
        last_visit,
        covariance,
        "ARM" if by_arm else None,
    )


def refit_last(trials: Trials, covariates: str) -> Answer:
    """Analyse the values of the last visit alone: the engine's least squares of one visit."""
    frame = trials.frame
    frame = frame[frame["VISIT"] == trials.visits[-1]].reset_index(drop=True)
    frame["VISIT"] = frame["VISIT"].cat.remove_unused_categories()
    names = {"none": [], "baseline": [BASE], "all": [BASE, *trials.names]}[covariates]
    return _batch(trials, frame, " + ".join(["CHG ~ ARM", *names]), last_visit, "us", None)


def refit_differences(trials: Trials) -> Answer:
    """Analyse by the unconstrained longitudinal model: baseline is a response, changes are compared."""
    later = trials.frame
    first = later.drop_duplicates("ID").assign(VISIT=BASE, CHG=0.0)
    rows = pd.concat([first, later.astype({"VISIT": str})])
    visits = [BASE, *trials.visits]
    rows = rows.assign(
        VISIT=pd.Categorical(rows["VISIT"], visits, ordered=True), VALUE=rows[BASE] + rows["CHG"]
    ).sort_values(["ID", "VISIT"])
    return _batch(trials, rows, "VALUE ~ ARM + VISIT + ARM:VISIT", _difference_of_changes, "us", None)


def formula_of(trials: Trials, covariates: str) -> str:
    """Return the model formula with a choice of covariates."""
    if covariates == "none":
        return "CHG ~ ARM * VISIT"
    others = {
        "baseline": [],
        "all": [*trials.names],
        "all by visit": [f"{name} * VISIT" for name in trials.names],
    }
    return " + ".join([f"CHG ~ {BASE} * VISIT", "ARM * VISIT", *others[covariates]])


def last_visit(fit: MmrmFit, trials: Trials) -> Array:
    """Return the contrast of the arms at the last visit."""
    by = "VISIT" if fit.prepared.data.n_visits > 1 else None
    rows = fit.contrast_rows("ARM", by=by, reference="C")
    if by is None:
        return np.asarray(rows.matrix)
    return np.asarray(rows.matrix[(rows.labels["VISIT"] == trials.visits[-1]).to_numpy()])


def _difference_of_changes(fit: MmrmFit, trials: Trials) -> Array:
    rows = fit.contrast_rows("ARM", by="VISIT", reference="C")
    at = [rows.matrix[(rows.labels["VISIT"] == visit).to_numpy()] for visit in (trials.visits[-1], BASE)]
    return np.asarray(at[0] - at[1])


def _batch(
    trials: Trials,
    rows: pd.DataFrame,
    formula: str,
    contrast: Contrast,
    covariance: str,
    group: str | None,
) -> Answer:
    size, subjects = trials.baseline.shape
    try:
        model = MMRM.from_formula(formula, rows, "ID", "VISIT", covariance=covariance, group=group)
        fit = model.fit()
    except MmrmError:  # without the model of all trials there is none of any
        return Answer.of(*np.full((3, size), np.nan))
    weights = np.kron(np.eye(size), np.ones(subjects))[:, np.asarray(fit.subjects, dtype=int)]
    found = fit.replicate(weights, contrast(fit, trials), df_method="kenward-roger")
    assert found.se is not None and found.df is not None  # a df method was asked for
    return Answer.of(found.contrasts[:, 0], found.se[:, 0], found.df[:, 0])
