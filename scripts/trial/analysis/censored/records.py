"""From analysed records to the arrays of the joint model: values, limits, arms and covariates by subject."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.analysis.censored.problem import LEFT, OBSERVED, RIGHT, CensoredData
from trial.analysis.data import AnalysisData, require_positive
from trial.analysis.frame import add_covariates
from trial.analysis.linear import BASE, LinearModel
from trial.study.errors import ModelError


@dataclass(frozen=True)
class Joint:
    """What the joint model sees.

    Attributes
    ----------
    data : CensoredData
        Visits in the order of `visits`, the baseline first; arms in the order of `arms`, the reference first.
    visits, arms, subjects : tuple of str
    records : DataFrame
        The records behind it.
    left_out : tuple of (variable, subjects)
        Subjects left out because a covariate is missing.
    """

    data: CensoredData
    visits: tuple[str, ...]
    arms: tuple[str, ...]
    subjects: tuple[str, ...]
    records: pd.DataFrame
    left_out: tuple[tuple[str, tuple[str, ...]], ...]


def joint_frame(data: AnalysisData, config: LinearModel, by_arm: bool) -> Joint:
    """Return the analysed values of all visits, those beyond a limit as their limit.

    Raises
    ------
    ModelError
        If an arm has no record, a limit is not given, a value has no logarithm where one is needed, or a
        covariate is missing where the configuration says stop.
    """
    rows = data.analysed
    rows = rows[rows["AVISIT"].isin([visit.code for visit in data.spec.visits]) & rows["AVAL"].notna()]
    # The baseline is a response here; the others are as in every linear model.
    others = tuple(covariate for covariate in config.covariates if covariate.variable != BASE)
    config = config.model_copy(update={"covariates": others})
    rows, left_out = add_covariates(rows, data, config)
    arms = _arms(rows, data)
    visits = tuple(visit.code for visit in data.spec.visits if (rows["AVISIT"] == visit.code).any())
    rows = rows.assign(LIMIT=_limits(rows, data))
    endpoint = data.spec.endpoint
    assert endpoint is not None  # the configuration gives this method endpoints
    if endpoint.scale == "log":
        require_positive(data.spec, rows, ["LIMIT"], "values and limits")
        rows["LIMIT"] = np.log(rows["LIMIT"])
    rows["SIDE"] = rows["CENSOR"].map({"<": LEFT, ">": RIGHT, "": OBSERVED})
    wide = {name: _wide(rows, name, visits) for name in ("LIMIT", "SIDE")}
    subjects = wide["LIMIT"].index
    first = rows.drop_duplicates("USUBJID").set_index("USUBJID").loc[subjects]
    places = {code: place for place, code in enumerate(arms)}
    found = CensoredData(
        np.asarray(wide["LIMIT"], dtype=float),
        np.asarray(wide["SIDE"].fillna(OBSERVED), dtype=np.int64),
        np.asarray(first["ARMCD"].map(places), dtype=np.int64),
        np.column_stack([np.empty((len(first), 0)), *_columns(first, config)]),
        by_arm,
    )
    return Joint(found, visits, arms, tuple(map(str, subjects)), rows, left_out)


def _wide(rows: pd.DataFrame, name: str, visits: tuple[str, ...]) -> pd.DataFrame:
    """Return a column by subject and visit, subjects in order."""
    return rows.pivot(index="USUBJID", columns="AVISIT", values=name)[list(visits)].sort_index()


def _arms(rows: pd.DataFrame, data: AnalysisData) -> tuple[str, ...]:
    """Return the arms, the reference first; each must have a value."""
    codes = sorted((arm.code for arm in data.spec.arms), key=lambda code: code != data.spec.reference_arm)
    absent = [code for code in codes if not (rows["ARMCD"] == code).any()]
    if absent:
        raise ModelError(
            f"analysis {data.spec.id} of {data.spec.place}",
            "an arm has no record to analyse",
            absent,
            f"see results/endpoints/{data.spec.place}/adlb.csv: its values lack a visit or a unit",
        )
    return tuple(codes)


def _limits(rows: pd.DataFrame, data: AnalysisData) -> pd.Series:
    """Return observed values, and the limit in place of each value below (LLOQ) or above (the value) it."""
    below = rows["CENSOR"] == "<"
    unknown = rows[below & rows["LLOQ"].isna()]
    if len(unknown):
        raise ModelError(
            f"analysis {data.spec.id} of {data.spec.place}",
            f"{len(unknown)} values are below a limit that their records do not give (LLOQ)",
            [f"{r.USUBJID} {r.AVISIT}: value {r.AVAL}" for r in unknown.itertuples()],
            "give the limit of each row, or leave this endpoint out of the analysis",
        )
    return rows["AVAL"].where(~below, rows["LLOQ"])


def _columns(first: pd.DataFrame, config: LinearModel) -> Iterator[np.ndarray]:
    """Yield the columns of the covariates, one row per subject; factors as indicators."""
    for covariate in config.covariates:
        values = first[f"X_{covariate.variable}"]
        if covariate.kind == "numeric":
            yield values.to_numpy(dtype=float)
        else:
            for level in sorted(set(values))[1:]:
                yield (values == level).to_numpy(dtype=float)
