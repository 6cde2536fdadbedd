"""The sensitivity panel as a table: the primary contrast of one endpoint under every analysis."""

from functools import partial

from trial.display.cells import make_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import LOG_DECIMALS, format_interval, format_number, format_p_value
from trial.display.panel import ROLE, PanelRow, panel_notes, panel_rows, panel_title
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import benefit_text, comparison_notes, level_text, output_number, population_words

TEMPLATE = Template("table", "endpoint", roles=(ROLE,), intervals=(ROLE,), many=(ROLE,), populations=(ROLE,))


def build(context: Context) -> Table:
    """Return one block per compared arm, one row per analysis."""
    spec, endpoint = context.spec, context.endpoint
    marks = Marks()
    rows = list(panel_rows(context))
    blocks = tuple(
        Block(
            f"{arm.label} against {spec.reference.label}",
            tuple(panel_row(context, row, marks) for row in rows if row.arm == arm),
        )
        for arm in spec.active_arms
    )
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(panel_title(context)), f"{endpoint.label}: {benefit_text(endpoint)}"),
        population=population_words(spec),
        columns=panel_columns(context),
        blocks=blocks,
        notes=assemble_notes(
            context,
            denominators=(*panel_notes(context), "n: subjects in the analysis.", *comparison_notes(spec)),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def panel_columns(context: Context) -> tuple[Column, ...]:
    """Return the columns of the panel."""
    spec, endpoint = context.spec, context.endpoint
    estimate, spread = ("GMR", "SE of ln GMR") if endpoint.is_log else ("Difference", "SE")
    return (
        Column("Analysis", width=3.2, align="left"),
        Column("Estimand", width=2.0),
        Column("n", width=0.6),
        Column(estimate),
        Column(spread),
        Column(level_text(spec), width=1.4),
        Column("p-value"),
    )


def panel_row(context: Context, row: PanelRow, marks: Marks) -> Row:
    """Return one analysis as a row of `panel_columns`."""
    spec, endpoint = context.spec, context.endpoint
    places = spec.estimate_decimals(endpoint)
    spread = LOG_DECIMALS + 1 if endpoint.is_log else spec.decimals(endpoint).spread
    return Row(
        (
            Cell(row.analysis.label, marks=marks.letters(row.warnings)),
            Cell(row.analysis.estimand or ""),
            make_cell(partial(format_number, decimals=0), marks, row.n),
            make_cell(partial(format_number, decimals=places), marks, row.estimate),
            make_cell(partial(format_number, decimals=spread), marks, row.se),
            make_cell(partial(format_interval, decimals=places), marks, row.lower, row.upper),
            make_cell(partial(format_p_value, style=spec.p_values), marks, row.p_value),
        )
    )
