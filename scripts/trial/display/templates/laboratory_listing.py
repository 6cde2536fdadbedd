"""Listing of every result of the safety laboratory by subject, with flags."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import ROLE
from trial.display.laboratory_listing import listing
from trial.display.table import Table

TEMPLATE = Template("listing", "study", roles=(ROLE,), data=("adlbsaf",))


def build(context: Context) -> Table:
    """Return one row per result, of all subjects."""
    records = context.data["adlbsaf"]
    abnormal = int(records["ANRIND"].isin(["LOW", "HIGH"]).sum())
    line = f"{len(records)} results, {abnormal} of them outside the limits of normal"
    return listing(context, "Safety laboratory by subject", records, line)
