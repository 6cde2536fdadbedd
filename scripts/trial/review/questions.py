"""What this room asks: about answers of the site, and about what an earlier lock had and this one has not."""

from dataclasses import dataclass

from trial.study.books import QUERIES
from trial.study.identity import about, fingerprint


@dataclass(frozen=True)
class Rule:
    """One rule: what the site is asked and what the pipeline did meanwhile."""

    question: str
    done: str


NO_SUCH_QUERY, ANSWERED_TWICE, NO_ANSWER = "ANSWER_WITHOUT_QUERY", "ANSWERED_TWICE", "UNKNOWN_ANSWER"
REPLACED, VANISHED, TAKEN_OVER = "RECORD_REPLACED", "RECORD_VANISHED", "VISIT_TAKEN_OVER"
RULES = {
    NO_SUCH_QUERY: Rule("No query of this lock has this number: which one is answered?", "answer not used"),
    ANSWERED_TWICE: Rule(
        "The query is answered twice for the same data: which answer counts?", "the later used"
    ),
    NO_ANSWER: Rule("Which of the declared answers is it?", "answer not used, the query stays open"),
    REPLACED: Rule(
        "The result of the earlier lock is no longer in its export, another export's copy of the sample"
        " stands for it: was it withdrawn, and is the copy valid?",
        "the copy used",
    ),
    VANISHED: Rule(
        "The result of the earlier lock is no longer in its export: was it withdrawn?",
        "no longer in the data",
    ),
    TAKEN_OVER: Rule(
        "Another sample stands for the visit than in the earlier lock: which one belongs to it?",
        "the present one analysed",
    ),
}
# Asked in the lock after a change, and carried from lock to lock until answered: the next one sees no change.
OF_EARLIER = (REPLACED, VANISHED, TAKEN_OVER)


def ask(
    rule: str, found: str, named: tuple[object, ...], under: tuple[object, ...], **cells: str
) -> dict[str, str]:
    """Return one question (`QUERIES`).

    Parameters
    ----------
    named, under : tuple
        What it is about, and the data under it.
    **cells
        Further columns: subject, analyte, date, source and place.
    """
    words = {"RULE": rule, "FOUND": found, "QUESTION": RULES[rule].question, "DONE": RULES[rule].done}
    return dict.fromkeys(QUERIES, "") | words | {"ABOUT": about(*named), "UNDER": fingerprint(under)} | cells
