"""Patients to pseudonymous subjects, analyte names to codes, statuses: who and what a record is."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

import numpy as np

from trial.labs.config import Analyte, Source
from trial.labs.ledger import Ledger
from trial.labs.raw import RawRecords
from trial.labs.rules import CELLS_CUT
from trial.labs.text import clean_text, fold, match_key
from trial.study.errors import ConfigError

LOINC_SYSTEM = re.compile(r"^(?:.*loinc(?:\.org)?|ln)\s*[:|/#]?\s*(?=\d)", re.IGNORECASE)
LABELS = {"analyte": "", "analyte_code": "code ", "loinc": "LOINC "}
TOTALS = {
    "total", "totals", "subtotal", "sub-total", "grand total", "sum", "count", "mean", "average",
    "tổng", "tổng cộng", "tổng số", "cộng", "trung bình",
}  # fmt: skip
ROUNDED = re.compile(r"^\d(?:[.,]\d+)?[eE]\+?\d+$")


class SubjectKey:
    """Finds the pseudonymous subject of an identifier as the export writes it."""

    def __init__(
        self, key: Mapping[str, str], subjects: frozenset[str], screened: frozenset[str] = frozenset()
    ) -> None:
        self._key = dict(key)
        self._screened = screened
        # The subjects file says how an id is written.
        self._subjects = {fold(subject): subject for subject in (*key.values(), *sorted(subjects))}

    def find(self, text: str, source: Source) -> tuple[str, str, bool]:
        """Return (subject, rule, whether leading zeros were restored)."""
        subject, rule, restored = self._find(text, source)
        return subject, "SCREEN_FAILURE" if subject in self._screened else rule, restored

    def _find(self, text: str, source: Source) -> tuple[str, str, bool]:
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
        """Return (analyte code, what the LOINC code says of the sample); `LOINC:2345-7` is read too."""
        return self._loinc.get(LOINC_SYSTEM.sub("", clean_text(text)), ("", ""))

    def nearest(self, text: str) -> str:
        """Return the code whose name resembles `text` most, or ``""``; a hint, never used."""
        near = get_close_matches(match_key(text), list(self._names), n=1, cutoff=0.75)
        return self._names[near[0]] if near else ""


def find_subjects(records: RawRecords, source: Source, key: SubjectKey, ledger: Ledger) -> np.ndarray:
    """Return the subject of every record; quarantine headings and records of nobody."""
    column = records.roles["subject"]
    subject, rule, restored = column.map_parts(lambda text: key.find(text, source), (object, object, bool))
    texts = column.recode(clean_text).spread()
    marked = records.rule.spread()
    cut = marked == CELLS_CUT
    ledger.ask(cut, CELLS_CUT, np.full(len(cut), "a row without its last cells", dtype=object))
    ledger.quarantine(np.where(cut, "", marked).astype(object), texts)
    ledger.quarantine_where(_is_header(records, source), "REPEATED_HEADER", texts)
    ledger.quarantine_where((rule != "") & _is_total(records), "TOTAL_LINE", texts)
    # A signature or a remark below the table: nobody's, and without result and date.
    bare = (rule != "") & _is_blank(records, "result") & _is_blank(records, "collected")
    ledger.quarantine_where(bare, "NOT_A_RESULT", texts)
    ledger.quarantine(rule, texts)
    ledger.flag(restored, "ZEROS_RESTORED")
    return subject


def _is_header(records: RawRecords, source: Source) -> np.ndarray:
    """Return which rows repeat the header of the table: two cells or more hold their own column's name."""
    count = np.zeros(len(records), dtype=np.int64)
    for role, header in source.columns.items():
        names = {fold(header), *(fold(part) for part in header.split(" / "))}
        count += np.array([*(fold(text) in names for text in records.roles[role].texts), False])[
            records.roles[role].codes
        ]
    return np.asarray(count >= 2)


def _is_total(records: RawRecords) -> np.ndarray:
    """Return which rows are sums below a table: the patient's cell, or the test's alone, says so."""
    subject, analyte = (
        records.roles[role].map(lambda text: fold(text).rstrip(" :") in TOTALS, bool)
        for role in ("subject", "analyte")
    )
    return np.asarray(subject | (analyte & _is_blank(records, "subject")))


def find_analytes(records: RawRecords, names: AnalyteNames, ledger: Ledger) -> tuple[np.ndarray, np.ndarray]:
    """Return analyte code and what its LOINC code says of the sample.

    LOINC counts first, then the printed name, then the laboratory's own code. A code says more than the
    name beside it (urine, two hours after a load): one that is not declared is asked about. Where two of
    the three are known and differ, nobody can tell which is wrong.
    """
    name = records.roles["analyte"].map(names.find)
    code = records.roles["analyte_code"].map(names.find)
    loinc, meaning = records.roles["loinc"].map_parts(names.find_loinc, (object, object))
    found = np.where(loinc != "", loinc, np.where(name != "", name, code))
    differ = _differ(loinc, name) | _differ(loinc, code) | _differ(name, code)
    said = {
        role: records.roles[role].recode(clean_text).spread() for role in ("analyte", "analyte_code", "loinc")
    }
    undeclared = (said["loinc"] != "") & (loinc == "") | (said["analyte_code"] != "") & (code == "")
    rule = np.select(
        [_nothing(said), differ, found == "", undeclared],
        ["NO_ANALYTE", "ANALYTE_CONTRADICTED", "UNKNOWN_ANALYTE", "UNKNOWN_CODE"], "",
    ).astype(object)  # fmt: skip
    blank = _is_blank(records, "result")
    # A row of another form of the export: no test and no result.
    ledger.quarantine_where((rule == "NO_ANALYTE") & blank, "NOT_A_RESULT", said["analyte"])
    ledger.quarantine(rule, _described(said, {"analyte": name, "analyte_code": code, "loinc": loinc}, rule))
    return found, meaning


def _nothing(said: Mapping[str, np.ndarray]) -> np.ndarray:
    return np.asarray((said["analyte"] == "") & (said["analyte_code"] == "") & (said["loinc"] == ""))


def _described(
    said: Mapping[str, np.ndarray], known: Mapping[str, np.ndarray], rule: np.ndarray
) -> np.ndarray:
    """Return name and codes of each record in question, with what each is known as where they differ."""
    shown = np.full(len(rule), "", dtype=object)
    for at in np.flatnonzero(rule != ""):
        texts = [(label, said[role][at], known[role][at]) for role, label in LABELS.items() if said[role][at]]
        if rule[at] == "ANALYTE_CONTRADICTED":
            parts = [f"{label}{text} ({code or 'unknown'})" for label, text, code in texts]
        else:
            parts = [f"{label}{text}" for label, text, _ in texts]
        shown[at] = ", ".join(parts)
    return shown


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
