"""What an export says about the sample: quality, specimen, fasting, visit, re-run."""

from collections.abc import Mapping

import numpy as np

from trial.labs.config import Source
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.text import clean_text, find_word, find_words, fold


def find_quality(records: RawRecords, source: Source, ledger: Ledger) -> np.ndarray:
    """Return quality codes joined by ``;``, from the quality column and the remark."""
    words = _folded(source.words.quality)
    declared = records.roles["quality"].map(lambda text: ";".join(find_words(words, text)))
    remark = records.roles["comment"].map(lambda text: ";".join(find_words(words, text)))
    texts = records.roles["quality"].recode(clean_text).spread()
    ledger.ask((texts != "") & (declared == "") & ledger.open, "UNKNOWN_QUALITY", texts)
    both = np.where(declared == "", remark, declared)
    differ = np.flatnonzero((declared != "") & (remark != "") & (declared != remark))
    for at in differ:
        both[at] = ";".join(sorted({*declared[at].split(";"), *remark[at].split(";")}))
    return both


def find_specimen(records: RawRecords, source: Source, loinc: np.ndarray, ledger: Ledger) -> np.ndarray:
    """Return the specimen code; a LOINC code of capillary blood counts when no specimen is named."""
    words = _folded(source.words.specimen)
    column = records.roles["specimen"]
    specimen = column.map(lambda text: words.get(fold(text), ""))
    texts = column.recode(clean_text).spread()
    ledger.ask((texts != "") & (specimen == "") & ledger.open, "UNKNOWN_SPECIMEN", texts)
    return np.where(loinc == "capillary", "CAPILLARY", specimen)


def find_fasting(records: RawRecords, source: Source, loinc: np.ndarray, ledger: Ledger) -> np.ndarray:
    """Return Y, N or ``""``; where the test's name and a remark disagree, the remark counts."""
    words = _folded(source.words.fasting)
    stated = records.roles["fasting"].map(lambda text: find_word(words, text) or _yes_no(text))
    remark = records.roles["comment"].map(lambda text: find_word(words, text))
    stated = np.where(remark == "N", remark, np.where(stated == "", remark, stated))
    named = records.roles["analyte"].map(lambda text: find_word(words, text))
    named = np.where(loinc == "fasting", "Y", np.where(loinc == "not fasting", "N", named))
    differ = (named != "") & (stated != "") & (named != stated)
    found = records.roles["analyte"].recode(clean_text).spread()
    ledger.ask(differ & ledger.open, "FASTING_CONTRADICTED", found)
    return np.where(stated == "", named, stated)


def find_visit(records: RawRecords, source: Source, ledger: Ledger) -> np.ndarray:
    """Return the visit code; sheets are mapped where they are declared, other texts by `visits`."""
    words = {fold(text): code for text, code in source.visits.items()}
    sheets = set(source.table.sheets.values()) if source.table.type == "workbook" else set()
    fixed = {measure.visit for measure in source.measures} | sheets
    column = records.roles["visit"]
    visit = column.map(lambda text: words.get(fold(text), text if text in fixed else ""))
    texts = column.recode(clean_text).spread()
    ledger.ask((texts != "") & (visit == "") & ledger.open, "UNKNOWN_VISIT", texts)
    return visit


def find_reruns(records: RawRecords, source: Source, ledger: Ledger) -> np.ndarray:
    """Return which results the laboratory says were run again."""
    words = {fold(word): "Y" for word in source.words.rerun}
    rerun = records.roles["comment"].map(lambda text: bool(find_word(words, text)), bool)
    ledger.flag(rerun, "RERUN")
    return rerun


def _folded(words: Mapping[str, str]) -> dict[str, str]:
    return {fold(word): meaning for word, meaning in words.items()}


def _yes_no(text: str) -> str:
    """Return CDISC's own Y and N, which need no declaration."""
    return text.strip() if text.strip() in ("Y", "N") else ""
