"""Counts per source and analyte: raw, used, superseded, quarantined rows, units, rules."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context
    from trial.display.table import Table

TEMPLATE = Template("listing", "study", data=("quality",))


def build(context: "Context") -> "Table":
    """Return the table; see `trial.display.quality`."""
    from trial.display.quality import build_quality_listing

    return build_quality_listing(context.data["quality"], context.stamp, context.spec.id)
