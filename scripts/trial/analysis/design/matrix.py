"""The columns of the propensity model, from covariates as they are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trial.analysis.design.config import Confounder, WeighSubjectsSpec
from trial.study.errors import ModelError

Array = NDArray[np.float64]
WHERE = "design"
FEW = 3  # subjects of a level in an arm


@dataclass(frozen=True, eq=False)
class DesignMatrix:
    """What the propensity model sees.

    Attributes
    ----------
    rows : DataFrame
        The covariates of the subjects who are weighed.
    treated : (n,) array
        1 for the treated arm, 0 for the control.
    columns : tuple of str
        Names of the columns, intercept first.
    values : (n, k) array
        Numeric covariates standardised over all subjects, factors as indicators of every level but the first.
    notes : tuple of str
        What a reader must know about the covariates.
    """

    rows: pd.DataFrame
    treated: Array
    columns: tuple[str, ...]
    values: Array
    notes: tuple[str, ...]


def build_matrix(table: pd.DataFrame, spec: WeighSubjectsSpec) -> DesignMatrix:
    """Return the columns of the propensity model.

    A covariate with one value cannot tell the arms apart: it has no column, and a note says so.

    Raises
    ------
    ModelError
        If an arm has no subject, a covariate is missing where the configuration says stop, or a column is
        determined by those before it.
    """
    rows, notes = _complete(table, spec)
    for arm in (spec.treated, spec.control):
        if not (rows["ARMCD"] == arm).any():
            raise ModelError(WHERE, f"arm {arm} has no subject to weigh", hint="set design: null")
    names, columns = ["INTERCEPT"], [np.ones(len(rows))]
    for covariate in spec.covariates:
        found = _columns(rows[covariate.variable], covariate)
        if not found:
            notes.append(f"{covariate.variable} has one value in both arms: no part of the propensity model.")
        names += list(found)
        columns += list(found.values())
        notes += _rare_levels(rows, covariate)
    values = np.column_stack(columns)
    _require_rank(values, names)
    treated = (rows["ARMCD"] == spec.treated).to_numpy().astype(float)
    return DesignMatrix(rows, treated, tuple(names), values, tuple(notes))


def levels_of(values: pd.Series) -> list[str]:
    """Return the levels of a factor in order."""
    return sorted(set(values))


def _complete(table: pd.DataFrame, spec: WeighSubjectsSpec) -> tuple[pd.DataFrame, list[str]]:
    """Return the subjects with every covariate, and a note on those left out."""
    names = [covariate.variable for covariate in spec.covariates]
    absent = table[names].isna() | (table[names] == "")
    incomplete = absent.any(axis=1)
    if not incomplete.any():
        return table.reset_index(drop=True), []
    each = [
        f"{subject}: {', '.join(name for name in names if missing[name])}"
        for subject, (_, missing) in zip(
            table.loc[incomplete, "USUBJID"], absent[incomplete].iterrows(), strict=True
        )
    ]
    if spec.missing_covariate == "stop":
        raise ModelError(
            WHERE,
            f"{len(each)} subjects lack a covariate of the propensity model",
            each,
            "complete it, drop the covariate, or set design.missing_covariate: leave out",
        )
    note = f"{len(each)} subjects without a covariate of the propensity model have no weight."
    return table[~incomplete].reset_index(drop=True), [note]


def _columns(values: pd.Series, covariate: Confounder) -> dict[str, Array]:
    """Return the columns of one covariate by name; none where it has one value."""
    if covariate.kind == "factor":
        levels = levels_of(values)[1:]
        return {
            f"{covariate.variable}={level}": (values == level).to_numpy().astype(float) for level in levels
        }
    numbers = values.to_numpy(float)
    spread = numbers.std(ddof=1) if len(numbers) > 1 else 0.0
    if not spread > 1e-12 * max(1.0, float(np.abs(numbers).max())):
        return {}
    return {covariate.variable: (numbers - numbers.mean()) / spread}


def _rare_levels(rows: pd.DataFrame, covariate: Confounder) -> list[str]:
    """Return a note on levels that hardly anybody of an arm has."""
    if covariate.kind != "factor" or len(levels_of(rows[covariate.variable])) < 2:
        return []
    counts = pd.crosstab(rows[covariate.variable], rows["ARMCD"])
    few = [str(level) for level, smallest in counts.min(axis=1).items() if smallest < FEW]
    if not few:
        return []
    return [f"{covariate.variable}: fewer than {FEW} subjects of an arm have the level {', '.join(few)}."]


def _require_rank(values: Array, names: list[str]) -> None:
    for size in range(1, len(names) + 1):
        if np.linalg.matrix_rank(values[:, :size]) < size:
            raise ModelError(
                WHERE,
                f"{names[size - 1]} is determined by those before it ({', '.join(names[1 : size - 1])}), "
                f"among {len(values)} subjects",
                hint="leave one of them out of design.covariates",
            )
