"""One simulated trial as the arrays of the engine's mixed model."""

import numpy as np

from mmrm import MmrmData
from trial.characteristics.draw import Trials
from trial.characteristics.methods.answer import Array


def model_data(
    trials: Trials, trial: int, covariates: str, weights: Array | None = None
) -> tuple[MmrmData, Array]:
    """Return the data of one trial, and the contrast (1, k) of its arms at the last visit.

    Columns as those of `mixed.formula_of`: one, arm, covariates, then one, arm and baseline by visit.

    Parameters
    ----------
    trials : Trials
    trial : int
        Place in the chunk.
    covariates : str
        `none`, `baseline` or `all`.
    weights : (n,) array, optional
        Of the subjects.
    """
    values = trials.change[trial]
    who, visit = np.nonzero(np.isfinite(values))
    members, code = np.unique(who, return_inverse=True)
    n, m = values.shape
    moving = [np.ones(n), trials.treated.astype(float)]
    if covariates != "none":
        moving.append(trials.baseline[trial])
    fixed = [*moving, *(trials.covariates[trial].T if covariates == "all" else ())]
    columns = [column[who] for column in fixed]
    columns += [column[who] * (visit == at) for at in range(1, m) for column in moving]
    row = np.zeros((1, len(columns)))
    row[0, [1, len(fixed) + (m - 2) * len(moving) + 1]] = 1.0
    data = MmrmData(
        response=values[who, visit],
        design=np.column_stack(columns),
        names=tuple(f"x{at}" for at in range(len(columns))),
        subject=code.astype(np.int64),
        visit=visit.astype(np.int64),
        n_visits=m,
        weight=np.ones(len(members)) if weights is None else weights[members],
        group=np.zeros(len(members), dtype=np.int64),
    )
    return data, row
