"""EDC rows of known subjects: visits (ADSV), adverse events (ADAE), discontinuation."""

import pandas as pd

from trial.study.errors import DataError
from trial.study.privacy import SHORTEST
from trial.subjects.books import Books
from trial.subjects.cells import Cells, of_known_subjects
from trial.subjects.config_edc import Edc
from trial.subjects.edc import EdcFile
from trial.subjects.schema import ADAE, ADSV


def derive_adsv(file: EdcFile | None, edc: Edc, books: Books) -> pd.DataFrame:
    """Return ADSV, one row per subject and visit as the site names it, with the hours fasted."""
    if file is None:
        return pd.DataFrame(columns=list(ADSV))
    cells = of_known_subjects(file, edc, books)
    _ask_visits(cells)
    return pd.DataFrame(
        {
            "USUBJID": cells.rows["USUBJID"],
            "VISIT": cells.texts("VISIT"),
            "SVDT": cells.dates("VISIT_DT"),
            "DONE": cells.codes("DONE"),
            "FASTING_H": cells.numbers("FASTING_H", edc.limits.FASTING_H),
            "REASON": cells.texts("REASON_NOT_DONE"),
            "FILE": file.name,
            "ROW": cells.rows["ROW"],
        }
    ).sort_values(["USUBJID", "SVDT", "VISIT"])[list(ADSV)]


def derive_adae(file: EdcFile | None, adsl: pd.DataFrame, edc: Edc, books: Books) -> pd.DataFrame:
    """Return ADAE, one row per event; treatment-emergent from TRTEMDT of the subject on.

    ASTDY counts from time zero (day 0); ADURN has both its first and its last day.
    """
    if file is None:
        return pd.DataFrame(columns=list(ADAE))
    cells = of_known_subjects(file, edc, books)
    coded = ("AESEV", "AESER", "AERELPROD", "AERELPROC", "AEOUT", "AEACN")
    adae = pd.DataFrame(
        {
            "USUBJID": cells.rows["USUBJID"],
            "FILE": file.name,
            "ROW": cells.rows["ROW"],
            "AETERM": cells.texts("AETERM"),
            "AEBODSYS": cells.texts("AESOC"),
            "AEDECOD": cells.texts("AEDECOD"),
            "AESTDTC": cells.texts("AESTDTC"),
            "ASTDT": cells.dates("AESTDTC"),
            "AEENDTC": cells.texts("AEENDTC"),
            "AENDT": cells.dates("AEENDTC"),
            **{name: cells.codes(name) for name in coded},
        }
    )
    known = {"STARTS": cells.known_days("AESTDTC"), "ENDS": cells.known_days("AEENDTC")}
    _ask_order(cells, adae)
    of_subject = adsl[["USUBJID", "TRT01A", "INDEXDT", "TRTEMDT"]]
    adae = adae.assign(**known).merge(of_subject, on="USUBJID", how="left")
    adae["ASTDY"] = _days_between(adae["INDEXDT"], adae["ASTDT"])
    length = _days_between(adae["ASTDT"], adae["AENDT"])
    adae["ADURN"] = (length + 1).where(length >= 0)
    days = zip(adae["STARTS"], adae["ENDS"], adae["TRTEMDT"], strict=True)
    adae["TRTEMFL"] = ["Y" if may_start_from(*each) else "" for each in days]
    return adae.sort_values(["USUBJID", "ASTDT", "AEDECOD", "ROW"])[list(ADAE)]


def may_start_from(starts: str, ends: str, first: str) -> bool:
    """Return whether an event may have started on the day `first` or later.

    Safety errs on the side of reporting: an event is left out only where every day on which it may have
    started lies before `first`. Of an event whose start is known in part or not at all, a known end before
    `first` says so too. `starts` and `ends` may be a year, or year and month: beginnings of ISO days.
    """
    if starts < first[: len(starts)]:
        return False
    whole = len(starts) == len(first)
    return whole or not ends or ends >= first[: len(ends)]


def _days_between(first: pd.Series, last: pd.Series) -> pd.Series:
    """Return the days from one date to another; missing where one is."""
    days = pd.to_datetime(last, errors="coerce") - pd.to_datetime(first, errors="coerce")
    return days.dt.days.astype(float)


def _ask_order(cells: Cells, adae: pd.DataFrame) -> None:
    """Ask about each event that ends before it starts."""
    turned = (adae["AENDT"] != "") & (adae["AENDT"] < adae["ASTDT"])
    for _, row in adae[turned].iterrows():
        found = f"AEENDTC {row['AENDT']} before AESTDTC {row['ASTDT']}"
        cells.books.query(cells.file, row["ROW"], row["USUBJID"], "EVENT_ORDER", found)


def account_key(file: EdcFile | None, edc: Edc, books: Books) -> None:
    """Account for the key file: hospital numbers must be there once each, for known subjects.

    Raises
    ------
    DataError
        If a hospital number or a subject stands twice, or a subject's id is a hospital number. The
        message names rows, never the numbers.
    """
    if file is None:
        return
    rows = file.rows
    twice = (
        rows["MA_BN"].duplicated(keep=False) | rows["USUBJID"].duplicated(keep=False) | (rows["MA_BN"] == "")
    )
    if twice.any():
        raise DataError(
            f"data/raw/{file.name}",
            "a hospital number or subject stands twice or is empty",
            [f"row {row}" for row in rows.loc[twice, "ROW"]],
            "each subject needs exactly one hospital number",
        )
    bare = {number.lstrip("0") for number in rows["MA_BN"]}
    same = rows["USUBJID"].str.lstrip("0").isin([number for number in bare if len(number) >= SHORTEST])
    if same.any():
        raise DataError(
            f"data/raw/{file.name}",
            "a subject's id is a hospital number, and would stand in every output",
            [f"row {row}" for row in rows.loc[same, "ROW"]],
            "give the subjects ids of the study",
        )
    of_known_subjects(file, edc, books)


def find_discontinued(file: EdcFile | None, edc: Edc, books: Books) -> pd.DataFrame:
    """Return the first dated discontinuation by subject (DISCDT, DSDECOD); others are superseded by it."""
    if file is None:
        return pd.DataFrame(columns=["USUBJID", "DISCDT", "DSDECOD"])
    cells = of_known_subjects(file, edc, books)
    rows = cells.rows.assign(DISCDT=cells.dates("DSDTC"), DSDECOD=cells.codes("DSDECOD"))
    rows["UNDATED"] = rows["DISCDT"] == ""
    rows = rows.sort_values(["USUBJID", "UNDATED", "DISCDT", "ROW"])
    rows["BY"] = rows.groupby("USUBJID")["ROW"].transform("first")
    for _, row in rows[rows["ROW"] != rows["BY"]].iterrows():
        found = f"DSDTC = '{row['DSDTC']}', used is row {row['BY']}"
        books.query(file, row["ROW"], row["USUBJID"], "SECOND_DISCONTINUATION", found)
        books.supersede(file, row["ROW"], "SECOND_DISCONTINUATION", row["BY"])
    return rows.loc[rows["ROW"] == rows["BY"], ["USUBJID", "DISCDT", "DSDECOD"]]


def _ask_visits(cells: Cells) -> None:
    """Ask about a visit that a subject has twice.

    The names of visits are the site's own: screening and unscheduled visits are in no analysis window.
    """
    first: dict[tuple[str, str], int] = {}
    for _, row in cells.rows.iterrows():
        line, subject, visit = row["ROW"], row["USUBJID"], row["VISIT"]
        before = first.setdefault((subject, visit), line)
        if before != line:
            found = f"VISIT = '{visit}', as in row {before}"
            cells.books.query(cells.file, line, subject, "REPEATED_VISIT", found)
