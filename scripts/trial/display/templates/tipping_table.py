"""The comparison at one visit under growing shifts of the imputed values, with the tipping point."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from trial.display.cells import find_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import (
    LOG_DECIMALS,
    format_interval,
    format_number,
    format_p_value,
    format_plain,
    format_with_spread,
)
from trial.display.spec import Comparison
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.tipping import TIPPED, comparison_results, conclusions, shift_label, shift_names, visit_of
from trial.display.wording import (
    benefit_text,
    comparison_name,
    comparison_notes,
    level_text,
    output_number,
    population_line,
)

TEMPLATE = Template("table", "endpoint", roles=("tipping",), intervals=("tipping",))


def build(context: Context) -> Table:
    """Return one block per comparison, one row per shift and the tipping point among them."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["tipping"]
    marks = Marks(results.warnings(endpoint.paramcd))
    visit = visit_of(context)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(
            context.title(f"{endpoint.title} at {visit.label}: shifts of imputed values and tipping point"),
            f"{endpoint.label}: {benefit_text(endpoint)}",
            *conclusions(context),
        ),
        population=population_line(spec),
        columns=_columns(context),
        blocks=tuple(_block(context, comparison, marks) for comparison in spec.model(endpoint).comparisons),
        notes=assemble_notes(
            context,
            model=(context.specification("tipping"),),
            denominators=(
                "Shift: added to the imputed values of the first arm of the comparison at this visit, not to "
                "those of the other; in SDs of the imputation model at the visit and as a "
                f"{'factor' if endpoint.is_log else 'difference'}.",
                *comparison_notes(spec),
            ),
            marks=marks,
        ),
        stamp=context.stamp,
    )


@dataclass(frozen=True)
class _Part:
    heading: str
    statistics: tuple[str, ...]
    write: partial[str]


def _parts(context: Context) -> tuple[_Part, ...]:
    """Return the columns after the shift in SDs; statistics are those after the name of the shift."""
    spec, endpoint = context.spec, context.endpoint
    level, decimals = level_text(spec), spec.decimals(endpoint)
    p_value = _Part("p-value", ("pvalue",), partial(format_p_value, style=spec.p_values))
    if endpoint.is_log:
        ratio = partial(format_number, decimals=decimals.ratio)
        on_log = partial(format_with_spread, decimals=LOG_DECIMALS, spread_decimals=LOG_DECIMALS + 1)
        interval = partial(format_interval, decimals=decimals.ratio)
        return (
            _Part("Factor", ("factor",), ratio),
            _Part("Difference of ln (SE)", ("diff", "se"), on_log),
            _Part("GMR", ("gmr",), ratio),
            _Part(level, ("gmr.lower", "gmr.upper"), interval),
            p_value,
        )
    places, spread = decimals.location, decimals.spread
    shift = f"Shift ({endpoint.difference_unit})" if endpoint.unit_label else "Shift"
    return (
        _Part(shift, ("delta",), partial(format_number, decimals=places)),
        _Part("Difference (SE)", ("diff", "se"), _with_se(places, spread)),
        _Part(level, ("lower", "upper"), partial(format_interval, decimals=places)),
        p_value,
    )


def _with_se(places: int, spread: int) -> "partial[str]":
    return partial(format_with_spread, decimals=places, spread_decimals=spread)


def _columns(context: Context) -> tuple[Column, ...]:
    return (
        Column("Shift (SD)", width=1.6, align="left"),
        *(Column(part.heading, width=1.3) for part in _parts(context)),
    )


def _block(context: Context, comparison: Comparison, marks: Marks) -> Block:
    """Return the rows of a comparison, in the order of their shifts."""
    found = comparison_results(context, comparison.code)
    rows: list[tuple[float, Row]] = []
    for name in shift_names(found):
        size = found[f"{name}.sd"]
        rows.append((size, _row(context, comparison, marks, format_plain(size), name)))
    tipped = found.get("delta*.sd")
    if tipped is not None:
        rows.append((tipped, _row(context, comparison, marks, shift_label(tipped), TIPPED)))
    heading = comparison_name(context.spec, context.endpoint, comparison)
    return Block(heading, tuple(row for _, row in sorted(rows, key=lambda pair: pair[0])))


def _row(context: Context, comparison: Comparison, marks: Marks, label: str, name: str) -> Row:
    place = (context.endpoint.paramcd, visit_of(context).code, comparison.code)
    cells: Sequence[Cell] = [
        find_cell(
            part.write, marks, context.results["tipping"], place, [f"{name}.{s}" for s in part.statistics]
        )
        for part in _parts(context)
    ]
    return make_row(label, list(cells))
