"""What an analysis is given: the records of its endpoint, and the subjects of its population."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from trial.analysis.config import Analysis, AnalysisSpec
from trial.study.ard import ARD
from trial.study.errors import DataError, ModelError

# The columns of an endpoint's records that analyses read.
ENDPOINT_COLUMNS = {
    "USUBJID": "text",
    "PARAMCD": "text",
    "ASEQ": "number",
    "AVISIT": "text",
    "AVISITN": "number",
    "ADT": "date",
    "AVAL": "number",
    "BASE": "number",
    "CHG": "number",
    "PCHG": "number",
    "ABLFL": "text",
    "ANL01FL": "text",
    "REASON": "text",
    "CENSOR": "text",
    "LLOQ": "number",
    "DECIMALS": "number",
}
# The share of numbers that need no more decimals than an endpoint is said to be collected with: a few cells
# of a spreadsheet with ten digits do not make the others more exact.
COLLECTED_SHARE = 0.95

# The intercurrent events of subjects, for analyses whose estimand does something about some.
EVENTS = {"USUBJID": "text", "EVENT": "text", "ICEDT": "date"}


def acted_on(records: pd.DataFrame, events: pd.DataFrame, days: Mapping[str, int | None]) -> pd.DataFrame:
    """Return the records that an event acts on, with the EVENT whose date comes first.

    An event that acts for good acts on values of later days, one that passes on those of its own day and of
    the given number of days after it (`trial.subjects.config_events`).

    Parameters
    ----------
    records : DataFrame
        USUBJID and ADT, any index, which is kept.
    events : DataFrame
        Columns of `EVENTS`.
    days : mapping
        How long each event acts; None for good. Others act on nothing.
    """
    mine: dict[str, list[tuple[str, str]]] = {}
    for subject, event, begin in zip(
        *(events[name].tolist() for name in ("USUBJID", "EVENT", "ICEDT")), strict=True
    ):
        if event in days and begin:
            mine.setdefault(subject, []).append((begin, event))
    # The whole of it row by row: there are few events, and a merge takes longer than all of this.
    acting = [
        next((event for begin, event in sorted(mine.get(subject, ())) if _acts(begin, days[event], day)), "")
        for subject, day in zip(records["USUBJID"].tolist(), records["ADT"].tolist(), strict=True)
    ]
    found = records.assign(EVENT=acting)
    return found[found["EVENT"] != ""]


def _acts(begin: str, length: int | None, day: str) -> bool:
    """Return whether an event that begins on a day acts on a value of another; ISO dates, or empty."""
    if not day:
        return False
    gap = (date.fromisoformat(day) - date.fromisoformat(begin)).days
    return gap >= 1 if length is None else 0 <= gap <= length


@dataclass(frozen=True)
class AnalysisData:
    """The input of one job of `run_analysis`.

    Attributes
    ----------
    spec : AnalysisSpec
    subjects : DataFrame
        The subjects of the population, indexed by USUBJID, with the columns that the analysis reads.
    treatments : Series
        Their treatment.
    records : DataFrame
        Every record of the endpoint (`ENDPOINT_COLUMNS`), analysed or not; empty for the whole study.
    others : dict of str to DataFrame
        The records of the other endpoints whose baseline is asked for.
    absence : str
        What took the raw rows of an endpoint without analysed records; ``""`` where it has some.
    tables : dict of str to DataFrame
        The further data sets that the method asked for, and `events` where the estimand acts on some.
    results : DataFrame
        The result rows of the analyses that the method reads; empty where it reads none.
    recorded : dict of str to dict
        What these analyses recorded, by their names, where the method reads it.
    """

    spec: AnalysisSpec
    subjects: pd.DataFrame
    treatments: pd.Series
    records: pd.DataFrame
    others: Mapping[str, pd.DataFrame]
    absence: str
    tables: Mapping[str, pd.DataFrame]
    results: pd.DataFrame
    recorded: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        spec: AnalysisSpec,
        config: Analysis,
        adsl: pd.DataFrame,
        records: pd.DataFrame,
        others: Mapping[str, pd.DataFrame],
        absence: str = "",
        tables: Mapping[str, pd.DataFrame] | None = None,
        results: pd.DataFrame | None = None,
    ) -> "AnalysisData":
        """Return the input of an analysis from the files it is given.

        Raises
        ------
        DataError
            If a member of the population has no treatment: results by arm would leave it out unsaid.
        """
        subjects = adsl[adsl[config.population] == "Y"].set_index("USUBJID")
        treatments = subjects[config.treatment]
        known = [arm.code for arm in spec.arms]
        strange = treatments[~treatments.isin(known)]
        if len(strange):
            raise DataError(
                f"analysis {spec.id} of {spec.place}",
                f"expected {config.treatment} of every member of {config.population} to be one of "
                f"{', '.join(known)}, found {len(strange)} without",
                [f"{subject}: {code or 'empty'}" for subject, code in strange.items()],
                f"give {config.population} the condition {{variable: {config.treatment}, is: present, ...}}, "
                "or name another population or treatment",
            )
        found = pd.DataFrame(columns=list(ARD)) if results is None else results
        return cls(spec, subjects, treatments, records, others, absence, tables or {}, found)

    @cached_property
    def observed(self) -> pd.DataFrame:
        """The records with the flag (ANL01FL) of the population, with ARMCD, whatever the estimand."""
        flagged = self.records[self.records["ANL01FL"] == "Y"]
        flagged = flagged[flagged["USUBJID"].isin(self.treatments.index)]
        return flagged.assign(ARMCD=flagged["USUBJID"].map(self.treatments))

    @cached_property
    def analysed(self) -> pd.DataFrame:
        """The observed records without those that the estimand sets aside.

        Where a baseline is set aside, the subject's other records have no baseline and no change.
        """
        found = self.observed
        aside = self.set_aside
        if aside.empty:
            return found
        kept = found[~found.index.isin(aside.index)].copy()
        lost = kept["USUBJID"].isin(aside.loc[aside["ABLFL"] == "Y", "USUBJID"])
        kept.loc[lost, ["BASE", "CHG", "PCHG"]] = np.nan
        return kept

    @cached_property
    def set_aside(self) -> pd.DataFrame:
        """The observed records that the estimand sets aside, with the EVENT that acts on each first."""
        return self._acting("hypothetical")

    @cached_property
    def failures(self) -> pd.DataFrame:
        """The observed records that the estimand counts as failures (composite), with their EVENT."""
        return self._acting("composite")

    def _acting(self, strategy: str) -> pd.DataFrame:
        days = {event.code: event.days for event in self.spec.events if event.strategy == strategy}
        return acted_on(self.observed, self.tables["events"], days) if days else self.observed.iloc[:0]

    @property
    def baseline_records(self) -> pd.DataFrame:
        """The record that stands for the baseline of each subject of the population."""
        found = self.analysed
        return found[found["ABLFL"] == "Y"]

    @property
    def collected(self) -> pd.DataFrame:
        """The analysed records whose number stands as it was collected, neither converted nor computed."""
        return self.analysed.dropna(subset=["DECIMALS"])

    def decimals_row(self, records: str) -> Iterator[dict[str, object]]:
        """Yield the result row of the decimals that the analysed numbers were collected with, if any were.

        Without any analysed number the row says so; without a collected one there is none.
        """
        found = self.collected["DECIMALS"]
        if len(found) or self.analysed.empty:
            decimals = float(found.quantile(COLLECTED_SHARE, interpolation="higher"))
            yield {
                "method": "collected",
                "statistic": "decimals",
                "value": decimals,
                "unit": "1",
                "n": float(self.collected["USUBJID"].nunique()),
                "records": records,
                "error": "" if len(found) else "no values",
            }

    def baseline_of(self, paramcd: str) -> pd.Series:
        """Return the baseline value of another endpoint by subject, ln where it is on the log scale.

        Raises
        ------
        ModelError
            If a baseline on the log scale is not positive.
        """
        records = self.others[paramcd]
        rows = records[(records["ANL01FL"] == "Y") & (records["ABLFL"] == "Y")]
        rows = rows[rows["USUBJID"].isin(self.treatments.index)]
        values = rows.set_index("USUBJID")["AVAL"]
        if self.spec.other_scales[paramcd] == "identity":
            return values
        require_positive(self.spec, rows, ["AVAL"], f"baseline of {paramcd}")
        logs: pd.Series = np.log(values)
        return logs


def require_positive(spec: AnalysisSpec, rows: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    """Raise a `ModelError` that names the records with a value in one of `columns` that has no logarithm."""
    bad = rows[(rows[list(columns)] <= 0).any(axis=1)]
    if not bad.empty:
        raise ModelError(
            f"analysis {spec.id} of {spec.place}",
            f"the log scale needs positive values ({what})",
            [f"{r.USUBJID} {r.AVISIT}: value {r.AVAL}, baseline {r.BASE}" for r in bad.itertuples()],
            "query the values, or analyse this endpoint on the identity scale",
        )
