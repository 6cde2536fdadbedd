"""Reference limits: the range that a laboratory prints beside its result, or else the study's own.

A printed range is read in the unit of its row and converted with the result, by the same factor. Where the
laboratory gives none, the limits that the study declares for the analyte stand in, by sex where they differ.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.labs.config import Analyte
from trial.labs.ledger import Ledger
from trial.labs.results import ResultReader
from trial.labs.text import clean_text
from trial.labs.values import Context, Values

RANGE = re.compile(r"^(.*?\d)\s*[-–—−~]\s*(\d.*)$")
BRACKETS = re.compile(r"^[\[(]\s*(.*?)\s*[\])]$")
LABORATORY, STUDY = "LABORATORY", "STUDY"


@dataclass(frozen=True)
class PrintedRange:
    """What a printed reference range says; an end that is not given is NaN.

    Parameters
    ----------
    low, high : float
        In the unit of the row, or in `unit` where one stands in the range.
    unit : str
        As printed behind the last number.
    readable : bool
        Whether the text was understood; one that says that there is no range was.
    """

    low: float = math.nan
    high: float = math.nan
    unit: str = ""
    readable: bool = True


UNREADABLE = PrintedRange(readable=False)


def parse_range(text: str, reader: ResultReader) -> PrintedRange:
    """Return what a printed range says: `3,9 - 6,4`, `[3.9-6.4]`, `< 40`, `>= 90`; `0 - 0` is none."""
    clean = BRACKETS.sub(r"\1", clean_text(text))
    if not clean:
        return PrintedRange()
    if found := RANGE.match(clean):
        low, high = reader.read_number(found.group(1)), reader.read(found.group(2))
        if low == high.value == 0:
            return PrintedRange()
        # Nor is an upper end of zero or below one that a result could be compared with.
        fits = low <= high.value and high.value > 0
        return PrintedRange(low, high.value, high.unit) if fits else UNREADABLE
    limit = reader.read(clean)
    if limit.rule == "MISSING_RESULT" or limit.value == 0:
        return PrintedRange()
    if limit.censor == "<":
        return PrintedRange(high=limit.limit, unit=limit.unit)
    if limit.censor == ">":
        return PrintedRange(low=limit.limit, unit=limit.unit)
    return UNREADABLE


def read_ranges(printed: np.ndarray, context: Context, values: Values, ledger: Ledger) -> None:
    """Set the ends of the printed ranges, in the unit of the row; ask about those that are not understood.

    Only of quantitative tests: others have no range of numbers.
    """
    reader = ResultReader(context.source.numbers, context.source.words)
    codes, texts = pd.factorize(printed)
    ranges = [parse_range(text, reader) for text in texts]
    values.low = np.array([one.low for one in ranges], dtype=float)[codes]
    values.high = np.array([one.high for one in ranges], dtype=float)[codes]
    readable = np.array([one.readable for one in ranges], dtype=bool)[codes]
    found = [context.units.find(one.unit) if one.unit else "" for one in ranges]
    units = np.array(found, dtype=object)[codes]
    stated = np.array([bool(one.unit) for one in ranges], dtype=bool)[codes]
    unfit = stated & (units != values.from_unit)
    kinds = {code: analyte.kind for code, analyte in context.analytes.items()}
    counted = np.array([kinds.get(code) == "quantitative" for code in context.analyte], dtype=bool)
    values.low[unfit | ~counted] = values.high[unfit | ~counted] = np.nan
    asked = counted & (unfit | ~readable) & (values.rule == "") & ledger.open
    ledger.ask(asked, "UNREADABLE_REFERENCE", printed)


def complete_limits(
    labs: pd.DataFrame, analytes: Mapping[str, Analyte], sexes: Mapping[str, str]
) -> pd.DataFrame:
    """Return usable results with ANRLO, ANRHI and whose limits they are (ANRSRC).

    Parameters
    ----------
    labs : DataFrame
        USUBJID, ANALYTE, ANRLO and ANRHI of the laboratory.
    analytes : mapping
        Those with `reference` have limits of the study's own; they stand in as a pair, never beside an end
        that the laboratory gives.
    sexes : mapping of str to str
        F or M by subject; limits by sex do not hold for a subject without.
    """
    low, high = labs["ANRLO"].to_numpy(float, copy=True), labs["ANRHI"].to_numpy(float, copy=True)
    printed = ~(np.isnan(low) & np.isnan(high))
    source = np.where(printed, LABORATORY, "").astype(object)
    codes = labs["ANALYTE"].to_numpy(dtype=object)
    sex = np.array([sexes.get(subject, "") for subject in labs["USUBJID"]], dtype=object)
    for code, analyte in analytes.items():
        for limits in analyte.reference:
            rows = ~printed & (codes == code) & ((sex == limits.sex) | (limits.sex is None))
            low[rows] = math.nan if limits.low is None else limits.low
            high[rows] = math.nan if limits.high is None else limits.high
            source[rows] = STUDY
    return labs.assign(ANRLO=low, ANRHI=high, ANRSRC=pd.Series(source, index=labs.index, dtype=object))
