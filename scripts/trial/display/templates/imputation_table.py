"""Imputed analyses of one endpoint side by side: estimate, and what the imputation itself adds."""

from collections.abc import Callable
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
    format_with_spread,
)
from trial.display.results import Results
from trial.display.spec import Comparison, ShownAnalysis, Visit
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import (
    benefit_text,
    comparison_name,
    comparison_notes,
    difference_notes,
    level_text,
    output_number,
    population_words,
)

TEMPLATE = Template(
    "table", "endpoint", roles=("imputation",), intervals=("imputation",), many=("imputation",)
)
ROLE = "imputation"


@dataclass(frozen=True)
class _Part:
    """One column of a comparison; `optional`: empty where an analysis has no such number."""

    heading: str
    statistics: tuple[str, ...]
    write: Callable[..., str]
    optional: bool = False


def build(context: Context) -> Table:
    """Return one block per visit, one row per analysis and comparison."""
    spec, endpoint = context.spec, context.endpoint
    whole = [text for _, results in context.panels[ROLE] for text in results.warnings(endpoint.paramcd)]
    marks = Marks(list(dict.fromkeys(whole)))
    texts = dict.fromkeys(text for record in context.records[ROLE] for text in record["sentences"])
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(
            context.title(f"{endpoint.title}: imputed analyses by visit"),
            f"{endpoint.label}: {benefit_text(endpoint)}",
        ),
        population=population_words(spec),
        columns=(
            Column("Visit\nAnalysis", width=3.0, align="left"),
            Column("Imputed,\nby arm", width=0.9),
            *(Column(part.heading, width=1.1) for part in _parts(context)),
        ),
        blocks=tuple(_block(context, visit, marks) for visit in spec.later_visits),
        notes=assemble_notes(
            context,
            model=tuple(texts),
            denominators=(*difference_notes(endpoint), *_definitions(context), *comparison_notes(spec)),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _parts(context: Context) -> tuple[_Part, ...]:
    spec, endpoint = context.spec, context.endpoint
    level, decimals = level_text(spec), spec.decimals(endpoint)
    three = partial(format_number, decimals=3)
    if endpoint.is_log:
        places, spread = LOG_DECIMALS, LOG_DECIMALS + 1
        ratio = decimals.ratio
        shown: tuple[_Part, ...] = (
            _Part("GMR", ("gmr",), partial(format_number, decimals=ratio)),
            _Part(level, ("gmr.lower", "gmr.upper"), partial(format_interval, decimals=ratio)),
        )
    else:
        places, spread = decimals.location, decimals.spread
        interval = partial(format_interval, decimals=places)
        shown = (_Part(level, ("diff.lower", "diff.upper"), interval),)
    with_se = partial(format_with_spread, decimals=places, spread_decimals=spread)
    name = "Difference of ln (SE)" if endpoint.is_log else "Difference (SE)"
    return (
        _Part(name, ("diff", "diff.se"), with_se),
        *shown,
        _Part("df", ("diff.df",), partial(format_number, decimals=1), optional=True),
        _Part("p-value", ("diff.pvalue",), partial(format_p_value, style=spec.p_values)),
        _Part("FMI", ("diff.fmi",), three, optional=True),
        _Part("RIV", ("diff.riv",), three, optional=True),
        _Part("MC error", ("diff.mcse",), partial(format_number, decimals=4), optional=True),
        _Part("MC error of p", ("diff.pvalue.mcse",), partial(format_number, decimals=4), optional=True),
    )


def _block(context: Context, visit: Visit, marks: Marks) -> Block:
    comparisons = context.spec.roles[ROLE][0].comparisons
    rows = [
        _row(context, visit, analysis, results, comparison, marks)
        for comparison in comparisons
        for analysis, results in context.panels[ROLE]
    ]
    return Block(visit.label, tuple(rows))


def _row(
    context: Context,
    visit: Visit,
    analysis: ShownAnalysis,
    results: Results,
    comparison: Comparison,
    marks: Marks,
) -> Row:
    code, endpoint = context.endpoint.paramcd, context.endpoint
    label = analysis.label
    if len(analysis.comparisons) > 1:
        label = f"{label}; {comparison_name(context.spec, endpoint, comparison)}"
    place = (code, visit.code, comparison.code)
    cells = [_imputed(context, visit, results)]
    for part in _parts(context):
        absent = part.optional and not all(results.get(*place, name).present for name in part.statistics)
        cells.append(Cell("–") if absent else find_cell(part.write, marks, results, place, part.statistics))
    return make_row(label, cells)


def _imputed(context: Context, visit: Visit, results: Results) -> Cell:
    """Return how many values are imputed, by arm."""
    found = [
        results.get(context.endpoint.paramcd, visit.code, arm.code, "imputed.n") for arm in context.spec.arms
    ]
    if not all(one.present for one in found):
        return Cell("–")
    text = " / ".join(format_number(one.value, 0) for one in found)
    return Cell(text, tuple(one.result_id for one in found))


def _definitions(context: Context) -> tuple[str, ...]:
    unit = "ln" if context.endpoint.is_log else context.endpoint.difference_unit or "its unit"
    arms = " / ".join(arm.label for arm in context.spec.arms)
    return (
        f"Imputed: values that are imputed at the visit, {arms}. FMI: with Rubin's (1987) degrees of "
        "freedom, as SAS computes it. RIV: of the variance of the estimate, from imputation. MC error: of "
        f"the estimate ({unit}) and of p, from the number of imputations. –: an analysis "
        "without random imputations has none, and its limits are those of the normal distribution.",
    )
