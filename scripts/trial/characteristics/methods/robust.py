"""The mixed model with sandwich standard errors: each trial is a fit of its own."""

from functools import lru_cache

from mmrm import Fitted, MmrmError, fit_arrays
from mmrm.inference import Inference
from trial.characteristics.draw import Trials
from trial.characteristics.methods.answer import FAILED, Answer, Array
from trial.characteristics.methods.single import model_data

# CR0 as SAS's EMPIRICAL has it.
DF_METHODS = {"CR0": "between-within", "CR2": "satterthwaite"}


def fit_each(trials: Trials, covariates: str, errors: str) -> Answer:
    """Analyse by REML, unstructured, with the sandwich CR0 or CR2."""
    rows = []
    for found in _fits(trials, covariates):
        rows.append(FAILED if found is None else test(*found, errors))
    return Answer.rows(rows)


def test(fit: Fitted, row: Array, errors: str) -> tuple[float, float, float]:
    """Return estimate, standard error and degrees of freedom of a contrast."""
    found = Inference(fit, DF_METHODS[errors], errors).test_rows(row)
    return float(found.estimate[0]), float(found.se[0]), float(found.df[0])


@lru_cache(maxsize=1)
def _fits(trials: Trials, covariates: str) -> list[tuple[Fitted, Array] | None]:
    """Return fit and contrast of every trial; None where there is no fit."""
    found: list[tuple[Fitted, Array] | None] = []
    for trial in range(len(trials.numbers)):
        try:
            data, row = model_data(trials, trial, covariates)
            found.append((fit_arrays(data), row))
        except MmrmError:
            found.append(None)
    return found
