"""EDC rows of known subjects: visits (ADSV), adverse events (ADAE), rescue medicines, discontinuation."""

import pandas as pd

from trial.study.errors import DataError
from trial.study.privacy import SHORTEST
from trial.subjects.books import SCREEN_FAILURE, Books
from trial.subjects.cells import Cells
from trial.subjects.config_edc import RESCUE, Edc
from trial.subjects.edc import EdcFile
from trial.subjects.schema import ADAE, ADSV


def derive_adsv(file: EdcFile | None, edc: Edc, books: Books) -> pd.DataFrame:
    """Return ADSV, one row per subject and visit as the site names it, with the hours fasted."""
    if file is None:
        return pd.DataFrame(columns=list(ADSV))
    cells = _of_known_subjects(file, edc, books)
    _ask_visits(cells)
    return pd.DataFrame(
        {
            "USUBJID": cells.rows["USUBJID"],
            "VISIT": cells.texts("VISIT"),
            "SVDT": cells.dates("VISIT_DT"),
            "DONE": cells.codes("DONE"),
            "FASTING_H": cells.numbers("FASTING_H", edc.limits.FASTING_H),
            "REASON": cells.texts("REASON_NOT_DONE"),
        }
    ).sort_values(["USUBJID", "SVDT", "VISIT"])[list(ADSV)]


def derive_adae(file: EdcFile | None, adsl: pd.DataFrame, edc: Edc, books: Books) -> pd.DataFrame:
    """Return ADAE, one row per adverse event; treatment-emergent when it starts on or after INDEXDT."""
    if file is None:
        return pd.DataFrame(columns=list(ADAE))
    cells = _of_known_subjects(file, edc, books)
    coded = ("AESEV", "AESER", "AERELPROD", "AERELPROC", "AEOUT", "AEACN")
    adae = pd.DataFrame(
        {
            "USUBJID": cells.rows["USUBJID"],
            "ROW": cells.rows["ROW"],
            "AETERM": cells.texts("AETERM"),
            "AEBODSYS": cells.texts("AESOC"),
            "AEDECOD": cells.texts("AEDECOD"),
            "ASTDT": cells.dates("AESTDTC"),
            "AENDT": cells.dates("AEENDTC"),
            **{name: cells.codes(name) for name in coded},
        }
    )
    adae = adae.merge(adsl[["USUBJID", "TRT01A", "INDEXDT"]], on="USUBJID", how="left")
    days = (
        pd.to_datetime(adae["ASTDT"], errors="coerce") - pd.to_datetime(adae["INDEXDT"], errors="coerce")
    ).dt.days
    adae["ASTDY"] = days.astype(float)
    # An event without a start date counts as emergent: safety errs on the side of reporting.
    adae["TRTEMFL"] = (~(days < 0)).map({True: "Y", False: ""})
    return adae.sort_values(["USUBJID", "ASTDT", "AEDECOD", "ROW"])[list(ADAE)]


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
    _of_known_subjects(file, edc, books)


def find_rescue(file: EdcFile | None, edc: Edc, books: Books) -> pd.DataFrame:
    """Return the first date of rescue medication by subject (RESCDT)."""
    if file is None:
        return pd.DataFrame(columns=["USUBJID", "RESCDT"])
    cells = _of_known_subjects(file, edc, books)
    # Only rescue needs a whole date; medicines of long standing are often known by year alone.
    rescue = cells.where(cells.codes("CMREASON") == RESCUE)
    rows = rescue.rows.assign(RESCDT=rescue.dates("CMSTDTC"))
    return rows[rows["RESCDT"] != ""].groupby("USUBJID")["RESCDT"].min().reset_index()


def find_discontinued(file: EdcFile | None, edc: Edc, books: Books) -> pd.DataFrame:
    """Return the first dated discontinuation by subject (DISCDT, DSDECOD); others are superseded by it."""
    if file is None:
        return pd.DataFrame(columns=["USUBJID", "DISCDT", "DSDECOD"])
    cells = _of_known_subjects(file, edc, books)
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


def _of_known_subjects(file: EdcFile, edc: Edc, books: Books) -> Cells:
    """Return the cells of known subjects; screening failures are left out, the others are queried too."""
    known = file.rows["USUBJID"].isin(list(books.subjects))
    screened = file.rows["USUBJID"].isin(list(books.screened))
    near = {_fold(subject): subject for subject in sorted(books.subjects)}
    for _, row in file.rows[~known & ~screened].iterrows():
        match = near.get(_fold(row["USUBJID"]), "")
        found = "the subject is not in the subjects file" + (f" (which has {match})" if match else "")
        books.query(file, row["ROW"], row["USUBJID"], "UNKNOWN_SUBJECT", found)
    aside = dict.fromkeys(file.rows.loc[~known, "ROW"], "UNKNOWN_SUBJECT")
    books.settle(file, aside | dict.fromkeys(file.rows.loc[screened, "ROW"], SCREEN_FAILURE))
    return Cells(file, edc, books).where(known)


def _fold(subject: str) -> str:
    return "".join(subject.upper().split())
