"""Patients to pseudonymous subjects, analyte names to codes, statuses: who and what a record is."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from trial.labs.config import Analyte, Source
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.text import clean_text, fold, match_key
from trial.study.errors import ConfigError

ROUNDED = re.compile(r"^\d(?:[.,]\d+)?[eE]\+?\d+$")


class SubjectKey:
    """Finds the pseudonymous subject of an identifier as the export writes it."""

    def __init__(self, key: Mapping[str, str], subjects: frozenset[str]) -> None:
        self._key = dict(key)
        self._subjects = {fold(subject): subject for subject in subjects | set(key.values())}

    def find(self, text: str, source: Source) -> tuple[str, str, bool]:
        """Return (subject, rule, whether leading zeros were restored)."""
        clean = clean_text(text)
        if not clean:
            return "", "NO_PATIENT", False
        if ROUNDED.match(clean):
            return "", "ROUNDED_NUMBER", False
        if source.subject.id == "study id":
            subject = self._subjects.get(fold(clean), "")
            return subject, "" if subject else "UNKNOWN_PATIENT", False
        width = source.subject.width or 0
        number = clean.zfill(width) if clean.isdigit() else clean
        subject = self._key.get(number, "")
        return subject, "" if subject else "UNKNOWN_PATIENT", bool(subject) and number != clean

    def numbers(self) -> frozenset[str]:
        """Return every hospital number."""
        return frozenset(self._key)


class AnalyteNames:
    """Finds the analyte code of a name or of a LOINC code."""

    def __init__(self, analytes: Mapping[str, Analyte]) -> None:
        self._names: dict[str, str] = {}
        self._loinc: dict[str, tuple[str, str]] = {}
        for code, analyte in analytes.items():
            for text in (code, *analyte.synonyms):
                other = self._names.setdefault(match_key(text), code)
                if other != code:
                    raise ConfigError(
                        f"analytes.{code}.synonyms", f"'{text}' is also a name of {other}",
                        hint="names are compared without accents, case and punctuation",
                    )  # fmt: skip
            for number, meaning in analyte.loinc.items():
                self._loinc[number] = (code, meaning)

    def find(self, text: str) -> str:
        """Return the analyte code of a printed name, or ``""``."""
        return self._names.get(match_key(text), "")

    def find_loinc(self, text: str) -> tuple[str, str]:
        """Return (analyte code, what the LOINC code says of the sample)."""
        return self._loinc.get(clean_text(text), ("", ""))

    def nearest(self, text: str) -> str:
        """Return the code whose name resembles `text` most, or ``""``; a hint, never used."""
        near = get_close_matches(match_key(text), list(self._names), n=1, cutoff=0.75)
        return self._names[near[0]] if near else ""


def find_subjects(records: RawRecords, source: Source, key: SubjectKey, ledger: Ledger) -> np.ndarray:
    """Return the subject of every record; quarantine headings and records of nobody."""
    column = records.roles["subject"]
    subject, rule, restored = column.map_parts(lambda text: key.find(text, source), (object, object, bool))
    texts = column.recode(clean_text).spread()
    headings = records.rule.spread()
    ledger.quarantine(headings, texts)
    # A signature or a remark below the table: nobody's, and without result and date.
    bare = (rule != "") & _is_blank(records, "result") & _is_blank(records, "collected")
    ledger.quarantine_where(bare, "NOT_A_RESULT", texts)
    ledger.quarantine(rule, texts)
    ledger.flag(restored, "ZEROS_RESTORED")
    return subject


def find_analytes(records: RawRecords, names: AnalyteNames, ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """Return analyte code and what its LOINC code says of the sample.

    LOINC counts first, then the printed name, then the laboratory's own code. Where two of them are
    known and differ, nobody can tell which is wrong.
    """
    name = records.roles["analyte"].map(names.find)
    code = records.roles["analyte_code"].map(names.find)
    loinc, meaning = records.roles["loinc"].map_parts(names.find_loinc, (object, object))
    found = np.where(loinc != "", loinc, np.where(name != "", name, code))
    differ = _differ(loinc, name) | _differ(loinc, code) | _differ(name, code)
    text = _first_text(records, ("analyte", "analyte_code", "loinc"))
    nothing = text == ""
    rule = np.where(differ, "ANALYTE_CONTRADICTED", np.where(found != "", "", "UNKNOWN_ANALYTE"))
    ledger.quarantine(np.where(nothing, "NO_ANALYTE", rule).astype(object), text)
    return found, meaning


def find_statuses(records: RawRecords, source: Source, ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """Return status and its rank (0 best); an export without statuses has only final results."""
    column = records.roles["status"]
    words = {fold(word): status for word, status in source.words.status.items()}
    declared = source.gives("status")
    absent = not declared and column.texts == ("",)
    status = column.map(lambda text: "final" if absent else words.get(fold(text), ""))
    texts = column.recode(clean_text).spread()
    ledger.quarantine_where(status == "", "UNKNOWN_STATUS", texts)
    order = list(source.status_order)
    unused = (status != "") & ~np.isin(status, ["cancelled", "not done", *order])
    ledger.quarantine_where(unused, "STATUS_NOT_USED", texts)
    rank = np.array([order.index(text) if text in order else len(order) for text in status], dtype=np.int64)
    return np.where(absent, "", status), rank


def _is_blank(records: RawRecords, role: str) -> np.ndarray:
    return records.roles[role].map(lambda text: not clean_text(text), bool)


def _differ(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.asarray((one != "") & (two != "") & (one != two))


def _first_text(records: RawRecords, roles: tuple[str, ...]) -> np.ndarray:
    """Return the first non-empty text among several roles."""
    text = records.roles[roles[0]].recode(clean_text).spread()
    for role in roles[1:]:
        text = np.where(text != "", text, records.roles[role].recode(clean_text).spread())
    return text
