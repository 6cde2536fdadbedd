"""Results outside the range of an assay: marks beside the number, and limits of quantification.

A limit that contradicts another one or the result is asked about and not used.
"""

from collections.abc import Mapping

import numpy as np

from trial.labs.columns import Column
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.results import BELOW_MARKS, CENSOR_MARKS, ResultReader
from trial.labs.text import clean_text, fold
from trial.labs.values import NO_RESULT, Context, Values

UNKNOWN, BOTH = "?", "<>"
SCALE_FLAGS = ("hl7", "fhir")


def apply_qualifiers(records: RawRecords, context: Context, values: Values, ledger: Ledger) -> None:
    """Put the marks that stand beside the number to it; what is not understood waits as a rule.

    A mark stands in a column of its own, or as `<` or `>` among the flags of HL7 and FHIR, where it says
    below or above the scale. Among the flags of other exports it may as well mean the reference range.
    """
    words = {fold(word): mark for word, mark in context.source.words.qualifier.items()}
    mark = records.roles["qualifier"].map(lambda text: read_mark(text, words))
    flag = records.roles["flag"].map(lambda text: text.strip() if text.strip() in ("<", ">") else "")
    if context.source.layout not in SCALE_FLAGS:
        ledger.ask((flag != "") & (mark == "") & ledger.open, "UNKNOWN_FLAG", flag)
        flag = np.full(len(flag), "", dtype=object)
    mark = np.where((mark != "") & (flag != "") & (mark != flag), BOTH, np.where(mark == "", flag, mark))
    told = (mark != "") & ~np.isin(values.rule, NO_RESULT)
    number = told & (values.rule == "") & ~np.isnan(values.value) & (values.word == "")
    censored = number & np.isin(mark, ["<", ">"])
    agrees = (told & (mark == "=") & (values.censor == "")) | (
        told & (values.censor != "") & (values.censor == mark)
    )
    values.limit[censored], values.censor[censored] = values.value[censored], mark[censored]
    values.value[censored] = values.reported[censored] = np.nan
    values.rule[censored & ~(values.limit > 0)] = "NOT_A_NUMBER"
    left = told & ~censored & ~agrees & (values.rule == "")
    values.rule[left] = np.where(mark[left] == UNKNOWN, "UNKNOWN_QUALIFIER", "QUALIFIER_CONTRADICTED")


def read_mark(text: str, words: Mapping[str, str]) -> str:
    """Return `<`, `>`, `=`, ``""`` or `?` for a text that is not understood."""
    clean = fold(text)
    if not clean or clean in words:
        return words.get(clean, "")
    if clean == "=":
        return "="
    if clean in CENSOR_MARKS:
        return "<" if clean in BELOW_MARKS else ">"
    return UNKNOWN


def read_limits(records: RawRecords, context: Context, values: Values, ledger: Ledger) -> None:
    """Read the limits of each row, in its own unit, and ask about those that contradict each other."""
    reader = ResultReader(context.source.numbers, context.source.words)
    lower, upper = records.roles["lloq"], records.roles["uloq"]
    values.lloq, values.uloq = _numbers(lower, reader, ledger), _numbers(upper, reader, ledger)
    no_limit = (values.lloq <= 0) | (values.uloq <= 0)
    crossed = values.lloq >= values.uloq
    wrong = (no_limit | crossed | _beside_text(values)) & ledger.open & (values.rule == "")
    ledger.ask(wrong, "LIMITS_CONTRADICT", _shown(records, values, wrong))
    values.lloq[crossed | (values.lloq <= 0)] = np.nan
    values.uloq[crossed | (values.uloq <= 0)] = np.nan


def _beside_text(values: Values) -> np.ndarray:
    """Return where the limit in the result is not the limit of its row."""
    below, above = values.censor == "<", values.censor == ">"
    off = np.zeros(len(values.value), dtype=bool)
    for mine, limit in ((below, values.lloq), (above, values.uloq)):
        off |= mine & (np.abs(values.limit - limit) > values.half)
    return off


def _shown(records: RawRecords, values: Values, wrong: np.ndarray) -> np.ndarray:
    """Return the limits of the rows in question, with the result where it names one."""
    texts = {role: records.roles[role].recode(clean_text).spread() for role in ("lloq", "uloq", "result")}
    named = (values.censor != "") & ~np.isnan(values.limit)
    shown = np.full(len(wrong), "", dtype=object)
    for at in np.flatnonzero(wrong):
        shown[at] = _line(texts["lloq"][at], texts["uloq"][at], texts["result"][at] if named[at] else "")
    return shown


def _line(lower: str, upper: str, result: str) -> str:
    parts = (("LLOQ", lower), ("ULOQ", upper), ("result", result))
    return ", ".join(f"{name} {text}" for name, text in parts if text)


def _numbers(column: Column, reader: ResultReader, ledger: Ledger) -> np.ndarray:
    limits = column.map(reader.read_number, float)
    texts = column.recode(clean_text).spread()
    ledger.ask((texts != "") & np.isnan(limits) & ledger.open, "UNREADABLE_LIMIT", texts)
    return limits


def censor_by_limits(values: Values, ledger: Ledger) -> None:
    """Take numbers beyond the row's limits as censored; fill limits that the text leaves out."""
    ok = (values.rule == "") & (values.word == "")
    below = ok & (values.censor == "") & (values.value < values.lloq)
    above = ok & (values.censor == "") & (values.value > values.uloq)
    for mask, mark, limits, flag in (
        (below, "<", values.lloq, "BELOW_LLOQ"), (above, ">", values.uloq, "ABOVE_ULOQ")
    ):  # fmt: skip
        values.censor[mask], values.value[mask] = mark, np.nan
        values.limit[mask] = limits[mask]
        ledger.flag(mask, flag)
    bare = ok & (values.censor != "") & np.isnan(values.limit)
    values.limit[bare] = np.where(values.censor == "<", values.lloq, values.uloq)[bare]
    values.rule[bare & np.isnan(values.limit)] = "NO_LIMIT"
