"""Serious adverse events by subject; an event without an answer counts as serious."""

from trial.display.adverse_listing import DATA, ROLES, listing
from trial.display.config import Template
from trial.display.context import Context
from trial.display.table import Table

TEMPLATE = Template("listing", "study", roles=ROLES, data=DATA)


def build(context: Context) -> Table:
    """Return one row per event that is serious, or not known not to be."""
    adae = context.data["adae"]
    return listing(context, "Serious adverse events", adae[adae["AESER"] != "N"])
