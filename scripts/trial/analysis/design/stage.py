"""The design stage: from covariates at baseline to weights, balance and the verdict on overlap."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trial.analysis.design.balance_rows import balance_rows
from trial.analysis.design.config import BASE_OF, WeighSubjectsSpec
from trial.analysis.design.matrix import WHERE, DesignMatrix, build_matrix
from trial.analysis.design.schema import BALANCE, MATRIX, WEIGHTS, covariate_columns
from trial.analysis.propensity.logistic import fit_propensity
from trial.analysis.propensity.separation import find_separation
from trial.analysis.propensity.weights import truncate, weigh
from trial.study.errors import ModelError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """The files of the design stage; columns as in `trial.analysis.design.schema`."""

    weights: pd.DataFrame
    matrix: pd.DataFrame
    balance: pd.DataFrame


def covariate_kinds(spec: WeighSubjectsSpec) -> dict[str, str]:
    """Return the columns of the file of covariates, with their kind: ADSL's, then baselines."""
    kinds = {"numeric": "number", "factor": "text"}
    found = {c.variable: kinds[c.kind] for c in spec.covariates}
    columns = {name: kind for name, kind in found.items() if not name.startswith(BASE_OF)}
    return covariate_columns(columns, [name.removeprefix(BASE_OF) for name in found if name not in columns])


def weigh_subjects(table: pd.DataFrame, spec: WeighSubjectsSpec) -> Stage:
    """Fit the propensity, weigh, and describe the balance.

    Raises
    ------
    ModelError
        As `build_matrix`, or if no propensity model can be fitted.
    """
    matrix = build_matrix(table, spec)
    found = fit_propensity(matrix.values, matrix.treated, spec.estimator)
    if not found.fitted[0]:
        raise ModelError(WHERE, "the propensity model has no fit", hint="use fewer covariates")
    scores, estimator = found.scores[0], "firth" if found.penalised[0] else "logistic"
    weights = {kind: _weights(kind, matrix, scores, spec) for kind in spec.kinds}
    coefficients = dict(zip(matrix.columns, found.beta[0].tolist(), strict=True))
    rows = balance_rows(
        matrix, scores, weights, coefficients, find_separation(matrix.values, matrix.treated), spec
    )
    return Stage(
        pd.concat([_weight_rows(kind, matrix, scores, estimator, w, spec) for kind, w in weights.items()]),
        _matrix_rows(matrix),
        pd.DataFrame(rows, columns=list(BALANCE)),
    )


def _weights(kind: str, matrix: DesignMatrix, scores: Array, spec: WeighSubjectsSpec) -> Array:
    weights = weigh(kind, matrix.treated, scores)
    limits = truncation_of(kind, spec)
    return weights if limits is None else truncate(weights, limits)


def truncation_of(kind: str, spec: WeighSubjectsSpec) -> tuple[float, float] | None:
    """Return the shares of the quantiles at which a kind of weights is clipped; None where it is not."""
    if kind != "ATE" or spec.truncation is None:
        return None
    return spec.truncation.lower, spec.truncation.upper


def _weight_rows(
    kind: str, matrix: DesignMatrix, scores: Array, estimator: str, weights: Array, spec: WeighSubjectsSpec
) -> pd.DataFrame:
    lower, upper = truncation_of(kind, spec) or (np.nan, np.nan)
    clipped = weights != weigh(kind, matrix.treated, scores)
    table = pd.DataFrame(
        {
            "USUBJID": matrix.rows["USUBJID"],
            "ARMCD": matrix.rows["ARMCD"],
            "KIND": kind,
            "ESTIMATOR": estimator,
            "LOWER": lower,
            "UPPER": upper,
            "SCORE": scores,
            "WEIGHT": weights,
            "CLIPPED": np.where(clipped, "Y", ""),
        }
    )
    return table[list(WEIGHTS)]


def _matrix_rows(matrix: DesignMatrix) -> pd.DataFrame:
    """Return the model's columns, one row per subject and column; TREATED says the arm."""
    names = ("TREATED", *matrix.columns)
    values = np.column_stack([matrix.treated, matrix.values])
    subjects = matrix.rows["USUBJID"].to_numpy()
    return pd.DataFrame(
        {
            "USUBJID": np.repeat(subjects, len(names)),
            "COLUMN": np.tile(np.array(names, dtype=object), len(subjects)),
            "VALUE": values.reshape(-1),
        }
    )[list(MATRIX)]
