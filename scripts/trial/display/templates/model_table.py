"""The model's LS means by arm and visit, and every arm against the reference."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from trial.display.cells import find_cell, make_row
from trial.display.comparisons import arm_decimals, arm_statistic, baseline_notes, stable_notes
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
from trial.display.results import Results
from trial.display.sizes import arm_size
from trial.display.spec import Arm, Average, Endpoint, OutputSpec, Visit
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import (
    arm_heading,
    average_notes,
    comparison_notes,
    direction_sentence,
    estimate_name,
    level_text,
    model_name,
    output_number,
    population_line,
)

TEMPLATE = Template("table", "endpoint", roles=("model", "observed", "counts"), intervals=("model",))
REFERENCE_TEXT = "reference"


@dataclass(frozen=True)
class Line:
    """One row: label, statistics, how they print, and whether it is of an arm or of a comparison."""

    label: str
    statistics: tuple[str, ...]
    write: Callable[..., str]
    compares: bool = False


def build(context: Context) -> Table:
    """Return the table of one endpoint's model, with the observed baseline above it."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["model"]
    marks = Marks(results.warnings(endpoint.paramcd))
    name = model_name(results.is_ancova(endpoint.paramcd), spec.model(endpoint).method)
    sizes = {arm.code: arm_size(context.results["counts"], arm) for arm in spec.arms}
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(
            context.title(f"{endpoint.title}: {estimate_name(spec, endpoint)} by visit, {name}"),
            direction_sentence(spec, endpoint),
        ),
        population=population_line(spec),
        columns=(
            Column("Visit\nStatistic", width=2.2, align="left"),
            *(Column(arm_heading(arm, sizes[arm.code]), width=1.6) for arm in spec.arms),
        ),
        blocks=_blocks(context, marks),
        notes=assemble_notes(
            context,
            model=(context.specification("model"), *baseline_notes(spec, endpoint, results)),
            denominators=(
                *_definitions(spec, endpoint, _has_means(spec, endpoint, results)),
                *stable_notes(spec, endpoint, results),
                *average_notes(spec, endpoint),
                *comparison_notes(spec),
            ),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _blocks(context: Context, marks: Marks) -> tuple[Block, ...]:
    """Return the observed baseline and the visits of the model; nothing where there is no model."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["model"]
    if not results.holds(endpoint.paramcd):
        return ()
    baseline = _baseline_block(spec, endpoint, context.results["observed"], marks)
    lines = model_lines(spec, endpoint, _has_means(spec, endpoint, results))
    shown = spec.modelled_visits(endpoint)
    visits = [_visit_block(visit, lines, spec, endpoint, results, marks) for visit in shown]
    return (baseline, *visits)


def model_lines(spec: OutputSpec, endpoint: Endpoint, means: bool) -> tuple[Line, ...]:
    """Return the rows of one visit: the arm's LS mean, then its comparison with the reference.

    `means`: whether ratios to baseline are also given as means, at the baseline where LS means stand.
    """
    return _ratio_lines(spec, endpoint, means) if endpoint.is_log else _difference_lines(spec, endpoint)


def _has_means(spec: OutputSpec, endpoint: Endpoint, results: Results) -> bool:
    """Return whether the results of an endpoint hold geometric means beside the ratios to baseline."""
    rows = results.rows
    here = (rows["endpoint"] == endpoint.paramcd) & (rows["statistic"] == "geomean")
    return arm_statistic(spec, endpoint) == "ratio" and bool(here.any())


def _difference_lines(spec: OutputSpec, endpoint: Endpoint) -> tuple[Line, ...]:
    level, reference, decimals = level_text(spec), spec.reference.label, spec.decimals(endpoint)
    mean = "LS mean change" if spec.model(endpoint).response == "change" else "LS mean"
    with_se = partial(format_with_spread, decimals=decimals.location, spread_decimals=decimals.spread)
    interval = partial(format_interval, decimals=decimals.location)
    return (
        Line("n", ("n",), _count),
        Line(f"{mean} (SE)", ("lsmean", "lsmean.se"), with_se),
        Line(level, ("lsmean.lower", "lsmean.upper"), interval),
        Line(f"Difference to {reference} (SE)", ("diff", "diff.se"), with_se, True),
        Line(f"{level} of the difference", ("diff.lower", "diff.upper"), interval, True),
        Line("p-value", ("diff.pvalue",), partial(format_p_value, style=spec.p_values), True),
    )


def _ratio_lines(spec: OutputSpec, endpoint: Endpoint, means: bool) -> tuple[Line, ...]:
    level, reference, decimals = level_text(spec), spec.reference.label, spec.decimals(endpoint)
    name, places = arm_statistic(spec, endpoint), arm_decimals(spec, endpoint)
    of_ln, back = ("ln ratio", "Geometric LS mean ratio") if name == "ratio" else ("ln", "Geometric LS mean")
    on_log = partial(format_with_spread, decimals=LOG_DECIMALS, spread_decimals=LOG_DECIMALS + 1)
    ratio = partial(format_number, decimals=decimals.ratio)
    interval = partial(format_interval, decimals=decimals.ratio)
    percent = partial(format_number, decimals=PERCENT_DECIMALS)
    unit = f" ({endpoint.unit_label})" if endpoint.unit_label else ""
    on_unit = (
        Line(f"Geometric LS mean{unit}", ("geomean",), partial(format_number, decimals=decimals.location)),
        Line(
            f"{level} of the mean",
            ("geomean.lower", "geomean.upper"),
            partial(format_interval, decimals=decimals.location),
        ),
    )
    return (
        Line("n", ("n",), _count),
        Line(f"LS mean of {of_ln} (SE)", ("lsmean", "lsmean.se"), on_log),
        Line(back, (name,), partial(format_number, decimals=places)),
        Line(level, (f"{name}.lower", f"{name}.upper"), partial(format_interval, decimals=places)),
        *(on_unit if means else ()),
        Line(f"Difference of ln to {reference} (SE)", ("diff", "diff.se"), on_log, True),
        Line(f"GMR to {reference}", ("gmr",), ratio, True),
        Line(f"{level} of the GMR", ("gmr.lower", "gmr.upper"), interval, True),
        Line("% difference", ("gmr.pct",), percent, True),
        Line("p-value", ("diff.pvalue",), partial(format_p_value, style=spec.p_values), True),
    )


def _count(value: float) -> str:
    return format_number(value, 0)


def _visit_block(
    visit: Visit | Average,
    lines: tuple[Line, ...],
    spec: OutputSpec,
    endpoint: Endpoint,
    results: Results,
    marks: Marks,
) -> Block:
    def cell(arm: Arm, line: Line, is_first: bool) -> Cell:
        if line.compares and arm == spec.reference:
            return Cell(REFERENCE_TEXT if is_first else "")
        group = spec.comparison(arm) if line.compares else arm.code
        place = (endpoint.paramcd, visit.code, group)
        return find_cell(line.write, marks, results, place, line.statistics)

    first = next(line for line in lines if line.compares)
    rows = [make_row(line.label, [cell(arm, line, line is first) for arm in spec.arms]) for line in lines]
    return Block(visit.label, tuple(rows))


def _baseline_block(spec: OutputSpec, endpoint: Endpoint, results: Results, marks: Marks) -> Block:
    decimals = spec.decimals(endpoint)
    if endpoint.is_log:
        summary = Line("Geometric mean (CV %)", ("AVAL.geomean", "AVAL.geocv"), partial(
            format_with_spread, decimals=decimals.location, spread_decimals=PERCENT_DECIMALS))  # fmt: skip
    else:
        summary = Line("Mean (SD)", ("AVAL.mean", "AVAL.sd"), partial(
            format_with_spread, decimals=decimals.location, spread_decimals=decimals.spread))  # fmt: skip

    def cell(arm: Arm, line: Line) -> Cell:
        place = (endpoint.paramcd, spec.baseline.code, arm.code)
        return find_cell(line.write, marks, results, place, line.statistics)

    lines = (Line("n", ("AVAL.n",), _count), summary)
    rows: list[Row] = [make_row(line.label, [cell(arm, line) for arm in spec.arms]) for line in lines]
    return Block(f"{spec.baseline.label} (observed)", tuple(rows))


def _definitions(spec: OutputSpec, endpoint: Endpoint, means: bool) -> list[str]:
    first = (
        "N: subjects of the population; n: subjects in the model with a value at the visit "
        "(at baseline: with an observed baseline)."
    )
    if endpoint.has_limits:
        first += " Observed baseline: half the limit stands for a value below the limit of quantification."
    if not endpoint.is_log:
        return [first]
    mean, of, such = "Geometric LS mean ratio to baseline", "ln(value) − ln(baseline)", "ratios"
    if spec.model(endpoint).response == "value":
        mean, of, such = "Geometric LS mean", "ln(value)", "means"
    at_baseline = (
        " Geometric LS mean: that ratio times the baseline at which LS means stand." if means else ""
    )
    return [
        f"{first} {mean}: exp of the LS mean of {of}.{at_baseline} "
        f"GMR: ratio of two such {such}, to {spec.reference.label}. % difference: 100 × (GMR − 1)."
    ]
