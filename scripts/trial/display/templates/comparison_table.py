"""Every comparison of arms of an endpoint's model: pairs and named contrasts, by visit and average."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from trial.display.cells import find_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import (
    LOG_DECIMALS,
    PERCENT_DECIMALS,
    format_interval,
    format_number,
    format_p_value,
    format_with_spread,
)
from trial.display.spec import Endpoint, OutputSpec
from trial.display.table import Block, Column, Table
from trial.display.wording import (
    average_notes,
    benefit_text,
    comparison_name,
    comparison_notes,
    contrast_notes,
    difference_notes,
    level_text,
    model_name,
    output_number,
    population_line,
)

TEMPLATE = Template("table", "endpoint", roles=("model",), intervals=("model",))


@dataclass(frozen=True)
class Part:
    """One column: its heading, the statistics under it, and how they print."""

    heading: str
    statistics: tuple[str, ...]
    write: Callable[..., str]


def build(context: Context) -> Table:
    """Return one block per visit and average over visits, one row per comparison."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["model"]
    marks = Marks(results.warnings(endpoint.paramcd))
    parts = comparison_parts(spec, endpoint)
    name = model_name(results.is_ancova(endpoint.paramcd), spec.model(endpoint).method)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(
            context.title(f"{endpoint.title}: comparisons of arms by visit, {name}"),
            f"{endpoint.label}: {benefit_text(endpoint)}",
        ),
        population=population_line(spec),
        columns=(
            Column("Visit\nComparison", width=2.4, align="left"),
            *(Column(part.heading, width=1.3) for part in parts),
        ),
        blocks=_blocks(context, parts, marks),
        notes=assemble_notes(
            context,
            model=(context.specification("model"),),
            denominators=(
                *_definitions(endpoint),
                *difference_notes(endpoint),
                *contrast_notes(spec, endpoint),
                *average_notes(spec, endpoint),
                *comparison_notes(spec),
            ),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def comparison_parts(spec: OutputSpec, endpoint: Endpoint) -> tuple[Part, ...]:
    """Return the columns: differences, or on the log scale differences of ln and ratios."""
    level, decimals = level_text(spec), spec.decimals(endpoint)
    p_value = Part("p-value", ("diff.pvalue",), partial(format_p_value, style=spec.p_values))
    if not endpoint.is_log:
        places, spread = decimals.location, decimals.spread
        with_se = partial(format_with_spread, decimals=places, spread_decimals=spread)
        return (
            Part("Difference (SE)", ("diff", "diff.se"), with_se),
            Part(level, ("diff.lower", "diff.upper"), partial(format_interval, decimals=places)),
            p_value,
        )
    on_log = partial(format_with_spread, decimals=LOG_DECIMALS, spread_decimals=LOG_DECIMALS + 1)
    return (
        Part("Difference of ln (SE)", ("diff", "diff.se"), on_log),
        Part("GMR", ("gmr",), partial(format_number, decimals=decimals.ratio)),
        Part(level, ("gmr.lower", "gmr.upper"), partial(format_interval, decimals=decimals.ratio)),
        Part("% difference", ("gmr.pct",), partial(format_number, decimals=PERCENT_DECIMALS)),
        p_value,
    )


def _blocks(context: Context, parts: tuple[Part, ...], marks: Marks) -> tuple[Block, ...]:
    """Return the visits and averages of the model; nothing where there is no model."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["model"]
    if not results.holds(endpoint.paramcd):
        return ()
    blocks = []
    for visit in spec.modelled_visits(endpoint):
        rows = []
        for comparison in spec.model(endpoint).comparisons:
            place = (endpoint.paramcd, visit.code, comparison.code)
            cells = [find_cell(part.write, marks, results, place, part.statistics) for part in parts]
            rows.append(make_row(comparison_name(spec, endpoint, comparison), cells))
        blocks.append(Block(visit.label, tuple(rows)))
    return tuple(blocks)


def _definitions(endpoint: Endpoint) -> tuple[str, ...]:
    if not endpoint.is_log:
        return ()
    return ("GMR: exp of the difference of ln. % difference: 100 × (GMR − 1).",)
