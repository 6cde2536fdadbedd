"""Results of one source to values in the standard unit of each analyte."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from trial.labs.config import Analyte, Factor, Source
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.results import Result, ResultReader
from trial.labs.text import clean_text, fold
from trial.labs.times import FEW, MOST
from trial.labs.units import Conversions, UnitNames
from trial.study.errors import DataError

NO_RESULT = ("EMPTY_RESULT", "MISSING_RESULT")


@dataclass
class Values:
    """Values of the records; `rule` says why a record has none.

    Parameters
    ----------
    value, limit, lloq, uloq, half : ndarray of float
        In the standard unit; NaN where there is none. `half`: half of the last printed digit.
    reported, slope : ndarray of float
        The number as printed, and the slope of its conversion.
    censor, unit, factor, rule, from_unit : ndarray of object
        `unit`: the standard unit; `from_unit`: that of the export.
    word : ndarray of object
        `NEGATIVE` or `POSITIVE`, the level of an ordinal test, the words of a test of kind text.
    own : ndarray of bool
        Converted by a laboratory's own factor.
    inside : ndarray of object
        The unit that stands inside the result's text.
    low, high : ndarray of float
        Ends of the laboratory's reference range, converted with the value; NaN for an end that is not given.
    """

    value: np.ndarray
    censor: np.ndarray
    limit: np.ndarray
    lloq: np.ndarray
    uloq: np.ndarray
    half: np.ndarray
    word: np.ndarray
    unit: np.ndarray
    factor: np.ndarray
    rule: np.ndarray
    from_unit: np.ndarray
    reported: np.ndarray
    slope: np.ndarray
    own: np.ndarray
    inside: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Context:
    """What conversion stands on beside the texts: declared tables, and analyte and date of each record."""

    name: str
    source: Source
    analytes: Mapping[str, Analyte]
    units: UnitNames
    conversions: Conversions
    factors: tuple[Factor, ...]
    analyte: np.ndarray
    collected: np.ndarray


def parse_results(records: RawRecords, context: Context, ledger: Ledger) -> Values:
    """Return what the result texts say, before units.

    Nothing is quarantined here: `rule` waits for the ledger.
    """
    parsed, codes = _read_results(records, context.source)
    n = len(records)

    def pick(name: str, dtype: type) -> np.ndarray:
        return np.asarray(np.array([getattr(item, name) for item in parsed], dtype=dtype)[codes])

    values = Values(
        pick("value", float), pick("censor", object), pick("limit", float), np.full(n, np.nan),
        np.full(n, np.nan), pick("half", float), pick("word", object), np.full(n, "", dtype=object),
        np.full(n, "", dtype=object), pick("rule", object), np.full(n, "", dtype=object),
        pick("value", float), np.ones(n), np.zeros(n, dtype=bool), pick("unit", object),
        np.full(n, np.nan), np.full(n, np.nan),
    )  # fmt: skip
    _refuse_other_marks(records, values.rule, context)
    _read_words(values, context, records)
    _check_kind(values, context, ledger, records)
    return values


def _read_results(records: RawRecords, source: Source) -> tuple[list[Result], np.ndarray]:
    """Return distinct results and which of them each record has; a measure may have marks of its own."""
    texts = records.roles["result"]
    marks = [source.numbers]
    own = {m.result: m.numbers for m in source.measures if m.numbers is not None}
    marks += [numbers for numbers in dict.fromkeys(own.values()) if numbers != source.numbers]
    of_column = [marks.index(own.get(column, source.numbers)) for column in records.column.texts]
    which = np.array([*of_column, 0], dtype=np.int64)[records.column.codes]
    readers = [ResultReader(numbers, source.words) for numbers in marks]
    parsed = [reader.read(text) for reader in readers for text in texts.texts]
    return parsed, which * len(texts.texts) + texts.codes


def _refuse_other_marks(records: RawRecords, rule: np.ndarray, context: Context) -> None:
    """Refuse an export nearly all of whose broken numbers contradict the declared decimal mark.

    Raises
    ------
    DataError
        If so: the whole numbers among them would be right by chance only.
    """
    source = context.source
    own = {m.result: m.numbers.decimal for m in source.measures if m.numbers is not None}
    decimals = records.column.map(lambda column: own.get(column, source.numbers.decimal))
    texts = records.roles["result"]
    for decimal in sorted(set(decimals)):
        marked = texts.map(partial(_holds, decimal), bool) & (decimals == decimal)
        contradicted = np.flatnonzero((rule == "DECIMAL_MARK") & (decimals == decimal))
        right = int((marked & (rule == "")).sum())
        if len(contradicted) >= FEW and len(contradicted) > MOST * (len(contradicted) + right):
            files = records.file.spread()
            raise DataError(
                source.label,
                f"nearly all decimal marks contradict the declared '{decimal}' "
                f"({len(contradicted)} of {len(contradicted) + right})",
                [f"{files[at]} row {records.row[at]}" for at in contradicted[:100]],
                "declare the marks that the export has in sources.<id>.numbers",
            )


def _holds(mark: str, text: str) -> bool:
    return mark in text


def _read_words(values: Values, context: Context, records: RawRecords) -> None:
    """Read the results of ordinal tests and of tests in words, whatever number they look like."""
    column = records.roles["result"]
    for code, analyte in context.analytes.items():
        if analyte.kind not in ("ordinal", "text"):
            continue
        mine = np.flatnonzero((context.analyte == code) & (values.rule != "EMPTY_RESULT"))
        for text in np.unique(column.codes[mine]):
            rows = mine[column.codes[mine] == text]
            result = _read_word(column.texts[text], analyte)
            if values.rule[rows[0]] == "MISSING_RESULT" and (result.rule or analyte.kind == "text"):
                continue  # `-` says that there is none, unless it is a declared level
            values.value[rows], values.word[rows], values.rule[rows] = result.value, result.word, result.rule
            values.reported[rows] = values.limit[rows] = np.nan
            values.censor[rows], values.half[rows], values.inside[rows] = "", 0.0, ""


def _read_word(text: str, analyte: Analyte) -> Result:
    """Return the level with its place in the declared order, or the words as they stand."""
    if analyte.kind == "text":
        return Result(word=clean_text(text))
    for place, (level, spellings) in enumerate(analyte.levels.items()):
        if fold(text) in {fold(level), *map(fold, spellings)}:
            return Result(value=float(place), word=level)
    return Result(rule="UNKNOWN_LEVEL")


def _check_kind(values: Values, context: Context, ledger: Ledger, records: RawRecords) -> None:
    """Words are results of qualitative tests only; a number of a qualitative test is used and asked about.

    A qualitative test below its cut-off (`<5.0`) is negative.
    """
    kinds = {code: analyte.kind for code, analyte in context.analytes.items()}
    kind = np.array([kinds.get(code, "") for code in context.analyte], dtype=object)
    is_word = kind == "qualitative"
    values.rule[(values.word != "") & np.isin(kind, ["quantitative", ""])] = "NOT_A_NUMBER"
    values.word[is_word & (values.word == "") & (values.censor == "<")] = "NEGATIVE"
    texts = records.roles["result"].recode(clean_text).spread()
    ledger.ask(is_word & (values.rule == "") & (values.word == "") & ledger.open, "NOT_NUMERIC", texts)
    for code in ("NEGATIVE", "POSITIVE"):
        ledger.flag((values.word == code) & is_word, code)


def judge_zero_and_sign(values: Values, context: Context) -> None:
    """Hold zeros that the declared limits do not include, and values below zero of tests without limits."""
    for code, analyte in context.analytes.items():
        mine = (context.analyte == code) & (values.rule == "") & (analyte.kind == "quantitative")
        zero = mine & (values.reported == 0)
        if analyte.limits is None:
            values.rule[zero] = "ZERO_RESULT"
            values.rule[mine & (values.reported < 0)] = "NEGATIVE_RESULT"
        else:
            low, high = analyte.limits.hard
            values.rule[zero & ~((values.value >= low) & (values.value <= high))] = "ZERO_RESULT"
