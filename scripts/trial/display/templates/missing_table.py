"""Missing values of an endpoint: by visit, by pattern, by last visit, and who dropped out."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from trial.display.cells import find_cell, make_cell, make_row
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_count_percent, format_number
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import arm_heading, output_number, population_line

TEMPLATE = Template("table", "endpoint", roles=("missing",))
ALL = ""  # both arms together, as results carry it
KINDS = {
    "complete": "no value missing",
    "intermittent": "with a gap",
    "monotone": "drop-out",
    "none": "no value after baseline",
}
SMD_DECIMALS = 2


def build(context: Context) -> Table:
    """Return the table of missing values of one endpoint."""
    spec, endpoint, results = context.spec, context.endpoint, context.results["missing"]
    marks = Marks(results.warnings(endpoint.paramcd))
    (record,) = context.records["missing"]
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(f"{endpoint.title}: missing values by visit and pattern"),),
        population=population_line(spec),
        columns=_columns(context),
        blocks=tuple(_blocks(context, record, marks)),
        notes=assemble_notes(
            context,
            denominators=_definitions(context, record),
            marks=marks,
            warnings=record["warnings"],
        ),
        stamp=context.stamp,
    )


def _groups(context: Context) -> list[str]:
    return [*(arm.code for arm in context.spec.arms), ALL]


def _columns(context: Context) -> tuple[Column, ...]:
    results, code = context.results["missing"], context.endpoint.paramcd
    sizes = {group: format_number(results.get(code, "", group, "N").value, 0) for group in _groups(context)}
    arms = [Column(arm_heading(arm, sizes[arm.code]), width=1.5) for arm in context.spec.arms]
    return (
        Column("Visit, pattern or characteristic", width=2.2, align="left"),
        *arms,
        Column(f"All\n(N={sizes[ALL]})", width=1.5),
    )


def _blocks(context: Context, record: Mapping[str, Any], marks: Marks) -> list[Block]:
    spec = context.spec
    visits = [visit for visit in spec.later_visits if visit.code in record["visits"]]
    blocks = []
    for name, statistic in (
        ("Value observed, n (%)", "observed"),
        ("Gap: missing, with a later value, n (%)", "gap"),
        ("Missing after drop-out, n (%)", "dropout"),
    ):
        rows = [_counted(context, marks, visit.label, visit.code, statistic) for visit in visits]
        blocks.append(Block(name, tuple(rows)))
    rows = [
        _row(context, marks, visit.label, visit.code, ("set_aside.n",), partial(format_number, decimals=0))
        for visit in visits
    ]
    blocks.append(Block("Observed, but set aside by the estimand (counted as missing above), n", tuple(rows)))
    rows = [
        _counted(context, marks, _pattern_name(one), "", f"pattern.{one['code']}")
        for one in record["patterns"]
    ]
    blocks.append(Block("Pattern over the visits after baseline, n (%)", tuple(rows)))
    rows = [_counted(context, marks, visit.label, visit.code, "last") for visit in (spec.baseline, *visits)]
    blocks.append(Block("Last visit with a value, n (%)", tuple(rows)))
    if record["characteristics"]:
        rows = [_compared(context, marks, one) for one in record["characteristics"]]
        blocks.append(Block("Baseline mean, drop-outs / completers (SMD)", tuple(rows)))
    return blocks


def _pattern_name(one: Mapping[str, str]) -> str:
    """Return a pattern in signs and words: one sign for each visit after baseline."""
    signs = " ".join("●" if sign == "x" else "○" for sign in one["code"])
    return f"{signs}  {KINDS[one['kind']]}"


def _row(context: Context, marks: Marks, label: str, visit: str, names: Sequence[str], write: Any) -> Row:
    results, code = context.results["missing"], context.endpoint.paramcd
    cells = [find_cell(write, marks, results, (code, visit, group), names) for group in _groups(context)]
    return make_row(label, cells)


def _counted(context: Context, marks: Marks, label: str, visit: str, name: str) -> Row:
    return _row(context, marks, label, visit, (f"{name}.n", f"{name}.pct"), format_count_percent)


def _compared(context: Context, marks: Marks, one: Mapping[str, Any]) -> Row:
    """Return the means of drop-outs and completers and their SMD; of a level of a factor the shares."""
    results, code, name = context.results["missing"], context.endpoint.paramcd, one["name"]
    share = bool(one["level"])
    label = _named(context, one) + (f": {one['level']} (%)" if share else "")
    decimals = 1 if share or one["variable"] != "BASE" else context.spec.decimals(context.endpoint).location
    write = partial(_write_mean, scale=100.0 if share else 1.0, decimals=decimals)
    cells = []
    for group in _groups(context):
        left, stayed, smd = (
            results.get(code, "", group, part)
            for part in (f"dropouts.{name}.mean", f"completers.{name}.mean", f"smd.{name}")
        )
        parts = [make_cell(write, marks, one) for one in (left, stayed)]
        parts.append(make_cell(partial(format_number, decimals=SMD_DECIMALS), marks, smd))
        text = f"{parts[0].text} / {parts[1].text} ({parts[2].text})"
        ids = tuple(result_id for part in parts for result_id in part.result_ids)
        cells.append(Cell(text, ids, tuple(dict.fromkeys(mark for part in parts for mark in part.marks))))
    return make_row(label, cells)


def _write_mean(value: float, scale: float, decimals: int) -> str:
    return format_number(scale * value, decimals)


def _named(context: Context, one: Mapping[str, Any]) -> str:
    """Return how a sentence calls a variable at baseline, as the configuration of outputs says it."""
    (record,), (shown,) = context.records["missing"], context.spec.roles["missing"]
    word = dict(zip(record["variables"], shown.covariates, strict=True))[one["variable"]]
    return f"ln {word}" if one["ln"] else f"{word[0].upper()}{word[1:]}"


def _definitions(context: Context, record: Mapping[str, Any]) -> list[str]:
    spec = context.spec
    visits = ", ".join(visit.label for visit in spec.later_visits if visit.code in record["visits"])
    return [
        f"N: subjects of the population. Pattern: one sign for each of {visits}; ● observed, ○ missing. "
        "Drop-out: no value follows. Completer: with a value at the last visit, gaps or not.",
        "SMD: mean of drop-outs minus mean of completers over the root of the mean of their two variances "
        "(shares: p(1 − p)). No tests are made.",
    ]
