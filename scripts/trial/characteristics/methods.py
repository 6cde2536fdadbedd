"""The methods under test: each analyses every trial of a chunk; estimate, SE and df are of the last visit.

The mixed models are refitted as one batch over the trials of a chunk, held in one data set with a set of
subject weights for each trial. A fit that fails is NaN and is counted, never dropped.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from mmrm import MMRM, MmrmError, MmrmFit
from trial.characteristics.draw import Trials

Answer = tuple[np.ndarray, np.ndarray, np.ndarray]
ADJUSTED = "CHG ~ BASE * VISIT + ARM * VISIT"


def us_kr(trials: Trials) -> Answer:
    """Unstructured covariance, Kenward-Roger."""
    return _batch(trials, ADJUSTED, "us", None)


def arm_us_kr(trials: Trials) -> Answer:
    """One unstructured covariance per arm, Kenward-Roger."""
    return _batch(trials, ADJUSTED, "us", "ARM")


def cs_kr(trials: Trials) -> Answer:
    """Compound symmetry, Kenward-Roger."""
    return _batch(trials, ADJUSTED, "cs", None)


def unadjusted(trials: Trials) -> Answer:
    """Unstructured covariance without baseline, Kenward-Roger."""
    return _batch(trials, "CHG ~ ARM * VISIT", "us", None)


def us_cr0(trials: Trials) -> Answer:
    """Unstructured covariance, CR0 with between-within df: SAS's EMPIRICAL."""
    return _sandwich(trials, "between-within", "CR0")


def us_cr2(trials: Trials) -> Answer:
    """Unstructured covariance, CR2 with Satterthwaite df."""
    return _sandwich(trials, "satterthwaite", "CR2")


def ancova(trials: Trials) -> Answer:
    """Analysis of covariance of the last visit by least squares, subjects with a value there."""
    answers = [_ancova(trials, trial) for trial in range(len(trials.baseline))]
    estimate, se, df = np.array(answers).T
    return estimate, se, df


METHODS: dict[str, Callable[[Trials], Answer]] = {
    function.__name__: function for function in (us_kr, us_cr0, us_cr2, arm_us_kr, cs_kr, unadjusted, ancova)
}


def _model(table: object, formula: str, covariance: str, group: str | None) -> MMRM:
    return MMRM.from_formula(formula, table, subject="ID", visit="VISIT", covariance=covariance, group=group)


def _batch(trials: Trials, formula: str, covariance: str, group: str | None) -> Answer:
    fit = _model(trials.frame, formula, covariance, group).fit()
    size, subjects = trials.baseline.shape
    weights = np.kron(np.eye(size), np.ones(subjects))[:, np.asarray(fit.subjects, dtype=int)]
    found = fit.replicate(weights, _row(fit, trials), df_method="kenward-roger")
    assert found.se is not None and found.df is not None  # a df method was asked for
    return found.contrasts[:, 0], found.se[:, 0], found.df[:, 0]


def _row(fit: MmrmFit, trials: Trials) -> np.ndarray:
    """Return the contrast of the arms at the last visit."""
    rows = fit.contrast_rows("ARM", by="VISIT", reference="C")
    at = (rows.labels["VISIT"] == trials.visits[-1]).to_numpy()
    chosen: np.ndarray = rows.matrix[at]
    return chosen


@lru_cache(maxsize=1)
def _fits(trials: Trials) -> list[MmrmFit | None]:
    """Return the unstructured fit of each trial on its own; None where it is refused."""
    found: list[MmrmFit | None] = []
    for _, mine in trials.frame.groupby("TRIAL", sort=True):
        try:
            found.append(_model(mine, ADJUSTED, "us", None).fit())
        except MmrmError:
            found.append(None)
    return found


def _sandwich(trials: Trials, df_method: str, cov_type: str) -> Answer:
    answers = []
    for fit in _fits(trials):
        if fit is None:
            answers.append((np.nan, np.nan, np.nan))
        else:
            test = fit.with_methods(df_method, cov_type).test_rows(_row(fit, trials)).iloc[0]
            answers.append((test["estimate"], test["se"], test["df"]))
    estimate, se, df = np.array(answers, dtype=float).T
    return estimate, se, df


def _ancova(trials: Trials, trial: int) -> tuple[float, float, float]:
    value = trials.change[trial, :, -1]
    seen = np.isfinite(value)
    treated, base = trials.treated[seen], trials.baseline[trial][seen]
    design = np.column_stack([np.ones(seen.sum()), treated, base])
    df = len(design) - 3
    if df < 1 or treated.all() or not treated.any():
        return np.nan, np.nan, np.nan
    beta, *_ = np.linalg.lstsq(design, value[seen], rcond=None)
    residual = value[seen] - design @ beta
    inverse = np.linalg.inv(design.T @ design)
    return float(beta[1]), float(np.sqrt(residual @ residual / df * inverse[1, 1])), float(df)
