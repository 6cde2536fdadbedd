"""What the EDC files contradict in each other: each is a question, and the data stay as given."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from trial.study.text import fold
from trial.subjects.books import Books
from trial.subjects.cells import Cells
from trial.subjects.config import Arm
from trial.subjects.config_edc import Edc
from trial.subjects.edc import EdcFile
from trial.subjects.events import may_start_from

INFUSION = "INFUSION_DT"


def ask_across_files(
    files: Mapping[str, EdcFile], adsl: pd.DataFrame, arms: Sequence[Arm], edc: Edc, books: Books
) -> None:
    """Ask about events before consent or after discontinuation, infusions, and what differs between files."""
    subjects = Cells(files["subjects"], edc, books)
    subjects = subjects.where(subjects.rows["USUBJID"].isin(list(adsl["USUBJID"])))
    _ask_consent(files.get("adverse_events"), adsl, edc, books)
    _ask_after_discontinuation(files.get("adverse_events"), adsl, edc, books)
    _ask_infusions(subjects, arms)
    _ask_exposure(files.get("exposure"), subjects, arms)
    for kind, file in files.items():
        if kind != "subjects" and "ARM" in file.rows:
            _ask_arms(file, adsl, arms, books)


def _ask_consent(file: EdcFile | None, adsl: pd.DataFrame, edc: Edc, books: Books) -> None:
    """Ask about each event of which every day on which it may have started lies before the consent."""
    if file is None:
        return
    consents = adsl.loc[adsl["RFICDT"] != ""].set_index("USUBJID")["RFICDT"]
    cells = Cells(file, edc, books).where(file.rows["USUBJID"].isin(consents.index))
    days = zip(cells.known_days("AESTDTC"), cells.known_days("AEENDTC"), strict=True)
    for (_, row), (starts, ends) in zip(cells.rows.iterrows(), days, strict=True):
        consent = consents[row["USUBJID"]]
        if not may_start_from(starts, ends, consent):
            dates = f"AESTDTC '{row['AESTDTC']}', AEENDTC '{row['AEENDTC']}'"
            found = f"{dates}, before CONSENT_DT {consent}"
            books.query(file, row["ROW"], row["USUBJID"], "EVENT_BEFORE_CONSENT", found)


def _ask_after_discontinuation(file: EdcFile | None, adsl: pd.DataFrame, edc: Edc, books: Books) -> None:
    """Ask about each event of which every day on which it may have started lies after the discontinuation."""
    if file is None:
        return
    last = adsl.loc[adsl["DISCDT"] != ""].set_index("USUBJID")["DISCDT"]
    cells = Cells(file, edc, books).where(file.rows["USUBJID"].isin(last.index))
    for (_, row), starts in zip(cells.rows.iterrows(), cells.known_days("AESTDTC"), strict=True):
        day = last[row["USUBJID"]]
        if starts > day[: len(starts)]:
            found = f"AESTDTC '{row['AESTDTC']}', discontinued {day}"
            books.query(file, row["ROW"], row["USUBJID"], "EVENT_AFTER_DISCONTINUATION", found)


def _infused(arms: Sequence[Arm]) -> set[str]:
    """Return the arms that are timed by infusion: their subjects are to have one, those of others are not."""
    return {arm.code for arm in arms if INFUSION in {rule.column for rule in arm.index_date}}


def _ask_infusions(subjects: Cells, arms: Sequence[Arm]) -> None:
    """Ask about subjects with an infusion date whose arm is not timed by infusion while another is."""
    infused = _infused(arms)
    for row, arm in _with_arm(subjects.rows, arms) if infused else ():
        if arm.code not in infused and row[INFUSION]:
            found = f"{INFUSION} = '{row[INFUSION]}' in the arm {arm.label}"
            subjects.books.query(subjects.file, row["ROW"], row["USUBJID"], "INFUSED_CONTROL", found)


def _ask_exposure(file: EdcFile | None, subjects: Cells, arms: Sequence[Arm]) -> None:
    """Ask about infusions of arms without one, and where subjects file and exposure file do not agree."""
    infused, books = _infused(arms), subjects.books
    if file is None or not infused:
        return
    days = Cells(file, subjects.edc, books).known_days("EXSTDTC")
    rows = file.rows.assign(DAY=days).sort_values(["DAY", "ROW"])
    dates = subjects.known_days(INFUSION)
    for at, (row, arm) in enumerate(_with_arm(subjects.rows, arms)):
        subject, day = row["USUBJID"], dates.iloc[at]
        mine = rows[rows["USUBJID"] == subject]
        if arm.code not in infused:
            for line, product in zip(mine["ROW"], mine["EXTRT"], strict=True):
                found = f"EXTRT = '{product}' in the arm {arm.label}"
                books.query(file, line, subject, "INFUSED_CONTROL", found)
        elif day and mine.empty:
            found = f"{INFUSION} = '{day}', no row in {file.name}"
            books.query(subjects.file, row["ROW"], subject, "EXPOSURE_DIFFERS", found)
        elif not mine.empty and not day.startswith(mine["DAY"].iloc[0] or "none"):
            found = f"EXSTDTC = '{mine['EXSTDTC'].iloc[0]}', {INFUSION} = '{row[INFUSION]}'"
            books.query(file, mine["ROW"].iloc[0], subject, "EXPOSURE_DIFFERS", found)


def _ask_arms(file: EdcFile, adsl: pd.DataFrame, arms: Sequence[Arm], books: Books) -> None:
    """Ask about rows whose own ARM is not that of the subjects file; an empty cell says nothing."""
    planned = adsl.set_index("USUBJID")["ARMCD"]
    labels = {arm.code: arm.label for arm in arms}
    by_text = {fold(text): arm.code for arm in arms for text in arm.site_texts}
    mine = file.rows[file.rows["USUBJID"].isin(planned.index) & (file.rows["ARM"] != "")]
    for _, row in mine.iterrows():
        code = planned[row["USUBJID"]]
        if by_text.get(fold(row["ARM"])) != code:
            found = f"ARM = '{row['ARM']}', the subjects file says {labels[code]}"
            books.query(file, row["ROW"], row["USUBJID"], "ARM_MISMATCH", found)


def _with_arm(rows: pd.DataFrame, arms: Sequence[Arm]) -> Iterator[tuple[pd.Series, Arm]]:
    by_text = {fold(text): arm for arm in arms for text in arm.site_texts}
    for _, row in rows.iterrows():
        yield row, by_text[fold(row["ARM"])]
