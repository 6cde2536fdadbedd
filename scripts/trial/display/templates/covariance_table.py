"""Covariance and correlation between visits in an endpoint's model, by arm where each arm has its own."""

from functools import partial

from trial.display.cells import find_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.model_terms import scale_sentence
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import decimals_for, format_number
from trial.display.spec import Visit
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import model_name, output_number, population_line

ROLE = "model"
TEMPLATE = Template("table", "endpoint", roles=(ROLE,), intervals=(ROLE,))
DIGITS = 4  # significant digits of the smallest variance; every covariance has its decimals
CORRELATION_DECIMALS = 3


def build(context: Context) -> Table:
    """Return the lower triangles of both matrices; nothing without a covariance over visits."""
    spec, endpoint, results = context.spec, context.endpoint, context.results[ROLE]
    marks = Marks(results.warnings(endpoint.paramcd))
    name = model_name(results.is_ancova(endpoint.paramcd), spec.model(endpoint).method)
    visits = [visit for visit in spec.later_visits if _has(context, visit)]
    blocks = [
        block
        for group, label in _groups(context)
        for block in _matrices(context, group, label, visits, marks)
    ]
    shown = visits or list(spec.later_visits)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"{endpoint.title}: covariance and correlation of the visits, {name}"),),
        population=population_line(spec),
        columns=(Column("Visit", width=1.6, align="left"), *(Column(visit.label) for visit in shown)),
        blocks=tuple(blocks),
        notes=assemble_notes(
            context,
            model=(context.specification(ROLE),),
            denominators=(
                "Covariance, given the fixed effects, of the responses of one subject on the scale "
                f"{scale_sentence(spec, endpoint)}: variances on the diagonal, in squared units. Both "
                "matrices are symmetric: each number stands once.",
            ),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _groups(context: Context) -> list[tuple[str, str]]:
    """Return code and heading of each covariance matrix: one for all arms, or one of each arm."""
    rows = context.results[ROLE].rows
    here = (rows["endpoint"] == context.endpoint.paramcd) & rows["statistic"].str.startswith("cov.")
    found = set(rows.loc[here, "group"])
    arms = [(arm.code, f", {arm.label}") for arm in context.spec.arms if arm.code in found]
    return [("", "")] if "" in found else arms


def _has(context: Context, visit: Visit) -> bool:
    name, groups = f"cov.{visit.code}.{visit.code}", _groups(context)
    results, code = context.results[ROLE], context.endpoint.paramcd
    return any(not results.get(code, "", group, name).missing for group, _ in groups)


def _matrices(context: Context, group: str, label: str, visits: list[Visit], marks: Marks) -> list[Block]:
    results, code = context.results[ROLE], context.endpoint.paramcd
    variances = [results.get(code, "", group, f"cov.{visit.code}.{visit.code}").value for visit in visits]
    places = max(decimals_for(value, DIGITS) for value in variances)
    covariance = _triangle(context, group, "cov", visits, marks, places)
    correlation = _triangle(context, group, "corr", visits, marks, CORRELATION_DECIMALS)
    blocks = [Block(f"Covariance{label}", tuple(covariance))]
    return [*blocks, Block(f"Correlation{label}", tuple(correlation))] if correlation else blocks


def _triangle(
    context: Context, group: str, kind: str, visits: list[Visit], marks: Marks, decimals: int
) -> list[Row]:
    """Return the rows of a lower triangle; a correlation has no diagonal."""
    write = partial(format_number, decimals=decimals)
    place = (context.endpoint.paramcd, "", group)
    last = 1 if kind == "cov" else 0
    rows = []
    for at, visit in enumerate(visits):
        filled = [
            find_cell(write, marks, context.results[ROLE], place, [f"{kind}.{other.code}.{visit.code}"])
            for other in visits[: at + last]
        ]
        if filled:
            rows.append(Row((Cell(visit.label), *filled, *[Cell()] * (len(visits) - len(filled)))))
    return rows
