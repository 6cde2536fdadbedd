"""What an analysis leaves: result rows, its record, and the sets of records that the rows point to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trial.analysis.config import AnalysisSpec
from trial.study.ard import RECORDS, result_rows

KEY = ["PARAMCD", "USUBJID", "ASEQ"]
Key = tuple[str | None, str, float | None]


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
    return RecordSet(f"{spec.id}.{spec.place}.{name}", _table(_keys(rows)))


def subject_set(
    spec: AnalysisSpec, name: str, subjects: Iterable[str], rows: pd.DataFrame | None = None
) -> RecordSet:
    """Return a set of whole subjects, and after them those of `rows` that they were counted for."""
    whole = sorted(subjects)
    keys: list[Key] = [("", subject, None) for subject in whole]
    if rows is not None and set(KEY) <= set(rows):
        counted = set(whole)
        keys += [key for key in _keys(rows) if key[1] in counted]
    return RecordSet(f"{spec.id}.{spec.place}.{name}", _table(keys))


# An analysis makes hundreds of small sets: each step of pandas would take longer than all of these.
def _keys(rows: pd.DataFrame) -> list[Key]:
    """Return the keys of records, each once, sorted; what is missing comes last."""
    columns = ([None if one != one else one for one in rows[name].tolist()] for name in KEY)
    return sorted(
        set(zip(*columns, strict=True)),
        key=lambda key: [(True,) if one is None else (False, one) for one in key],
    )


def _table(keys: Sequence[Key]) -> pd.DataFrame:
    return pd.DataFrame({name: [key[at] for key in keys] for at, name in enumerate(KEY)})
