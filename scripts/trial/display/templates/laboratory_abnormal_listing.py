"""Listing of results outside the limits of normal after baseline."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import ROLE
from trial.display.laboratory_listing import listing
from trial.display.table import Table

TEMPLATE = Template("listing", "study", roles=(ROLE,), data=("adlbsaf",))


def build(context: Context) -> Table:
    """Return one row per result after baseline that lies outside its limits, of all subjects."""
    records = context.data["adlbsaf"]
    outside = records["ANRIND"].isin(["LOW", "HIGH"]) & (records["POSTBLFL"] == "Y")
    chosen = records[outside]
    line = f"{len(chosen)} results after baseline of {chosen['USUBJID'].nunique()} subjects"
    return listing(
        context, "Safety laboratory: results outside the limits of normal after baseline", chosen, line
    )
