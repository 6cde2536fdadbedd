"""What an export says about the sample: quality, specimen, fasting, visit, flags, re-run."""

import numpy as np

from trial.labs.columns import Column
from trial.labs.config import BLOOD, Source
from trial.labs.ledger import Ledger
from trial.labs.phrases import Found, Phrases
from trial.labs.raw import RawRecords
from trial.labs.text import clean_text, fold

UNSURE = "U"


def find_quality(records: RawRecords, source: Source, ledger: Ledger) -> np.ndarray:
    """Return quality codes joined by ``;``, from the quality column and the remark.

    A text of the column that is not understood, and a remark in doubt (`not hemolyzed`), are asked about.
    """
    own, remarks = Phrases(source.words.quality), Phrases(source.words.remarks.quality)
    column, comment = records.roles["quality"], records.roles["comment"]
    declared = column.map(lambda text: ";".join(own.find(text).meanings))
    unknown = column.map(lambda text: _is_unknown(text, own.find(text)), bool)
    remark = comment.map(lambda text: ";".join(remarks.find(text).meanings))
    _ask(ledger, "UNKNOWN_QUALITY", unknown, column)
    _ask(ledger, "UNKNOWN_QUALITY", comment.map(lambda text: remarks.find(text).doubt, bool), comment)
    both = np.where(declared == "", remark, declared)
    differ = np.flatnonzero((declared != "") & (remark != "") & (declared != remark))
    for at in differ:
        both[at] = ";".join(sorted({*declared[at].split(";"), *remark[at].split(";")}))
    return both


def find_specimen(records: RawRecords, source: Source, loinc: np.ndarray, ledger: Ledger) -> np.ndarray:
    """Return the specimen code; a LOINC code of capillary blood counts when no other sample is named.

    Which sample it was decides what the value means: a text that is not declared is quarantined.
    """
    words = {fold(word): code for word, code in source.words.specimen.items()}
    column = records.roles["specimen"]
    specimen = column.map(lambda text: words.get(fold(text), ""))
    texts = column.recode(clean_text).spread()
    ledger.quarantine_where((texts != "") & (specimen == ""), "UNKNOWN_SPECIMEN", texts)
    return np.where((loinc == "capillary") & np.isin(specimen, ["", *BLOOD]), "CAPILLARY", specimen)


def find_fasting(records: RawRecords, source: Source, loinc: np.ndarray, ledger: Ledger) -> np.ndarray:
    """Return Y, N, U (said, but not understood) or ``""`` (nothing said).

    The fasting column and the remark count before the test's name; `N` counts before `Y`. A cell of the
    column is understood when declared phrases are all that it holds. Where the sources of the answer
    disagree, and where one is not understood, the site is asked.
    """
    own, remarks = Phrases(source.words.fasting), Phrases(source.words.remarks.fasting)
    column, comment, name = (records.roles[role] for role in ("fasting", "comment", "analyte"))
    stated = column.map(lambda text: _fasting_of_cell(text, own.find(text)))
    remark = comment.map(lambda text: _fasting_of_remark(remarks.find(text)))
    named = name.map(lambda text: _fasting_of_remark(remarks.find(text)))
    for answer, place in ((stated, column), (remark, comment), (named, name)):
        _ask(ledger, "UNKNOWN_FASTING", answer == UNSURE, place)
    named = np.where(loinc == "fasting", "Y", np.where(loinc == "not fasting", "N", named))
    said = np.full(len(records), "", dtype=object)
    for code in ("Y", UNSURE, "N"):
        said[(stated == code) | (remark == code)] = code
    differ = _contradict(stated, remark) | _contradict(said, named)
    texts = [part.recode(clean_text).spread() for part in (name, column, comment)]
    shown = np.full(len(records), "", dtype=object)
    for at in np.flatnonzero(differ):
        shown[at] = "; ".join(text[at] for text in texts if text[at])
    ledger.ask(differ & ledger.open, "FASTING_CONTRADICTED", shown)
    return np.where(said == "", named, said)


def find_visit(records: RawRecords, source: Source, ledger: Ledger) -> np.ndarray:
    """Return the visit code; sheets are mapped where they are declared, other texts by `visits`."""
    words = {fold(text): code for text, code in source.visits.items()}
    sheets = set(source.table.sheets.values()) if source.table.type == "workbook" else set()
    fixed = {measure.visit for measure in source.measures} | sheets | {source.fixed.get("visit", "")}
    column = records.roles["visit"]
    visit = column.map(lambda text: words.get(fold(text), text if text in fixed else ""))
    texts = column.recode(clean_text).spread()
    ledger.ask((texts != "") & (visit == "") & ledger.open, "UNKNOWN_VISIT", texts)
    return visit


def find_record_flags(records: RawRecords, source: Source, role: str, ledger: Ledger) -> np.ndarray:
    """Return Y where the column of `role` flags the result, else ``""``; Y and N need no declaration."""
    words = {fold(word): code for word, code in source.words.flagged.items()}
    meanings = {"y": "Y", "n": "N", "": ""} | words
    column = records.roles[role]
    unknown = column.map(lambda text: fold(text) not in meanings, bool)
    _ask(ledger, "UNKNOWN_RECORD_FLAG", unknown, column)
    return column.map(lambda text: "Y" if meanings.get(fold(text)) == "Y" else "")


def find_reruns(records: RawRecords, source: Source, ledger: Ledger) -> np.ndarray:
    """Return which results the laboratory says were run again."""
    words = Phrases(source.words.remarks.rerun)
    comment = records.roles["comment"]
    rerun = comment.map(lambda text: bool(words.find(text).meanings), bool)
    _ask(ledger, "UNKNOWN_RERUN", comment.map(lambda text: words.find(text).doubt, bool), comment)
    ledger.flag(rerun, "RERUN")
    return rerun


def _fasting_of_cell(text: str, found: Found) -> str:
    """Return what a cell of the fasting column says; CDISC's own Y and N need no declaration."""
    clean = clean_text(text)
    if not clean or clean in ("Y", "N"):
        return clean
    return _fasting_of_remark(found) if found.known and not found.rest else UNSURE


def _fasting_of_remark(found: Found) -> str:
    if found.doubt or len(found.meanings) > 1:
        return UNSURE
    return found.meanings[0] if found.meanings else ""


def _contradict(one: np.ndarray, two: np.ndarray) -> np.ndarray:
    return np.asarray(((one == "Y") & (two == "N")) | ((one == "N") & (two == "Y")))


def _is_unknown(text: str, found: Found) -> bool:
    """Return whether a cell says something that no declared phrase explains."""
    return bool(clean_text(text)) and (found.doubt or not found.known)


def _ask(ledger: Ledger, rule: str, mask: np.ndarray, column: Column) -> None:
    ledger.ask(mask & ledger.open, rule, column.recode(clean_text).spread())
