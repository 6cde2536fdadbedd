"""One source from raw records to standard ones: a chain of small steps over distinct texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from trial.labs.config import Analyte, Factor, Source
from trial.labs.convert import convert, find_units
from trial.labs.identity import (
    ROUNDED,
    AnalyteNames,
    SubjectKey,
    find_analytes,
    find_statuses,
    find_subjects,
)
from trial.labs.ledger import Ledger
from trial.labs.limits import read_ranges
from trial.labs.quantification import apply_qualifiers, censor_by_limits, read_limits
from trial.labs.raw import RawRecords
from trial.labs.rules import AFTER_CUT
from trial.labs.samples import (
    find_fasting,
    find_quality,
    find_record_flags,
    find_reruns,
    find_specimen,
    find_visit,
)
from trial.labs.text import clean_text
from trial.labs.times import Times, dated, read_times
from trial.labs.units import Conversions, UnitNames
from trial.labs.values import Context, Values, judge_zero_and_sign, parse_results


@dataclass(frozen=True)
class Tables:
    """The declared tables that all sources share."""

    analytes: Mapping[str, Analyte]
    names: AnalyteNames
    units: UnitNames
    conversions: Conversions
    factors: tuple[Factor, ...]
    key: SubjectKey
    cut: date


def standardise(
    name: str, source: Source, records: RawRecords, tables: Tables, ledger: Ledger
) -> pd.DataFrame:
    """Return the standard records of one source, in raw order; PENDING waits for `settle_versions`.

    Only what concerns the identity of a record (patient, test, status, date) is quarantined here; before all
    of it, what was collected after the data cut, of which nothing is asked.
    """
    times, date_rule = read_times(records, source, tables.cut, ledger)
    ledger.quarantine_where(
        times.late & (records.rule.spread() == ""), AFTER_CUT, np.full(len(records), "", dtype=object)
    )
    subject = find_subjects(records, source, tables.key, ledger)
    analyte, loinc = find_analytes(records, tables.names, ledger)
    status, rank = find_statuses(records, source, ledger)
    ledger.rule[(status == "not done") & ledger.open] = "NOT_DONE"
    context = Context(
        name, source, tables.analytes, tables.units, tables.conversions, tables.factors, analyte,
        times.collected,
    )  # fmt: skip
    values = _read_values(records, context, ledger)
    # An empty cell without a date is a visit that did not happen, not a date that is missing.
    date_rule = np.where(values.rule == "EMPTY_RESULT", "", date_rule).astype(object)
    dates = dated(records, "collected").recode(clean_text).spread()
    ledger.quarantine(date_rule, np.where(dates == "", _texts(records, "result"), dates))
    _settle_blanks(source, records, (values.rule == "EMPTY_RESULT") & (times.collected == ""), values, ledger)
    ledger.rule[(status == "cancelled") & ledger.open] = "CANCELLED"
    samples = {
        "QUALITY": find_quality(records, source, ledger),
        "SPECIMEN": find_specimen(records, source, loinc, ledger),
        "FASTING": find_fasting(records, source, loinc, ledger),
        "VISIT": find_visit(records, source, ledger),
        "VISIT_RAW": _texts(records, "visit"),
        "BASEFL": find_record_flags(records, source, "baseline_flag", ledger),
        "ANLFL": find_record_flags(records, source, "analysis_flag", ledger),
        "RERUN": find_reruns(records, source, ledger),
        "ACCESSION": _find_barcodes(records, ledger),
    }
    _hold_other_samples(samples["SPECIMEN"], analyte, tables.analytes, ledger)
    frame = _frame(name, source, records, subject, analyte, values, times)
    return frame.assign(**{key: pd.Series(array, dtype=array.dtype) for key, array in samples.items()},
                        STATUS=pd.Series(status, dtype=object), RANK=rank)  # fmt: skip


def _read_values(records: RawRecords, context: Context, ledger: Ledger) -> Values:
    """Return values in the standard units; limits and marks are judged in the unit of the row."""
    values = parse_results(records, context, ledger)
    apply_qualifiers(records, context, values, ledger)
    read_limits(records, context, values, ledger)
    find_units(records, context, values, ledger)
    read_ranges(_references(records), context, values, ledger)
    convert(records, context, values)
    judge_zero_and_sign(values, context)
    censor_by_limits(values, ledger)
    return values


def _hold_other_samples(
    specimen: np.ndarray, analyte: np.ndarray, analytes: Mapping[str, Analyte], ledger: Ledger
) -> None:
    """Quarantine results of a sample in which the analyte is not measured (glucose of urine)."""
    other = np.zeros(len(specimen), dtype=bool)
    for code, one in analytes.items():
        other |= (analyte == code) & (specimen != "") & ~np.isin(specimen, one.specimens)
    ledger.quarantine_where(other, "WRONG_SPECIMEN", specimen)


def _settle_blanks(
    source: Source, records: RawRecords, undated: np.ndarray, values: Values, ledger: Ledger
) -> None:
    """Quarantine without a question the empty cells that no sample stands behind.

    These are cells without a date, and in wide layouts cells whose date belongs to the whole row.
    """
    shared = [measure.result for measure in source.measures if "collected" not in measure.columns]
    blank = records.column.map(lambda text: text in shared, bool) & (values.rule == "EMPTY_RESULT")
    ledger.rule[(undated | blank) & ledger.open] = "EMPTY_RESULT"


def _frame(
    name: str, source: Source, records: RawRecords, subject: np.ndarray, analyte: np.ndarray,
    values: Values, times: Times,
) -> pd.DataFrame:  # fmt: skip
    n = len(records)
    raw, unit = _join(_texts(records, "qualifier"), _texts(records, "result")), _texts(records, "unit")
    text = {
        "USUBJID": subject, "ANALYTE": analyte, "CENSOR": values.censor, "UNIT": values.unit,
        "VALUE_RAW": raw, "UNIT_RAW": unit, "FACTOR": values.factor, "COLLECTED": times.collected,
        "DAY": np.array([moment[:10] for moment in times.collected], dtype=object),
        "METHOD": _texts(records, "method"), "BATCH": _texts(records, "batch"),
        "REFERENCE": _references(records), "FLAG": _texts(records, "flag"),
        "WORD": values.word, "UNIT_CODE": values.from_unit, "PENDING": values.rule, "SHOWN": _join(raw, unit),
        "MARK": _texts(records, "qualifier"),
        "UNIT_SHOWN": np.where(unit == "", values.inside, unit),
        "SOURCE": np.full(n, name, dtype=object), "FILE": records.file.spread(),
        "SHEET": records.sheet.spread(), "COLUMN": records.column.spread(),
    }  # fmt: skip
    number = {
        "VALUE": values.value, "LIMIT": values.limit, "LLOQ": values.lloq, "ULOQ": values.uloq,
        "ANRLO": values.low, "ANRHI": values.high,
        "HALF": values.half, "REPORTED": values.reported, "SLOPE": values.slope, "ROW": records.row,
        "MINUTES": times.minutes, "TIMED": times.timed, "OWN_FACTOR": values.own, "RESULTED": times.resulted,
        "OUT_OF_ORDER": times.out_of_order, "PRECEDENCE": np.full(n, source.precedence),
        "SAME_MINUTES": np.full(n, source.same_sample_minutes),
    }  # fmt: skip
    return pd.DataFrame({key: pd.Series(array, dtype=object) for key, array in text.items()} | number)


def _find_barcodes(records: RawRecords, ledger: Ledger) -> np.ndarray:
    """Return accessions; one that a spreadsheet rounded names no draw any more."""
    column = records.roles["accession"].recode(clean_text)
    rounded = column.map(lambda text: bool(ROUNDED.match(text)), bool)
    texts = column.spread()
    ledger.ask(rounded & ledger.open, "ROUNDED_BARCODE", texts)
    return np.where(rounded, "", texts)


def _references(records: RawRecords) -> np.ndarray:
    """Return the printed reference range, made of its two ends where they stand in columns of their own."""
    text, low, high = (_texts(records, role) for role in ("reference", "reference_low", "reference_high"))
    ends = np.where(low == "", "<= " + high, np.where(high == "", ">= " + low, low + " - " + high))
    given = (text == "") & ((low != "") | (high != ""))
    return np.where(given, ends, text).astype(object)


def _texts(records: RawRecords, role: str) -> np.ndarray:
    return records.roles[role].recode(clean_text).spread()


def _join(raw: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return two texts of each row beside each other, as questions show them."""
    pairs = (pd.Series(raw, dtype=object) + " " + pd.Series(unit, dtype=object)).str.strip()
    return pairs.to_numpy(dtype=object)
