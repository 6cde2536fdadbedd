"""The words of methods that several data sets share: conditions, windows, choices, days, origins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from trial.export.datasets import is_analysed

Kind = Literal["Computation", "Imputation", "Other"]
# Key of a method: data set and variable, by its name in the pipeline's own file.
Key = tuple[str, str]


@dataclass(frozen=True)
class Method:
    """How a value is made.

    Attributes
    ----------
    name : str
    text : str
    kind : str
        As define.xml has it.
    program : str
        The script of the project that makes it; empty where no single one does.
    """

    name: str
    text: str
    kind: Kind = "Computation"
    program: str = ""


Maker = Callable[..., tuple[Key, Method]]
# What the export makes of a day: the pipeline itself counts the index date as day 0.
DAY = "ADT - ADSL.INDEXDT + 1 from the index date on, ADT - ADSL.INDEXDT before it: there is no day 0."


def named(dataset: str, program: str) -> Maker:
    """Return what makes a method of one variable of a data set."""

    def method(variable: str, text: str, kind: Kind = "Computation") -> tuple[Key, Method]:
        return (dataset, variable), Method(f"{dataset}.{variable}", text, kind, program)

    return method


def condition_words(condition: Any) -> str:
    """Return a condition on a subject or record in words."""
    test = condition.test
    if test == "presence":
        return f"{condition.variable} is {condition.presence}"
    operands = [getattr(one, "variable", one) for one in condition.operands()]
    words = {
        "equals": "equals",
        "one_of": "is one of",
        "at_least": "is at least",
        "at_most": "is at most",
    }
    missing = f" ({condition.if_missing} where a value is missing)"
    return f"{condition.variable} {words[test]} {', '.join(str(one) for one in operands)}{missing}"


def windows_words(study: Any) -> str:
    """Return the analysis windows of the visits in words; days count the index date as day 0."""
    return "; ".join(
        f"{visit.code} ({visit.label}): day {visit.window[0]} to {visit.window[1]}, target {visit.target_day}"
        for visit in study.visits
    )


def selection_words(selection: Any, visits: Any) -> tuple[str, str]:
    """Return which record is the baseline, and which stands for a later visit."""
    baseline = next(visit.code for visit in visits if visit.baseline)
    before = {
        "last on or before index date": f"the last value of {baseline} on or before the index date",
        "flag of the export": "the record that the export flags as baseline",
    }
    after = {
        "closest to target day": f"the value closest to the target day, on a tie the {selection.tie} one",
        "flag of the export": "the record that the export flags",
    }
    first = (
        "; records that the export names after a visit stand before others"
        if selection.scheduled_first
        else ""
    )
    return before[selection.baseline] + first, after[selection.after_baseline] + first


def source_words(study: Any, dataset: str, variable: str) -> tuple[str, str, str]:
    """Return type, source and words of the origin of a column that is copied, not from this export.

    `variable` is the name of the pipeline's own file.
    """
    if not is_analysed(study):
        return "Collected", "Vendor", "Laboratory result as received, standardised by the intake."
    adsl = study.adam.adsl
    if dataset == "ADSL":
        column = getattr(adsl.columns, variable, None) or variable
        return "Predecessor", "", f"Input data set {adsl.file}, column {column}"
    files = ", ".join(dict.fromkeys(one.file for one in study.adam.bds.values()))
    return "Predecessor", "", f"Input data sets ({files})"
