"""Listing of candidates of Hy's law, with the time course of their liver tests."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from trial.display.config import Template
from trial.display.context import Context
from trial.display.laboratory import ROLE, Parameter, by_code, limits_notes, rules_of_liver
from trial.display.laboratory_listing import value_text, visit_text
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number, format_plain
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number, population_line

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE = Template("listing", "study", roles=(ROLE, "counts"), data=("adlbsaf",))
PAIR = "*"


def build(context: Context) -> Table:
    """Return one row per candidate and day with a liver test, before and after treatment."""
    spec, rules = context.spec, rules_of_liver(context)
    shown = _shown(context, rules)
    records = context.data["adlbsaf"]
    records = records[
        (records[spec.population.flag] == "Y") & records["PARAMCD"].isin([p.code for p in shown])
    ]
    candidates = sorted(set(records.loc[records["HYSFL"] == "Y", "USUBJID"]))
    columns = [Column("Subject", align="left"), Column("Visit", align="left"), Column("Date", align="left")]
    columns += [Column("Day", width=0.5, align="left")]
    columns += [
        Column(f"{one.label}{', ' if one.unit else ''}{one.unit} (× ULN)", width=1.4, align="left")
        for one in shown
    ]
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(
            context.title("Candidates of Hy's law, with the time course of liver tests"),
            _line(candidates),
        ),
        population=population_line(spec),
        columns=tuple(columns),
        blocks=tuple(_blocks(context, records[records["USUBJID"].isin(candidates)], shown)),
        notes=assemble_notes(context, denominators=_words(context, rules, shown)),
        stamp=context.stamp,
    )


def _line(candidates: Sequence[str]) -> str:
    return f"Candidates: {len(candidates)}"


def _shown(context: Context, rules: Mapping[str, Any]) -> list[Parameter]:
    """Return the liver tests of the study, transaminases first."""
    if not rules:
        return []
    found = by_code(context)
    names = [*rules["transaminases"], rules["bilirubin"], rules["alkaline_phosphatase"]]
    return [found[name] for name in names if name]


def _words(context: Context, rules: Mapping[str, Any], shown: Sequence[Parameter]) -> list[str]:
    if not rules:
        return ["The study declares no rule of Hy's law."]
    labels = {one.code: one.label for one in shown}
    either = " or ".join(labels[code] for code in rules["transaminases"])
    times, yellow, third = (
        format_plain(rules[name]) for name in ("times", "bilirubin_times", "phosphatase_times")
    )
    rule = (
        f"Candidate: after baseline {either} of at least {times} × ULN and {labels[rules['bilirubin']]} of "
        f"at least {yellow} × ULN, at most {rules['days']} days apart, whichever comes first. {PAIR}: values "
        "of such a pair."
    )
    alkaline = rules["alkaline_phosphatase"]
    if alkaline is None:
        aside = (
            "Alkaline phosphatase is not among the tests of this study: cholestasis, which it would show, "
            "cannot be told apart from injury of liver cells, and no pair is set aside for it."
        )
    else:
        counts = ", ".join(f"{arm.label} {_aside(context, arm.code)}" for arm in context.spec.arms)
        aside = (
            f"A pair is set aside where {labels[alkaline]} reaches {third} × ULN within the same days of the "
            f"transaminase; subjects with such pairs only: {counts}."
        )
    return [rule, aside, *limits_notes(context, shown)]


def _aside(context: Context, arm: str) -> str:
    return format_number(context.results[ROLE].get("", "", arm, "hys_law.cholestatic.n").value, 0)


def _blocks(context: Context, records: "pd.DataFrame", shown: Sequence[Parameter]) -> Iterator[Block]:
    spec = context.spec
    for arm in spec.arms:
        mine = records[records[spec.treatment] == arm.code].sort_values(["USUBJID", "ADT", "ASEQ"])
        rows = tuple(_row(context, day, shown) for _, day in mine.groupby(["USUBJID", "ADT"], sort=False))
        if rows:
            yield Block(arm.label, rows)


def _row(context: Context, day: "pd.DataFrame", shown: Sequence[Parameter]) -> Row:
    visits = {visit.code: visit.label for visit in context.spec.visits}
    first = day.to_dict("records")[0]
    texts = [first["USUBJID"], visit_text(first, visits), first["ADT"], format_plain(first["ADY"])]
    for one in shown:
        several = day[day["PARAMCD"] == one.code].to_dict("records")
        texts.append("; ".join(_value(record, one.decimals) for record in several))
    return Row(tuple(Cell(str(text)) for text in texts))


def _value(record: Mapping[Any, Any], decimals: int) -> str:
    ratio = record["R2ANRHI"]
    times = "" if ratio != ratio else f" ({format_number(ratio, 2)})"
    return f"{value_text(record, decimals)}{times}{PAIR if record['HYSFL'] == 'Y' else ''}"
