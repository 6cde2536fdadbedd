"""Subjects counted by arm and in total, with the percentage of the arm and the subjects behind each count."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.outcome import RecordSet, subject_set

Row = dict[str, object]
TOTAL = ""  # the arm of rows of all arms together


@dataclass
class Tally:
    """The members of a population by arm, and the record sets of what was counted among them."""

    data: AnalysisData
    sets: dict[str, RecordSet] = field(default_factory=dict)

    def members(self) -> Iterator[tuple[str, pd.Index]]:
        """Yield the members of each arm, then all."""
        treatments = self.data.treatments
        for arm in self.data.spec.arms:
            yield arm.code, treatments[treatments == arm.code].index
        yield TOTAL, treatments.index

    def count(
        self, key: str, chosen: Iterable[str], *, events: bool = False, rows: pd.DataFrame | None = None
    ) -> Iterator[Row]:
        """Yield `<key>.subjects`, `<key>.pct` and, if asked, `<key>.events` of each arm and in total.

        Parameters
        ----------
        chosen : iterable of str
            The subject of each event; for subjects alone, each once.
        rows : DataFrame, optional
            The rows of the data set that were counted.
        """
        each = pd.Series(list(chosen), dtype="str")
        for arm, members in self.members():
            mine = members[members.isin(each)]
            name = arm or "all"
            behind = self._behind(f"{key}.{name}", mine, rows)
            place: Row = {"group": arm, "records": behind, "unit": "1", "method": "count"}
            place["n"] = float(len(mine))
            yield place | {"statistic": f"{key}.subjects", "value": float(len(mine))}
            if events:
                yield place | {"statistic": f"{key}.events", "value": float(each.isin(mine).sum())}
            whole: Row = {"records": self._behind(f"members.{name}", members), "n": float(len(members))}
            size = len(members)
            share: Row = {"value": 100 * len(mine) / size} if size else {"error": "no subject in the arm"}
            yield place | whole | {"statistic": f"{key}.pct", "unit": "%"} | share

    def _behind(self, name: str, subjects: pd.Index, rows: pd.DataFrame | None = None) -> str:
        """Return the id of a set of subjects, or nothing for nobody."""
        if subjects.empty:
            return ""
        if name not in self.sets:
            self.sets[name] = subject_set(self.data.spec, name, subjects, rows)
        return self.sets[name].id
