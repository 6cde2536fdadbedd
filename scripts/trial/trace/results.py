"""Every result of ard.csv with the records behind it, or the reason why there are none."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from trial.study.errors import DataError
from trial.trace.config import STUDY, TraceSpec
from trial.trace.files import read_rows
from trial.trace.records import Key, Records

ARD = (
    "result_id", "analysis", "endpoint", "method", "visit", "group", "comparison", "statistic", "value",
    "unit", "n", "warning", "error", "records",
)  # fmt: skip
# Why no record is behind a result.
NOBODY, ERROR, SETTING, UNSAID = "nobody", "error", "setting", "unsaid"
NO_SET = -1


class Result(NamedTuple):
    """One row of ard.csv; `members` is the index of its record set, or `reason` says why it has none."""

    result_id: str
    analysis: str
    endpoint: str
    method: str
    visit: str
    group: str
    comparison: str
    statistic: str
    value: str
    unit: str
    n: str
    warning: str
    error: str
    members: int
    reason: str

    @property
    def job(self) -> tuple[str, str]:
        """The job that left it: analysis, and endpoint or `study`."""
        return self.analysis, self.endpoint or STUDY


@dataclass(frozen=True)
class Results:
    """All results in the order in which JavaScript compares their ids, and their record sets.

    Attributes
    ----------
    sets : list of tuple of int
        Each distinct set of records once, as rising indices.
    computed_from : dict
        Of a job whose results are computed from others: the indices of those.
    """

    rows: list[Result]
    index: dict[str, int]
    sets: list[tuple[int, ...]]
    computed_from: dict[tuple[str, str], tuple[int, ...]]


def load_results(
    ard: Path,
    members: Path,
    records: Records,
    jobs: Mapping[tuple[str, str], Any],
    spec: TraceSpec,
) -> Results:
    """Return every result.

    A result without records whose job says which results it was computed from stands on the records of those.
    """
    rows = sorted(read_rows(ard, ARD), key=lambda row: order_of(row[0]))
    index = {row[0]: at for at, row in enumerate(rows)}
    known, of_name = _distinct(members, records)
    sources = {job: record["computed_from"] for job, record in jobs.items() if "computed_from" in record}
    computed = {job: tuple(_known(one, index, job) for one in ids) for job, ids in sources.items()}
    for job, ids in computed.items():
        union = {at for one in ids for at in _set_of(rows[one], known, of_name)}
        of_name[f"computed from {job}"] = known.setdefault(tuple(sorted(union)), len(known))
    # What an analysis does not set itself it takes from the primary one, as descriptions do their level.
    primary = {key: text for one in spec.analyses if one.primary for key, text in one.settings}
    settings = {one.id: primary | dict(one.settings) for one in spec.analyses}
    found = []
    for row in rows:
        at, reason = of_name.get(row[-1], NO_SET), ""
        job = (row[1], row[2] or STUDY)
        if at == NO_SET and job in computed:
            at = of_name[f"computed from {job}"]
        if at == NO_SET:
            reason = _reason(row, settings[row[1]])
        found.append(Result._make((*row[:-1], at, reason)))
    return Results(found, index, list(known), computed)


def _known(one: str, index: Mapping[str, int], job: tuple[str, str]) -> int:
    if one not in index:
        raise DataError(
            f"results/analyses/{'/'.join(job)}/record.json",
            "computed_from names a result that ard.csv has not",
            [one],
        )
    return index[one]


def order_of(text: str) -> bytes:
    """Return what sorts texts as JavaScript compares them: by UTF-16 code units."""
    return text.encode("utf-16-be", "surrogatepass")


def _distinct(members: Path, records: Records) -> tuple[dict[tuple[int, ...], int], dict[str, int]]:
    """Return each distinct set with its index, and the index of each name."""
    named: dict[str, list[int]] = {}
    find = records.find
    cache: dict[Key, int] = {}
    for name, *parts in read_rows(members, ("RECORDS", "PARAMCD", "USUBJID", "ASEQ")):
        key = (parts[0], parts[1], parts[2])
        at = cache.get(key)
        if at is None:
            at = cache[key] = find(key)
        named.setdefault(name, []).append(at)
    known: dict[tuple[int, ...], int] = {}
    return known, {
        name: known.setdefault(tuple(sorted(set(found))), len(known)) for name, found in named.items()
    }


def _set_of(
    row: Sequence[str], known: Mapping[tuple[int, ...], int], of_name: Mapping[str, int]
) -> tuple[int, ...]:
    at = of_name.get(row[-1], NO_SET)
    return () if at == NO_SET else list(known)[at]


def _reason(row: Sequence[str], settings: Mapping[str, str]) -> str:
    """Return why no record is behind a result."""
    result = dict(zip(ARD, row, strict=True))
    if result["error"]:
        return ERROR
    if result["value"] and float(result["value"]) == 0:
        return NOBODY
    declared = settings.get(result["statistic"], "")
    if result["value"] and _number(declared) == float(result["value"]):
        return SETTING
    return UNSAID


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
