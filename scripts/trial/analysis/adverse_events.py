"""Counting adverse events: result rows `<level>.<measure>` by arm, by comparison, and in total."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from trial.analysis.adverse_groups import (
    ANY,
    NOT_RECORDED,
    OVERVIEW,
    PROCEDURE,
    PRODUCT,
    emergent_events,
    greatest_severity,
    groups,
    not_recorded,
)
from trial.analysis.counting import PER, Counting, Row
from trial.analysis.data import AnalysisData
from trial.analysis.incidence import DAYS_OF_A_YEAR, poisson_rate
from trial.analysis.methods.adverse_events import Config
from trial.analysis.observation import observed_time
from trial.analysis.outcome import Outcome
from trial.analysis.proportions import Counts, miettinen_nurminen, newcombe
from trial.analysis.terms import Group
from trial.study.matching import matches

NO_TIME = "no time at risk"
RATED = ("any", "interest", "soc")  # kinds of levels with rates


@dataclass
class _Counting:
    """One run: its configuration, who is counted, and the time at risk of each."""

    config: Config
    who: Counting
    time: pd.DataFrame

    def observed(self, events: pd.DataFrame) -> pd.DataFrame:
        """Return some events with the visits that the time at risk was taken from."""
        return pd.concat([events, self.who.data.tables["adsv"]])


def count_adverse_events(data: AnalysisData, config: Config) -> Outcome:
    """Return by level and arm (and in total) `subjects`, `pct` and `events`, and what follows from them.

    Of every level also `max.<severity>` and the relation to product and to procedure; of any event what the
    overview asks; of some levels rates per 100 patient-years; of each comparison with the reference the
    difference of percentages `rd` with its limits.
    """
    events = emergent_events(data, config)
    found = list(groups(events, data, config))
    counting = _Counting(config, Counting.of(data), observed_time(data, events))
    rows = [row for group in found for row in _level(counting, group)]
    if config.death:
        died = data.subjects.index[matches(data.subjects, config.death)]
        rows += counting.who.counts("death", pd.DataFrame({"USUBJID": died}), with_events=False)
    record = {
        "levels": [group.level.record() for group in found],
        "discontinuation": config.discontinuation,
        "fatal": config.fatal,
        "death": config.death,
        "severity": list(config.severity),
        "not_recorded": not_recorded(events),
    }
    return Outcome.of(data.spec, rows, record, list(counting.who.sets.values()))


def _level(counting: _Counting, group: Group) -> Iterator[Row]:
    level, events = group.level, group.events
    measures = [("", events), *((name, events[events[name]]) for name in (PRODUCT, PROCEDURE))]
    if level.kind == ANY:
        measures = [("", events), *((name, events[events[name]]) for name in OVERVIEW)]
    for name, chosen in measures:
        key = f"{level.key}.{name}" if name else level.key
        yield from counting.who.counts(key, chosen)
        if level.kind in RATED and name in ("", "serious"):
            yield from _rates(counting, key, chosen)
        if not name or level.kind == ANY:
            yield from _differences(counting, key, chosen)
    greatest = greatest_severity(events, counting.config.severity)
    for code in (*counting.config.severity, NOT_RECORDED):
        of_code = events[events["USUBJID"].isin(greatest.index[greatest == code])]
        yield from counting.who.counts(f"{level.key}.max.{code}", of_code, False)


def _rates(counting: _Counting, key: str, events: pd.DataFrame) -> Iterator[Row]:
    """Yield the rates of first events and of all events per 100 patient-years, with exact limits."""
    first = _first_days(counting, events)
    for arm, members in counting.who.members.items():
        whole = counting.time.loc[members, "DAYS"]
        until = whole.where(~members.isin(first.index), first.reindex(members))
        mine = events[events["USUBJID"].isin(list(members))]
        cases = {"first": (mine["USUBJID"].nunique(), until), "all": (len(mine), whole)}
        behind = counting.who.behind(f"{key}.time.{arm or 'all'}", members, counting.observed(events))
        for name, (count, days) in cases.items():
            place: Row = {"group": arm, "records": behind, "n": float(len(members)), "method": "poisson"}
            place["warning"] = _untimed(int((whole == 0).sum()))
            yield from _rate(counting, place, f"{key}.{name}", count, float(days.sum()) / DAYS_OF_A_YEAR)


def _rate(counting: _Counting, place: Row, key: str, count: int, years: float) -> Iterator[Row]:
    yield place | {"statistic": f"{key}.years", "value": years, "unit": "a"}
    rate = poisson_rate(count, years, counting.config.level) if years > 0 else None
    for name in ("value", "lower", "upper"):
        found: Row = {"value": getattr(rate, name)} if rate else {"error": NO_TIME}
        suffix = "" if name == "value" else f".{name}"
        yield place | {"statistic": f"{key}.rate{suffix}", "unit": "/(100.a)"} | found


def _untimed(count: int) -> str:
    if not count:
        return ""
    return f"{count} subjects without a dated visit, event or discontinuation have no time at risk."


def _differences(counting: _Counting, key: str, events: pd.DataFrame) -> Iterator[Row]:
    """Yield percentage of each arm minus that of the reference, with two kinds of limits."""
    spec, members = counting.who.data.spec, counting.who.members
    reference = members[spec.reference_arm]
    for arm in spec.arms:
        if arm.code == spec.reference_arm:
            continue
        both = members[arm.code].append(reference)
        code = f"{arm.code}-{spec.reference_arm}"
        place: Row = {"comparison": code, "unit": "%", "n": float(len(both)), "method": "risk difference"}
        place["records"] = counting.who.behind(f"{key}.compared.{code}", both, events)
        found = _limits(events, members[arm.code], reference, counting.config.level)
        for name, value in found.items():
            known: Row = {"error": "an arm has no subject"} if value is None else {"value": value}
            yield place | {"statistic": f"{key}.{name}"} | known


def _limits(events: pd.DataFrame, first: pd.Index, second: pd.Index, level: float) -> dict[str, float | None]:
    """Return the difference, its limits by Newcombe (nc) and by Miettinen and Nurminen (mn), in percent."""
    names = ("rd", "rd.nc.lower", "rd.nc.upper", "rd.mn.lower", "rd.mn.upper")
    if first.empty or second.empty:
        return dict.fromkeys(names)
    having = [int(part.isin(list(events["USUBJID"])).sum()) for part in (first, second)]
    counts = Counts(having[0], len(first), having[1], len(second))
    limits = (*newcombe(counts, level), *miettinen_nurminen(counts, level))
    return {name: PER * value for name, value in zip(names, (counts.difference, *limits), strict=True)}


def _first_days(counting: _Counting, events: pd.DataFrame) -> pd.Series:
    """Return by subject with one of the events the days at risk up to the first, its own day included.

    The first of several, of which one has no whole date, may be that one: it counts from the first day on.
    """
    start = pd.to_datetime(events["ASTDT"], errors="coerce")
    day = (start - events["USUBJID"].map(counting.time["FIRST"])).dt.days + 1
    days = day.clip(lower=1).fillna(1.0).groupby(events["USUBJID"]).min()
    return days.clip(upper=counting.time["DAYS"].reindex(days.index))
