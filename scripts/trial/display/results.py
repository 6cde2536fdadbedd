"""Results rows (the ARD) looked up by what they are, each with the `result_id` that traces it."""

import math
from dataclasses import dataclass

import pandas as pd

from trial.study.errors import DataError

ABSENT = "no such row among the results"


@dataclass(frozen=True)
class Statistic:
    """One statistic of the ARD; `value` is NaN where it is absent and `error` then says why."""

    result_id: str
    value: float
    warning: str
    error: str

    @property
    def present(self) -> bool:
        """Whether there is a number to print."""
        return not self.error and math.isfinite(self.value)

    @property
    def reason(self) -> str:
        """Why there is no number."""
        return self.error or "the results hold no value and no reason"


class Results:
    """Statistics by endpoint, analysis, visit, group or comparison, and name.

    Parameters
    ----------
    rows : DataFrame
        Rows of the ARD, any number of endpoints and analyses.

    Raises
    ------
    DataError
        If a result_id occurs twice: no cell could say which one it shows.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        repeated = rows.loc[rows["result_id"].duplicated(), "result_id"].tolist()
        if repeated:
            raise DataError("results rows", "expected each result_id once, found repeated ones", repeated)
        self.rows = rows
        group = rows["group"].where(rows["group"] != "", rows["comparison"])
        keys = zip(rows["endpoint"], rows["analysis"], rows["visit"], group, rows["statistic"], strict=True)
        columns = ("result_id", "value", "warning", "error")
        records = zip(*(rows[name].tolist() for name in columns), strict=True)
        self._by_key = {key: Statistic(*record) for key, record in zip(keys, records, strict=True)}

    def get(self, endpoint: str, analysis: str, visit: str, group: str, statistic: str) -> Statistic:
        """Return one statistic; `group` is an arm or a comparison; an absent row is an error statistic."""
        found = self._by_key.get((endpoint, analysis, visit, group, statistic))
        if found is not None:
            return found
        parts = [part or "all" for part in (endpoint, analysis, visit, group)]
        return Statistic(".".join([*parts, statistic]), math.nan, "", ABSENT)

    def holds(self, endpoint: str, analysis: str) -> bool:
        """Return whether there is any row of that analysis."""
        return bool(((self.rows["endpoint"] == endpoint) & (self.rows["analysis"] == analysis)).any())

    def warnings(self, endpoint: str, analysis: str) -> list[str]:
        """Return the distinct warnings of an analysis that belong to no single visit, in row order."""
        rows = self.rows
        chosen = (rows["endpoint"] == endpoint) & (rows["analysis"] == analysis) & (rows["visit"] == "")
        return list(dict.fromkeys(text for text in rows.loc[chosen, "warning"] if text))
