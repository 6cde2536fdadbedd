"""What the earlier lock had and this one has not: results that vanished, samples that took a visit over.

The archive of the earlier lock is read where it is at hand (`locks/<id>/results/data`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from trial.review.questions import OF_EARLIER, REPLACED, TAKEN_OVER, VANISHED, ask
from trial.study.books import ANSWERED, OPEN, QUERIES, QUERY_BOOK
from trial.study.errors import DataError
from trial.study.files import read_columns

RESULTS = dict.fromkeys(
    ("USUBJID", "ANALYTE", "VALUE_RAW", "UNIT_RAW", "COLLECTED", "ACCESSION", "SOURCE", "FILE", "SHEET",
     "ROW", "COLUMN"), "text",
)  # fmt: skip
RECORDS = dict.fromkeys(("PARAMCD", "USUBJID", "AVISIT", "ADT", "ANL01FL"), "text")
ROWS = dict.fromkeys(("SOURCE", "SUBJECT", "ANALYTE", "DATE"), "text")


@dataclass(frozen=True)
class Earlier:
    """The earlier lock: its id, its book of queries, its records, and its results if it cleaned any."""

    lock_id: str
    queries: pd.DataFrame
    records: pd.DataFrame
    results: pd.DataFrame


def load_earlier(files: Sequence[Path]) -> Earlier | None:
    """Return what the archive of a lock holds; None where no file is given, or one is of an older make.

    Parameters
    ----------
    files : sequence of Path
        `EARLIER_FILES` of `locks/<id>/results/data`, as far as the archive has them.
    """
    at = {path.name: path for path in files}
    if not {"queries.csv", "adlb.csv"} <= set(at):
        return None
    try:
        return Earlier(
            at["adlb.csv"].parents[2].name,
            read_columns(at["queries.csv"], QUERY_BOOK),
            read_columns(at["adlb.csv"], RECORDS),
            read_columns(at["labs.csv"], RESULTS)
            if "labs.csv" in at
            else pd.DataFrame(columns=list(RESULTS)),
        )
    except DataError:
        return None


def compare_locks(
    earlier: Earlier, accounting: pd.DataFrame, results: pd.DataFrame, records: pd.DataFrame
) -> pd.DataFrame:
    """Return the questions (`QUERIES`) about what the earlier lock had otherwise.

    Parameters
    ----------
    accounting, results, records : DataFrame
        Of this lock: `ROWS` of every raw row, `RESULTS` of the used ones, `RECORDS`.
    """
    asked = [*_vanished(earlier, accounting, results), *_taken_over(earlier, records)]
    return pd.DataFrame(asked, columns=list(QUERIES))


def carry_over(queries: pd.DataFrame, earlier: Earlier) -> pd.DataFrame:
    """Return the book with the questions of this module that the earlier lock asked and nobody answered."""
    waiting = earlier.queries["RULE"].isin(OF_EARLIER) & (earlier.queries["STATUS"] != ANSWERED)
    new = ~earlier.queries["QUERYID"].isin(queries["QUERYID"])
    carried = earlier.queries[waiting & new].assign(STATUS=OPEN, ANSWER="")
    return pd.concat([queries, carried], ignore_index=True)[list(QUERY_BOOK)]


def _vanished(earlier: Earlier, accounting: pd.DataFrame, now: pd.DataFrame) -> Iterator[dict[str, str]]:
    """Yield one question per sample and export whose earlier results have no row there any more."""
    there = set(accounting[list(ROWS)].itertuples(index=False, name=None))
    coded = {_sample(row) for row in now.to_dict("records") if row["ACCESSION"]}
    copies = {_draw(row): row for row in reversed(now.to_dict("records"))}
    lost: dict[tuple[str, ...], list[dict[Any, str]]] = {}
    for row in earlier.results.to_dict("records"):
        subject, analyte, day = _draw(row)
        # The same sample under a corrected date is there.
        if (row["SOURCE"], subject, analyte, day) not in there and _sample(row) not in coded:
            rule = REPLACED if (subject, analyte, day) in copies else VANISHED
            lost.setdefault((rule, subject, day, row["SOURCE"]), []).append(row)
    for (rule, subject, day, source), rows in sorted(lost.items()):
        yield _about_sample(rule, subject, day, source, rows, copies, earlier.lock_id)


def _about_sample(
    rule: str, subject: str, day: str, source: str, rows: list[dict[Any, str]],
    copies: Mapping[tuple[str, str, str], Mapping[Any, str]], lock_id: str,
) -> dict[str, str]:  # fmt: skip
    rows = sorted(rows, key=lambda row: row["ANALYTE"])
    found = [_said(row, source) for row in rows]
    first: Mapping[Any, str] = {name: rows[0][name] if name == "FILE" else "" for name in PLACE}
    if rule == REPLACED:
        first = copies[_draw(rows[0])]
        found = [
            f"{text}, now {_said(copy, copy['SOURCE'])}"
            for text, copy in zip(found, (copies[_draw(row)] for row in rows), strict=True)
        ]
    return ask(
        rule,
        f"lock {lock_id} had {'; '.join(found)}",
        (subject, day, source),
        tuple(found),
        SUBJECT=subject,
        ANALYTE=", ".join(dict.fromkeys(row["ANALYTE"] for row in rows)),
        DATE=day,
        SOURCE=source,
        **{name: str(first[name]) for name in PLACE},
    )


PLACE = ("FILE", "SHEET", "ROW", "COLUMN")


def _draw(row: Mapping[Any, str]) -> tuple[str, str, str]:
    return row["USUBJID"], row["ANALYTE"], row["COLLECTED"][:10]


def _sample(row: Mapping[Any, str]) -> tuple[str, str, str, str]:
    return row["SOURCE"], row["USUBJID"], row["ANALYTE"], row["ACCESSION"]


def _said(row: Mapping[Any, str], source: str) -> str:
    return " ".join(filter(None, (row["ANALYTE"], row["VALUE_RAW"], row["UNIT_RAW"], f"({source})")))


def _taken_over(earlier: Earlier, records: pd.DataFrame) -> Iterator[dict[str, str]]:
    """Yield one question per subject and visit whose analysed record is of another day than it was."""
    keys = ["USUBJID", "AVISIT", "PARAMCD"]
    before, now = (
        table[(table["ANL01FL"] == "Y") & (table["AVISIT"] != "")].drop_duplicates(keys)
        for table in (earlier.records, records)
    )
    both = before.merge(now, on=keys, suffixes=("_OLD", ""))
    moved = both[(both["ADT_OLD"] != both["ADT"]) & (both["ADT_OLD"] != "") & (both["ADT"] != "")]
    for (subject, visit, old, new), rows in moved.groupby(["USUBJID", "AVISIT", "ADT_OLD", "ADT"], sort=True):
        yield ask(
            TAKEN_OVER,
            f"{visit}: {old} in lock {earlier.lock_id}, now {new}",
            (subject, visit, old, new),
            (old, new, *rows["PARAMCD"]),
            SUBJECT=str(subject),
            ANALYTE=", ".join(dict.fromkeys(rows["PARAMCD"])),
            DATE=str(new),
            SOURCE="analysis data",
        )
