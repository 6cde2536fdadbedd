"""The comparison of arms under several analyses, at every visit after baseline."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.panel import ROLE, panel_notes, panel_rows
from trial.display.table import Block, Table
from trial.display.templates.sensitivity_table import panel_columns, panel_row
from trial.display.wording import benefit_text, comparison_notes, output_number, population_words

TEMPLATE = Template("table", "endpoint", roles=(ROLE,), intervals=(ROLE,), many=(ROLE,))


def build(context: Context) -> Table:
    """Return one block per visit and compared arm, one row per analysis."""
    spec, endpoint = context.spec, context.endpoint
    marks, several = Marks(), len(spec.active_arms) > 1
    blocks = []
    for visit in spec.later_visits:
        rows = list(panel_rows(context, visit))
        for arm in spec.active_arms:
            heading = f"{visit.label}, {arm.label} against {spec.reference.label}" if several else visit.label
            shown = tuple(panel_row(context, row, marks) for row in rows if row.arm == arm)
            blocks.append(Block(heading, shown))
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(
            context.title(f"{endpoint.title}: the comparison under several analyses, by visit"),
            f"{endpoint.label}: {benefit_text(endpoint)}",
        ),
        population=population_words(spec),
        columns=panel_columns(context),
        blocks=tuple(blocks),
        notes=assemble_notes(
            context,
            denominators=(*panel_notes(context), "n: subjects in the analysis.", *comparison_notes(spec)),
            marks=marks,
        ),
        stamp=context.stamp,
    )
