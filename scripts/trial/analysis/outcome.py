"""What an analysis leaves: result rows, its record, and the sets of records that the rows point to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trial.analysis.config import AnalysisSpec
from trial.study.ard import RECORDS, result_rows

KEY = ["PARAMCD", "USUBJID", "ASEQ"]


@dataclass(frozen=True)
class RecordSet:
    """Named records: those that a statistic counted or was fitted on.

    Attributes
    ----------
    id : str
        `<analysis>.<endpoint or study>.<name>`, unique in the study.
    rows : DataFrame
        `PARAMCD, USUBJID, ASEQ`; PARAMCD empty and ASEQ missing where whole subjects were counted. Rows of a
        data set without parameters have its name as PARAMCD, and their number among those of the subject.
    """

    id: str
    rows: pd.DataFrame


@dataclass(frozen=True)
class Outcome:
    """The results of one job of `run_analysis`.

    Attributes
    ----------
    rows : DataFrame
        Columns of `ARD`.
    record : dict
        What was done, for `record.json`.
    records : DataFrame
        Columns of `RECORDS`.
    """

    rows: pd.DataFrame
    record: dict[str, Any]
    records: pd.DataFrame

    @classmethod
    def of(
        cls,
        spec: AnalysisSpec,
        rows: Iterable[Mapping[str, object]],
        record: dict[str, Any],
        sets: Sequence[RecordSet],
    ) -> "Outcome":
        """Return the outcome of a job; analysis and endpoint of the rows are those of `spec`."""
        place = {"analysis": spec.id, "endpoint": spec.endpoint.paramcd if spec.endpoint else ""}
        table = result_rows({**place, **row} for row in rows)
        known = [one.id for one in sets]
        named = set(table["records"])
        lost = sorted(named - {"", *known})
        if lost or len(set(known)) != len(known):
            raise ValueError(f"record sets without records {lost[:5]}, or twice among {known}")
        frames = [one.rows.assign(RECORDS=one.id) for one in sets if one.id in named]
        records = pd.concat(frames) if frames else pd.DataFrame(columns=list(RECORDS))
        return cls(table, record, records[list(RECORDS)])


def record_set(spec: AnalysisSpec, name: str, rows: pd.DataFrame) -> RecordSet:
    """Return a set of records of the analysis data."""
    return RecordSet(f"{spec.id}.{spec.place}.{name}", rows[KEY].drop_duplicates().sort_values(KEY))


def subject_set(
    spec: AnalysisSpec, name: str, subjects: Iterable[str], rows: pd.DataFrame | None = None
) -> RecordSet:
    """Return a set of whole subjects, and after them those of `rows` that they were counted for."""
    whole = pd.DataFrame({"PARAMCD": "", "USUBJID": sorted(subjects), "ASEQ": None})
    if rows is not None and set(KEY) <= set(rows):
        mine = rows.loc[rows["USUBJID"].isin(list(whole["USUBJID"])), KEY].drop_duplicates()
        if len(mine):
            whole = pd.concat([whole.astype({"ASEQ": float}), mine.sort_values(KEY)], ignore_index=True)
    return RecordSet(f"{spec.id}.{spec.place}.{name}", whole)
