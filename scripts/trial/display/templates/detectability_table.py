"""Values below the limit of quantification by arm and visit, and the difference of their shares."""

from functools import partial

from trial.display.cells import find_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import PERCENT_DECIMALS, format_count_percent, format_interval, format_number
from trial.display.sizes import arm_size
from trial.display.spec import Arm, Visit
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import arm_heading, level_text, output_number, population_line

TEMPLATE = Template("table", "endpoint", roles=("shares", "counts"), intervals=("shares",))


def build(context: Context) -> Table:
    """Return one block per visit: values, those below the limit, and each arm against the reference."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["shares"]
    marks = Marks(results.warnings(endpoint.paramcd))
    sizes = {arm.code: arm_size(context.results["counts"], arm) for arm in spec.arms}
    blocks = tuple(Block(visit.label, _rows(context, visit, marks)) for visit in spec.visits)
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"{endpoint.title}: values below the limit of quantification by visit"),),
        population=population_line(spec),
        columns=(
            Column("Visit\nStatistic", width=2.4, align="left"),
            *(Column(arm_heading(arm, sizes[arm.code]), width=1.6) for arm in spec.arms),
        ),
        blocks=blocks if results.holds(endpoint.paramcd) else (),
        notes=assemble_notes(
            context,
            denominators=(
                "N: subjects of the population; n: subjects with a value at the visit. Percentages are of n.",
                "Difference: share of the arm minus that of the reference, in percentage points, with the "
                "hybrid score limits of Newcombe (1998); not adjusted for anything.",
            ),
            marks=marks,
        ),
        stamp=context.stamp,
    )


def _rows(context: Context, visit: Visit, marks: Marks) -> tuple[Row, ...]:
    spec, endpoint, results = context.spec, context.endpoint, context.results["shares"]
    number = partial(format_number, decimals=PERCENT_DECIMALS)
    interval = partial(format_interval, decimals=PERCENT_DECIMALS)

    def of_arm(arm: Arm, names: tuple[str, ...], write: partial[str]) -> Cell:
        return find_cell(write, marks, results, (endpoint.paramcd, visit.code, arm.code), names)

    def compared(arm: Arm, names: tuple[str, ...], write: partial[str], text: str) -> Cell:
        if arm == spec.reference:
            return Cell(text)
        place = (endpoint.paramcd, visit.code, spec.comparison(arm))
        return find_cell(write, marks, results, place, names)

    count, limits = partial(format_number, decimals=0), ("BLQ.diff.lower", "BLQ.diff.upper")
    share = partial(format_count_percent)
    arms = spec.arms
    return (
        make_row("n", [of_arm(arm, ("limit.n",), count) for arm in arms]),
        make_row("Below the limit (BLQ), n (%)", [of_arm(arm, ("BLQ.n", "BLQ.pct"), share) for arm in arms]),
        make_row(
            "Difference (percentage points)",
            [compared(arm, ("BLQ.diff",), number, "reference") for arm in arms],
        ),
        make_row(level_text(spec), [compared(arm, limits, interval, "") for arm in arms]),
    )
