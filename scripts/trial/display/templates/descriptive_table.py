"""Observed values and changes from baseline by visit and arm."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context
    from trial.display.table import Table

TEMPLATE = Template("table", "endpoint", roles=("observed", "counts"))


def build(context: "Context") -> "Table":
    """Return the table; see `trial.display.descriptive`."""
    from trial.display.descriptive import build_descriptive_table

    return build_descriptive_table(
        context.spec, context.endpoint, context.results, context.stamp, context.spec.id
    )
