"""Results and units to values in the standard unit of each analyte."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.labs.config import Analyte, Factor, Source
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.results import Result, ResultReader
from trial.labs.text import clean_text
from trial.labs.times import FEW, MOST
from trial.labs.units import Conversion, UnitNames, find_conversion, laboratory_factor
from trial.study.errors import DataError


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


@dataclass(frozen=True)
class Context:
    """What conversion stands on beside the texts: declared tables, and analyte and date of each record."""

    name: str
    source: Source
    analytes: Mapping[str, Analyte]
    units: UnitNames
    factors: tuple[Factor, ...]
    analyte: np.ndarray
    collected: np.ndarray


def read_values(records: RawRecords, context: Context, ledger: Ledger) -> Values:
    """Return values in the standard units. Nothing is quarantined here: `rule` waits for the ledger."""
    reader = ResultReader(context.source.numbers, context.source.words)
    parsed, codes = _read_results(records, context.source)

    def pick(name: str, dtype: type) -> np.ndarray:
        return np.asarray(np.array([getattr(item, name) for item in parsed], dtype=dtype)[codes])

    rule, unit_inside = pick("rule", object), pick("unit", object)
    values = Values(
        pick("value", float), pick("censor", object), pick("limit", float),
        _read_limits(records, "lloq", reader, ledger), _read_limits(records, "uloq", reader, ledger),
        pick("half", float), pick("word", object), np.empty(0), np.empty(0), rule, np.empty(0),
        pick("value", float), np.ones(len(records)),
    )  # fmt: skip
    _refuse_other_marks(records, rule, context)
    _check_kind(values, context, ledger, records)
    _find_units(records, unit_inside, context, values, ledger)
    _convert(records, context, values)
    _censor_by_limits(values, ledger)
    return values


def _read_results(records: RawRecords, source: Source) -> tuple[list[Result], np.ndarray]:
    """Return distinct results and which of them each record has; a measure may have marks of its own."""
    texts = records.roles["result"]
    marks = [source.numbers]
    own = {m.result: m.numbers for m in source.measures if m.numbers is not None}
    marks += [numbers for numbers in dict.fromkeys(own.values()) if numbers != source.numbers]
    of_column = [marks.index(own.get(column, source.numbers)) for column in records.column.texts]
    which = np.array([*of_column, 0], dtype=np.int64)[records.column.codes]
    parsed = [ResultReader(numbers, source.words).read(text) for numbers in marks for text in texts.texts]
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
        marked = texts.map(lambda text, mark=decimal: mark in text, bool) & (decimals == decimal)
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


def _read_limits(records: RawRecords, role: str, reader: ResultReader, ledger: Ledger) -> np.ndarray:
    column = records.roles[role]
    limits = column.map(reader.read_number, float)
    texts = column.recode(clean_text).spread()
    ledger.ask((texts != "") & np.isnan(limits) & ledger.open, "UNREADABLE_LIMIT", texts)
    return limits


def _check_kind(values: Values, context: Context, ledger: Ledger, records: RawRecords) -> None:
    """Words are results of qualitative tests only; a number of a qualitative test is used and asked about.

    A qualitative test below its cut-off (`<5.0`) is negative.
    """
    qualitative = {code for code, analyte in context.analytes.items() if analyte.kind == "qualitative"}
    is_word = np.isin(context.analyte, list(qualitative))
    values.rule[(values.word != "") & ~is_word] = "NOT_A_NUMBER"
    values.word[is_word & (values.word == "") & (values.censor == "<")] = "NEGATIVE"
    texts = records.roles["result"].recode(clean_text).spread()
    ledger.ask(is_word & (values.rule == "") & (values.word == "") & ledger.open, "NOT_NUMERIC", texts)
    for code in ("NEGATIVE", "POSITIVE"):
        ledger.flag((values.word == code) & is_word, code)


def _find_units(
    records: RawRecords, inside: np.ndarray, context: Context, values: Values, ledger: Ledger
) -> None:
    """Set the UCUM unit: of the unit cell, of the result cell, or of the dictionary of missing units."""
    column = records.roles["unit"]
    stated = column.map(context.units.find)
    blank = column.map(lambda text: not clean_text(text), bool)
    found = {text: context.units.find(text) for text in set(inside)}
    named = np.array([found[text] for text in inside], dtype=object)
    dictionary = context.source.missing_units
    missing = np.array([dictionary.get(code, "") for code in context.analyte], dtype=object)
    unit = np.where(blank, np.where(inside != "", named, missing), stated)
    needed = (values.rule == "") & (values.word == "")
    unknown = np.where(blank, (inside != "") & (named == ""), stated == "")
    differ = ~blank & (inside != "") & (named != stated)
    values.rule[needed & unknown.astype(bool)] = "UNKNOWN_UNIT"
    values.rule[needed & differ & (values.rule == "")] = "UNKNOWN_UNIT"
    values.rule[needed & (unit == "") & (values.rule == "")] = "NO_UNIT"
    ledger.flag(needed & blank & (inside == "") & (missing != ""), "UNIT_FROM_DICTIONARY")
    ledger.flag(needed & (inside != "") & (values.rule == ""), "UNIT_IN_RESULT")
    values.unit = values.from_unit = unit.astype(object)


def _convert(records: RawRecords, context: Context, values: Values) -> None:
    """Convert group by group of analyte and reported unit."""
    values.factor = np.full(len(values.value), "", dtype=object)
    pairs = pd.Series(context.analyte).str.cat(pd.Series(values.unit), sep="\t")
    todo = (values.rule == "") & (values.word == "") & (context.analyte != "")
    groups, names = pd.factorize(pairs)
    standard = np.full(len(values.value), "", dtype=object)
    for at, pair in enumerate(names):
        code, unit = pair.split("\t")
        rows = np.flatnonzero((groups == at) & todo)
        if not len(rows):
            continue
        analyte = context.analytes[code]
        standard[rows] = analyte.unit
        own = [f for f in context.factors if (f.source, f.analyte, f.from_unit) == (context.name, code, unit)]
        conversion = find_conversion(analyte.quantity, unit, analyte.unit)
        if own:
            _convert_own(records, context, values, rows, own, code)
        elif conversion is not None:
            _apply(values, rows, conversion)
        else:
            assay = any((f.analyte, f.from_unit) == (code, unit) for f in context.factors)
            values.rule[rows] = "NO_FACTOR" if assay else "WRONG_KIND_OF_UNIT"
    values.unit = np.where(standard != "", standard, values.unit)


def _convert_own(
    records: RawRecords, context: Context, values: Values, rows: np.ndarray, own: list[Factor], code: str
) -> None:
    """Convert by the laboratory's own factors; a record outside their time spans has none."""
    analyte = context.analytes[code]
    days = np.array([text[:10] for text in context.collected[rows]], dtype=object)
    methods = records.roles["method"].recode(clean_text).take(rows).spread()
    done = np.zeros(len(rows), dtype=bool)
    for factor in own:
        hit = (days >= factor.first.isoformat()) & (days <= factor.last.isoformat()) & ~done
        if factor.method is not None:
            hit &= methods == factor.method
        onward = find_conversion(analyte.quantity, factor.to_unit, analyte.unit)
        if onward is None:
            continue
        _apply(values, rows[hit], laboratory_factor(factor.factor))
        factor_texts = values.factor[rows[hit]]
        _apply(values, rows[hit], onward)
        values.factor[rows[hit]] = factor_texts
        done |= hit
    values.rule[rows[~done]] = "NO_FACTOR"


def _apply(values: Values, rows: np.ndarray, conversion: Conversion) -> None:
    for numbers in (values.value, values.limit, values.lloq, values.uloq):
        numbers[rows] = conversion.apply(numbers[rows])
    values.half[rows] *= abs(conversion.slope)
    values.slope[rows] *= conversion.slope
    values.factor[rows] = conversion.text


def _censor_by_limits(values: Values, ledger: Ledger) -> None:
    """Take numbers beyond the row's limits as censored; fill limits that the text leaves out."""
    ok = values.rule == ""
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
