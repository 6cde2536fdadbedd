"""What the file derived, derived again: baseline, change, which record stands for a visit.

Nothing is replaced: the analysis uses what the file says, and a question names what it would be by the rule.
What the file leaves out is derived.
"""

from collections.abc import Hashable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from trial.adam.books import SOURCE
from trial.adam.config import TakeEndpointSpec
from trial.endpoints.schema import ENDPOINT_QUERIES
from trial.endpoints.visits import select_records, study_day
from trial.study.identity import about, fingerprint

# What a number printed with ten significant digits, the least that exports keep, may be off.
RELATIVE = 1e-8
QUESTIONS = {
    "BASE_DIFFERS": "BASE is not the value of the record flagged ABLFL: which is right?",
    "CHANGE_DIFFERS": "The change is not the value less the baseline: which is right?",
    "DAY_DIFFERS": "The day is not that from the index date to the date of the record: which is right?",
    "BASELINE_FLAG_DIFFERS": "Another record is the baseline by the declared rule: which is right?",
    "ANALYSIS_FLAG_DIFFERS": "Another record stands for the visit by the declared rule: which is right?",
    "OUT_OF_WINDOW": "The day lies outside the window of the visit: is the visit right?",
    "BASELINE_FLAG_AT_LATER_VISIT": "The baseline is flagged at a visit after baseline: which is right?",
}
# What a record says, for the digits that stand for it.
SAID = ("AVAL", "AVALC", "BASE", "CHG", "PCHG", "ADT", "ADY", "ABLFL", "GIVEN")
FLAG_RULES = {"ABLFL": "BASELINE_FLAG_DIFFERS", "ANL01FL": "ANALYSIS_FLAG_DIFFERS"}
DONE = {"BASELINE_FLAG_AT_LATER_VISIT": "kept in the analysis data, not analysed"}


def list_differences(rows: pd.DataFrame, spec: TakeEndpointSpec) -> pd.DataFrame:
    """Return one question per difference, in the columns `ENDPOINT_QUERIES`.

    Parameters
    ----------
    rows : DataFrame
        The records of one endpoint with INDEXDT, GIVEN (ANL01FL of the file), MEETS and USABLE.
    spec : TakeEndpointSpec
    """
    asked = [*_bases(rows), *_changes(rows, spec), *_days(rows), *_places(rows, spec)]
    if spec.selection is not None:
        asked += _flags(rows, spec)
    table = [_question(row, rule, column, found, spec) for row, rule, column, found in asked]
    return pd.DataFrame(table, columns=list(ENDPOINT_QUERIES))


Row = dict[Hashable, Any]
Asked = tuple[Row, str, str, str]


def fill_absent(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with BASE, CHG and PCHG derived for analysed records where the file gives none."""
    analysed = rows["ANL01FL"] == "Y"
    base = rows["BASE"].where(rows["BASE"].notna() | ~analysed, _baseline(rows))
    change = rows["CHG"].where(rows["CHG"].notna() | ~analysed, rows["AVAL"] - base)
    percent = 100.0 * change / base.where(base != 0)
    return rows.assign(
        BASE=base, CHG=change, PCHG=rows["PCHG"].where(rows["PCHG"].notna() | ~analysed, percent)
    )


def _baseline(rows: pd.DataFrame) -> pd.Series:
    """Return, row by row, the value of the subject's record flagged ABLFL."""
    flagged = rows[(rows["ABLFL"] == "Y") & rows["MEETS"] & rows["AVAL"].notna()]
    return rows["USUBJID"].map(flagged.set_index("USUBJID")["AVAL"])


def _bases(rows: pd.DataFrame) -> Iterator[Asked]:
    """Yield one question per subject whose BASE is not its baseline value."""
    expected = _baseline(rows)
    wrong = _differ(rows["BASE"], expected, expected.abs(), needed=rows["ANL01FL"] == "Y")
    for _, part in rows.assign(EXPECTED=expected)[wrong].groupby("USUBJID", sort=True):
        first = part.to_dict("records")[0]
        more = f" in {len(part)} records" if len(part) > 1 else ""
        found = f"{_number(first['BASE'])}{more}, not {_number(first['EXPECTED'])}"
        yield first, "BASE_DIFFERS", "BASE", found


def _changes(rows: pd.DataFrame, spec: TakeEndpointSpec) -> Iterator[Asked]:
    """Yield one question per change that is not the value less BASE, as a difference or in percent."""
    size = rows[["AVAL", "BASE"]].abs().max(axis=1)
    divisor = rows["BASE"].where(rows["BASE"] != 0)
    change = rows["AVAL"] - rows["BASE"]
    needed = (rows["ANL01FL"] == "Y") & (rows["ABLFL"] == "")
    for name, expected, scale in (
        ("CHG", change, size),
        ("PCHG", 100.0 * change / divisor, 100.0 * size / divisor.abs()),
    ):
        if name in spec.columns:
            wrong = _differ(rows[name], expected, scale, needed=needed)
            for row in rows.assign(EXPECTED=expected)[wrong].to_dict("records"):
                yield row, "CHANGE_DIFFERS", name, f"{_number(row[name])}, not {_number(row['EXPECTED'])}"


def _days(rows: pd.DataFrame) -> Iterator[Asked]:
    """Yield one question per subject whose days are not those from the index date to the record's date."""
    expected = study_day(rows["ADT"], rows["INDEXDT"])
    wrong = expected.notna() & rows["ADY"].notna() & (expected != rows["ADY"])
    for _, part in rows.assign(EXPECTED=expected)[wrong].groupby("USUBJID", sort=True):
        first = part.to_dict("records")[0]
        more = f" in {len(part)} records" if len(part) > 1 else ""
        found = f"day {first['ADY']:g}{more}, not {first['EXPECTED']:g} from {first['INDEXDT']}"
        yield first, "DAY_DIFFERS", "ADY", found


def _places(rows: pd.DataFrame, spec: TakeEndpointSpec) -> Iterator[Asked]:
    """Yield one question per baseline flag after baseline, and per analysed value outside its visit's window.

    A derived record (DTYPE) may carry the day of the value that it repeats.
    """
    later = (rows["ABLFL"] == "Y") & (rows["AVISITN"] > spec.visits[0].number)
    for row in rows[later].to_dict("records"):
        yield row, "BASELINE_FLAG_AT_LATER_VISIT", "ABLFL", f"Y at {row['AVISIT']}"
    windows = {visit.code: visit.window for visit in spec.visits}
    observed = (rows["ANL01FL"] == "Y") & (rows["DTYPE"] == "") & rows["ADY"].notna()
    for row in rows[observed].to_dict("records"):
        low, high = windows[row["AVISIT"]]
        if not low <= row["ADY"] <= high:
            found = f"{row['AVISIT']}, day {row['ADY']:g}, window {low} to {high}"
            yield row, "OUT_OF_WINDOW", "AVISIT", found


def _flags(rows: pd.DataFrame, spec: TakeEndpointSpec) -> Iterator[Asked]:
    """Yield one question per subject and visit for which the declared rule chooses another record."""
    assert spec.selection is not None
    usable = rows[rows["USABLE"]]
    # The visit is given; a laboratory's export, with flags and visits of its own, is not there.
    said = dict.fromkeys(("VISIT_RAW", "BASEFL", "ANLFL", "REASON"), "")
    dated = usable.assign(COLLECTED=usable["ADT"], VISIT=usable["AVISIT"], CONTRADICTED=False, **said)
    usable = usable.assign(OURS=select_records(dated, spec.visits, spec.selection)["ANL01FL"])
    for visit in spec.visits:
        column = "ABLFL" if visit.baseline else "ANL01FL"
        here = usable[usable["AVISIT"] == visit.code]
        given = _by_subject(here[here["ABLFL" if visit.baseline else "GIVEN"] == "Y"])
        ours = _by_subject(here[here["OURS"] == "Y"])
        for subject in sorted({*ours, *given}):
            if found := _other_record(given.get(subject), ours.get(subject)):
                row = given.get(subject) or ours[subject]
                yield row, FLAG_RULES[column], column, found


def _by_subject(rows: pd.DataFrame) -> dict[str, Row]:
    return {str(row["USUBJID"]): row for row in rows.to_dict("records")}


def _other_record(given: Row | None, ours: Row | None) -> str:
    """Return which record is flagged and which by the rule; nothing where they are one, or of one day.

    Nor is there a rule for a flagged record without a day.
    """
    if given and (np.isnan(given["ADY"]) or (ours and given["ADY"] == ours["ADY"])):
        return ""
    return f"flagged is {_day(given)}, by the rule {_day(ours)}"


def _differ(given: pd.Series, expected: pd.Series, scale: pd.Series, needed: pd.Series) -> pd.Series:
    """Return where a given number is not the expected one; where none is given, only if one is needed."""
    far = (given - expected).abs() > RELATIVE * scale
    return far | (given.notna() & expected.isna()) | (given.isna() & expected.notna() & needed)


def _day(row: Row | None) -> str:
    if row is None:
        return "none"
    return f"row {row['ROW']}" + ("" if np.isnan(row["ADY"]) else f" (day {row['ADY']:g})")


def _number(value: float) -> str:
    return "none" if np.isnan(value) else f"{value:.10g}"


def _question(row: Row, rule: str, column: str, found: str, spec: TakeEndpointSpec) -> dict[str, str]:
    place = {
        "FILE": str(row["FILE"]),
        "SHEET": str(row["SHEET"]),
        "ROW": str(row["ROW"]),
        "COLUMN": spec.columns.get(column, column),
    }
    return {
        "SUBJECT": str(row["USUBJID"]),
        "ANALYTE": spec.paramcd,
        "DATE": str(row["ADT"]),
        "RULE": rule,
        "FOUND": found,
        "VALUE": "",
        "DAY": "",
        "QUESTION": QUESTIONS[rule],
        "DONE": DONE.get(rule, "derived value used" if found.startswith("none") else "used as given"),
        "SOURCE": SOURCE,
        **place,
        "ABOUT": about(row["FILE"], row["USUBJID"], spec.paramcd, row["AVISIT"], row["ADT"], column),
        "UNDER": fingerprint([row[name] for name in SAID]),
        "DRAW": "#".join(place.values()),
    }
