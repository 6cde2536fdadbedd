"""Several hypotheses together: raw and adjusted p-values, the decision, the rule, and when it was chosen."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any

from trial.display.cells import make_cell
from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_number, format_p_value, format_plain
from trial.display.provenance import Stamp
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_words

ROLE = "multiplicity"
TEMPLATE = Template("table", "study", roles=(ROLE, "effect"), reads_lock=True)
RULES = {
    "fixed sequence": "each hypothesis is tested at the whole alpha, in the order of the rows, while all "
    "before it were rejected",
    "holm": "the family-wise error rate is kept whatever the dependence of the tests",
    "hochberg": "the family-wise error rate is kept where the tests are not negatively dependent",
    "benjamini-hochberg": "the false discovery rate is kept, not the family-wise error rate",
    "graph": "Bonferroni tests (Bretz and others 2009); a rejected hypothesis passes its share of alpha on "
    "as stated; the family-wise error rate is kept",
}
MISSING = (
    "A hypothesis without a p-value stays in the family and counts as not rejected (its p enters the rule as "
    "1). Decisions are made on p-values that are not rounded."
)
INTERVALS = "Confidence limits elsewhere are not adjusted: one can exclude what this table does not reject."


def build(context: Context) -> Table:
    """Return one row per hypothesis, in the declared order."""
    spec = context.spec
    (record,) = context.records[ROLE]
    marks = Marks()
    rows = tuple(_row(context, one, marks) for one in record["family"])
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(
            context.title("Several hypotheses together: p-values before and after adjustment"),
            f"Rule: {_rule(record)}, alpha {format_plain(record['alpha'])}, {len(rows)} hypotheses",
        ),
        population=population_words(spec),
        columns=(
            Column("Endpoint", width=2.6, align="left"),
            Column("Visit"),
            Column("Comparison", width=2.6),
            Column("p-value\nas found"),
            Column("p-value\nadjusted"),
            Column("Decision"),
            Column("Step", width=0.6),
        ),
        blocks=(Block("", rows),),
        notes=assemble_notes(context, denominators=tuple(_notes(context, record)), marks=marks),
        stamp=context.stamp,
    )


def _row(context: Context, one: Mapping[str, str], marks: Marks) -> Row:
    spec, results = context.spec, context.results[ROLE]
    labels = {endpoint.paramcd: endpoint.label for endpoint in spec.endpoints}
    visits = {visit.code: visit.label for visit in spec.visits}
    p_value = partial(format_p_value, style=spec.p_values)

    def cell(write: Any, name: str) -> Cell:
        return make_cell(write, marks, results.get("", one["visit"], one["code"], name))

    return Row(
        (
            Cell(labels.get(one["endpoint"], one["endpoint"])),
            Cell(visits.get(one["visit"], one["visit"])),
            Cell(_comparison(context, one["comparison"])),
            cell(p_value, "pvalue"),
            cell(p_value, "pvalue.adjusted"),
            cell(lambda value: "rejected" if value else "not rejected", "rejected"),
            cell(partial(format_number, decimals=0), "order"),
        )
    )


def _comparison(context: Context, code: str) -> str:
    """Return the two arms in words; a named contrast by its code."""
    arms = {arm.code: arm.label for arm in context.spec.arms}
    first, _, second = code.partition("-")
    return f"{arms[first]} against {arms[second]}" if {first, second} <= set(arms) else code


def _notes(context: Context, record: Mapping[str, Any]) -> Iterator[str]:
    """Yield rule, graph, choice and its day against the lock, and what the table does not say."""
    labels = {one.id: one.label for one in context.spec.roles["effect"]}
    yield f"p-values as found: {labels.get(record['analysis'], record['analysis'])}."
    yield f"{_rule(record)}: {RULES[record['rule']]}."
    if record["graph"]:
        yield f"Graph: {'; '.join(_edges(record['graph'], record['family']))}."
    chosen = record["chosen"]
    yield (
        f"Choice of family and rule, by {chosen['by']}: {chosen['reason'].rstrip('.')}. "
        f"{_when(chosen['day'], context.stamp)}"
    )
    yield "Step: the place at which the rule reaches the hypothesis."
    yield MISSING
    yield INTERVALS
    if not context.spec.study.randomised:
        yield (
            f"Design: {context.spec.study.design.rstrip('.')}. Adjustment for several hypotheses does "
            "nothing about differences between arms that were not assigned at random."
        )


def _rule(record: Mapping[str, Any]) -> str:
    """Return the name of the rule with its capitals."""
    return "-".join(part.capitalize() for part in record["rule"].split("-"))


def _edges(graph: Mapping[str, Any], family: list[Mapping[str, str]]) -> Iterator[str]:
    for one in family:
        code = one["code"]
        moves = [
            f"{format_plain(share)} to {other}"
            for other, share in graph["transitions"][code].items()
            if share
        ]
        share = format_plain(graph["weights"][code])
        yield f"{code} has {share} of alpha, passes on {', '.join(moves) or 'nothing'}"


def _when(day: str, stamp: Stamp) -> str:
    """Return the day of the choice and where it stands relative to the data cut of the lock."""
    gap = (date.fromisoformat(day) - date.fromisoformat(stamp.cut_date)).days
    cut = f"the data cut of lock {stamp.lock_id} ({stamp.cut_date})"
    if not gap:
        return f"Chosen on {day}, the day of {cut}."
    days = f"{abs(gap)} day{'' if abs(gap) == 1 else 's'}"
    if gap < 0:
        return f"Chosen on {day}, {days} before {cut}."
    return f"Chosen on {day}, {days} after {cut}: not in advance of these data, and to be read as such."
