"""Reader's notes: what holds for every output of the study, stated once, made from the configuration."""

from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import assemble_notes
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number

TEMPLATE = Template("listing", "study")


def build(context: Context) -> Table:
    """Return one block per subject, one row per statement."""
    spec = context.spec
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title("Reader's notes: definitions and conventions of all outputs"),),
        population="",
        columns=(Column("What holds in this study", align="left"),),
        blocks=tuple(
            Block(note.topic, tuple(Row((Cell(line),)) for line in note.lines)) for note in spec.reading
        ),
        notes=assemble_notes(context),
        stamp=context.stamp,
        font_size=8,
    )
