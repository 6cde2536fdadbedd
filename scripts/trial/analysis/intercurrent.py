"""Counting intercurrent events: rows `<EVENT>.subjects` by arm, `<EVENT>.values` by arm and visit."""

from collections.abc import Iterator

import pandas as pd

from trial.analysis.data import AnalysisData, acted_on
from trial.analysis.outcome import Outcome, RecordSet, record_set, subject_set

Row = dict[str, object]


def count_events(data: AnalysisData) -> Outcome:
    """Return the counts of every event of the slice.

    `<EVENT>.subjects`: members of the population who had the event, its `n` the members. `<EVENT>.values`:
    observed values at a visit that the event acts on, its `n` the observed values. The record names
    the subjects of these values: `acted_on`, by event and visit.
    """
    sets: list[RecordSet] = []
    acted = {
        event.code: acted_on(data.observed, data.tables["events"], {event.code: event.days})
        for event in data.spec.events
    }
    rows = [row for code, found in acted.items() for row in _event(data, code, found, sets)]
    by_visit = {code: _subjects(found) for code, found in acted.items()}
    return Outcome.of(data.spec, rows, {"acted_on": by_visit}, sets)


def _event(data: AnalysisData, code: str, acted: pd.DataFrame, sets: list[RecordSet]) -> Iterator[Row]:
    found = data.tables["events"]
    of_event = found[found["EVENT"] == code]
    observed = data.observed
    for arm in data.spec.arms:
        members = data.treatments[data.treatments == arm.code].index
        with_event = members[members.isin(list(of_event["USUBJID"]))]
        sets.append(subject_set(data.spec, f"{code}.{arm.code}", with_event, of_event))
        yield _count(f"{code}.subjects", len(with_event), len(members), "", arm.code, sets[-1])
        for visit in data.spec.visits:
            here, every = _at(acted, visit.code, arm.code), _at(observed, visit.code, arm.code)
            for name, rows in ((f"{code}.values", here), (f"{code}.observed", every)):
                sets.append(record_set(data.spec, f"{name}.{visit.code}.{arm.code}", rows))
                yield _count(name, len(rows), len(every), visit.code, arm.code, sets[-1])


def _subjects(acted: pd.DataFrame) -> dict[str, list[str]]:
    """Return whose values are acted on, by visit."""
    return {str(visit): sorted(rows["USUBJID"]) for visit, rows in acted.groupby("AVISIT", sort=True)}


def _count(name: str, value: int, n: int, visit: str, arm: str, behind: RecordSet) -> Row:
    place: Row = {"visit": visit, "group": arm, "statistic": name, "unit": "1", "records": behind.id}
    return place | {"method": "count", "value": float(value), "n": float(n)}


def _at(records: pd.DataFrame, visit: str, arm: str) -> pd.DataFrame:
    return records[(records["AVISIT"] == visit) & (records["ARMCD"] == arm)]
