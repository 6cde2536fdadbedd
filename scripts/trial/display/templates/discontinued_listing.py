"""Subjects who discontinued: when, why, their last visit and value, and the treatment received."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.subject_listing import Record, arm_blocks, arm_label, as_written, day, subject_listing
from trial.display.table import Table

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE = Template("listing", "study", roles=("counts",), data=("adsl", "adsv", "adlb"))
COLUMNS = {
    "Subject": 0.9, "Treatment received": 1.6, "Time zero": 1.0, "Date": 1.0, "Day": 0.5, "Reason": 2.0,
    "Last visit done": 1.6, "Last visit with an analysed value": 1.4,
}  # fmt: skip
WORDS = (
    "By planned arm. Day: from time zero (day 0). Last visit done: as the visit forms say, with its date. "
    "Reasons "
    "are as recorded; (none recorded) where there is none.",
)


def build(context: Context) -> Table:
    """Return one row per subject."""
    adsl = context.data["adsl"]
    left = adsl[(adsl["DISCDT"] != "") | (adsl["DSDECOD"] != "")].sort_values("USUBJID")
    visits, values = _last_visits(context), _last_values(context)

    def texts(record: Record) -> tuple[str, ...]:
        subject = record["USUBJID"]
        return (
            subject,
            arm_label(context, record["TRT01A"]),
            record["INDEXDT"],
            record["DISCDT"],
            day(record["DISCDT"], record["INDEXDT"]),
            as_written(record["DSDECOD"]) or "(none recorded)",
            visits.get(subject, ""),
            values.get(subject, ""),
        )

    title = ("Discontinued subjects", f"{len(left)} of {len(adsl)} subjects")
    blocks = tuple(arm_blocks(context, left, texts))
    return subject_listing(context, title, COLUMNS, blocks, WORDS, ("Subject", "Time zero", "Date"))


def _last_visits(context: Context) -> dict[str, str]:
    """Return by subject the last visit that was done, with its date."""
    forms = context.data["adsv"]
    done = forms[(forms["DONE"] != "N") & (forms["SVDT"] != "")].sort_values(["USUBJID", "SVDT"])
    labels = {visit.code: visit.label for visit in context.spec.visits}
    last = done.drop_duplicates("USUBJID", keep="last")
    return {
        row["USUBJID"]: f"{labels.get(row['VISIT'], row['VISIT'])}, {row['SVDT']}"
        for row in last.to_dict("records")
    }


def _last_values(context: Context) -> dict[str, str]:
    """Return by subject the last visit at which a value of any endpoint is analysed."""
    records: pd.DataFrame = context.data["adlb"]
    records = records[records["ANL01FL"] == "Y"]
    found: dict[str, str] = {}
    for visit in context.spec.visits:
        found |= dict.fromkeys(records.loc[records["AVISIT"] == visit.code, "USUBJID"], visit.label)
    return found
