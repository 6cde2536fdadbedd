"""Is the value possible, usual, in its unit, and do the record's own parts agree?

Outside the hard limits a record is quarantined; everything else raises a question. Nothing is corrected.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from trial.labs.config import Analyte, Consistency, Factor, Source
from trial.labs.convert import ready_factor
from trial.labs.ledger import NOBODY, Ledger
from trial.labs.limits import parse_range
from trial.labs.results import ResultReader
from trial.labs.text import fold
from trial.labs.units import Conversions, shipped_conversions

MINUTES_PER_DAY = 1440
# Estimated average glucose in mg/dL = 28.7 HbA1c % - 46.7: Nathan et al. 2008, the ADAG study.
EAG_SLOPE, EAG_OFFSET = 28.7, -46.7
HIGH, LOW = {"h", "hh", "↑", "cao", "high"}, {"l", "ll", "↓", "thấp", "low"}
NORMAL = {"", "n", "normal", "bình thường"}  # other flags say nothing of the side (`A`, `*`)


def find_unusable(frame: pd.DataFrame, analytes: Mapping[str, Analyte]) -> np.ndarray:
    """Return which records can give no value: unreadable, impossible, or of a sample that spoils the test.

    The quality of a sample with a barcode holds for all its records: it does not tell them apart.
    """
    spoilt = (_unusable_quality(frame, analytes) != "") & (frame["ACCESSION"] == "").to_numpy()
    return np.asarray((frame["PENDING"] != "").to_numpy() | _impossible(frame, analytes) | spoilt)


def judge_samples(frame: pd.DataFrame, analytes: Mapping[str, Analyte], ledger: Ledger) -> None:
    """Quarantine results whose analyte cannot be measured in a sample of that quality."""
    ledger.quarantine(_unusable_quality(frame, analytes), frame["QUALITY"].to_numpy(dtype=object))


def _unusable_quality(frame: pd.DataFrame, analytes: Mapping[str, Analyte]) -> np.ndarray:
    """Return the first quality code that the analyte of each record does not bear, or ``""``."""
    unusable = {code: set(analyte.unusable_quality) for code, analyte in analytes.items()}
    quality, analyte = frame["QUALITY"].to_numpy(dtype=object), frame["ANALYTE"].to_numpy(dtype=object)
    rule = np.full(len(frame), "", dtype=object)
    for at in np.flatnonzero(quality != ""):
        hit = [code for code in quality[at].split(";") if code in unusable.get(analyte[at], ())]
        rule[at] = hit[0] if hit else ""
    return rule


def judge_limits(frame: pd.DataFrame, analytes: Mapping[str, Analyte], ledger: Ledger) -> None:
    """Quarantine values that are impossible in the unit they came in."""
    shown = frame["SHOWN"].to_numpy(dtype=object)
    ledger.quarantine_where(_impossible(frame, analytes), "IMPOSSIBLE_VALUE", shown)


def _impossible(frame: pd.DataFrame, analytes: Mapping[str, Analyte]) -> np.ndarray:
    """Return which values lie outside the hard limits."""
    value, codes = frame["VALUE"].to_numpy(), frame["ANALYTE"].to_numpy(dtype=object)
    outside = np.zeros(len(frame), dtype=bool)
    for code, analyte in analytes.items():
        if analyte.limits:
            low, high = analyte.limits.hard
            outside |= (codes == code) & ((value < low) | (value > high))
    return outside


def judge_values(
    frame: pd.DataFrame, analytes: Mapping[str, Analyte], factors: tuple[Factor, ...],
    conversions: Conversions, ledger: Ledger,
) -> None:  # fmt: skip
    """Check units by the subject's own values, soft limits and jumps, analyte by analyte."""
    value = frame["VALUE"].to_numpy()
    codes = frame["ANALYTE"].to_numpy(dtype=object)
    shown = frame["SHOWN"].to_numpy(dtype=object)
    for code, analyte in analytes.items():
        mine = np.flatnonzero((codes == code) & ~np.isnan(value) & ledger.open)
        if analyte.wrong_unit and len(mine):
            suspect = np.zeros(len(frame), dtype=bool)
            suspect[mine] = _suspect_units(
                frame.iloc[mine], analyte, _ratios(code, analyte, factors, conversions)
            )
            if analyte.wrong_unit.action == "quarantine":
                ledger.quarantine_where(suspect, "WRONG_UNIT", shown)
            else:
                ledger.ask(suspect, "WRONG_UNIT_ASKED", shown)
        mine = (codes == code) & ~np.isnan(value) & ledger.open
        if analyte.limits and analyte.limits.soft:
            low, high = analyte.limits.soft
            ledger.ask(mine & ((value < low) | (value > high)), "UNUSUAL_VALUE", shown)
        if analyte.jump:
            jumps = np.zeros(len(frame), dtype=bool)
            rows = np.flatnonzero(mine)
            jumps[rows] = _jumps(frame.iloc[rows], analyte.jump.above, analyte.jump.within_days)
            ledger.ask(jumps, "JUMP", shown)


def median_of_others(group: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of the other values of each value's group, and how many others there are.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
    value : ndarray of float, shape (n,)

    Returns
    -------
    median : ndarray of float, shape (n,)
        NaN where there is no other value.
    others : ndarray of int, shape (n,)
    """
    order = np.lexsort((value, group))
    sorted_group, sorted_value = group[order], value[order]
    sizes = np.bincount(sorted_group, minlength=int(group.max(initial=-1)) + 1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(sizes) else np.empty(0, dtype=np.int64)
    size, start = sizes[sorted_group], starts[sorted_group]
    rank, others = np.arange(len(group)) - start, size - 1

    def other(k: np.ndarray) -> np.ndarray:
        """Return the k-th smallest of the others: one further where the value itself stands before it."""
        place = np.clip(start + k + (k >= rank), start, start + size - 1)
        return np.asarray(sorted_value[place])

    middle = (other((others - 1) // 2) + other(others // 2)) / 2
    median, count = np.empty(len(group)), np.empty(len(group), dtype=np.int64)
    median[order], count[order] = np.where(others > 0, middle, np.nan), others
    return median, count


def judge_tubes(frame: pd.DataFrame, analytes: Mapping[str, Analyte], ledger: Ledger) -> None:
    """Ask about results without a remark of a sample that has one: same accession, same specimen.

    Not enough sample (QNS) is a matter of one test, not of the others.
    """
    quality = frame["QUALITY"].to_numpy(dtype=object)
    rows = np.flatnonzero(
        (frame["ACCESSION"].to_numpy(dtype=object) != "") & (frame["SPECIMEN"] != "").to_numpy()
    )
    remarked = rows[quality[rows] != ""]
    if not len(remarked):
        return
    keys = [frame[name].to_numpy(dtype=object) for name in ("SOURCE", "ACCESSION", "SPECIMEN")]
    known = {tuple(key[at] for key in keys): quality[at] for at in remarked}
    codes = frame["ANALYTE"].to_numpy(dtype=object)
    found = np.full(len(frame), "", dtype=object)
    barcodes = {barcode for _, barcode, _ in known}
    for at in rows[pd.Series(keys[1][rows]).isin(barcodes).to_numpy() & (quality[rows] == "")]:
        remark = known.get(tuple(key[at] for key in keys), "")
        analyte = analytes.get(codes[at])
        if analyte and (set(remark.split(";")) - {"QNS"}) & set(analyte.unusable_quality):
            found[at] = remark
    ledger.ask((found != "") & ledger.open, "QUALITY_OF_SAMPLE", found)


def judge_factors(frame: pd.DataFrame, ledger: Ledger) -> None:
    """Ask once about each assay of a source whose laboratory factor changes in time."""
    own = frame["OWN_FACTOR"].to_numpy(dtype=bool)
    usable = ledger.open | (ledger.by != NOBODY)
    for _, rows in frame[usable & own].groupby(["SOURCE", "ANALYTE", "UNIT_CODE"], sort=True):
        seen = rows.sort_values("MINUTES", kind="stable").drop_duplicates("FACTOR")
        for at, before in zip(seen.index[1:], seen["FACTOR"].iloc[:-1], strict=True):
            ledger.ask_one(int(at), "FACTOR_CHANGES", f"{before}, then {rows['FACTOR'].loc[at]}")


def judge_logic(frame: pd.DataFrame, sources: Mapping[str, Source], ledger: Ledger) -> None:
    """Ask about times out of order, and about flags that contradict the printed range."""
    times = frame["COLLECTED"].to_numpy(dtype=object)
    ledger.ask(frame["OUT_OF_ORDER"].to_numpy() & ledger.open, "TIME_ORDER", times)
    names = frame["SOURCE"].to_numpy(dtype=object)
    flags = frame["FLAG"].to_numpy(dtype=object)
    ranges = frame["REFERENCE"].to_numpy(dtype=object)
    shown = frame["SHOWN"].to_numpy(dtype=object)
    for name, source in sources.items():
        mine = np.flatnonzero((names == name) & ledger.open)
        if not any(ranges[mine]) or not any(flags[mine]):
            continue
        contradicted = np.zeros(len(frame), dtype=bool)
        contradicted[mine] = _contradicted_flags(frame.iloc[mine], source)
        ledger.ask(contradicted, "FLAG_CONTRADICTED", shown)


def judge_consistency(frame: pd.DataFrame, bounds: Consistency | None, ledger: Ledger) -> None:
    """Ask about each HbA1c that a fasting glucose of the subject's same day contradicts.

    The question stands at the HbA1c and shows both. Only glucose that is said to be fasting counts: a
    casual one may lie anywhere.
    """
    if bounds is None:
        return
    usable = ledger.open & frame["VALUE"].notna().to_numpy()
    both = frame.loc[usable, ["USUBJID", "DAY", "ANALYTE", "FASTING", "VALUE", "SHOWN"]]
    hba1c = both[both["ANALYTE"] == bounds.hba1c].reset_index(names="RECORD")
    glucose = both[(both["ANALYTE"] == bounds.glucose) & (both["FASTING"] == "Y")]
    pairs = hba1c.merge(glucose, on=["USUBJID", "DAY"], suffixes=("", "_GLUCOSE"))
    low, high = (end * estimate_glucose(pairs["VALUE"].to_numpy()) for end in bounds.ratio)
    measured = pairs["VALUE_GLUCOSE"].to_numpy()
    outside = pairs[(measured < low) | (measured > high)]
    shown = outside.groupby("RECORD", sort=True)["SHOWN_GLUCOSE"].agg("; ".join)
    records = shown.index.to_numpy(dtype=np.int64)
    asked, found = np.zeros(len(frame), dtype=bool), frame["SHOWN"].to_numpy(dtype=object, copy=True)
    asked[records] = True
    found[records] = (
        f"{bounds.hba1c} " + found[records] + f", {bounds.glucose} " + shown.to_numpy(dtype=object)
    )
    ledger.ask(asked, "HBA1C_GLUCOSE", found)


def estimate_glucose(hba1c: np.ndarray) -> np.ndarray:
    """Return the estimated average glucose in mmol/L of HbA1c in % (ADAG equation).

    Parameters
    ----------
    hba1c : ndarray of float, shape (n,)
    """
    conversion = shipped_conversions().find("glucose", "mg/dL", "mmol/L")
    assert conversion is not None
    return np.asarray((EAG_SLOPE * hba1c + EAG_OFFSET) * conversion.slope)


def _ratios(
    code: str, analyte: Analyte, factors: tuple[Factor, ...], conversions: Conversions
) -> dict[str, set[float]]:
    """Return slopes to the standard unit of every unit that the value may really have."""
    assert analyte.wrong_unit is not None
    ready = [ready_factor(factor, analyte, conversions) for factor in factors if factor.analyte == code]
    slopes: dict[str, set[float]] = {analyte.unit: {1.0}}
    for unit in analyte.wrong_unit.units:
        conversion = conversions.find(analyte.quantity, unit, analyte.unit)
        own = {one.first.slope * one.onward.slope for one in ready if one and one.reported == unit}
        usual = set(conversions.usual_slopes(analyte.quantity, unit, analyte.unit))
        slopes[unit] = {conversion.slope} if conversion else own or usual
    return slopes


def _suspect_units(rows: pd.DataFrame, analyte: Analyte, slopes: Mapping[str, set[float]]) -> np.ndarray:
    """Return which values are away from the subject's others by the ratio of two units."""
    assert analyte.wrong_unit is not None
    group = pd.factorize(rows["USUBJID"])[0]
    value = rows["VALUE"].to_numpy()
    median, others = median_of_others(group, value)
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.log(value) - np.log(median)
    band = np.log1p(analyte.wrong_unit.tolerance)
    mine = rows["SLOPE"].to_numpy()
    suspect = np.zeros(len(rows), dtype=bool)
    for slope in {slope for several in slopes.values() for slope in several}:
        expected = np.log(mine / slope)
        # Two factors of one assay differ by less than the band: that is no other unit.
        suspect |= (np.abs(expected) > band) & (np.abs(away - expected) <= band)
    return np.asarray(suspect & (others >= analyte.wrong_unit.min_others))


def _jumps(rows: pd.DataFrame, above: float, within_days: int) -> np.ndarray:
    order = np.lexsort((rows["MINUTES"].to_numpy(), pd.factorize(rows["USUBJID"])[0]))
    subject = rows["USUBJID"].to_numpy(dtype=object)[order]
    value, minutes = rows["VALUE"].to_numpy()[order], rows["MINUTES"].to_numpy()[order]
    near = (subject[1:] == subject[:-1]) & (np.diff(minutes) <= within_days * MINUTES_PER_DAY)
    jumps = np.zeros(len(rows), dtype=bool)
    jumps[order[1:]] = near & (np.abs(np.diff(value)) > above)
    return jumps


def _contradicted_flags(rows: pd.DataFrame, source: Source) -> np.ndarray:
    reader = ResultReader(source.numbers, source.words)
    codes, texts = pd.factorize(rows["REFERENCE"].to_numpy(dtype=object))
    ranges = [parse_range(text, reader) for text in texts]
    ends = np.array([(one.low, one.high) for one in ranges], dtype=float).reshape(-1, 2)[codes]
    # A range in a unit of its own cannot be compared with the number as printed.
    units = np.array([fold(one.unit) for one in ranges], dtype=object)[codes]
    ends[(units != "") & (units != rows["UNIT_RAW"].map(fold).to_numpy(dtype=object))] = np.nan
    flags, flag_texts = pd.factorize(rows["FLAG"].to_numpy(dtype=object))
    side = np.array([(fold(t) in HIGH) - (fold(t) in LOW) for t in flag_texts], dtype=np.int64)[flags]
    told = np.array([fold(t) in HIGH | LOW | NORMAL for t in flag_texts], dtype=bool)[flags]
    value = rows["REPORTED"].to_numpy()
    with np.errstate(invalid="ignore"):
        expected = (value > ends[:, 1]).astype(np.int64) - (value < ends[:, 0])
    known = told & ~np.isnan(value) & ~np.isnan(ends).all(axis=1)
    return np.asarray(known & (expected != side))
