"""Data-quality listings: what each source brought in, and what became of it at each visit."""

from collections.abc import Sequence

import pandas as pd

from trial.display.notes import assemble_notes
from trial.display.numbers import format_count_percent, format_number
from trial.display.provenance import Stamp
from trial.display.spec import Arm, Endpoint, OutputSpec
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import population_line, printed_number


def build_quality_listing(quality: pd.DataFrame, stamp: Stamp, output_id: str) -> Table:
    """Return counts per source and analyte, with the mix of units and the rules that took records away."""
    columns = (
        Column("Source\nAnalyte", width=1.5, align="left", wraps=False),
        *(
            Column(heading, width=0.9)
            for heading in ("Raw rows", "Used", "Superseded", "Quarantined", "Subjects")
        ),
        Column("Outside\nlimits", width=1.0),
        Column("Units of used results", width=2.0, align="left"),
        Column("Rules of the others", width=2.6, align="left"),
    )
    sources = sorted(set(quality["SOURCE"]))
    return Table(
        id=output_id,
        number=printed_number(output_id),
        titles=("Data quality by source and analyte",),
        population="",
        columns=columns,
        blocks=tuple(Block(name, _quality_rows(quality[quality["SOURCE"] == name])) for name in sources),
        notes=assemble_notes(
            stamp,
            denominators=(
                "Subjects: with at least one used result. Outside limits: used results below or above the "
                "limit of quantification, n (% of used). Units and rules with their number of rows.",
            ),
        ),
        stamp=stamp,
        font_size=8,
    )


def build_records_listing(spec: OutputSpec, adlb: pd.DataFrame, stamp: Stamp, output_id: str) -> Table:
    """Return records per endpoint, visit and arm: analysed, below the limit, not analysed and why."""
    members = adlb[adlb[spec.population] == "Y"]
    columns = [Column("Endpoint\nVisit or reason", width=2.6, align="left")]
    for arm in spec.arms:
        columns += [Column(heading, arm.label) for heading in ("Records", "Below limit")]
    return Table(
        id=output_id,
        number=printed_number(output_id),
        titles=("Endpoint records by visit and arm",),
        population=population_line(spec),
        columns=tuple(columns),
        blocks=tuple(
            Block(
                endpoint.title, _record_rows(spec, endpoint, members[members["PARAMCD"] == endpoint.paramcd])
            )
            for endpoint in spec.endpoints
        ),
        notes=assemble_notes(
            stamp,
            denominators=(
                "At a visit: the record that is analysed. Below limit: n (% of the records analysed). "
                "Not analysed: records that stay in the analysis data (ADLB) with their reasons.",
            ),
        ),
        stamp=stamp,
    )


def _quality_rows(part: pd.DataFrame) -> tuple[Row, ...]:
    rows = []
    for record in part.to_dict("records"):
        counts = [
            format_number(record[name], 0)
            for name in ("RAW", "USED", "SUPERSEDED", "QUARANTINED", "SUBJECTS")
        ]
        outside = format_count_percent(record["CENSORED"], record["CENSORED_PCT"]) if record["USED"] else ""
        texts = [record["ANALYTE"] or "no known analyte", *counts, outside, record["UNITS"], record["RULES"]]
        rows.append(Row(tuple(Cell(str(text)) for text in texts)))
    return tuple(rows)


def _record_rows(spec: OutputSpec, endpoint: Endpoint, records: pd.DataFrame) -> tuple[Row, ...]:
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


def _arm_row(label: str, spec: OutputSpec, endpoint: Endpoint | None, records: pd.DataFrame) -> Row:
    """Return one row of counts by arm; the share below the limit where `endpoint` reports it."""
    cells: list[Cell] = [Cell(label)]
    for arm in spec.arms:
        cells += _arm_cells(arm, spec.treatment, endpoint, records)
    return Row(tuple(cells))


def _arm_cells(arm: Arm, treatment: str, endpoint: Endpoint | None, records: pd.DataFrame) -> Sequence[Cell]:
    mine = records[records[treatment] == arm.code]
    below = ""
    if endpoint is not None and endpoint.has_limits and len(mine):
        count = int((mine["CENSOR"] == "<").sum())
        below = format_count_percent(count, 100 * count / len(mine))
    return Cell(format_number(len(mine), 0)), Cell(below)
