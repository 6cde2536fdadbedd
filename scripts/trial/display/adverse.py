"""What the tables of adverse events share: their levels in order, their columns, their cells, their words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from trial.display.cells import find_cell
from trial.display.context import Context
from trial.display.notes import Marks, assemble_notes
from trial.display.numbers import format_count_percent, format_number
from trial.display.sizes import arm_size
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import arm_heading, output_number, population_line

ROLE = "adverse"
TOTAL = ""  # the arm of results of all arms together
NOT_RECORDED = "NOT_RECORDED"
ANY_TERM = "Any term"  # the row of a whole organ class
EMERGENT = (
    "Adverse events are treatment-emergent: they start on or after the day of the first study procedure of "
    "the arm, or may have done so as far as their dates are known. Terms are as coded by the study."
)
SUBJECTS = "Subjects: n (%), those with at least one such event, of N. Events: every event counts."
QUESTIONS = {
    "AESER": "serious",
    "AERELPROD": "related to the product",
    "AERELPROC": "related to the procedure",
}
count = partial(format_number, decimals=0)


@dataclass(frozen=True)
class Level:
    """A level of adverse events as the analysis names it: any, of interest, an organ class or a term."""

    key: str
    kind: str
    label: str
    soc: str


@dataclass(frozen=True)
class Group:
    """A group of columns: the code of its arm (or `TOTAL`) and its heading."""

    code: str
    heading: str


def levels(context: Context, *kinds: str) -> tuple[Level, ...]:
    """Return the levels of some kinds as the analysis recorded them."""
    (record,) = context.records[ROLE]
    return tuple(Level(**found) for found in record["levels"] if found["kind"] in kinds)


def any_event(context: Context) -> Level:
    """Return the level of any adverse event."""
    return levels(context, "any")[0]


def by_frequency(context: Context, found: Iterable[Level]) -> list[Level]:
    """Return levels by the subjects of all arms, falling, then by name."""
    results = context.results[ROLE]
    return sorted(
        found,
        key=lambda level: (-results.get("", "", TOTAL, f"{level.key}.subjects").value, level.label),
    )


def classes(context: Context) -> Iterator[tuple[Level, list[Level]]]:
    """Yield each organ class with its terms, the most frequent first."""
    terms = levels(context, "pt")
    for soc in by_frequency(context, levels(context, "soc")):
        yield soc, by_frequency(context, [term for term in terms if term.soc == soc.soc])


def severities(context: Context) -> list[tuple[str, str]]:
    """Return code and label of each severity, the mildest first; last that of none, where it occurs."""
    (record,) = context.records[ROLE]
    codes = [(code, code.capitalize()) for code in record["severity"]]
    return [*codes, (NOT_RECORDED, "Not recorded")] if "AESEV" in record["not_recorded"] else codes


def column_groups(context: Context) -> list[Group]:
    """Return the arms and the total with their N, which comes from the population."""
    spec, counts = context.spec, context.results["counts"]
    sizes = [counts.get("", "", arm.code, "N").value for arm in spec.arms]
    arms = [Group(arm.code, arm_heading(arm, arm_size(counts, arm))) for arm in spec.arms]
    return [*arms, Group(TOTAL, f"Total\n(N={count(sum(sizes))})")]


def columns(context: Context, first: str, names: Sequence[str]) -> tuple[Column, ...]:
    """Return the column of labels, then the same columns for each arm and the total."""
    found = [Column(first, width=2.6, align="left")]
    for group in column_groups(context):
        found += [Column(name, group=group.heading) for name in names]
    return tuple(found)


def plain_columns(context: Context, first: str) -> tuple[Column, ...]:
    """Return the column of labels, then one for each arm and the total."""
    groups = [Column(group.heading) for group in column_groups(context)]
    return (Column(first, width=2.6, align="left"), *groups)


def subjects_cell(context: Context, marks: Marks, key: str, arm: str) -> Cell:
    """Return the subjects with such an event and their percentage."""
    names = (f"{key}.subjects", f"{key}.pct")
    return find_cell(format_count_percent, marks, context.results[ROLE], ("", "", arm), names)


def events_cell(context: Context, marks: Marks, key: str, arm: str) -> Cell:
    """Return the number of events."""
    return find_cell(count, marks, context.results[ROLE], ("", "", arm), (f"{key}.events",))


def counts_row(context: Context, marks: Marks, label: str, key: str) -> Row:
    """Return subjects and events of each arm and in total."""
    cells = [Cell(label)]
    for group in column_groups(context):
        cells.append(subjects_cell(context, marks, key, group.code))
        cells.append(events_cell(context, marks, key, group.code))
    return Row(tuple(cells))


def has_events(context: Context) -> bool:
    """Return whether there is any adverse event."""
    return context.results[ROLE].get("", "", TOTAL, f"{any_event(context).key}.events").value > 0


def unrecorded_notes(context: Context) -> tuple[str, ...]:
    """Return how answers that were not recorded count, where there are some."""
    (record,) = context.records[ROLE]
    found = [
        f"{number} events without an answer count as {QUESTIONS[name]}"
        for name, number in record["not_recorded"].items()
        if name in QUESTIONS
    ]
    return (f"{'; '.join(found)}.",) if found else ()


def adverse_table(
    context: Context,
    title: str,
    shown: tuple[Column, ...],
    blocks: Iterable[Block],
    marks: Marks,
    words: Sequence[str] = (SUBJECTS,),
    abbreviations: Sequence[str] = (),
) -> Table:
    """Return a table of adverse events of the output's population."""
    spec = context.spec
    return Table(
        id=spec.id,
        number=output_number("Table", spec.id),
        titles=(context.title(title),),
        population=population_line(spec),
        columns=shown,
        blocks=tuple(blocks),
        notes=assemble_notes(
            context,
            abbreviations=abbreviations,
            denominators=(EMERGENT, *words, *unrecorded_notes(context)),
            marks=marks,
        ),
        stamp=context.stamp,
    )
