"""The fate of every raw row: used, superseded or quarantined, by file and rule."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context
    from trial.display.table import Table

TEMPLATE = Template("listing", "study", data=("accounting",))


def build(context: "Context") -> "Table":
    """Return the table; see `trial.display.listings`."""
    from trial.display.listings import build_accounting_listing

    return build_accounting_listing(context.data["accounting"], context.stamp, context.spec.id)
