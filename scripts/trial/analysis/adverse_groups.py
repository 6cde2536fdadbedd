"""Groups of adverse events: by what is asked of them, and by their place in the dictionary."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.methods.adverse_events import Config, SpecialInterest
from trial.analysis.terms import Group, Level, coded, term_groups
from trial.study.matching import matches, matches_any

ANY = "any"
NOT_RECORDED = "NOT_RECORDED"
PRODUCT, PROCEDURE = "product", "procedure"
OVERVIEW = ("serious", "serious_related", PRODUCT, PROCEDURE, "discontinuation", "fatal")


def emergent_events(data: AnalysisData, config: Config) -> pd.DataFrame:
    """Return the treatment-emergent events of the population with ARMCD and one truth value per question."""
    adae = data.tables["adae"]
    mine = adae[(adae["TRTEMFL"] == "Y") & adae["USUBJID"].isin(data.treatments.index)]
    mine = mine.sort_values(["USUBJID", "ASTDT", "AEDECOD"], ignore_index=True)
    product, procedure = mine["AERELPROD"] != "N", mine["AERELPROC"] != "N"
    serious = mine["AESER"] != "N"
    return mine.assign(
        ARMCD=mine["USUBJID"].map(data.treatments).astype("str"),
        **coded(mine, "AEBODSYS", "AEDECOD"),
        serious=serious,
        product=product,
        procedure=procedure,
        serious_related=serious & (product | procedure),
        discontinuation=matches(mine, config.discontinuation),
        fatal=matches(mine, config.fatal),
    )


def groups(events: pd.DataFrame, data: AnalysisData, config: Config) -> Iterator[Group]:
    """Yield any event, the groups of interest, each organ class and each of its terms, in order of name."""
    yield Group(Level(ANY, ANY, "Any adverse event", ""), events)
    for item in config.special_interest:
        level = Level(f"interest:{item.code}", "interest", item.label, "")
        yield Group(level, events[_of_interest(events, item, data)])
    yield from term_groups(events, "AEBODSYS", "AEDECOD")


def greatest_severity(events: pd.DataFrame, severity: tuple[str, ...]) -> pd.Series:
    """Return by subject the greatest severity of the events.

    Where one has no severity the greatest is not known, unless another is of the gravest.
    """
    rank = {code: place for place, code in enumerate(severity)}
    gravest = len(severity) - 1
    ranks = events["AESEV"].map(rank).astype(float).fillna(gravest - 0.5)
    found = ranks.groupby(events["USUBJID"]).max()
    return found.map(lambda at: NOT_RECORDED if at % 1 else severity[int(at)]).astype("str")


def not_recorded(events: pd.DataFrame) -> dict[str, int]:
    """Return the number of events without an answer, by column, where there are some."""
    counts = {name: int((events[name] == "").sum()) for name in ("AESER", "AERELPROD", "AERELPROC", "AESEV")}
    return {name: count for name, count in counts.items() if count}


def _of_interest(events: pd.DataFrame, item: SpecialInterest, data: AnalysisData) -> pd.Series:
    found = matches_any(events, item.any_of)
    if item.onset is None:
        return found
    start = events["USUBJID"].map(data.subjects[item.onset.after])
    first, last = item.onset.days
    within = _may_start(events, start, range(first, last + 1))
    if item.onset.hours:
        exact = _hours_after(events, data.tables["adex"], item.onset.hours)
        within = within.where(exact.isna(), exact == 1)
    return found & within


def _hours_after(events: pd.DataFrame, adex: pd.DataFrame, hours: int) -> pd.Series:
    """Return 1 where an event started during an infusion or so many hours after it, else 0.

    NaN where the event, or every infusion of the subject, has no time of day.
    """
    starts, ends = (_moments(adex[name]) for name in ("EXSTDTC", "EXENDTC"))
    infusions = adex.assign(FROM=starts, TO=ends.fillna(starts) + pd.Timedelta(hours=hours))
    known = infusions.dropna(subset=["FROM"])
    begun = events.assign(MOMENT=_moments(events["AESTDTC"]), AT=events.index).dropna(subset=["MOMENT"])
    pairs = begun[["USUBJID", "MOMENT", "AT"]].merge(known, on="USUBJID")
    inside = (pairs["FROM"] <= pairs["MOMENT"]) & (pairs["MOMENT"] <= pairs["TO"])
    return inside.astype(float).groupby(pairs["AT"]).max().reindex(events.index)


def _moments(texts: pd.Series) -> pd.Series:
    """Return the dates with a time of day as moments; others are missing."""
    return pd.to_datetime(
        texts.where(texts.str.contains("T", regex=False)), errors="coerce", format="ISO8601"
    )


def _may_start(events: pd.DataFrame, zero: pd.Series, days: range) -> pd.Series:
    """Return whether an event may have started on one of some days: of a partial date, any may be it."""
    partial = events["AESTDTC"].str.fullmatch("[0-9]{4}(-[0-9]{2})?")
    known = events["ASTDT"].where(events["ASTDT"] != "", events["AESTDTC"].where(partial, ""))
    origin = pd.to_datetime(zero, errors="coerce")
    found = pd.Series(False, index=events.index)
    for day in days:
        wanted = (origin + pd.Timedelta(days=day)).dt.strftime("%Y-%m-%d").fillna("")
        pairs = zip(wanted, known, strict=True)
        found |= np.array([bool(day) and day.startswith(text) for day, text in pairs], dtype=bool)
    return found
