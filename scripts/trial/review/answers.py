"""What the site answered to queries: `data/raw/queries/answers.csv`, a file of the lock like any other.

An answer closes its query as long as the data under it are those that it was given for.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from trial.review.questions import ANSWERED_TWICE, NO_ANSWER, NO_SUCH_QUERY, ask
from trial.study.books import ACCOUNTING, ANSWERED, QUERY_BOOK, REOPENED
from trial.study.errors import DataError
from trial.study.privacy import WITHHELD, Identifiers
from trial.study.raw_files import RawFile

COLUMNS = ("QUERYID", "ANSWER", "DATE", "BY", "COMMENT", "FINGERPRINT")
CONFIRMED, CORRECTED, NOTHING_MORE = "value confirmed", "corrected in the export", "no further information"
WORDS = (CONFIRMED, CORRECTED, NOTHING_MORE)
SOURCE = "answers"
GONE = "no longer asked"


@dataclass(frozen=True)
class Answer:
    """One row of the file; `line` is where it starts, the header standing on line 1."""

    line: int
    query: str
    answer: str
    day: str
    digits: str


@dataclass
class Settled:
    """What came of the answers.

    Attributes
    ----------
    queries : DataFrame
        The book (`QUERY_BOOK`) with STATUS and ANSWER.
    asked, fates : list of dict
        Questions about answers (`QUERIES`) and the fate of each row (`ACCOUNTING`).
    """

    queries: pd.DataFrame
    asked: list[dict[str, str]] = field(default_factory=list)
    fates: list[dict[str, str]] = field(default_factory=list)


def read_answers(file: RawFile) -> list[Answer]:
    """Return the rows of the file (UTF-8, comma, header in line 1).

    What the site comments, and who answered, stays in the file.

    Raises
    ------
    DataError
        If it is not UTF-8, its header is another one, or a row has another number of cells.
    """
    where = f"data/raw/{file.name}"
    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(where, "expected UTF-8, found other bytes", hint="export the file as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, start = [], 1
    try:
        for cells in reader:
            if cells:
                rows.append((start, [cell.strip() for cell in cells]))
            start = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{where}, line {start}", f"a cell is not closed: {error}") from None
    header = rows[0][1] if rows else []
    if header != list(COLUMNS):
        raise DataError(
            f"{where}, line 1",
            f"expected the columns {','.join(COLUMNS)}, found {','.join(header) or 'none'}",
        )
    if bad := [f"line {line}: {len(cells)} cells" for line, cells in rows[1:] if len(cells) != len(COLUMNS)]:
        raise DataError(where, f"expected {len(COLUMNS)} cells in each row", bad)
    return [
        Answer(line, _name(query), " ".join(answer.lower().split()), day, digits.lower())
        for line, (query, answer, day, _, _, digits) in rows[1:]
    ]


def settle(
    queries: pd.DataFrame, answers: Sequence[Answer], name: str, earlier: pd.DataFrame | None
) -> Settled:
    """Return the book with the answers, what is asked about them, and what became of each.

    An answer that names no fingerprint counts for the data of the lock that has it: those of the earlier lock
    where that knew it already, else the present ones. A query that is answered "corrected in the export" and
    whose data are as they were is open again.

    Parameters
    ----------
    queries : DataFrame
        The book (`QUERY_BOOK`) of this lock.
    name : str
        The file of the answers.
    earlier : DataFrame or None
        The book of the earlier lock, where that is at hand.
    """
    settled = Settled(queries.set_index("QUERYID", drop=False))
    before = {} if earlier is None else {str(row["QUERYID"]): row for row in earlier.to_dict("records")}
    groups: dict[str, list[Answer]] = {}
    for answer in answers:
        if answer.answer in WORDS:
            groups.setdefault(answer.query, []).append(answer)
        else:
            found = f"ANSWER = '{_shown(answer.answer)}'"
            _refuse(settled, answer, name, NO_ANSWER, found)
    for query, mine in groups.items():
        _settle_query(settled, query, mine, name, before)
    settled.queries = settled.queries.reset_index(drop=True)[list(QUERY_BOOK)]
    return settled


def _settle_query(
    settled: Settled, query: str, mine: Sequence[Answer], name: str, before: Mapping[str, Mapping[str, str]]
) -> None:
    """Close or reopen one query; the answer for the present data counts, else the latest."""
    now = str(settled.queries["FINGERPRINT"].get(query, ""))
    counts = max(mine, key=lambda one: (one.digits == now, one.day, one.line))
    if not now and query not in before and counts.answer != CORRECTED:
        for answer in mine:
            _refuse(settled, answer, name, NO_SUCH_QUERY, f"QUERYID = '{_shown(query)}'")
        return
    _account(settled, counts, name, "used", "")
    for answer in mine:
        if answer is not counts:
            _account(settled, answer, name, "superseded", "LATER_ANSWER", counts.line)
            if answer.digits == counts.digits:
                found = f"{query}: '{answer.answer}' and '{counts.answer}'"
                settled.asked.append(_question(ANSWERED_TWICE, found, answer, name))
    if not now:
        gone = dict.fromkeys(QUERY_BOOK, "") | {"QUERYID": query, "QUESTION": GONE} | before.get(query, {})
        gone |= {"STATUS": ANSWERED, "ANSWER": counts.answer, "DONE": GONE}
        settled.queries.loc[query] = pd.Series(gone)
        return
    given = counts.digits or _known(before.get(query, {}), now)
    changed = given != now
    # Without digits nobody can say that a correction is missing.
    missing = counts.answer == CORRECTED and not changed and bool(counts.digits or query in before)
    settled.queries.loc[query, ["STATUS", "ANSWER"]] = [
        REOPENED if changed or missing else ANSWERED,
        counts.answer,
    ]


def _known(before: Mapping[str, str], now: str) -> str:
    """Return the fingerprint that an answer without one was given for."""
    return before["FINGERPRINT"] if before.get("STATUS") in (ANSWERED, REOPENED) else now


def _refuse(settled: Settled, answer: Answer, name: str, rule: str, found: str) -> None:
    _account(settled, answer, name, "quarantined", rule)
    settled.asked.append(_question(rule, found, answer, name))


def _question(rule: str, found: str, answer: Answer, name: str) -> dict[str, str]:
    named = (name, _shown(answer.query), answer.day)
    return ask(rule, found, named, (answer.answer,), SOURCE=SOURCE, FILE=name, ROW=str(answer.line))


def _account(
    settled: Settled, answer: Answer, name: str, fate: str, rule: str, by: int | None = None
) -> None:
    successor = {"BY_FILE": name, "BY_ROW": str(by)} if by else {}
    settled.fates.append(
        dict.fromkeys(ACCOUNTING, "")
        | {"SOURCE": SOURCE, "FILE": name, "ROW": str(answer.line), "FATE": fate, "RULE": rule}
        | {"ITEM": _shown(answer.query)}
        | successor
    )


def _name(text: str) -> str:
    """Return the number of a query as the book writes it."""
    return f"Q-{text[2:].lower()}" if text[:2].upper() == "Q-" else text


def _shown(text: str) -> str:
    return WITHHELD if Identifiers((), ()).holds(text) else text[:40]
