"""Individual efficacy: every endpoint of every subject at every visit, with date, value, change and flags."""

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from trial.display.config import Template
from trial.display.context import Context
from trial.display.notes import assemble_notes
from trial.display.numbers import format_number, format_plain
from trial.display.spec import Endpoint, OutputSpec
from trial.display.table import Block, Cell, Column, Row, Table
from trial.display.wording import output_number
from trial.study.rules import UNSTABLE_INDEX

if TYPE_CHECKING:
    import pandas as pd

Records = list[dict[Hashable, Any]]
TEMPLATE = Template("listing", "study", roles=("observed",), data=("adlb",))
MISSING, NO_VISIT = "no analysed value", "no visit named"
WIDTHS = {
    "Endpoint": 2.4, "Visit": 1.1, "Date": 1.0, "Day": 0.5, "Value": 0.9, "Change": 0.9, "Flags": 2.6,
}  # fmt: skip
FIXED = ("Date", "Day", "Value", "Change")
FLAGS = {"ABLFL": "baseline", "BLQFL": "below limit"}
CHANGE = (
    "Change: from baseline, in the unit of the endpoint; none where the value or the baseline lies outside a "
    "limit of quantification."
)
WORDS = (
    "A row for each visit: the record that is analysed, or that there is none; then the records that are "
    "not analysed, with their reasons (workflow/docs/analysis-data.md names them all). *: the subject is no "
    "member of the population. Day: from time zero (day 0).",
    CHANGE,
)


def build(context: Context) -> Table:
    """Return a block per subject: its endpoints in order, each with its visits."""
    spec, adlb = context.spec, context.data["adlb"]
    subjects = adlb["USUBJID"].nunique()
    analysed = int((adlb["ANL01FL"] == "Y").sum())
    line = f"{subjects} subjects, {analysed} analysed records, {len(adlb) - analysed} others"
    return Table(
        id=spec.id,
        number=output_number("Listing", spec.id),
        titles=(context.title("Individual efficacy by subject, endpoint and visit"), line),
        population="",
        columns=tuple(
            Column(name, width=width, align="left", wraps=name not in FIXED) for name, width in WIDTHS.items()
        ),
        blocks=tuple(_blocks(spec, adlb)),
        notes=assemble_notes(context, denominators=(*WORDS, *_windows(spec), *_unstable(adlb))),
        stamp=context.stamp,
        font_size=7,
    )


def _unstable(adlb: "pd.DataFrame") -> Iterator[str]:
    if adlb["REASON"].str.contains(UNSTABLE_INDEX, regex=False).any():
        yield (
            f"{UNSTABLE_INDEX}: computed from a glucose close to the pole of the formula, where a small "
            "error of the glucose moves the value much; it is analysed, and may be far too high."
        )


def _windows(spec: OutputSpec) -> Iterator[str]:
    found = [
        f"{v.label} {format_plain(v.window[0])} to {format_plain(v.window[1])}"
        for v in spec.visits
        if v.window
    ]
    if found:
        yield f"Windows in days: {'; '.join(found)}."


def _blocks(spec: OutputSpec, adlb: "pd.DataFrame") -> Iterator[Block]:
    """Yield the subjects arm by arm, then those of no arm."""
    subjects: dict[str, dict[str, Records]] = {}
    for record in adlb.to_dict("records"):
        of_subject = subjects.setdefault(str(record["USUBJID"]), {})
        of_subject.setdefault(str(record["PARAMCD"]), []).append(record)
    found = adlb.drop_duplicates("USUBJID").set_index("USUBJID").sort_index()
    arms = {arm.code: arm.label for arm in spec.arms}
    for code, label in [*arms.items(), ("", "No treatment")]:
        for subject, flag in found.loc[found[spec.treatment] == code, spec.population.flag].items():
            heading = f"{subject}{'' if flag == 'Y' else '*'}, {label}"
            yield Block(heading, tuple(_rows(spec, subjects[str(subject)])))


def _rows(spec: OutputSpec, by_endpoint: Mapping[str, Records]) -> Iterator[Row]:
    for endpoint in spec.endpoints:
        yield from _endpoint_rows(spec, endpoint, by_endpoint.get(endpoint.paramcd, []))


def _endpoint_rows(spec: OutputSpec, endpoint: Endpoint, records: list[dict[Hashable, Any]]) -> Iterator[Row]:
    analysed = {record["AVISIT"]: record for record in records if record["ANL01FL"] == "Y"}
    bounded = any(record["ABLFL"] == "Y" and record["CENSOR"] for record in analysed.values())
    for visit in spec.visits:
        record = analysed.get(visit.code)
        if record is None:
            texts = (endpoint.title, visit.label, "", "", "", "", MISSING)
            yield Row(tuple(map(Cell, texts)))
        else:
            yield _row(spec, endpoint, visit.label, record, bounded)
    labels = {visit.code: visit.label for visit in spec.visits}
    for record in sorted((one for one in records if one["ANL01FL"] != "Y"), key=lambda one: one["ADT"]):
        named = labels.get(record["AVISIT"]) or record["VISIT"] or NO_VISIT
        yield _row(spec, endpoint, named, record, bounded)


def _row(
    spec: OutputSpec, endpoint: Endpoint, visit: str, record: Mapping[Hashable, Any], bounded: bool
) -> Row:
    decimals = spec.decimals(endpoint).collected
    value = record["AVALC"] if record["CENSOR"] else _number(record["AVAL"], decimals)
    exact = not (bounded or record["CENSOR"]) and record["ABLFL"] != "Y"
    flags = [word for name, word in FLAGS.items() if record[name] == "Y"]
    reasons = record["REASON"].replace(";", ", ")
    if record["ANL01FL"] != "Y":
        reasons = f"not analysed: {reasons or 'no reason given'}"
    texts = (
        endpoint.title,
        visit,
        record["ADT"],
        _number(record["ADY"], 0),
        value,
        _number(record["CHG"], decimals) if exact else "",
        ", ".join([*flags, *([reasons] if reasons else [])]),
    )
    return Row(tuple(map(Cell, texts)))


def _number(value: float, decimals: int) -> str:
    return "" if math.isnan(value) else format_number(value, decimals)
