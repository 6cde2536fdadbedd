"""Weighted estimates with the bootstrap that fits the propensity anew, and the resamples it lost."""

from functools import partial

from trial.display.cells import make_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import LOG_DECIMALS, format_interval, format_number
from trial.display.results import Results
from trial.display.spec import Arm, Endpoint
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import (
    at_primary_visit,
    comparison_notes,
    level_text,
    output_number,
    population_line,
    visit_suffix,
)

TEMPLATE = Template("table", "study", roles=("bootstrap",), intervals=("bootstrap",), many=("bootstrap",))
NOTES = (
    "Estimate: difference on the scale of the model, of ln where the endpoint is analysed as ln. SE and "
    "limits: sandwich CR2 of weighted models; of augmented weighting the bootstrap's, with normal limits.",
    "Bootstrap: subjects drawn within arms; propensity, weights and outcome model fitted anew each time; "
    "percentile limits. Lost: resamples without an estimate (no rank, an arm without a subject at a "
    "visit, no convergence); Firth: resamples whose arms were separated.",
)


def build(context: Context) -> Table:
    """Return one block per analysis and compared arm, one row per endpoint."""
    spec, marks = context.spec, Marks()
    blocks = []
    for shown, results in context.panels["bootstrap"]:
        mine = [endpoint for endpoint in spec.endpoints if endpoint.paramcd in shown.endpoints]
        for arm in spec.active_arms:
            rows = [
                _row(context, endpoint, arm, results, marks)
                for endpoint in mine
                if not results.get(*_place(context, endpoint, arm), "diff").missing
            ]
            blocks += [Block(shown.label, tuple(rows))] if rows else []
    level = level_text(spec)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"Weighted estimates and their bootstrap, {at_primary_visit(spec)}"),),
        population=population_line(spec),
        columns=(
            Column("Endpoint", width=2.0, align="left"),
            Column("Estimate"),
            Column("SE"),
            Column(level, width=1.4),
            Column("SE", "Bootstrap"),
            Column(level, "Bootstrap", 1.4),
            Column("Resamples lost", "Bootstrap", 1.4),
        ),
        blocks=tuple(blocks),
        notes=assemble_notes(
            context,
            denominators=(*NOTES, *comparison_notes(spec)[1:]),  # no p-value is printed here
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _place(context: Context, endpoint: Endpoint, arm: Arm) -> tuple[str, str, str]:
    return endpoint.paramcd, endpoint.primary_visit, context.spec.comparison(arm)


def _row(context: Context, endpoint: Endpoint, arm: Arm, results: Results, marks: Marks) -> Row:
    spec, place = context.spec, _place(context, endpoint, arm)
    places = LOG_DECIMALS if endpoint.is_log else spec.decimals(endpoint).location
    spread = places + 1
    value = partial(format_number, decimals=places)
    limits = partial(format_interval, decimals=places)
    counts = [
        results.get(endpoint.paramcd, "", "", f"boot.{name}") for name in ("dropped", "asked", "penalised")
    ]
    cells = [
        make_cell(value, marks, results.get(*place, "diff")),
        make_cell(partial(format_number, decimals=spread), marks, results.get(*place, "diff.se")),
        make_cell(limits, marks, *(results.get(*place, f"diff.{end}") for end in ("lower", "upper"))),
        make_cell(partial(format_number, decimals=spread), marks, results.get(*place, "boot.se")),
        make_cell(limits, marks, *(results.get(*place, f"boot.{end}") for end in ("lower", "upper"))),
        make_cell(_lost, marks, *counts),
    ]
    letters = marks.letters(results.warnings(endpoint.paramcd))
    return Row((Cell(f"{endpoint.label}{visit_suffix(spec, endpoint)}", marks=letters), *cells))


def _lost(dropped: float, asked: float, penalised: float) -> str:
    firth = f", Firth {format_number(penalised, 0)}" if penalised else ""
    return f"{format_number(dropped, 0)} of {format_number(asked, 0)}{firth}"
