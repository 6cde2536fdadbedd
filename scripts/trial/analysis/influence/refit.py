"""The model of an endpoint without each subject in turn."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t

from mmrm import MmrmFit
from trial.analysis.data import AnalysisData
from trial.analysis.frame import ModelFrame
from trial.analysis.model import ModelPlan, fit_formula, formula_of
from trial.analysis.model_rows import ModelRows
from trial.study.errors import ModelError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Without:
    """Every contrast without each subject, (subjects, contrasts): NaN where there is no fit."""

    subjects: tuple[str, ...]
    estimate: Array
    pvalue: Array


def refit_without(writer: ModelRows, data: AnalysisData, plan: ModelPlan) -> Without:
    """Return every contrast of a fit without each subject.

    Rung of the ladder, df method and standard errors are those of the whole fit. An MMRM with standard errors
    of the model is refitted as one batch; any other fit is made anew for each subject.
    """
    fit, contrasts = writer.fit, writer.contrasts()
    if isinstance(fit, MmrmFit) and fit.cov_type == "model" and fit.df_method != "residual":
        null, side = writer.hypothesis
        batch = fit.replicate(1.0 - np.eye(len(fit.subjects)), contrasts, fit.df_method)
        assert batch.se is not None and batch.df is not None  # asked for by the df method
        pvalue = _pvalue((batch.contrasts - null) / batch.se, batch.df, side)
        return Without(tuple(map(str, fit.subjects)), batch.contrasts, pvalue)
    return refit_each(writer, data, plan)


def refit_each(writer: ModelRows, data: AnalysisData, plan: ModelPlan) -> Without:
    """Return the same by fitting anew for each subject."""
    subjects = tuple(sorted(set(writer.frame.rows["USUBJID"])))
    one_rung = plan.config.model_copy(update={"covariance_ladder": (writer.rung,)})
    labels = writer.contrasts().labels
    parts = [_one(subject, writer, data, replace(plan, config=one_rung)) for subject in subjects]
    aligned = [labels.merge(part, how="left", on=["comparison", "AVISIT"]) for part in parts]
    estimate, pvalue = (
        np.stack([part[name].to_numpy(float) for part in aligned]) for name in ("estimate", "pvalue")
    )
    return Without(subjects, estimate, pvalue)


def _one(subject: str, writer: ModelRows, data: AnalysisData, plan: ModelPlan) -> pd.DataFrame:
    """Return estimate and p-value of each contrast without a subject; no row where nothing can be fitted."""
    rows = writer.frame.rows[writer.frame.rows["USUBJID"] != subject]
    factors = rows.select_dtypes("category").columns
    rows = rows.assign(**{name: rows[name].cat.remove_unused_categories() for name in factors})
    frame = ModelFrame(rows, ())
    columns = ["comparison", "AVISIT", "estimate", "pvalue"]
    if len(rows["ARMCD"].cat.categories) < len(writer.frame.rows["ARMCD"].cat.categories):
        return pd.DataFrame(columns=columns)
    try:
        fit, rung, _ = fit_formula(formula_of(frame, plan.config), rows, data, plan)
    except ModelError:
        return pd.DataFrame(columns=columns)
    without = replace(writer, fit=fit, rung=rung, frame=frame)
    return fit.table(without.contrasts(), plan.config.level, *writer.hypothesis)[columns]


def _pvalue(statistic: Array, df: Array, side: str) -> Array:
    if side == "two-sided":
        return np.asarray(2 * t.sf(np.abs(statistic), df))
    return np.asarray(t.sf(statistic if side == "greater" else -statistic, df))
