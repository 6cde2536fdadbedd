"""Counting visits done and values available, by visit and arm."""

from collections.abc import Iterator

import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.lines import Line, line_rows
from trial.analysis.methods.visit_completion import Config
from trial.analysis.outcome import Outcome
from trial.analysis.visit_status import visit_statuses

SECTION = "completion"


def count_completion(data: AnalysisData, config: Config) -> Outcome:
    """Return by visit the subjects with the visit done, and those with an analysed value of each endpoint."""
    lines = [*_visit_lines(data, config), *_value_lines(data)]
    rows, sets = line_rows(data, lines)
    known = {line.key: line.record() | {"visit": ""} for line in lines}
    return Outcome.of(data.spec, rows, {"lines": list(known.values())}, sets)


def _visit_lines(data: AnalysisData, config: Config) -> Iterator[Line]:
    if not config.visit_forms:
        return
    for status in visit_statuses(data, data.treatments.index):
        at = status.visit.code
        missed = [one for found in status.missed.values() for one in found]
        for key, words, subjects in (
            ("done", "Done", status.done),
            ("left", "Discontinued before it", status.left),
            ("missed", "Not done", pd.Index(missed)),
        ):
            yield Line(SECTION, f"visit.{key}", words, subjects, visit=at, rows=status.forms)


def _value_lines(data: AnalysisData) -> Iterator[Line]:
    values = data.tables["adlb"]
    values = values[values["ANL01FL"] == "Y"]
    for code in data.spec.facts["endpoints"]:
        mine = values[values["PARAMCD"] == code]
        for visit in data.spec.visits:
            here = mine[mine["AVISIT"] == visit.code]
            members = data.treatments.index[data.treatments.index.isin(here["USUBJID"])]
            yield Line(
                SECTION, f"value.{code}", "{name}", members, kind="endpoint", code=code, visit=visit.code,
                rows=here,
            )  # fmt: skip
