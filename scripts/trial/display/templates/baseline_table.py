"""Demographics and baseline characteristics by arm and in total, with standardised mean differences."""

from collections.abc import Iterator
from typing import Any

from trial.display.cells import bounded_cell, find_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.design import SMD
from trial.display.groups import column_groups
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import (
    PERCENT_DECIMALS,
    Decimals,
    format_count_percent,
    format_number,
    format_with_spread,
)
from trial.display.spec import Endpoint
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

TEMPLATE = Template("table", "study", roles=("baseline", "counts"))
ROLE = "baseline"
SMD_DECIMALS = 3


def build(context: Context) -> Table:
    """Return one block per characteristic; the differences stand in its first row."""
    spec, marks = context.spec, Marks()
    differences = [
        Column("SMD" if len(spec.active_arms) == 1 else f"SMD\n{arm.label}", width=0.8)
        for arm in spec.active_arms
    ]
    groups = [Column(group.heading, width=1.3) for group in column_groups(context)]
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Demographics and baseline characteristics"),),
        population=population_line(spec),
        columns=(Column("Characteristic\nStatistic", width=2.2, align="left"), *groups, *differences),
        blocks=tuple(_blocks(context, marks)),
        notes=assemble_notes(
            context,
            denominators=tuple(_words(context)),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _log_endpoints(context: Context) -> list[str]:
    return [
        endpoint.label
        for endpoint in context.spec.endpoints
        if endpoint.is_log and _is_shown(context, endpoint)
    ]


def _is_shown(context: Context, endpoint: Endpoint) -> bool:
    return endpoint.paramcd in _record(context)["decimals"]


def _record(context: Context) -> Any:
    (record,) = context.records[ROLE]
    return record


def _words(context: Context) -> Iterator[str]:
    spec = context.spec
    yield (
        "N: subjects of the population; n: those with a value. Percentages: of n. Q1, Q3: averaged inverse "
        "of the "
        "distribution (SAS PCTLDEF=5). No test compares the arms."
    )
    active = spec.active_arms[0].label if len(spec.active_arms) == 1 else "the arm"
    yield SMD.format(treated=active, control=spec.reference.label)
    if _log_endpoints(context):
        yield (
            "Endpoints on the log scale: SMD of ln values; geometric mean: exp of the mean of ln values; "
            "geometric "
            "CV: 100 × sqrt(exp(s²) − 1), s the SD of ln values."
        )
    if any(endpoint.has_limits and _is_shown(context, endpoint) for endpoint in spec.endpoints):
        yield (
            "Values below the limit of quantification: medians, quartiles, minima and maxima that one of "
            "them may "
            "decide print what is known; half the limit stands for them in means, SD and geometric "
            "statistics."
        )


def _blocks(context: Context, marks: Marks) -> Iterator[Block]:
    record = _record(context)
    for item in record["characteristics"]:
        if item["kind"] == "numeric":
            rows = _numeric(context, item["variable"], item["decimals"], marks)
        else:
            rows = _factor(context, item, marks)
        yield Block(item["label"], tuple(rows))
    for endpoint in context.spec.endpoints:
        if _is_shown(context, endpoint):
            decimals = (
                endpoint.decimals if endpoint.decimals is not None else record["decimals"][endpoint.paramcd]
            )
            rows = _numeric(context, f"BASE_{endpoint.paramcd}", decimals or 0, marks, endpoint.is_log)
            yield Block(f"Baseline: {endpoint.title}", tuple(rows))


def _numeric(
    context: Context, variable: str, collected: int, marks: Marks, is_log: bool = False
) -> Iterator[Row]:
    places = Decimals(collected, context.spec.ratio_decimals)

    def number(decimals: int) -> Any:
        return lambda *values: ", ".join(format_number(value, decimals) for value in values)

    def mean_sd(mean: float, sd: float) -> str:
        return format_with_spread(mean, sd, places.location, places.spread)

    lines: list[tuple[str, tuple[str, ...], Any]] = [
        ("Mean (SD)", ("mean", "sd"), mean_sd),
        ("Median", ("median",), number(places.location)),
        ("Q1, Q3", ("q1", "q3"), number(places.location)),
        ("Min, Max", ("min", "max"), number(places.extreme)),
    ]  # fmt: skip
    if is_log:
        lines.append(("Geometric mean", ("geomean",), number(places.location)))
        lines.append(("Geometric CV (%)", ("geocv",), number(PERCENT_DECIMALS)))
    yield from _first(context, variable, marks)
    results = context.results[ROLE]
    for label, names, write in lines:
        found = [f"{variable}.{name}" for name in names]
        cells = [
            bounded_cell(write, marks, results, ("", "", arm), found, collected) for arm in _arms(context)
        ]
        yield _row(context, label, cells)
    yield from _missing(context, variable, marks)


def _first(context: Context, variable: str, marks: Marks) -> Iterator[Row]:
    """Yield the row of subjects with a value, with the differences between arms."""
    cells = [_cell(context, marks, variable, ("n",), _count, arm) for arm in _arms(context)]
    yield _row(context, "n", cells, _differences(context, variable, marks))


def _factor(context: Context, item: Any, marks: Marks) -> Iterator[Row]:
    variable = item["variable"]
    yield from _first(context, variable, marks)
    for level in item["levels"]:
        names = tuple(f"level.{level['key']}.{name}" for name in ("n", "pct"))
        cells = [_cell(context, marks, variable, names, format_count_percent, arm) for arm in _arms(context)]
        yield _row(context, level["label"], cells)
    yield from _missing(context, variable, marks)


def _missing(context: Context, variable: str, marks: Marks) -> Iterator[Row]:
    """Yield the row of missing values, where there are some."""
    if context.results[ROLE].get("", "", "", f"{variable}.missing").value > 0:
        cells = [_cell(context, marks, variable, ("missing",), _count, arm) for arm in _arms(context)]
        yield _row(context, "Missing", cells)


def _count(value: float) -> str:
    return format_number(value, 0)


def _arms(context: Context) -> list[str]:
    return [group.code for group in column_groups(context)]


def _cell(
    context: Context, marks: Marks, variable: str, names: tuple[str, ...], write: Any, arm: str
) -> Cell:
    found = [f"{variable}.{name}" for name in names]
    return find_cell(write, marks, context.results[ROLE], ("", "", arm), found)


def _differences(context: Context, variable: str, marks: Marks) -> list[Cell]:
    spec, write = context.spec, lambda value: format_number(value, SMD_DECIMALS)
    return [
        find_cell(write, marks, context.results[ROLE], ("", "", spec.comparison(arm)), [f"{variable}.smd"])
        for arm in spec.active_arms
    ]


def _row(context: Context, label: str, cells: list[Cell], last: list[Cell] | None = None) -> Row:
    return make_row(label, [*cells, *(last or [Cell() for _ in context.spec.active_arms])])
