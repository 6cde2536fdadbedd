"""Analysis results data: one row per statistic of the whole study, the only thing displays read."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

ARD = {
    "result_id": "text",
    "output": "text",
    "analysis": "text",
    "method": "text",
    "endpoint": "text",
    "visit": "text",
    "group": "text",
    "comparison": "text",
    "statistic": "text",
    "value": "number",
    "unit": "text",
    "n": "number",
    "records": "text",
    "warning": "text",
    "error": "text",
}
# The record sets that `records` names: which records a statistic counted or was fitted on.
RECORDS = {
    "RECORDS": "text",
    "PARAMCD": "text",
    "USUBJID": "text",
    "ASEQ": "number",
}


def result_id(endpoint: str, analysis: str, visit: str, who: str, statistic: str) -> str:
    """Return the identity of a statistic, stable across locks; an empty part reads `all`."""
    return ".".join(part or "all" for part in (endpoint, analysis, visit, who, statistic))


def result_rows(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Return result rows as a table with the columns of `ARD`; `result_id` is made from the others.

    A row gives the columns that differ from empty. A missing value without an error is a mistake of
    the caller, never an empty cell of a table.

    Raises
    ------
    ValueError
        If two rows have one identity, or a row has neither a value nor an error.
    """
    given = list(rows)
    # By column: to make a table of rows takes pandas several times as long.
    table = pd.DataFrame(
        {
            name: [row.get(name, "") for row in given]
            if kind == "text"
            else np.array([row.get(name) for row in given], dtype=float)
            for name, kind in ARD.items()
        }
    )
    who = table["group"].where(table["group"] != "", table["comparison"])
    table["result_id"] = [
        result_id(*parts)
        for parts in zip(
            table["endpoint"], table["analysis"], table["visit"], who, table["statistic"], strict=True
        )
    ]
    if table["result_id"].duplicated().any():
        twice = table.loc[table["result_id"].duplicated(), "result_id"].tolist()
        raise ValueError(f"results twice: {twice[:5]}")
    silent = table["value"].isna() & (table["error"] == "")
    if silent.any():
        raise ValueError(f"results without value or error: {table.loc[silent, 'result_id'].tolist()[:5]}")
    return table
