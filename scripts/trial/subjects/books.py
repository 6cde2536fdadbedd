"""The books of this room: questions to the site, and the fate of every row of an EDC file."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from trial.study.books import ACCOUNTING, AFTER_CUT, END_AFTER_CUT, QUERIES
from trial.study.identity import about, fingerprint
from trial.study.privacy import WITHHELD, Identifiers
from trial.study.text import fold
from trial.subjects.edc import EdcFile


@dataclass(frozen=True)
class Rule:
    """One rule: what the site is asked and what the pipeline did meanwhile."""

    question: str
    done: str


RULES = {
    "BROKEN_ROW": Rule("The row cannot be read: please export it again", "row quarantined"),
    "UNKNOWN_SUBJECT": Rule("Whose record is this?", "row quarantined"),
    "IMPOSSIBLE_DATE": Rule("Please give the whole date in the declared form", "date left empty"),
    "DATE_ORDER": Rule(
        "Consent, enrolment, allocation and infusion are not in this order: which dates are right?",
        "dates used as given",
    ),
    "NO_DATE": Rule(
        "When was this? It may lie after the data cut",
        "record kept, since nothing says that it lies after it",
    ),
    "NO_INDEX_DATE": Rule(
        "Please give the allocation and, where infused, the infusion date", "no visit can be counted"
    ),
    "NOT_A_NUMBER": Rule("Please give the number", "value left missing"),
    "OUT_OF_LIMITS": Rule("The value is not plausible: please give the right one", "value left missing"),
    "UNKNOWN_CODE": Rule("Which of the declared values is it?", "value left missing"),
    "IDENTIFIER_IN_TEXT": Rule(
        "The text shows a person's name, phone or hospital number: please give it without", "text withheld"
    ),
    "SECOND_DISCONTINUATION": Rule(
        "The subject is discontinued twice: which row is right?", "the first date used"
    ),
    "EVENT_ORDER": Rule(
        "The adverse event ends before it starts: which dates are right?", "duration left empty"
    ),
    "EVENT_BEFORE_CONSENT": Rule(
        "The adverse event started before the consent: which dates are right, or is it medical history?",
        "event kept, emergent or not by its dates",
    ),
    "EVENT_AFTER_DISCONTINUATION": Rule(
        "The adverse event started after the discontinuation: are the dates right, was it reported in a"
        " follow-up?",
        "event kept, counted like any other",
    ),
    "INFUSED_CONTROL": Rule(
        "A subject of an arm without infusion has an infusion date: which is right?",
        "the arm as allocated used, the date kept",
    ),
    "EXPOSURE_DIFFERS": Rule(
        "Subjects file and exposure file do not agree on the infusion: which is right?",
        "time zero by the subjects file, doses by the exposure file",
    ),
    "ARM_MISMATCH": Rule(
        "This file says another arm than the subjects file: which is right?",
        "the arm of the subjects file used",
    ),
    "EVENT_WITHOUT_DATE": Rule(
        "Please give the whole date of the intercurrent event", "the earliest day that is possible taken"
    ),
    "PERIOD_ORDER": Rule("The end lies before the start: which dates are right?", "both used as given"),
    "REPEATED_RECORD": Rule("The subject has this record twice: which one is right?", "both kept"),
    "REPEATED_VISIT": Rule("The subject has this visit twice: which visits are these?", "both kept"),
}


# Why a row stands aside that no question goes with.
SCREEN_FAILURE = "SCREEN_FAILURE"


@dataclass
class Books:
    """Queries and row fates collected while the EDC files are used.

    Parameters
    ----------
    subjects : frozenset of str
        The study's subjects; a query names no other, since what stands in place of a subject may be a name.
    screened : frozenset of str
        Screening failures: their rows are counted and left out.
    identifiers : Identifiers
        What no query and no text of the results shows.
    cut : datetime.date
        The data cut.
    """

    subjects: frozenset[str]
    screened: frozenset[str]
    identifiers: Identifiers
    cut: date
    queries: list[dict[str, str]] = field(default_factory=list)
    fates: list[dict[str, str]] = field(default_factory=list)
    shortened: set[tuple[str, int]] = field(default_factory=set)

    def query(
        self, file: EdcFile, line: int, subject: str, rule: str, found: str, column: str = "", text: str = ""
    ) -> None:
        """Add one question about one row of an EDC file, or about a column of it.

        `text`: what several rows of the column say, where one question stands for all of them.
        """
        who, found = (subject if subject in self.subjects else ""), self.shown(found)
        row = file.row(line)
        named = (self.shown(text),) if text else (who, *map(self.shown, file.name_row(row)))
        self.queries.append(
            dict.fromkeys(QUERIES, "")
            | {"SUBJECT": who, "RULE": rule, "FOUND": found}
            | {"QUESTION": RULES[rule].question, "DONE": RULES[rule].done}
            | {"SOURCE": "edc", "FILE": file.name, "ROW": str(line)}
            | {"ABOUT": about(file.name, column, *named)}
            | {"UNDER": fingerprint(map(self.shown, () if text else row.values()))}
        )

    def settle(self, file: EdcFile, quarantined: Mapping[int, str]) -> None:
        """Give every row of `file` its fate: broken, quarantined by the rule given, else used.

        A used row that the data cut shortened says so.
        """
        for broken in file.broken:
            self.query(file, broken.line, broken.subject, "BROKEN_ROW", broken.found)
        rules = dict(quarantined) | {broken.line: "BROKEN_ROW" for broken in file.broken}
        for line in sorted([*file.rows["ROW"], *(broken.line for broken in file.broken)]):
            rule = rules.get(line, "")
            fate = "quarantined" if rule else "used"
            cut = END_AFTER_CUT if (file.name, line) in self.shortened else ""
            self._account(file, line, fate, rule or cut)

    def leave_out(self, file: EdcFile, lines: Iterable[int]) -> None:
        """Give the rows of `file` that lie after the data cut their fate; nobody is asked about them."""
        for line in lines:
            self._account(file, line, "quarantined", AFTER_CUT)

    def _account(self, file: EdcFile, line: int, fate: str, rule: str) -> None:
        row = file.row(line)
        subject = str(row.get("USUBJID", ""))
        known = subject in self.subjects or subject in self.screened
        named = [self.shown(text) for text in file.name_row(row)]
        # A row of nobody is told apart by all that it says.
        item = named if known else [*named, fingerprint(map(self.shown, row.values()))]
        self.fates.append(
            dict.fromkeys(ACCOUNTING, "")
            | {"SOURCE": "edc", "FILE": file.name, "ROW": str(line), "FATE": fate, "RULE": rule}
            | {"SUBJECT": subject if known else "", "DATE": self.shown(file.day_of(row))}
            | {"ITEM": about(*item) if item else ""}
        )

    def shown(self, text: str) -> str:
        """Return a text, withheld where it holds an identifier."""
        return WITHHELD if self.identifiers.holds(text) else text

    def supersede(self, file: EdcFile, line: int, rule: str, by: int) -> None:
        """Say that another row of `file` stands for a used one."""
        for fate in self.fates:
            if (fate["FILE"], fate["ROW"], fate["FATE"]) == (file.name, str(line), "used"):
                fate.update(FATE="superseded", RULE=rule, BY_FILE=file.name, BY_ROW=str(by))

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return queries and accounting as tables; a cell that two columns share is asked about once."""
        return (
            pd.DataFrame(self.queries, columns=list(QUERIES)).drop_duplicates(ignore_index=True),
            pd.DataFrame(self.fates, columns=list(ACCOUNTING)),
        )


def open_books(files: Mapping[str, EdcFile], screen_failures: Collection[str], cut: date) -> Books:
    """Return empty books that know the subjects, the screening failures, the hospital numbers and the cut."""
    rows = files["subjects"].rows
    failed = rows["ARM"].map(fold).isin([fold(text) for text in screen_failures])
    screened = frozenset(rows.loc[failed, "USUBJID"])
    subjects = frozenset(rows["USUBJID"]) - screened - {""}
    numbers = frozenset(files["subject_key"].rows["MA_BN"]) - {""} if "subject_key" in files else frozenset()
    return Books(subjects, screened, Identifiers((), numbers), cut)
