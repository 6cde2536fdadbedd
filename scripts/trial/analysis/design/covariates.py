"""The covariates at baseline of the weighed subjects: the only data of the design stage."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from trial.analysis.design.config import CollectCovariatesSpec
from trial.analysis.design.schema import covariate_columns
from trial.study.errors import DataError

# What is read of an endpoint's records: none of these columns but AVAL holds a value, and only the row that
# stands for the baseline is kept.
RECORDS = {"USUBJID": "text", "ABLFL": "text", "ANL01FL": "text", "AVAL": "number"}


def subject_columns(spec: CollectCovariatesSpec) -> dict[str, str]:
    """Return the columns of ADSL that are read."""
    return {"USUBJID": "text", spec.population: "text", spec.treatment: "text", **spec.columns}


def collect_covariates(
    adsl: pd.DataFrame, records: Mapping[str, pd.DataFrame], spec: CollectCovariatesSpec
) -> pd.DataFrame:
    """Return one row per subject of the two arms: arm and covariates; a missing one stays empty.

    Parameters
    ----------
    adsl : DataFrame
        Columns of `subject_columns`.
    records : mapping
        Records of each endpoint whose baseline is a covariate, columns `RECORDS`.

    Raises
    ------
    DataError
        If a baseline on the log scale is not positive.
    """
    mine = adsl[(adsl[spec.population] == "Y") & adsl[spec.treatment].isin(spec.arms)]
    table = mine.rename(columns={spec.treatment: "ARMCD"}).sort_values("USUBJID")
    for code, scale in spec.baselines.items():
        rows = records[code]
        rows = rows[(rows["ANL01FL"] == "Y") & (rows["ABLFL"] == "Y")]
        values = table["USUBJID"].map(rows.set_index("USUBJID")["AVAL"]).astype(float)
        if scale == "log":
            bad = table.loc[values <= 0, "USUBJID"].tolist()
            if bad:
                raise DataError(f"baseline of {code}", "the log scale needs positive values", bad)
            values = values.map(np.log)
        table[f"BASE_{code}"] = values
    return table[list(covariate_columns(dict(spec.columns), list(spec.baselines)))].reset_index(drop=True)
