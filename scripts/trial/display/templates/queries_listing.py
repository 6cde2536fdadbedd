"""Every question to the site: what was found where, and what was done meanwhile."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context
    from trial.display.table import Table

TEMPLATE = Template("listing", "study", data=("queries",))


def build(context: "Context") -> "Table":
    """Return the table; see `trial.display.listings`."""
    from trial.display.listings import build_queries_listing

    return build_queries_listing(context.data["queries"], context.stamp, context.spec.id)
