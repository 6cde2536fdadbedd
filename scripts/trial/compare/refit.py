"""Subjects behind a changed number of the primary analysis: refits with one's records put back to the old.

The analysis is run by its own program, as the workflow runs it: this room knows its command line and
nothing of its methods. A subject's part is the new number minus the number with this subject's records as
they were; parts need not add up to the whole, because one subject's change matters more or less where
another's is in.
"""

import math
import runpy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trial.compare.files import read_rows, write_rows
from trial.compare.results import Result, read_results
from trial.study.errors import TrialError

PROGRAM = "scripts/run_analysis.py"
ID = "USUBJID"
# So many refits of one endpoint are made; more changed subjects are not one subject's doing.
MOST = 20
Table = list[dict[str, str]]


@dataclass(frozen=True)
class Job:
    """The inputs of one analysis of one endpoint, as paths from the study's folder."""

    spec: str
    records: tuple[str, ...]
    tables: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    recorded: tuple[tuple[str, str], ...]
    absence: str

    @classmethod
    def of(cls, job: Any) -> "Job":
        """Return it from the job that the workflow knows it as."""
        place = job.place
        return cls(
            f"results/spec/analysis.{job.analysis}.{place}.json",
            job.records, job.tables, job.sources, job.recorded,
            f"results/endpoints/{place}/absence.csv",
        )  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """By subject the results with this one's records put back; and what hindered, in words."""

    without: Mapping[str, Mapping[str, Result]]
    note: str = ""


ADSL = "results/data/adsl.csv"


def refit(job: Job, old: Path, new: Path, code: Path, scratch: Path) -> Parts:
    """Refit an analysis once for each subject whose records or ADSL row changed.

    Parameters
    ----------
    old, new : Path
        Folders in which `results/` lies.
    code : Path
        Root of the code that made the new results.
    """
    paths = dict.fromkeys((ADSL, *job.records, *(path for _, path in job.tables)))
    pairs = {path: (read_rows(old / path), read_rows(new / path)) for path in paths}
    pairs = {path: tables for path, tables in pairs.items() if any(rows and ID in rows[0] for rows in tables)}
    for path, (before, after) in pairs.items():
        if before and after and list(before[0]) != list(after[0]):
            return Parts({}, f"{path} has other columns than in the old run: no subject can be put back")
    subjects = sorted({subject for tables in pairs.values() for subject in _changed(*tables)})
    if len(subjects) > MOST:
        return Parts({}, f"{len(subjects)} subjects changed, more than are put back one by one ({MOST})")
    program = runpy.run_path(str(code / PROGRAM))["main"]
    found, failed = {}, []
    for subject in subjects:
        put_back = {path: scratch / f"{at}.csv" for at, path in enumerate(pairs)}
        for path, tables in pairs.items():
            write_rows(put_back[path], list(_put_back(*tables, subject)), list((tables[1] or tables[0])[0]))
        try:
            program(_arguments(job, new, put_back, scratch))
        except TrialError as error:
            failed.append(f"{subject}: {error.text().splitlines()[0]}")
        else:
            found[subject] = read_results(read_rows(scratch / "rows.csv"))
    return Parts(found, "; ".join(failed))


def parts_of(parts: Parts, new: Mapping[str, Result], one: str) -> list[tuple[str, float]]:
    """Return each subject's part of a result, greatest first; subjects without a part are left out."""
    now = new[one].value
    found = [
        (subject, now - without[one].value) for subject, without in parts.without.items() if one in without
    ]
    known = [(subject, part) for subject, part in found if not math.isnan(part) and part != 0]
    return sorted(known, key=lambda pair: (-abs(pair[1]), pair[0]))


def _changed(before: Table, after: Table) -> set[str]:
    sides = [_by_subject(table) for table in (before, after)]
    return {subject for subject in {*sides[0], *sides[1]} if sides[0].get(subject) != sides[1].get(subject)}


def _by_subject(table: Table) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for row in table:
        found.setdefault(row[ID], []).append(row)
    return found


def _put_back(before: Table, after: Table, subject: str) -> Iterator[dict[str, str]]:
    """Yield the new rows with one subject's replaced by the old ones, in their place or at the end."""
    former = [row for row in before if row[ID] == subject]
    for row in after:
        if row[ID] == subject:
            yield from former
            former = []
        else:
            yield row
    yield from former


def _arguments(job: Job, study: Path, put_back: Mapping[str, Path], scratch: Path) -> list[str]:
    def place(path: str) -> str:
        return str(put_back.get(path, study / path))

    def named(pairs: Sequence[tuple[str, str]]) -> list[str]:
        return [f"{name}={place(path)}" for name, path in pairs]

    return [
        "--spec", place(job.spec), "--adsl", place(ADSL), "--records", *map(place, job.records),
        "--data", *named(job.tables), "--results", *map(place, job.sources),
        "--recorded", *named(job.recorded), "--absence", place(job.absence),
        "--rows-out", str(scratch / "rows.csv"),
        "--record-out", str(scratch / "record.json"), "--records-out", str(scratch / "records.csv"),
    ]  # fmt: skip
