"""Every endpoint's comparison at its primary visit, in numbers."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context
    from trial.display.table import Table

TEMPLATE = Template("table", "study", roles=("model",))


def build(context: "Context") -> "Table":
    """Return the table; see `trial.display.key_results`."""
    from trial.display.key_results import build_key_table

    return build_key_table(context.spec, context.results, context.stamp, context.spec.id)
