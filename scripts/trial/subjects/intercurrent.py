"""Medicines (ADCM), and the intercurrent events that the study declares (ADICE)."""

import calendar
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from trial.study.text import fold
from trial.subjects.books import Books
from trial.subjects.cells import of_known_subjects
from trial.subjects.config_edc import RESCUE, Edc
from trial.subjects.config_events import FILES, EventRule
from trial.subjects.edc import EdcFile
from trial.subjects.schema import ADCM, ADICE

# What a data set of events calls the start as the site wrote it.
AS_COLLECTED = {"adcm": "CMSTDTC"}


def derive_adcm(file: EdcFile | None, edc: Edc, books: Books) -> pd.DataFrame:
    """Return ADCM, one row per medicine, by subject, start and name.

    Medicines of long standing are often known by year or month alone: their date is empty, without a question
    unless they were given as rescue.
    """
    if file is None:
        return pd.DataFrame(columns=list(ADCM))
    cells = of_known_subjects(file, edc, books)
    reasons = cells.codes("CMREASON")
    rescue = reasons == RESCUE
    starts = [cells.where(rescue).dates("CMSTDTC"), cells.where(~rescue).dates("CMSTDTC", partial=True)]
    adcm = pd.DataFrame(
        {
            "USUBJID": cells.rows["USUBJID"],
            "CMTRT": cells.texts("CMTRT"),
            "CMCLASS": cells.codes("CMCLASS"),
            "CMDOSE": cells.numbers("CMDOSE", None),
            "CMDOSU": cells.texts("CMDOSU"),
            "CMREASON": reasons,
            "CMSTDTC": cells.texts("CMSTDTC"),
            "ASTDT": pd.concat(starts).reindex(cells.rows.index),
            "CMENDTC": cells.texts("CMENDTC"),
            "AENDT": cells.dates("CMENDTC", partial=True),
            "FILE": file.name,
            "ROW": cells.rows["ROW"],
        }
    )
    return adcm.sort_values(["USUBJID", "CMSTDTC", "CMTRT", "ROW"])


def find_rescue(adcm: pd.DataFrame) -> pd.DataFrame:
    """Return the first date of rescue medication by subject (RESCDT)."""
    rows = adcm[(adcm["CMREASON"] == RESCUE) & (adcm["ASTDT"] != "")]
    return rows.groupby("USUBJID")["ASTDT"].min().rename("RESCDT").reset_index()


def derive_adice(
    rules: Mapping[str, EventRule],
    tables: Mapping[str, pd.DataFrame],
    files: Mapping[str, EdcFile],
    books: Books,
) -> pd.DataFrame:
    """Return ADICE, one row per intercurrent event, by subject, date and event.

    An event that acts for good counts from time zero on (INDEXDT). Where its whole date is not known and it
    may have come after time zero, the earliest possible day is taken (EARLYFL) and the site is asked.

    Parameters
    ----------
    rules : mapping
        By code, what makes a row this event.
    tables : mapping
        `adsl`, `adcm` and `adae` with the ROW of their EDC file.
    """
    zero = tables["adsl"].set_index("USUBJID")["INDEXDT"]
    found = []
    for code, rule in rules.items():
        file = files[FILES.get(rule.data, "subjects")]
        rows = _matching(tables[rule.data], rule)
        for row in rows.to_dict("records"):
            subject = str(row["USUBJID"])
            first = zero[subject] if rule.days is None else ""
            day, early = _day(row, rule, first)
            if early and day:
                books.query(file, int(row["ROW"]), subject, "EVENT_WITHOUT_DATE", f"{code}: taken as {day}")
            if day and day >= first:
                place = {"FILE": file.name, "ROW": str(row["ROW"])}
                found.append({"USUBJID": subject, "EVENT": code, "ICEDT": day, "EARLYFL": early} | place)
    table = pd.DataFrame(found, columns=list(ADICE))
    return table.sort_values(["USUBJID", "ICEDT", "EVENT", "FILE", "ROW"], ignore_index=True)


def _matching(table: pd.DataFrame, rule: EventRule) -> pd.DataFrame:
    for name, texts in rule.where.items():
        table = table[table[name].map(fold).isin([fold(text) for text in texts])]
    return table


def _day(row: Mapping[Any, Any], rule: EventRule, first: str) -> tuple[str, str]:
    """Return the day of an event, and Y where it is only the earliest possible; nothing if it came before."""
    if row[rule.date]:
        return str(row[rule.date]), ""
    collected = str(row.get(AS_COLLECTED.get(rule.data, ""), ""))
    start, end = next(_partial(collected), ("", "9999-12-31"))
    return ("", "") if end < first else (max(start, first), "Y")


def _partial(text: str) -> Iterator[tuple[str, str]]:
    """Yield the first and last day of a year (yyyy) or of a month (yyyy-mm)."""
    year, _, month = text.partition("-")
    if len(year) == 4 and year.isdigit() and (not month or (len(month) == 2 and month.isdigit())):
        if not month:
            yield f"{year}-01-01", f"{year}-12-31"
        elif 1 <= int(month) <= 12:
            yield f"{text}-01", f"{text}-{calendar.monthrange(int(year), int(month))[1]:02d}"
