"""Questions to the site about eligibility: what is undecided, and where the form contradicts the data."""

from collections.abc import Collection, Iterator, Mapping

import pandas as pd

from trial.eligibility.config_criteria import Eligibility
from trial.eligibility.judge import Judged
from trial.eligibility.schema import UNKNOWN
from trial.study.books import QUERIES
from trial.study.identity import about

UNDECIDED = ("ELIGIBILITY_UNKNOWN", "Please give what decides the criterion", "criterion unknown: not met")
UNDECLARED = (
    "UNDECLARED_CODE",
    "Which criterion or category of the study is it?",
    "row kept, nothing decided by it",
)
CONTRADICTED = (
    "ELIGIBILITY_CONTRADICTED",
    "The form and the data contradict each other: which is right?",
    "the data used",
)


def ask(eligibility: Eligibility, judged: Mapping[str, Mapping[str, Judged]]) -> Iterator[dict[str, str]]:
    """Yield one question per subject and criterion that needs one; none about what is not decidable."""
    for subject, criteria in judged.items():
        for code, one in criteria.items():
            if one.contradicted:
                yield _question(subject, code, one, CONTRADICTED, f"the form says {one.form}")
            elif one.result == UNKNOWN and eligibility.criteria[code].decided != "not decidable":
                yield _question(subject, code, one, UNDECIDED, one.evidence.reason)


def ask_unknown(table: pd.DataFrame, name: str, known: Collection[str]) -> Iterator[dict[str, str]]:
    """Yield one question per text of a column that the study does not declare, however many rows have it."""
    for text, rows in table[~table[name].isin(list(known))].groupby(name, sort=False):
        row, count = rows.iloc[0], f" in {len(rows)} rows" if len(rows) > 1 else ""
        rule, question, done = UNDECLARED
        asked = {
            "SUBJECT": "" if count else row["USUBJID"],
            "RULE": rule,
            "FOUND": f"{name} = '{text}'{count}",
        }
        asked |= {
            "QUESTION": question,
            "DONE": done,
            "SOURCE": "edc",
            "FILE": row["FILE"],
            "ROW": str(row["ROW"]),
            "ABOUT": about(row["FILE"], name, text),
        }
        yield dict.fromkeys(QUERIES, "") | asked


def _question(subject: str, code: str, one: Judged, rule: tuple[str, str, str], why: str) -> dict[str, str]:
    name, question, done = rule
    value = f"{one.evidence.value} {one.evidence.unit}".strip()
    file, sheet, row, column = one.evidence.place
    found = f"{code}: {value}, {why}" if value else f"{code}: {why}"
    place = {"FILE": file, "SHEET": sheet, "ROW": row, "COLUMN": column}
    asked = {
        "SUBJECT": subject,
        "RULE": name,
        "FOUND": found,
        "QUESTION": question,
        "DONE": done,
        "SOURCE": "analysis data",
        "ABOUT": about(subject, code),
    }
    return dict.fromkeys(QUERIES, "") | asked | place
