"""The descriptive table: observed value and change from baseline by visit and arm."""

from collections.abc import Callable
from dataclasses import dataclass

from trial.display.cells import bounded_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import (
    PERCENT_DECIMALS,
    Decimals,
    format_count_percent,
    format_number,
    format_with_spread,
)
from trial.display.results import Results
from trial.display.sizes import arm_size
from trial.display.spec import Arm, Endpoint, OutputSpec, Visit
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import arm_heading, difference_notes, output_number, population_line

TEMPLATE = Template("table", "endpoint", roles=("observed", "counts"))
VALUE, CHANGE = "Value", "Change"


@dataclass(frozen=True)
class Line:
    """One row of the table: its label, the statistics under Value and under Change, and how they print."""

    label: str
    value: tuple[str, ...]
    change: tuple[str, ...]
    write: Callable[..., str]


def descriptive_lines(endpoint: Endpoint, decimals: Decimals) -> tuple[Line, ...]:
    """Return the rows of one visit for an endpoint."""

    def number(places: int) -> Callable[..., str]:
        return lambda *values: ", ".join(format_number(value, places) for value in values)

    def mean_sd(mean: float, sd: float) -> str:
        return format_with_spread(mean, sd, decimals.location, decimals.spread)

    lines = [
        _both("n", number(0), "n"),
        _both("Mean (SD)", mean_sd, "mean", "sd"),
        _both("SE", number(decimals.spread), "se"),
        _both("Median", number(decimals.location), "median"),
        _both("Q1, Q3", number(decimals.location), "q1", "q3"),
        _both("Min, Max", number(decimals.extreme), "min", "max"),
    ]
    if not endpoint.is_log:
        lines.append(Line("Mean % change", (), ("PCHG.mean",), number(PERCENT_DECIMALS)))
    else:
        lines += [
            Line("Geometric mean", ("AVAL.geomean",), (), number(decimals.location)),
            Line("Geometric CV (%)", ("AVAL.geocv",), (), number(PERCENT_DECIMALS)),
            Line("Geometric mean ratio to baseline", (), ("RATIO.geomean",), number(decimals.ratio)),
        ]
    if endpoint.has_limits:
        lines.append(Line("Below the limit (BLQ), n (%)", ("BLQ.n", "BLQ.pct"), (), format_count_percent))
    return tuple(lines)


def build(context: Context) -> Table:
    """Return the table of observed values and changes of one endpoint."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["observed"]
    marks = Marks(results.warnings(endpoint.paramcd))
    blocks: tuple[Block, ...] = ()
    if results.holds(endpoint.paramcd):
        lines = descriptive_lines(endpoint, spec.decimals(endpoint))
        blocks = tuple(_block(visit, lines, spec, endpoint, results, marks) for visit in spec.visits)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"{endpoint.title}: observed value and change from baseline by visit"),),
        population=population_line(spec),
        columns=_columns(spec, context.results["counts"]),
        blocks=blocks,
        notes=assemble_notes(
            context,
            denominators=_definitions(endpoint),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _both(label: str, write: Callable[..., str], *names: str) -> Line:
    value = tuple(f"AVAL.{name}" for name in names)
    return Line(label, value, tuple(f"CHG.{name}" for name in names), write)


def _columns(spec: OutputSpec, counts: Results) -> tuple[Column, ...]:
    pairs = [
        Column(heading, arm_heading(arm, arm_size(counts, arm)), 1.2)
        for arm in spec.arms
        for heading in (VALUE, CHANGE)
    ]
    return (Column("Visit\nStatistic", width=1.9, align="left"), *pairs)


def _block(
    visit: Visit,
    lines: tuple[Line, ...],
    spec: OutputSpec,
    endpoint: Endpoint,
    results: Results,
    marks: Marks,
) -> Block:
    def cell(arm: Arm, names: tuple[str, ...], line: Line) -> Cell:
        place = (endpoint.paramcd, visit.code, arm.code)
        return bounded_cell(line.write, marks, results, place, names, spec.decimals(endpoint).extreme)

    rows: list[Row] = []
    for line in lines:
        change = () if visit.baseline else line.change
        if line.value or change:
            cells = [cell(arm, names, line) for arm in spec.arms for names in (line.value, change)]
            rows.append(make_row(line.label, cells))
    return Block(visit.label, tuple(rows))


def _definitions(endpoint: Endpoint) -> list[str]:
    texts = [
        "N: subjects of the population; n: subjects with a value at the visit. Change: value minus baseline, "
        "in subjects with both values. Q1, Q3: averaged inverse of the distribution (SAS PCTLDEF=5).",
    ]
    texts += difference_notes(endpoint)
    if endpoint.is_log:
        texts.append(
            "Geometric mean: exp of the mean of ln values; geometric CV: 100 × sqrt(exp(s²) − 1), "
            "s the SD of ln values; geometric mean ratio: exp of the mean of ln(value) − ln(baseline)."
        )
    if endpoint.has_limits:
        texts += [
            "Values below the limit of quantification: medians, quartiles, minima and maxima that one of "
            "them may decide print what is known, less than (<) or at most (≤) a bound; half the limit "
            "stands for them in means, SD, SE and geometric statistics.",
            "Percentage below the limit: of the n subjects with a value at the visit.",
        ]
    return texts
