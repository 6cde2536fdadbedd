"""The safety laboratory of one population: all counts, and the record that says in words what they are."""

from typing import Any

from trial.analysis.data import AnalysisData
from trial.analysis.laboratory.counting import Counting
from trial.analysis.laboratory.liver import liver_rows
from trial.analysis.laboratory.shifts import all_grades, grade_rows, marked_rows, shift_rows, sides_of
from trial.analysis.laboratory.values import value_rows
from trial.analysis.outcome import Outcome
from trial.endpoints.config_laboratory import Criterion, Grade, Parameter, Threshold

NAMES = {"ULN": "ULN", "LLN": "LLN", "BASE": "baseline"}


def analyse_laboratory(data: AnalysisData) -> Outcome:
    """Return values by visit, shifts, grades, marked abnormalities and liver tests by arm and in total."""
    counting = Counting.of(data)
    parts = (value_rows, shift_rows, grade_rows, marked_rows, liver_rows)
    rows = [row for part in parts for row in part(counting)]
    return Outcome.of(data.spec, rows, _record(counting), list(counting.sets.values()))


def _record(counting: Counting) -> dict[str, Any]:
    """Return what the outputs need of the configuration, in words where they print it."""
    laboratory = counting.laboratory
    rules = laboratory.hys_law
    return {
        "baseline_window": list(laboratory.baseline_window),
        "grading": laboratory.grading,
        "hys_law": rules.model_dump(mode="json") if rules else None,
        "parameters": [_parameter(counting, code, one) for code, one in laboratory.by_code.items()],
    }


def _parameter(counting: Counting, code: str, parameter: Parameter) -> dict[str, Any]:
    records = counting.of_parameter(code)
    sources = records.loc[records["ANRSRC"] != "", "ANRSRC"]
    return {
        "code": code,
        "label": parameter.label,
        "title": parameter.title,
        "unit": parameter.unit_label,
        "decimals": parameter.decimals,
        "records": len(records),
        "visits": sorted(set(records.loc[records["ANL01FL"] == "Y", "AVISIT"])),
        "sides": list(sides_of(records)),
        "limits": sorted(set(sources)),
        "unlimited": int((records["ANRSRC"] == "").sum()),
        "criteria": [_criterion(criterion, parameter.unit_label) for criterion in parameter.criteria],
        "marked": [bound_words(one, one.side, parameter.unit_label) for one in parameter.marked],
    }


def _criterion(criterion: Criterion, unit: str) -> dict[str, Any]:
    kinds = {"usual": criterion.grades, "abnormal": criterion.abnormal_baseline or ()}
    return {
        "term": criterion.term,
        "side": criterion.side,
        "grades": all_grades(criterion),
        "bounds": {
            kind: [f"{one.grade}: {_any_of(one, criterion.side, unit)}" for one in grades]
            for kind, grades in kinds.items()
        },
    }


def _any_of(grade: Grade, side: str, unit: str) -> str:
    return " or ".join(bound_words(bound, side, unit) for bound in grade.any_of)


def bound_words(bound: Threshold, side: str, unit: str) -> str:
    """Return a bound in signs: `> 3 × ULN`, `< 3 mmol/L`."""
    sign = {("high", False): ">", ("high", True): "≥", ("low", False): "<", ("low", True): "≤"}[
        side, bound.reached
    ]
    if bound.value is not None:
        return f"{sign} {bound.value:g} {unit}".strip()
    name = NAMES[str(bound.of)]
    return f"{sign} {name}" if bound.times == 1 else f"{sign} {bound.times:g} × {name}"
