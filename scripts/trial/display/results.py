"""Results rows (the ARD) looked up by what they are, each with the `result_id` that traces it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trial.display.numbers import print_minus
from trial.study.errors import DataError
from trial.study.rules import DETECTABILITY

if TYPE_CHECKING:
    import pandas as pd

NOT_ESTIMABLE = "NE"
WITHHELD = "withheld"
ABSENT = "no such row among the results"
NO_VISIT = "the results hold nothing at this visit (no data there to analyse)"
NOT_FITTED = "no model was fitted (the warning says why)"


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

    @property
    def withheld(self) -> bool:
        """Whether the number exists and is not shown, because the endpoint lies too often below its limit."""
        return self.error.startswith(DETECTABILITY)

    @property
    def detectability(self) -> str:
        """The words of that rule on a number that is shown; an empty text where it does not concern it."""
        return self.warning if self.warning.startswith(DETECTABILITY) else ""

    @property
    def stand_in(self) -> str:
        """What is printed in the place of an absent number."""
        return WITHHELD if self.withheld else NOT_ESTIMABLE

    @property
    def missing(self) -> bool:
        """Whether there is no number because the results have no such row: nothing was estimated."""
        return self.error in (ABSENT, NO_VISIT, NOT_FITTED)

    @property
    def of_no_visit(self) -> bool:
        """Whether there is no number because its analysis has nothing at all at that visit."""
        return self.error in (NO_VISIT, NOT_FITTED)


class Results:
    """Statistics of one role of an output, by endpoint, visit, group or comparison, and name.

    Parameters
    ----------
    rows : DataFrame
        Rows of the ARD of the analyses in that role, any number of endpoints.
    analyses : mapping
        Which analysis covers each endpoint (empty text: the whole study).

    Raises
    ------
    DataError
        If a result_id occurs twice (no cell could say which one it shows), or a row is of another analysis.
    """

    def __init__(self, rows: "pd.DataFrame", analyses: Mapping[str, str]) -> None:
        ids, values = rows["result_id"].tolist(), rows["value"].tolist()
        if len(set(ids)) < len(ids):
            repeated = rows.loc[rows["result_id"].duplicated(), "result_id"].tolist()
            raise DataError("results rows", "expected each result_id once, found repeated ones", repeated)
        endpoints = rows["endpoint"].tolist()
        found = set(zip(endpoints, rows["analysis"].tolist(), strict=True))
        strange = sorted(found - set(analyses.items()))
        if strange:
            raise DataError(
                "results rows",
                f"expected the analyses {sorted(set(analyses.values()))} of this output, found others",
                [f"{analysis} of {endpoint or 'the study'}" for endpoint, analysis in strange],
            )
        # What analyses write of numbers is printed with the outputs' minus sign. Nearly all of it is empty.
        said = {name: rows[name].tolist() for name in ("warning", "error")}
        printed = {text: print_minus(text) for text in {*said["warning"], *said["error"]}}
        said = {name: [printed[text] for text in texts] for name, texts in said.items()}
        self.rows = rows.assign(**said)
        self._analyses = dict(analyses)
        self._unfitted: set[str] = set()
        self._visits: set[tuple[str, str]] = set()
        self._by_key: dict[tuple[str, str, str, str], Statistic] = {}
        places = (rows[name].tolist() for name in ("visit", "group", "comparison", "statistic"))
        for endpoint, visit, group, comparison, statistic, *what in zip(
            endpoints, *places, ids, values, said["warning"], said["error"], strict=True
        ):
            self._by_key[endpoint, visit, group or comparison, statistic] = Statistic(*what)
            if statistic == "n_obs" and what[1] == 0:
                self._unfitted.add(endpoint)
            if statistic != "n" or what[1] != 0:
                self._visits.add((endpoint, visit))

    def get(self, endpoint: str, visit: str, group: str, statistic: str) -> Statistic:
        """Return one statistic; `group` is an arm or a comparison; an absent row is an error statistic
        without a result_id: there is nothing that it could lead to.

        Its reason is `NOT_FITTED` if the model of the endpoint has no observation, `NO_VISIT` if the analysis
        has no row at that visit, else `ABSENT`.
        """
        found = self._by_key.get((endpoint, visit, group, statistic))
        if found is not None:
            return found
        known = not visit or (endpoint, visit) in self._visits
        reason = NOT_FITTED if endpoint in self._unfitted else ABSENT if known else NO_VISIT
        return Statistic("", math.nan, "", reason)

    def holds(self, endpoint: str) -> bool:
        """Return whether there is any row of that endpoint."""
        return bool((self.rows["endpoint"] == endpoint).any())

    def is_ancova(self, endpoint: str) -> bool:
        """Return whether the endpoint's model is an analysis of covariance at each visit."""
        methods = set(self.rows.loc[self.rows["endpoint"] == endpoint, "method"])
        return any("ancova" in method.split("-") for method in methods)

    def warnings(self, endpoint: str) -> list[str]:
        """Return the distinct warnings that belong to no single visit, in row order."""
        chosen = (self.rows["endpoint"] == endpoint) & (self.rows["visit"] == "")
        return list(dict.fromkeys(text for text in self.rows.loc[chosen, "warning"] if text))
