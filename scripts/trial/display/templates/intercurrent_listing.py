"""Intercurrent events by subject, dated, with the rule and the raw row that each was read from."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.spec import ShownEvent
from trial.display.subject_listing import Record, arm_blocks, day, subject_listing
from trial.display.table import Table

TEMPLATE = Template("listing", "study", roles=("counts",), data=("adsl", "adice"))
COLUMNS = {
    "Subject": 0.9,
    "Event": 2.3,
    "Rule": 1.1,
    "Date": 1.0,
    "Day": 0.5,
    "Acts on": 2.6,
    "Raw file": 1.8,
    "Row": 0.5,
}
WORDS = (
    "By planned arm. Rule: the event's code in the configuration. Day: from time zero (day 0). Date*: the "
    "earliest that is possible, where the whole date is not "
    "known; the site is asked. Events that act for good count from time zero on, so that earlier ones are "
    "not listed.",
)


def build(context: Context) -> Table:
    """Return one row per event."""
    events = {event.code: event for event in context.spec.events}
    adsl = context.data["adsl"].set_index("USUBJID")
    found = context.data["adice"].copy()
    for name in ("TRT01P", "INDEXDT"):
        found[name] = found["USUBJID"].map(adsl[name])
    found = found.sort_values(["USUBJID", "ICEDT", "EVENT", "FILE", "ROW"])

    def texts(row: Record) -> tuple[str, ...]:
        event = events[row["EVENT"]]
        acts = _acts_on(context, event)
        date = row["ICEDT"] + ("*" if row["EARLYFL"] == "Y" else "")
        where = (date, day(row["ICEDT"], row["INDEXDT"]), acts, row["FILE"], row["ROW"])
        return (row["USUBJID"], event.label, event.code, *where)

    title = ("Intercurrent events", f"{len(found)} events of {found['USUBJID'].nunique()} subjects")
    return subject_listing(context, title, COLUMNS, tuple(arm_blocks(context, found, texts)), WORDS)


def _acts_on(context: Context, event: ShownEvent) -> str:
    """Return the endpoints whose values an event changes the meaning of."""
    shown = context.spec.endpoints
    if len(event.endpoints) == len(shown):
        return "all endpoints"
    return ", ".join(endpoint.label for endpoint in shown if endpoint.paramcd in event.endpoints)
