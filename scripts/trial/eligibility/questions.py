"""Questions to the site about eligibility: what is undecided, and where the form contradicts the data."""

from collections.abc import Iterator, Mapping

from trial.eligibility.config_criteria import Eligibility
from trial.eligibility.judge import Judged
from trial.eligibility.schema import UNKNOWN
from trial.study.books import QUERIES

UNDECIDED = ("ELIGIBILITY_UNKNOWN", "Please give what decides the criterion", "criterion unknown: not met")
CONTRADICTED = (
    "ELIGIBILITY_CONTRADICTED",
    "The form and the data contradict each other: which is right?",
    "the data used",
)


def ask(
    eligibility: Eligibility | None, judged: Mapping[str, Mapping[str, Judged]]
) -> Iterator[dict[str, str]]:
    """Yield one question per subject and criterion that needs one; none about what is not decidable."""
    for subject, criteria in judged.items():
        for code, one in criteria.items():
            assert eligibility is not None
            if one.contradicted:
                yield _question(subject, code, one, CONTRADICTED, f"the form says {one.form}")
            elif one.result == UNKNOWN and eligibility.criteria[code].decided != "not decidable":
                yield _question(subject, code, one, UNDECIDED, one.evidence.reason)


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
    }
    return dict.fromkeys(QUERIES, "") | asked | place
