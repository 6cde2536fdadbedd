"""Intercurrent events by subject, dated, with the rule and the raw row that each was read from."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.subject_listing import Record, arm_blocks, day, subject_listing
from trial.display.table import Table

TEMPLATE = Template("listing", "study", roles=("counts",), data=("adsl", "adice"))
COLUMNS = {"Subject": 0.9, "Event": 2.4, "Date": 1.0, "Day": 0.5, "Acts on": 2.6, "Raw file": 1.8, "Row": 0.5}
WORDS = (
    "By planned arm. Day: from time zero (day 0). Date*: the earliest that is possible, where the whole date is not "
    "known; the site is asked. Events that act for good count from time zero on, so that earlier ones are not listed.",
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
        acts = (
            "all endpoints"
            if len(event.endpoints) == len(context.spec.endpoints)
            else ", ".join(event.endpoints)
        )
        date = row["ICEDT"] + ("*" if row["EARLYFL"] == "Y" else "")
        return (
            row["USUBJID"], event.label, date, day(row["ICEDT"], row["INDEXDT"]), acts, row["FILE"], row["ROW"],
        )  # fmt: skip

    title = ("Intercurrent events", f"{len(found)} events of {found['USUBJID'].nunique()} subjects")
    return subject_listing(context, title, COLUMNS, tuple(arm_blocks(context, found, texts)), WORDS)
