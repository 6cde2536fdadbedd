"""Another number in the place of values below their limit, before a model that knows no intervals."""

from dataclasses import replace
from math import sqrt

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.study.errors import ModelError

FACTORS = {"LLOQ": 1.0, "LLOQ/2": 0.5, "LLOQ/sqrt 2": 1 / sqrt(2)}


def substituted(data: AnalysisData, rule: str) -> AnalysisData:
    """Return the data with values, baselines and changes by a substitution rule of `FACTORS`.

    Raises
    ------
    ModelError
        If a record below its limit does not give it.
    """
    below = data.records["CENSOR"] == "<"
    unknown = data.records[below & data.records["LLOQ"].isna() & (data.records["ANL01FL"] == "Y")]
    if len(unknown):
        raise ModelError(
            f"analysis {data.spec.id} of {data.spec.place}",
            f"{len(unknown)} values are below a limit that their records do not give (LLOQ)",
            [f"{r.USUBJID} {r.AVISIT}: value {r.AVAL}" for r in unknown.itertuples()],
            "give the limit of each row, or leave this endpoint out of the analysis",
        )
    value = data.records["AVAL"].where(~below, FACTORS[rule] * data.records["LLOQ"])
    first = data.records["ABLFL"] == "Y"
    bases = pd.Series(value[first].to_numpy(), index=data.records.loc[first, "USUBJID"])
    base = data.records["USUBJID"].map(bases).where(data.records["BASE"].notna())
    later = data.records["CHG"].notna()
    changed = data.records.assign(
        AVAL=value,
        BASE=base,
        CHG=(value - base).where(later),
        PCHG=(100 * (value - base) / base).where(later & (base != 0)),
    )
    limit = data.spec.below_limit.model_copy(update={"substitute": rule})
    return replace(data, records=changed, spec=data.spec.model_copy(update={"below_limit": limit}))
