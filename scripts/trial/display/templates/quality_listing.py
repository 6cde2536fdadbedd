"""Data quality: what each source brought in per analyte."""

from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import assemble_notes
from trial.display.numbers import format_count_percent, format_number
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE = Template("listing", "study", data=("quality",))


def build(context: Context) -> Table:
    """Return counts per source and analyte, with the mix of units and the rules that took records away."""
    spec, quality = context.spec, context.data["quality"]
    columns = (
        Column("Source\nAnalyte", width=1.5, align="left", wraps=False),
        *(
            Column(heading, width=0.9)
            for heading in ("Raw rows", "Used", "Superseded", "Quarantined", "Subjects")
        ),
        Column("Outside\nlimits", width=1.0),
        Column("Units of used results", width=2.0, align="left"),
        Column("Rules of the others", width=2.6, align="left"),
    )
    sources = sorted(set(quality["SOURCE"]))
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title("Data quality by source and analyte"),),
        population="",
        columns=columns,
        blocks=tuple(Block(name, _quality_rows(quality[quality["SOURCE"] == name])) for name in sources),
        notes=assemble_notes(
            context,
            denominators=(
                "Subjects: with at least one used result. Outside limits: used results below or above the "
                "limit of quantification, n (% of used). Units and rules with their number of rows.",
            ),
        ),
        stamp=context.stamp,
        font_size=8,
    )


def _quality_rows(part: "pd.DataFrame") -> tuple[Row, ...]:
    rows = []
    for record in part.to_dict("records"):
        counts = [
            format_number(record[name], 0)
            for name in ("RAW", "USED", "SUPERSEDED", "QUARANTINED", "SUBJECTS")
        ]
        outside = format_count_percent(record["CENSORED"], record["CENSORED_PCT"]) if record["USED"] else ""
        texts = [record["ANALYTE"] or "no known analyte", *counts, outside, record["UNITS"], record["RULES"]]
        rows.append(Row(tuple(Cell(str(text)) for text in texts)))
    return tuple(rows)
