"""The plotted data of the timeline of adverse events: one row per mark, days counted from time zero."""

from collections.abc import Iterator

import pandas as pd

from trial.display.adverse import NOT_RECORDED
from trial.display.context import Context

OBSERVED, EVENT, INFUSION, RESCUE, DISCONTINUED = "observed", "event", "infusion", "rescue", "discontinued"
# Marks of a subject beside its events, by the date of ADSL that they stand at.
MOMENTS = {INFUSION: "TRTSDT", RESCUE: "RESCDT", DISCONTINUED: "DISCDT"}
COLUMNS = ("arm", "subject", "mark", "day", "end", "severity", "serious", "term")


def timeline_frame(context: Context) -> pd.DataFrame:
    """Return the marks of every member with a treatment-emergent event.

    Returns
    -------
    DataFrame
        ``arm, subject, mark``; ``day`` and ``end`` from time zero (day 0); of an event its ``severity``,
        ``serious`` (Y, also where it was not recorded) and ``term``. An event without a whole start date has
        no ``day``. ``observed``: from the first day of emergent events to the last day known. Ordered as
        drawn: by arm, then by subject.
    """
    spec, adae = context.spec, context.data["adae"]
    adsl = context.data["adsl"]
    members = adsl[adsl[spec.population.flag] == "Y"].set_index("USUBJID")
    events = adae[(adae["TRTEMFL"] == "Y") & adae["USUBJID"].isin(members.index)]
    last = _last_days(context, adae)
    rows: list[tuple[object, ...]] = []
    for arm in spec.arms:
        mine = members[members[spec.treatment] == arm.code]
        for subject in sorted(set(mine.index) & set(events["USUBJID"])):
            of_subject = events[events["USUBJID"] == subject]
            rows += [
                (arm.code, subject, *mark)
                for mark in _marks(members.loc[subject], of_subject, last.get(subject))
            ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _last_days(context: Context, adae: pd.DataFrame) -> pd.Series:
    """Return by subject the last day with a visit done, or with the start or end of an event."""
    visits = context.data["adsv"]
    done = visits[visits["DONE"] != "N"][["USUBJID", "SVDT"]].set_axis(["USUBJID", "DAY"], axis=1)
    parts = [adae[["USUBJID", name]].set_axis(["USUBJID", "DAY"], axis=1) for name in ("ASTDT", "AENDT")]
    days = pd.concat([done, *parts])
    return days[days["DAY"] != ""].groupby("USUBJID")["DAY"].max()


def _marks(
    subject: pd.Series, events: pd.DataFrame, last: str | None
) -> Iterator[tuple[str, float, float, str, str, str]]:
    zero = subject["INDEXDT"]
    ends = [day for day in (last, subject["DISCDT"]) if day]
    yield OBSERVED, _day(zero, subject["TRTEMDT"]), _day(zero, max(ends, default="")), "", "", ""
    for mark, name in MOMENTS.items():
        if subject[name]:
            yield mark, _day(zero, subject[name]), float("nan"), "", "", ""
    for row in events.sort_values(["ASTDT", "AEDECOD", "AETERM"]).to_dict("records"):
        yield (
            EVENT,
            _day(zero, row["ASTDT"]),
            _day(zero, row["AENDT"]),
            row["AESEV"] or NOT_RECORDED,
            "" if row["AESER"] == "N" else "Y",
            row["AEDECOD"] or row["AETERM"],
        )


def _day(zero: str, day: str) -> float:
    return float((pd.Timestamp(day) - pd.Timestamp(zero)).days) if zero and day else float("nan")
