"""Reported units to the standard unit of each analyte, group by group."""

import numpy as np
import pandas as pd

from trial.labs.config import Analyte, Factor
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.text import clean_text
from trial.labs.units import Conversion, Conversions, OwnFactor, own_factor
from trial.labs.values import Context, Values


def find_units(records: RawRecords, context: Context, values: Values, ledger: Ledger) -> None:
    """Set the UCUM unit: of the unit cell, of the result cell, or of the dictionary of missing units."""
    column, inside = records.roles["unit"], values.inside
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
    values.rule[needed & differ & (values.rule == "")] = np.where(
        named[needed & differ & (values.rule == "")] == "", "NOT_A_NUMBER", "UNITS_DIFFER"
    )
    values.rule[needed & (unit == "") & (values.rule == "")] = "NO_UNIT"
    ledger.flag(needed & blank & (inside == "") & (missing != ""), "UNIT_FROM_DICTIONARY")
    ledger.flag(needed & (inside != "") & (values.rule == ""), "UNIT_IN_RESULT")
    values.unit = values.from_unit = unit.astype(object)


def convert(records: RawRecords, context: Context, values: Values) -> None:
    """Convert group by group of analyte and reported unit."""
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
        own = [
            (factor, ready)
            for factor in context.factors
            if (factor.source, factor.analyte) == (context.name, code)
            and (ready := ready_factor(factor, analyte, context.conversions)) is not None
            and ready.reported == unit
        ]
        conversion = context.conversions.find(analyte.quantity, unit, analyte.unit)
        if own:
            _convert_own(records, context, values, rows, own)
        elif conversion is not None:
            _apply(values, rows, conversion)
        else:
            values.rule[rows] = "NO_FACTOR" if _is_assay(code, unit, context) else "WRONG_KIND_OF_UNIT"
    values.unit = np.where(standard != "", standard, values.unit)


def ready_factor(factor: Factor, analyte: Analyte, conversions: Conversions) -> OwnFactor | None:
    """Return a declared factor with the unit that it is for."""
    return own_factor(
        factor.factor, factor.from_unit, factor.to_unit, analyte.quantity, analyte.unit, conversions
    )


def _is_assay(code: str, unit: str, context: Context) -> bool:
    """Return whether some laboratory has a factor of its own for this unit: then one is missing here."""
    return any(f.analyte == code and unit in (f.from_unit, f.to_unit) for f in context.factors)


def _convert_own(
    records: RawRecords,
    context: Context,
    values: Values,
    rows: np.ndarray,
    own: list[tuple[Factor, OwnFactor]],
) -> None:
    """Convert by the laboratory's own factors; a record outside their time spans has none."""
    days = np.array([text[:10] for text in context.collected[rows]], dtype=object)
    methods = records.roles["method"].recode(clean_text).take(rows).spread()
    done = np.zeros(len(rows), dtype=bool)
    for factor, ready in own:
        hit = (days >= factor.first.isoformat()) & (days <= factor.last.isoformat()) & ~done
        if factor.method is not None:
            hit &= methods == factor.method
        _apply(values, rows[hit], ready.first)
        factor_texts = values.factor[rows[hit]]
        _apply(values, rows[hit], ready.onward)
        values.factor[rows[hit]] = factor_texts
        values.own[rows[hit]] = True
        done |= hit
    values.rule[rows[~done]] = "NO_FACTOR"


def _apply(values: Values, rows: np.ndarray, conversion: Conversion) -> None:
    for numbers in (values.value, values.limit, values.lloq, values.uloq, values.low, values.high):
        numbers[rows] = conversion.apply(numbers[rows])
    values.half[rows] *= abs(conversion.slope)
    values.slope[rows] *= conversion.slope
    values.factor[rows] = conversion.text
