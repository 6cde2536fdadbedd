"""What a linear model sees: response, covariates, arm and visit, from the analysed records."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.analysis.data import AnalysisData, require_positive
from trial.analysis.linear import BASE, BASE_OF, Adjusted, Covariate
from trial.study.errors import ModelError


@dataclass(frozen=True)
class ModelFrame:
    """The rows of a model.

    Attributes
    ----------
    rows : DataFrame
        One row per subject and visit: USUBJID, PARAMCD, ASEQ, ARMCD (ordered category: every arm, the
        reference first) and AVISIT (ordered category of what is present), AVAL, BASE, CENSOR, the response Y
        and one column X_<variable> per covariate.
    left_out : tuple of (variable, subjects)
        Subjects left out because a covariate is missing, by the covariate that is.
    """

    rows: pd.DataFrame
    left_out: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def absent_arms(self) -> tuple[str, ...]:
        """The arms without any row: nothing can be compared with them."""
        arms = self.rows["ARMCD"]
        return tuple(code for code in arms.cat.categories if not (arms == code).any())

    @property
    def single_visit(self) -> bool:
        """Whether one visit is left, so that visit terms have nothing to compare."""
        return len(self.rows["AVISIT"].cat.categories) == 1


def column_of(covariate: Covariate) -> str:
    """Return the name of a covariate's column in the model frame."""
    return f"X_{covariate.variable}"


def build_frame(data: AnalysisData, config: Adjusted) -> ModelFrame:
    """Return the rows that the model sees.

    Raises
    ------
    ModelError
        If a value on the log scale is not positive, or a covariate is missing where the configuration says
        stop.
    """
    rows = _respond(data, config)
    rows, left_out = _add_covariates(rows, data, config)
    return ModelFrame(_coded(rows, data), left_out)


def _respond(data: AnalysisData, config: Adjusted) -> pd.DataFrame:
    """Return the analysed records after baseline with the response."""
    endpoint = data.spec.endpoint
    assert endpoint is not None  # the configuration gives these methods endpoints
    rows = data.analysed
    rows = rows[rows["ABLFL"] == ""].copy()
    needs_base = config.response == "change" or any(c.variable == BASE for c in config.covariates)
    if needs_base:
        rows = rows[rows["BASE"].notna()]
    log = endpoint.scale == "log"
    if log:
        require_positive(data.spec, rows, ["AVAL", *(["BASE"] if needs_base else [])], "response")
    value = np.log(rows["AVAL"]) if log else rows["AVAL"]
    base = np.log(rows["BASE"].where(rows["BASE"] > 0)) if log else rows["BASE"]
    change = value - base if log else rows["CHG"]
    return rows.assign(Y=change if config.response == "change" else value, X_BASE=base)


def _add_covariates(
    rows: pd.DataFrame, data: AnalysisData, config: Adjusted
) -> tuple[pd.DataFrame, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Return the rows with their covariates; missing ones stop the model or leave their subjects out."""
    left_out = []
    for covariate in config.covariates:
        name, column = covariate.variable, column_of(covariate)
        if name != BASE:
            rows = rows.assign(**{column: rows["USUBJID"].map(covariate_of(name, data))})
        absent = rows[column].isna() | (rows[column] == "")
        if absent.any():
            subjects = tuple(sorted(set(rows.loc[absent, "USUBJID"])))
            if config.missing_covariate == "stop":
                raise ModelError(
                    f"analysis {data.spec.id} of {data.spec.place}",
                    f"{len(subjects)} subjects have no {name}",
                    subjects,
                    "complete it, drop the covariate, or set missing_covariate: leave out",
                )
            left_out.append((name, subjects))
            rows = rows[~absent]
        if covariate.kind == "factor":
            rows = rows.assign(**{column: pd.Categorical(rows[column], sorted(set(rows[column])))})
    return rows, tuple(left_out)


def covariate_of(name: str, data: AnalysisData) -> pd.Series:
    """Return a covariate by subject: a baseline (ln on the log scale), or a column of ADSL."""
    if name == BASE:
        values = data.baseline_records.set_index("USUBJID")["AVAL"]
        log = data.spec.endpoint is not None and data.spec.endpoint.scale == "log"
        logs: pd.Series = np.log(values.where(values > 0)) if log else values
        return logs
    if name.startswith(BASE_OF):
        return data.baseline_of(name.removeprefix(BASE_OF))
    return data.subjects[name]


def _coded(rows: pd.DataFrame, data: AnalysisData) -> pd.DataFrame:
    """Return the rows with arms (reference first) and the visits that are present as ordered categories."""
    spec = data.spec
    arms = [spec.reference_arm, *(arm.code for arm in spec.arms if arm.code != spec.reference_arm)]
    visits = [visit.code for visit in spec.visits if (rows["AVISIT"] == visit.code).any()]
    ordered = rows.sort_values(["USUBJID", "AVISITN"])
    return ordered.assign(
        ARMCD=pd.Categorical(ordered["ARMCD"], categories=arms),
        AVISIT=pd.Categorical(ordered["AVISIT"], categories=visits),
    )
