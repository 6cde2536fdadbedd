"""LS means by arm and visit, and each arm against the reference, from the model in the footnote."""

from typing import TYPE_CHECKING

from trial.display.config import Template

if TYPE_CHECKING:
    from trial.display.context import Context
    from trial.display.table import Table

TEMPLATE = Template("table", "endpoint", roles=("model", "observed", "counts"))


def build(context: "Context") -> "Table":
    """Return the table; see `trial.display.model_table`."""
    from trial.display.model_table import build_model_table

    return build_model_table(
        context.spec, context.endpoint, context.results, context.model, context.stamp, context.spec.id
    )
