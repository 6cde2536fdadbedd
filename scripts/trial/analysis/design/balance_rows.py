"""The rows of the balance file: means by arm, standardised differences, effective sizes, checks."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trial.analysis.design.config import Confounder, WeighSubjectsSpec
from trial.analysis.design.matrix import DesignMatrix, levels_of
from trial.analysis.design.schema import BALANCE, RAW
from trial.analysis.propensity.balance import (
    effective_size,
    level_difference,
    standardised_difference,
    variance_ratio,
    weighted_mean,
    weighted_variance,
)
from trial.analysis.propensity.positivity import (
    ORDER,
    Check,
    Limits,
    check_scores,
    check_weights,
    worst_verdict,
)
from trial.analysis.propensity.separation import Separation

Array = NDArray[np.float64]
Row = dict[str, object]
FIXED = "neither arm varies, and they differ"
NO_VARIANCE = "no variance in an arm"


def balance_rows(
    matrix: DesignMatrix,
    scores: Array,
    weights: Mapping[str, Array],
    coefficients: Mapping[str, float],
    separation: Separation,
    spec: WeighSubjectsSpec,
) -> list[Row]:
    """Return every row: notes and model first, then raw, then each kind of weights."""
    limits = Limits(**spec.positivity.model_dump())
    common = list(check_scores(scores, matrix.treated, separation, limits))
    size = len(scores)
    rows = [_row(STATISTIC="note", LEVEL=str(at), VALUE=0.0, N=size, WARNING=note)
            for at, note in enumerate(matrix.notes, start=1)]  # fmt: skip
    rows += [
        _row(VARIABLE=name, STATISTIC="coef", VALUE=value, N=size) for name, value in coefficients.items()
    ]
    rows += [_check_row("", check, size) for check in common]
    for kind, mine in {RAW: np.ones(size), **weights}.items():
        found = list(_kind_rows(kind, matrix, mine, spec))
        rows += found
        if kind != RAW:
            differences = [float(row["VALUE"]) for row in found if row["STATISTIC"] == "smd"]  # type: ignore[arg-type]
            checks = list(check_weights(mine, matrix.treated, differences, limits))
            rows += [_check_row(kind, check, size) for check in checks]
            rows.append(_verdict_row(kind, [*common, *checks], size))
    return rows


def _row(**cells: object) -> Row:
    return dict.fromkeys(BALANCE, "") | {"VALUE": np.nan, "N": np.nan} | cells


def _check_row(kind: str, check: Check, size: int) -> Row:
    words = "" if check.verdict == "pass" else f"{check.verdict}: {check.words}"
    value = check.value
    error = FIXED if np.isnan(value) else ""
    return _row(KIND=kind, STATISTIC=f"check.{check.name}", VALUE=value, N=size, WARNING=words, ERROR=error)


def _verdict_row(kind: str, checks: Sequence[Check], size: int) -> Row:
    """Return the verdict: 0 pass, 1 warn, 2 fail, with the reasons of the worst and of the others."""
    verdict = worst_verdict(checks)
    reasons = [check.words for level in reversed(ORDER[1:]) for check in checks if check.verdict == level]
    return _row(
        KIND=kind, STATISTIC="verdict", VALUE=float(ORDER.index(verdict)), N=size, WARNING="; ".join(reasons)
    )


def _kind_rows(kind: str, matrix: DesignMatrix, weights: Array, spec: WeighSubjectsSpec) -> Iterator[Row]:
    for arm, code in ((1, spec.treated), (0, spec.control)):
        mine = weights[matrix.treated == arm]
        yield _row(KIND=kind, ARMCD=code, STATISTIC="ess", VALUE=effective_size(mine), N=len(mine))
        yield _row(KIND=kind, ARMCD=code, STATISTIC="sum", VALUE=float(mine.sum()), N=len(mine))
    for covariate in spec.covariates:
        values = matrix.rows[covariate.variable]
        if covariate.kind == "numeric":
            yield from _numeric_rows(kind, covariate, values.to_numpy(float), matrix, weights, spec)
        else:
            yield from _factor_rows(kind, covariate, values, matrix, weights, spec)


def _numeric_rows(
    kind: str,
    covariate: Confounder,
    values: Array,
    matrix: DesignMatrix,
    weights: Array,
    spec: WeighSubjectsSpec,
) -> Iterator[Row]:
    place = {"KIND": kind, "VARIABLE": covariate.variable}
    for arm, code in ((1, spec.treated), (0, spec.control)):
        mine = matrix.treated == arm
        n = int(mine.sum())
        mean, variance = (
            weighted_mean(values[mine], weights[mine]),
            weighted_variance(values[mine], weights[mine]),
        )
        yield _row(**place, ARMCD=code, STATISTIC="mean", VALUE=mean, N=n)
        error = "" if np.isfinite(variance) else "fewer than two values"
        yield _row(**place, ARMCD=code, STATISTIC="sd", VALUE=float(np.sqrt(variance)), N=n, ERROR=error)
    smd = standardised_difference(values, matrix.treated, weights, binary=False)
    yield _row(**place, STATISTIC="smd", VALUE=smd, N=len(values), ERROR=FIXED if np.isnan(smd) else "")
    ratio = variance_ratio(values, matrix.treated, weights)
    outside = "" if np.isnan(ratio) or 0.5 <= ratio <= 2 else "variance ratio outside 0.5 to 2"
    error = NO_VARIANCE if np.isnan(ratio) else ""
    yield _row(**place, STATISTIC="vr", VALUE=ratio, N=len(values), WARNING=outside, ERROR=error)


def _factor_rows(
    kind: str,
    covariate: Confounder,
    values: pd.Series,
    matrix: DesignMatrix,
    weights: Array,
    spec: WeighSubjectsSpec,
) -> Iterator[Row]:
    """Yield percentages of every level; two levels have the signed difference of the second one."""
    levels = levels_of(values)
    indicators: Array = np.column_stack([(values == level).to_numpy() for level in levels]).astype(float)
    place = {"KIND": kind, "VARIABLE": covariate.variable}
    for level, column in zip(levels, indicators.T, strict=True):
        for arm, code in ((1, spec.treated), (0, spec.control)):
            mine = matrix.treated == arm
            share = 100 * weighted_mean(column[mine], weights[mine])
            yield _row(**place, LEVEL=level, ARMCD=code, STATISTIC="pct", VALUE=share, N=int(mine.sum()))
    if len(levels) == 2:
        smd = standardised_difference(indicators[:, 1], matrix.treated, weights, binary=True)
    else:
        smd = level_difference(indicators, matrix.treated, weights)
    yield _row(**place, STATISTIC="smd", VALUE=smd, N=len(values), ERROR=FIXED if np.isnan(smd) else "")
