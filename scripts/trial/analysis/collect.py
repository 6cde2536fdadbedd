"""All result rows of the study in one table."""

import pandas as pd

from trial.analysis.config import STUDY, CollectSpec
from trial.study.errors import DataError


def collect_rows(rows: pd.DataFrame, spec: CollectSpec) -> pd.DataFrame:
    """Return the rows of every analysis, each with the output of its analysis (`CollectSpec`).

    Raises
    ------
    DataError
        If a result_id stands twice.
    """
    twice = rows.loc[rows["result_id"].duplicated(), "result_id"].tolist()
    if twice:
        raise DataError("ard.csv", "expected each result_id once, found repeated ones", twice)
    places = zip(rows["analysis"], rows["endpoint"], strict=True)
    outputs = [spec.outputs.get(f"{analysis}.{endpoint or STUDY}", "") for analysis, endpoint in places]
    return rows.assign(output=outputs)
