"""Counts of subjects by arm and in total, with the subjects behind each: `subjects`, `pct`, `events`."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.outcome import RecordSet, subject_set

Row = dict[str, object]
TOTAL = ""  # the arm of rows of all arms together
PER = 100.0
NOBODY = "no subject in the arm"


@dataclass
class Counting:
    """One run: its data, its members by arm and in total, and the record sets made so far."""

    data: AnalysisData
    members: dict[str, pd.Index]
    sets: dict[str, RecordSet] = field(default_factory=dict)

    @classmethod
    def of(cls, data: AnalysisData) -> "Counting":
        """Return the counting of the members of the analysis's population."""
        members = {arm.code: data.treatments[data.treatments == arm.code].index for arm in data.spec.arms}
        return cls(data, members | {TOTAL: data.treatments.index})

    def behind(self, name: str, subjects: pd.Index, rows: pd.DataFrame | None = None) -> str:
        """Return the id of the set of subjects of that name, or nothing for nobody.

        `rows` are those that the subjects were counted for.
        """
        if subjects.empty:
            return ""
        if name not in self.sets:
            self.sets[name] = subject_set(self.data.spec, name, subjects, rows)
        return self.sets[name].id

    def all_of(self, arm: str) -> str:
        """Return the id of the set of all members of an arm."""
        return self.behind(f"members.{arm or 'all'}", self.members[arm])

    def counts(self, key: str, events: pd.DataFrame, with_events: bool = True) -> Iterator[Row]:
        """Yield the subjects with one of the rows, their percentage, and the number of rows (`events`)."""
        for arm, members in self.members.items():
            subjects = members[members.isin(list(events["USUBJID"]))]
            behind = self.behind(f"{key}.{arm or 'all'}", subjects, events)
            place: Row = {"group": arm, "records": behind, "unit": "1", "method": "count"}
            place["n"] = float(len(subjects))
            yield place | {"statistic": f"{key}.subjects", "value": float(len(subjects))}
            if with_events:
                number = int(events["USUBJID"].isin(list(subjects)).sum())
                yield place | {"statistic": f"{key}.events", "value": float(number)}
            yield place | {"records": self.all_of(arm)} | share_row(key, len(subjects), len(members))


def share_row(key: str, count: int, size: int) -> Row:
    """Return what a percentage row has beside its place: `<key>.pct`, or why there is none."""
    share: Row = {"value": PER * count / size} if size else {"error": NOBODY}
    return {"statistic": f"{key}.pct", "unit": "%", "n": float(size)} | share
