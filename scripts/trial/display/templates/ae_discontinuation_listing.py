"""Adverse events that led to discontinuation, by subject."""

from trial.display.adverse import ROLE
from trial.display.adverse_listing import DATA, listing
from trial.display.config import Template
from trial.display.context import Context
from trial.display.table import Table
from trial.study.matching import matches

TEMPLATE = Template("listing", "study", roles=(ROLE, "counts"), data=DATA)


def build(context: Context) -> Table:
    """Return one row per event that led to discontinuation."""
    adae = context.data["adae"]
    (record,) = context.records[ROLE]
    events = adae[matches(adae, record["discontinuation"])]
    return listing(context, "Adverse events leading to discontinuation", events)
