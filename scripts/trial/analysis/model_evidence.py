"""What a fitted model rests on: its covariance, the rungs of its ladder, its columns and its residuals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from mmrm import MmrmFit
from mmrm.estimates import Estimates
from trial.analysis.frame import ModelFrame

Row = Mapping[str, object]
# The numbers of a rung, by their name in results and in the record of the ladder.
RUNG = {
    "deviance": "deviance",
    "n_parameters": "n_covariance_parameters",
    "aic": "aic",
    "aicc": "aicc",
    "bic": "bic",
    "sigma_min_eigenvalue": "sigma_min_eigenvalue",
    "gradient": "scaled_gradient",
}
NO_NUMBER = "infinite or not defined at this rung"
MODEL_COLUMN = "X_"  # begins the names of covariates in a model frame
RESIDUALS = ("fitted", "raw", "whitened", "residual_sd", "leverage")


def covariance_rows(fit: Estimates, frame: ModelFrame, place: Mapping[str, Any], unit: str) -> Iterator[Row]:
    """Yield covariance and correlation of each pair of visits, by arm where each arm has its own.

    `cov.<a>.<b>` and `corr.<a>.<b>` stand once for a pair, the earlier visit first; `cov.<a>.<a>` is a
    variance. Without a covariance over visits (an ANCOVA of each visit) there is none.
    """
    if not isinstance(fit, MmrmFit):
        return
    sigma = fit.sigma if isinstance(fit.sigma, dict) else {"": fit.sigma}
    seen = set(frame.rows["AVISIT"].astype(str))
    visits = [(at, str(visit)) for at, visit in enumerate(fit.prepared.visits) if str(visit) in seen]
    for arm, matrix in sigma.items():
        mine = frame.rows if arm == "" else frame.rows[frame.rows["ARMCD"] == arm]
        here = {**place, "group": str(arm), "n": float(mine["USUBJID"].nunique())}
        sd = np.sqrt(np.diagonal(matrix))
        for (s, first), (t, second) in product(visits, visits):
            if s <= t:
                name = f"{first}.{second}"
                yield here | {"statistic": f"cov.{name}", "value": float(matrix[s, t]), "unit": f"({unit})^2"}
                if s < t:
                    value = float(matrix[s, t] / (sd[s] * sd[t]))
                    yield here | {"statistic": f"corr.{name}", "value": value, "unit": "1"}


def ladder_rows(record: Iterable[Mapping[str, Any]], place: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the numbers of each rung that was fitted; its status and reason are words, in the record."""
    for rung in record:
        for name, key in RUNG.items():
            if key in rung:
                value = np.nan if rung[key] is None else float(rung[key])
                error = NO_NUMBER if np.isnan(value) else ""
                yield {
                    **place, "comparison": rung["structure"], "statistic": f"ladder.{name}", "value": value,
                    "unit": "1", "error": error,
                }  # fmt: skip


def name_columns(fit: Estimates) -> dict[str, dict[str, Any]]:
    """Return terms and columns of a model as pairs of variable and level; the intercept has none.

    The level is empty where a variable is a number, or a term stands for all levels. Results carry the names
    of the coding (`ARMCD[T.B]:AVISIT[T.M3]`); outputs print words. `references` are the levels that the
    columns of a factor are compared with.
    """
    info = fit.prepared.design_info
    references = {
        factor.name().removeprefix(MODEL_COLUMN): str(found.categories[0])
        for factor, found in info.factor_infos.items()
        if found.type == "categorical"
    }
    terms: dict[str, list[list[str]]] = {}
    columns: dict[str, list[list[str]]] = {}
    for term, part in info.term_slices.items():
        variables = [factor.name().removeprefix(MODEL_COLUMN) for factor in term.factors]
        terms[term.name()] = [[variable, ""] for variable in variables]
        choices = [_choices(info.factor_infos[factor]) for factor in term.factors]
        named = {":".join(names): levels for names, levels in _combined(choices)}
        for name in info.column_names[part]:
            levels = named[name] if term.factors else ()
            columns[name] = [[variable, level] for variable, level in zip(variables, levels, strict=True)]
    return {"terms": terms, "columns": columns, "references": references}


def _choices(info: Any) -> list[tuple[str, str]]:
    """Return what a factor may be called in the name of a column, with its level."""
    name = info.factor.name()
    if info.type == "numerical":
        return [(name, "")]
    return [(f"{name}[{mark}{level}]", str(level)) for level in info.categories for mark in ("T.", "")]


def _combined(choices: Sequence[Sequence[tuple[str, str]]]) -> Iterator[tuple[list[str], list[str]]]:
    for chosen in product(*choices):
        yield [name for name, _ in chosen], [level for _, level in chosen]


def residual_record(fit: Estimates, frame: ModelFrame) -> dict[str, list[Any]]:
    """Return every analysed record with its fitted value and residuals, as columns of plain values.

    `fitted` and `raw` are on the scale of the model; `whitened`, `residual_sd` and `leverage` as in
    `mmrm.diagnostics.build_residuals`.
    """
    found = fit.residuals()
    kept = frame.rows[["USUBJID", "PARAMCD", "ASEQ", "AVISIT", "ARMCD"]].join(found[list(RESIDUALS)])
    texts = kept.astype({"AVISIT": str, "ARMCD": str})
    return {str(name): values.tolist() for name, values in texts.items()}


def read_residuals(record: Mapping[str, Any]) -> pd.DataFrame:
    """Return the records of `residual_record` as a table; rows without a fitted value are left out."""
    columns = ["USUBJID", "PARAMCD", "ASEQ", "AVISIT", "ARMCD", *RESIDUALS]
    table = pd.DataFrame(record.get("residuals") or {}, columns=columns)
    numbers = table.astype(dict.fromkeys(RESIDUALS, float))
    return numbers[numbers["whitened"].notna()].reset_index(drop=True)
