"""Endpoint records by visit and arm: analysed, below the limit, not analysed and why."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import assemble_notes
from trial.display.numbers import format_count_percent, format_number
from trial.display.spec import Arm, Endpoint, OutputSpec
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE = Template("listing", "study", roles=("observed",), data=("adlb",))


def build(context: Context) -> Table:
    """Return the numbers of records per endpoint, visit and arm, with the reasons of those not analysed."""
    spec, adlb = context.spec, context.data["adlb"]
    members = adlb[adlb[spec.population.flag] == "Y"]
    columns = [Column("Endpoint\nVisit or reason", width=2.6, align="left")]
    for arm in spec.arms:
        columns += [Column(heading, arm.label) for heading in ("Records", "Below limit")]
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title("Endpoint records by visit and arm"),),
        population=population_line(spec),
        columns=tuple(columns),
        blocks=tuple(
            Block(
                endpoint.title, _record_rows(spec, endpoint, members[members["PARAMCD"] == endpoint.paramcd])
            )
            for endpoint in spec.endpoints
        ),
        notes=assemble_notes(
            context,
            denominators=(
                "At a visit: the record that is analysed. Below limit: n (% of the records analysed). "
                "Not analysed: records that stay in the analysis data (ADLB) with their reasons.",
            ),
        ),
        stamp=context.stamp,
    )


def _record_rows(spec: OutputSpec, endpoint: Endpoint, records: "pd.DataFrame") -> tuple[Row, ...]:
    analysed = records[records["ANL01FL"] == "Y"]
    rows = [
        _arm_row(visit.label, spec, endpoint, analysed[analysed["AVISIT"] == visit.code])
        for visit in spec.visits
    ]
    others = records[records["ANL01FL"] != "Y"].assign(REASON=lambda table: table["REASON"].str.split(";"))
    others = others.explode("REASON")
    for reason in sorted(set(others["REASON"])):
        rows.append(_arm_row(f"Not analysed: {reason}", spec, None, others[others["REASON"] == reason]))
    return tuple(rows)


def _arm_row(label: str, spec: OutputSpec, endpoint: Endpoint | None, records: "pd.DataFrame") -> Row:
    """Return one row of counts by arm; the share below the limit where `endpoint` reports it."""
    cells: list[Cell] = [Cell(label)]
    for arm in spec.arms:
        cells += _arm_cells(arm, spec.treatment, endpoint, records)
    return Row(tuple(cells))


def _arm_cells(
    arm: Arm, treatment: str, endpoint: Endpoint | None, records: "pd.DataFrame"
) -> Sequence[Cell]:
    mine = records[records[treatment] == arm.code]
    below = ""
    if endpoint is not None and endpoint.has_limits and len(mine):
        count = int((mine["CENSOR"] == "<").sum())
        below = format_count_percent(count, 100 * count / len(mine))
    return Cell(format_number(len(mine), 0)), Cell(below)
