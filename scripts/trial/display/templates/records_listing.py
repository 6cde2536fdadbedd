"""Endpoint records by visit and arm: analysed, below the limit, and not analysed with the reason."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context
    from trial.display.table import Table

TEMPLATE = Template("listing", "study", roles=("observed",), data=("adlb",))


def build(context: "Context") -> "Table":
    """Return the table; see `trial.display.quality`."""
    from trial.display.quality import build_records_listing

    return build_records_listing(context.spec, context.data["adlb"], context.stamp, context.spec.id)
