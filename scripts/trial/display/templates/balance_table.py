"""Balance of the arms in the covariates, unweighted and weighted, with effective sizes and verdict."""

from functools import partial

from trial.display.cells import make_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.design import ESS, KINDS, RAW, VERDICTS, Balance, Line
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import PERCENT_DECIMALS, format_number, format_with_spread
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

TEMPLATE = Template("table", "study", roles=("balance",))
MEAN, SMD, RATIO, SIZE = 2, 3, 2, 1


def build(context: Context) -> Table:
    """Return one block per kind of weights: raw and weighted arms beside each other."""
    spec, balance, marks = context.spec, Balance(context), Marks()
    blocks = tuple(Block(KINDS[kind], tuple(_rows(balance, kind, marks))) for kind in balance.kinds)
    groups = [
        Column(heading, group) for group in ("Unweighted", "Weighted") for heading in _headings(balance)
    ]
    variance = "Variance ratio: {treated} over {control}; read outside 0.5 to 2 as unlike."
    treated, control = balance.arms
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title("Balance of the arms at baseline, unweighted and weighted"),),
        population=population_line(spec),
        columns=(Column("Covariate", width=2.2, align="left"), *groups),
        blocks=blocks,
        notes=assemble_notes(
            context,
            denominators=(
                "Mean (SD), or percent of the arm.",
                *balance.notes(),
                variance.format(treated=treated.label, control=control.label),
                ESS,
            ),
            marks=marks,
            warnings=balance.warnings(),
        ),
        stamp=context.stamp,
    )


def _headings(balance: Balance) -> tuple[str, ...]:
    return (*(arm.label for arm in balance.arms), "SMD", "Variance ratio")


def _rows(balance: Balance, kind: str, marks: Marks) -> list[Row]:
    rows = [
        make_row(line.label, [cell for one in (RAW, kind) for cell in _cells(balance, one, line, marks)])
        for line in balance.lines
    ]
    sizes = []
    for one in (RAW, kind):
        for arm in balance.arms:
            sizes.append(
                make_cell(partial(format_number, decimals=SIZE), marks, balance.find(one, "", "", "ess", arm))
            )
        sizes += [Cell(), Cell()]
    verdict = make_cell(lambda value: VERDICTS[int(value)], marks, balance.find(kind, "", "", "verdict"))
    empty = [Cell() for _ in range(4)]
    return [*rows, make_row("ESS", sizes), make_row("Overlap of the arms", [*empty, verdict, *empty[1:]])]


def _cells(balance: Balance, kind: str, line: Line, marks: Marks) -> list[Cell]:
    """Return the two arms, the standardised difference and the variance ratio of one kind of weights."""
    cells = []
    for arm in balance.arms:
        if line.level:
            share = balance.get(kind, line, "pct", arm)
            cells.append(make_cell(partial(format_number, decimals=PERCENT_DECIMALS), marks, share))
        else:
            pair = [balance.get(kind, line, name, arm) for name in ("mean", "sd")]
            write = partial(format_with_spread, decimals=MEAN, spread_decimals=MEAN)
            cells.append(make_cell(write, marks, *pair))
    smd = balance.get(kind, line, "smd")
    cells.append(make_cell(partial(format_number, decimals=SMD), marks, smd) if line.has_smd else Cell())
    ratio = balance.get(kind, line, "vr")
    cells.append(Cell() if line.level else make_cell(partial(format_number, decimals=RATIO), marks, ratio))
    return cells
