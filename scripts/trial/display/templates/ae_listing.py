"""All adverse events by subject, emergent or not, of members of the population or not."""

from trial.display.adverse_listing import DATA, ROLES, listing
from trial.display.config import Template
from trial.display.context import Context
from trial.display.table import Table

TEMPLATE = Template("listing", "study", roles=ROLES, data=DATA)


def build(context: Context) -> Table:
    """Return one row per event."""
    return listing(context, "All adverse events", context.data["adae"])
