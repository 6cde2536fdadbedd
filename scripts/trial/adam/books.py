"""The books of this room: questions about the data sets, and the fate of every row."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from trial.study.books import ACCOUNTING, END_AFTER_CUT, QUERIES, SUCCESSOR
from trial.study.identity import about
from trial.study.privacy import WITHHELD, Identifiers

SOURCE = "adam"
# What is asked, and what the pipeline did meanwhile, by rule.
RULES = {
    "NOT_A_NUMBER": ("Please give the number", "value left missing"),
    "OUT_OF_LIMITS": ("The value is not plausible: please give the right one", "value left missing"),
    "IMPOSSIBLE_DATE": ("Please give the whole date in the declared form", "date left empty"),
    "NO_DATE": (
        "When was this? Without a date it may lie after the data cut",
        "record kept, since nothing says that it lies after it",
    ),
    "UNKNOWN_CODE": ("Which of the declared values is it?", "value left missing"),
    "IDENTIFIER_IN_TEXT": (
        "The text shows a person's name, phone or hospital number: please give it without",
        "text withheld",
    ),
    "UNKNOWN_VISIT": (
        "Which visit of the study is it? Declare it, or null where it is not analysed",
        "kept in the analysis data, not analysed",
    ),
    "NO_DAY_0": ("ADY has no day 0: which day is it?", "day left missing"),
}
# What names a row of a data set, by the column of the accounting.
NAMED = {"SUBJECT": "USUBJID", "ANALYTE": "PARAMCD", "DATE": "ADT", "ITEM": "AVISIT"}
SCREEN_FAILURE, NOT_DECLARED = "SCREEN_FAILURE", "PARAMETER_NOT_DECLARED"


@dataclass
class Books:
    """Questions and row fates collected while the data sets are read.

    Parameters
    ----------
    cut : datetime.date
        The data cut.
    """

    cut: date
    identifiers: Identifiers = field(default_factory=lambda: Identifiers((), ()))
    queries: list[dict[str, str]] = field(default_factory=list)
    fates: list[pd.DataFrame] = field(default_factory=list)

    def query(
        self, file: str, dataset: str, row: str, column: str, subject: str, rule: str, found: str,
        named: Iterable[str] = (),
    ) -> None:  # fmt: skip
        """Add one question about one cell of a data set; `named`: what its row is called by its content."""
        question, done = RULES[rule]
        self.queries.append(
            dict.fromkeys(QUERIES, "")
            | {"SUBJECT": subject, "RULE": rule, "FOUND": found, "QUESTION": question, "DONE": done}
            | {"SOURCE": SOURCE, "FILE": file, "SHEET": dataset, "ROW": row, "COLUMN": column}
            | {"ABOUT": about(file, dataset, column, subject, *named)}
        )

    def settle(self, file: str, dataset: str, column: str, rows: pd.DataFrame, rule: pd.Series) -> None:
        """Give every row of a data set its fate: quarantined by the rule given, else used.

        Parameters
        ----------
        rows : DataFrame
            ROW and, as far as the data set has them, the columns that name a row.
        """
        named = {to: rows[name].to_numpy() if name in rows else "" for to, name in NAMED.items()}
        fates = pd.DataFrame({"ROW": rows["ROW"].to_numpy(), "RULE": rule.to_numpy(dtype=object)} | named)
        place = {"SOURCE": SOURCE, "FILE": file, "SHEET": dataset, "COLUMN": column}
        place |= dict.fromkeys(SUCCESSOR.values(), "")
        fate = fates["RULE"].map(lambda one: "quarantined" if one not in ("", END_AFTER_CUT) else "used")
        self.fates.append(fates.assign(FATE=fate, **place)[list(ACCOUNTING)])

    def shown(self, text: str) -> str:
        """Return a text, withheld where it holds an identifier."""
        return WITHHELD if self.identifiers.holds(text) else text

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return queries and accounting as tables."""
        queries = pd.DataFrame(self.queries, columns=list(QUERIES))
        return queries, pd.concat(self.fates, ignore_index=True)[list(ACCOUNTING)]
