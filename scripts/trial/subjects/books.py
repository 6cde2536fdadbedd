"""The books of this room: questions to the site, and the fate of every row of an EDC file."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import pandas as pd

from trial.study.books import ACCOUNTING, QUERIES
from trial.subjects.edc import EdcFile

WITHHELD = "(withheld: a hospital number)"


@dataclass(frozen=True)
class Rule:
    """One rule: what the site is asked and what the pipeline did meanwhile."""

    question: str
    done: str


RULES = {
    "BROKEN_ROW": Rule("The row cannot be read: please export it again", "row quarantined"),
    "UNKNOWN_SUBJECT": Rule("Whose record is this?", "row quarantined"),
    "IMPOSSIBLE_DATE": Rule("Please give the date as YYYY-MM-DD", "date left empty"),
    "DATE_ORDER": Rule(
        "Consent, enrolment, allocation and infusion are not in this order: which dates are right?",
        "dates used as given",
    ),
    "DATE_AFTER_CUT": Rule("The date lies after the data cut: is it right?", "date used as given"),
    "NO_INDEX_DATE": Rule(
        "Please give the allocation and, where infused, the infusion date", "no visit can be counted"
    ),
    "NOT_A_NUMBER": Rule("Please give the number", "value left missing"),
    "IMPOSSIBLE_VALUE": Rule("The value is not possible: please give the right one", "value left missing"),
    "UNKNOWN_CODE": Rule("Which of the declared values is it?", "value left missing"),
    "UNKNOWN_ANSWER": Rule("Was the visit done: Y or N?", "answer kept as written"),
    "REPEATED_VISIT": Rule("The subject has this visit twice: which visits are these?", "both kept"),
}


@dataclass
class Books:
    """Queries and row fates collected while the EDC files are used.

    Parameters
    ----------
    subjects : frozenset of str
        The study's subjects; a query names no other, since what stands in place of a subject may be a name.
    numbers : frozenset of str
        The hospital numbers; no query shows one.
    cut : datetime.date
        The data cut.
    """

    subjects: frozenset[str]
    numbers: frozenset[str]
    cut: date
    queries: list[dict[str, str]] = field(default_factory=list)
    fates: list[dict[str, str]] = field(default_factory=list)

    def query(self, file: EdcFile, line: int, subject: str, rule: str, found: str) -> None:
        """Add one question about one row of an EDC file."""
        self.queries.append(
            dict.fromkeys(QUERIES, "")
            | {"SUBJECT": subject if subject in self.subjects else ""}
            | {"RULE": rule, "FOUND": self._withhold(found)}
            | {"QUESTION": RULES[rule].question, "DONE": RULES[rule].done}
            | {"SOURCE": "edc", "FILE": file.name, "ROW": str(line)}
        )

    def settle(self, file: EdcFile, quarantined: Mapping[int, str]) -> None:
        """Give every row of `file` its fate: broken, quarantined by the rule given, else used."""
        for broken in file.broken:
            self.query(file, broken.line, broken.subject, "BROKEN_ROW", broken.found)
        rules = dict(quarantined) | {broken.line: "BROKEN_ROW" for broken in file.broken}
        for line in sorted([*file.rows["ROW"], *(broken.line for broken in file.broken)]):
            rule = rules.get(line, "")
            self.fates.append(
                dict.fromkeys(ACCOUNTING, "")
                | {"SOURCE": "edc", "FILE": file.name, "ROW": str(line)}
                | {"FATE": "quarantined" if rule else "used", "RULE": rule}
            )

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return queries and accounting as tables; a cell that two columns share is asked about once."""
        return (
            pd.DataFrame(self.queries, columns=list(QUERIES)).drop_duplicates(ignore_index=True),
            pd.DataFrame(self.fates, columns=list(ACCOUNTING)),
        )

    @cached_property
    def _secret(self) -> re.Pattern[str] | None:
        """The hospital numbers, with or without their leading zeros."""
        known = sorted({number.lstrip("0") for number in self.numbers} - {""})
        text = "|".join(re.escape(number) for number in known)
        return re.compile(rf"(?<![0-9])0*(?:{text})(?![0-9])", re.IGNORECASE) if known else None

    def _withhold(self, text: str) -> str:
        return WITHHELD if self._secret and self._secret.search(text) else text


def open_books(files: Mapping[str, EdcFile], cut: date) -> Books:
    """Return empty books that know the subjects, the hospital numbers and the data cut."""
    subjects = frozenset(files["subjects"].rows["USUBJID"])
    return Books(subjects - {""}, frozenset(files["subject_key"].rows["MA_BN"]) - {""}, cut)
