"""Counts of subjects as lines of a table: how many, by arm and in total, and what percentage of the arm."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.outcome import RecordSet, subject_set

TOTAL = ""  # the arm of rows of all arms together


@dataclass(frozen=True)
class Line:
    """One line: where it stands, how it is called, and whom it counts.

    Attributes
    ----------
    section : str
        The table, or part of it, that the line belongs to.
    key : str
        Its name in results, made of codes and words of the data, so that it stays from lock to lock.
    words : str
        Its label; `{name}` stands for the printed name of `code`, which is one of `kind`.
    kind, code : str
        population, visit, endpoint or arm, and which; empty where the words are the label.
    depth : int
        How far the label is set in: a line counts subjects of the line above it that is set in less.
    subjects : Index or int
        Subjects of the population; a number where they are not in the data.
    by_arm : bool
        Whether arms are told apart.
    visit : str
        The visit of its result rows, where they belong to one.
    rows : DataFrame or None
        The rows of data sets that decide whom it counts: PARAMCD, USUBJID, ASEQ.
    """

    section: str
    key: str
    words: str
    subjects: "pd.Index | int"
    depth: int = 0
    kind: str = ""
    code: str = ""
    by_arm: bool = True
    visit: str = ""
    rows: pd.DataFrame | None = None

    def record(self) -> dict[str, Any]:
        """Return it for the record of the analysis."""
        names = ("section", "key", "words", "depth", "kind", "code", "by_arm", "visit")
        return {name: getattr(self, name) for name in names}


def joined(text: str) -> str:
    """Return a text of the data as a part of a result's name: without blanks."""
    return "_".join(text.split())


def reasons(
    section: str,
    key: str,
    depth: int,
    found: Mapping[str, Iterable[str]],
    rows: pd.DataFrame | None = None,
) -> Iterator[Line]:
    """Yield a line for each reason; of nobody, it stands too."""
    for text, subjects in found.items():
        yield Line(section, f"{key}.{joined(text)}", text, pd.Index(sorted(subjects)), depth, rows=rows)


def line_rows(data: AnalysisData, lines: Iterable[Line]) -> tuple[list[dict[str, object]], list[RecordSet]]:
    """Return `<key>.n` and `<key>.pct` of every line by arm and in total, and the sets of subjects behind.

    Percentages are of all members of the population of that arm; subjects who are not in the data have none.
    """
    rows: list[dict[str, object]] = []
    sets: dict[str, RecordSet] = {}
    members = {arm.code: _of_arm(data, arm.code) for arm in data.spec.arms}
    for line in lines:
        if isinstance(line.subjects, int):
            rows.append(_row(line, TOTAL, "n", float(line.subjects), line.subjects, ""))
            continue
        mine = data.treatments.index.intersection(line.subjects)
        groups = [*members.items()] if line.by_arm else []
        for arm, all_of_arm in [*groups, (TOTAL, data.treatments.index)]:
            here = mine.intersection(all_of_arm)
            name = ".".join(part for part in (line.key, line.visit, arm or "total") if part)
            if name not in sets:
                sets[name] = subject_set(data.spec, name, here, line.rows)
            behind = sets[name]
            rows.append(_row(line, arm, "n", float(len(here)), len(all_of_arm), behind.id))
            share = 100 * len(here) / len(all_of_arm) if len(all_of_arm) else float("nan")
            error = "" if len(all_of_arm) else "no subject in the population"
            rows.append(
                _row(line, arm, "pct", share, len(all_of_arm), behind.id) | {"unit": "%", "error": error}
            )
    return rows, list(sets.values())


def _of_arm(data: AnalysisData, code: str) -> pd.Index:
    return data.treatments.index[data.treatments == code]


def _row(line: Line, arm: str, name: str, value: float, n: int, behind: str) -> dict[str, object]:
    place = {"visit": line.visit, "group": arm, "statistic": f"{line.key}.{name}", "unit": "1"}
    return place | {"method": "count", "value": value, "n": float(n), "records": behind}
