"""What every count of the safety laboratory shares: its records, its members by arm, its record sets."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.outcome import RecordSet, record_set, subject_set
from trial.endpoints.config_laboratory import Laboratory

Row = dict[str, object]
NOBODY = "no subject to count them of"


@dataclass
class Counting:
    """One run.

    Attributes
    ----------
    data : AnalysisData
    laboratory : Laboratory
    records : DataFrame
        The records of members of the population, with their ARM.
    members : dict of str to list of str
        The subjects of each arm.
    sets : dict of str to RecordSet
        The sets made so far.
    """

    data: AnalysisData
    laboratory: Laboratory
    records: pd.DataFrame
    members: dict[str, list[str]]
    sets: dict[str, RecordSet] = field(default_factory=dict)

    @classmethod
    def of(cls, data: AnalysisData) -> "Counting":
        """Return the run of an analysis."""
        found, laboratory = data.tables["adlbsaf"], data.spec.laboratory
        assert laboratory is not None  # the configuration gives this method its section
        mine = found[found["USUBJID"].isin(data.treatments.index)]
        members = {
            arm.code: list(data.treatments.index[data.treatments == arm.code]) for arm in data.spec.arms
        }
        return cls(data, laboratory, mine.assign(ARM=mine["USUBJID"].map(data.treatments)), members)

    def of_parameter(self, code: str) -> pd.DataFrame:
        """Return the records of one parameter."""
        return self.records[self.records["PARAMCD"] == code]

    def groups(self) -> Iterator[tuple[str, list[str]]]:
        """Yield code and subjects of each arm."""
        yield from self.members.items()

    def of_records(self, name: str, rows: pd.DataFrame) -> str:
        """Return the id of a set of records, or nothing for none."""
        if rows.empty:
            return ""
        if name not in self.sets:
            self.sets[name] = record_set(self.data.spec, name, rows)
        return self.sets[name].id

    def of_subjects(self, name: str, subjects: Sequence[str], rows: pd.DataFrame | None = None) -> str:
        """Return the id of a set of whole subjects, or nothing for nobody."""
        if not subjects:
            return ""
        if name not in self.sets:
            self.sets[name] = subject_set(self.data.spec, name, subjects, rows)
        return self.sets[name].id


def size_row(
    counting: Counting, key: str, arm: str, counted: Sequence[str], rows: pd.DataFrame | None = None
) -> Row:
    """Return `<key>.n`, the subjects counted; `rows` are the records that decide about them."""
    return {
        "statistic": f"{key}.n", "group": arm, "method": "count", "unit": "1", "value": float(len(counted)),
        "n": float(len(counted)), "records": counting.of_subjects(f"{key}.{arm}", counted, rows),
    }  # fmt: skip


def count_rows(
    counting: Counting, key: str, arm: str, counted: Sequence[str], of: Sequence[str], among: str,
    rows: pd.DataFrame | None = None,
) -> Iterator[Row]:  # fmt: skip
    """Yield `<key>.n` and `<key>.pct`, the percentage of the subjects `of`, whose set is named `among`."""
    yield size_row(counting, key, arm, counted, rows)
    share: Row = {"value": 100.0 * len(counted) / len(of)} if len(of) else {"error": NOBODY}
    behind = counting.of_subjects(f"{among}.{arm}", of)
    place: Row = {"statistic": f"{key}.pct", "group": arm, "method": "count", "unit": "%"}
    yield place | {"n": float(len(of)), "records": behind} | share
