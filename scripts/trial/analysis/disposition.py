"""Counting what became of the subjects: the participant flow, the populations, the subjects analysed."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.lines import Line, line_rows, reasons
from trial.analysis.methods.disposition import Config
from trial.analysis.outcome import Outcome
from trial.analysis.visit_status import visit_statuses
from trial.subjects.books import SCREEN_FAILURE
from trial.subjects.conditions import PLACEHOLDER, SEPARATOR

FLOW, POPULATIONS = "flow", "populations"
NO_REASON = "Reason not recorded"
NO_VALUE, NO_BASELINE, NO_LATER = "No analysed value", "No baseline value", "No value after baseline"


def count_disposition(data: AnalysisData, config: Config) -> Outcome:
    """Return `<line>.n` and `<line>.pct` by arm and in total; the record has the lines in order.

    `outside` of the record: subjects of the data who are not in the population that percentages are of.
    """
    lines = [*_flow(data, config), *_populations(data, config)]
    rows, sets = line_rows(data, lines)
    everyone = set(data.tables["populations"]["USUBJID"])
    record = {
        "lines": [line.record() for line in lines],
        "outside": len(everyone - set(data.treatments.index)),
        "screened": data.spec.facts["screened"],
        "visit_forms": config.visit_forms,
        "as_received": list(config.as_received),
        "evaluable": config.evaluable,
    }
    return Outcome.of(data.spec, rows, record, sets)


def _flow(data: AnalysisData, config: Config) -> Iterator[Line]:
    yield from _screening(data)
    before = data.treatments.index
    for step in config.steps:
        taken = before[before.isin(_members(data, step.population))]
        key = f"step.{step.population}"
        yield Line(FLOW, key, step.label, taken, by_arm=step.by_arm)
        stopped = before[~before.isin(taken)]
        yield Line(FLOW, f"{key}.not", f"Not {step.label[0].lower()}{step.label[1:]}", stopped, 1,
                   by_arm=step.by_arm)  # fmt: skip
        why = _declared_reasons(data, step.population, stopped)
        for line in reasons(FLOW, f"{key}.not", 2, why):
            yield replace(line, by_arm=step.by_arm)
        before = taken
    yield from _follow_up(data, config, _allocated(data, config))


def _allocated(data: AnalysisData, config: Config) -> pd.Index:
    """Return those who took the first step that tells arms apart: they are followed up, treated or not."""
    everyone = data.treatments.index
    for step in config.steps:
        everyone = everyone[everyone.isin(_members(data, step.population))]
        if step.by_arm:
            break
    return everyone


def _screening(data: AnalysisData) -> Iterator[Line]:
    """Yield those screened and those who failed, where the study says how a failure is written."""
    if not data.spec.facts["screened"]:
        return
    fates = data.tables["accounting"]
    of_subjects = fates[
        (fates["FILE"] == data.spec.facts["subjects_file"]) & (fates["RULE"] == SCREEN_FAILURE)
    ]
    failed = int(of_subjects["ROW"].nunique())
    everyone = data.tables["populations"]["USUBJID"].nunique()
    yield Line(FLOW, "screened", "Screened", everyone + failed, by_arm=False)
    yield Line(FLOW, "screened.not", "Screening failures", failed, 1, by_arm=False)


def _members(data: AnalysisData, population: str) -> pd.Series:
    table = data.tables["populations"]
    return table.loc[(table["POPULATION"] == population) & (table["MEMBER"] == "Y"), "USUBJID"]


def _declared_reasons(data: AnalysisData, population: str, subjects: pd.Index) -> dict[str, list[str]]:
    """Return the subjects by reason: those that the population declares first, then what values it missed.

    A subject with several reasons stands under each of them. A reason that shows a value (`{value}`) is one
    reason, whatever the value.
    """
    declared: list[str] = dict(data.spec.facts["populations"])[population]
    heads = {text.split(PLACEHOLDER)[0]: text for text in declared if PLACEHOLDER in text}
    found: dict[str, list[str]] = {_without_value(reason): [] for reason in declared}
    table = data.tables["populations"]
    mine = table[(table["POPULATION"] == population) & table["USUBJID"].isin(subjects)]
    for subject, texts in zip(mine["USUBJID"], mine["REASON"], strict=True):
        for text in filter(None, texts.split(SEPARATOR)):
            shown = next((whole for head, whole in heads.items() if text.startswith(head)), text)
            found.setdefault(_without_value(shown), []).append(subject)
    return found


def _without_value(reason: str) -> str:
    """Return a declared reason without the place of a value: "not met: {value}" is "not met"."""
    return " ".join(reason.replace(PLACEHOLDER, " ").split()).strip(" :,") or reason


def _follow_up(data: AnalysisData, config: Config, subjects: pd.Index) -> Iterator[Line]:
    """Yield each visit of those allocated, then who completed and who discontinued, with the reasons."""
    of_reason = data.subjects[config.discontinuation] if config.discontinuation else None
    for status in visit_statuses(data, subjects) if config.visit_forms else ():
        key, place = f"visit.{status.visit.code}", {"kind": "visit", "code": status.visit.code}
        forms = status.forms
        missed = [one for found in status.missed.values() for one in found]
        yield Line(FLOW, key, "Seen", status.done, rows=forms, **place)  # type: ignore[arg-type]
        yield Line(FLOW, f"{key}.left", "Discontinued before", status.left, 1, rows=forms)
        yield from reasons(FLOW, f"{key}.left", 2, _reasons_of(status.left, of_reason), forms)
        yield Line(FLOW, f"{key}.missed", "Not seen", pd.Index(missed), 1, rows=forms)
        yield from reasons(FLOW, f"{key}.missed", 2, status.missed, forms)
    if not data.spec.facts["discontinued"]:
        return
    ended = data.subjects.loc[subjects, "DISCDT"] != ""
    if config.discontinuation:
        ended |= data.subjects.loc[subjects, config.discontinuation] != ""
    left = subjects[ended.to_numpy(bool)]
    yield Line(FLOW, "completed", "Completed (no discontinuation recorded)", subjects[~subjects.isin(left)])
    yield Line(FLOW, "discontinued", "Discontinued", left)
    yield from reasons(FLOW, "discontinued", 1, _reasons_of(left, of_reason))


def _reasons_of(subjects: pd.Index, reason: pd.Series | None) -> dict[str, list[str]]:
    """Return subjects by the reason of discontinuation as recorded; nothing where the data have none."""
    if reason is None:
        return {}
    found = reason.reindex(subjects).map(lambda text: as_written(str(text)) or NO_REASON)
    return {str(text): sorted(found.index[found == text]) for text in sorted(set(found))}


def as_written(text: str) -> str:
    """Return a text of the data as print shows it: one in capitals alone would shout."""
    return text.capitalize() if text.isupper() else text


def _populations(data: AnalysisData, config: Config) -> Iterator[Line]:
    everyone = data.treatments.index
    for name, _ in data.spec.facts["populations"]:
        members = everyone[everyone.isin(_members(data, name))]
        key, others = f"population.{name}", everyone[~everyone.isin(members)]
        yield Line(POPULATIONS, key, "Members", members, kind="population", code=name)
        yield from _received(data, name, members) if name in config.as_received else ()
        yield Line(POPULATIONS, f"{key}.not", "Excluded", others, 1)
        yield from reasons(POPULATIONS, f"{key}.not", 2, _declared_reasons(data, name, others))
    yield from _analysed(data, config)


def _received(data: AnalysisData, name: str, members: pd.Index) -> Iterator[Line]:
    received = data.subjects.loc[members, "TRT01A"]
    for arm in data.spec.arms:
        mine = received.index[received == arm.code]
        yield Line(POPULATIONS, f"population.{name}.received.{arm.code}", "Received {name}", mine, 1, "arm",
                   arm.code)  # fmt: skip


def _analysed(data: AnalysisData, config: Config) -> Iterator[Line]:
    """Yield those with a baseline and a later value of each endpoint, and why the others have not."""
    everyone = data.treatments.index
    members = everyone[everyone.isin(_members(data, config.evaluable))]
    records = data.tables["adlb"]
    records = records[records["ANL01FL"] == "Y"]
    for code in data.spec.facts["endpoints"]:
        mine = records[records["PARAMCD"] == code]
        later = mine[mine["ABLFL"] != "Y"]
        based = [mine.loc[mine["ABLFL"] == "Y", "USUBJID"], later.loc[later["BASE"].notna(), "USUBJID"]]
        has_base, has_later = members.isin(pd.concat(based)), members.isin(later["USUBJID"])
        yield Line(
            POPULATIONS, f"analysed.{code}", "Analysed", members[has_base & has_later], 0, "endpoint", code,
            rows=mine,
        )  # fmt: skip
        absent = {
            NO_VALUE: list(members[~has_base & ~has_later]),
            NO_BASELINE: list(members[~has_base & has_later]),
            NO_LATER: list(members[has_base & ~has_later]),
        }
        yield from reasons(POPULATIONS, f"analysed.{code}", 1, absent, mine)
