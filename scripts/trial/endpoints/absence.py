"""An endpoint without an analysed record: which quarantine rules and texts took its raw rows."""

import re
from collections.abc import Collection

import pandas as pd

from trial.endpoints.schema import ENDPOINT_QUERIES
from trial.labs.rules import ANALYTE, QUARANTINED, RULES, TEXT
from trial.study.books import NO_RECORDS

QUESTION = "The endpoint has no record to analyse: are these its results, and what do they mean?"
SHOWN = 5
# How the intake's book counts the rows of one text: `'Glucose (fasting)' in 279 rows`.
COUNTED = re.compile(r"(?P<text>.+) in (?P<rows>\d+) rows?")


def explain_absence(asked: pd.DataFrame, paramcd: str, analytes: Collection[str], found: int) -> pd.DataFrame:
    """Return the one question about an endpoint that has no analysed record (`ENDPOINT_QUERIES`).

    Parameters
    ----------
    asked : DataFrame
        The queries of the intake, columns `QUERIES`. Rows of other analytes are no candidates; those
        of no known analyte are, and questions about one text of many rows (`UNKNOWN_PATIENT`).
    paramcd : str
    analytes : collection of str
        The analytes that the endpoint is made of.
    found : int
        Its records, none of them analysed: where nothing was quarantined, their own reasons say why.
    """
    fates = asked["RULE"].map(lambda rule: RULES[rule].fate if rule in RULES else "")
    # A question of one text (a patient, a status) stands at its first row and is about every analyte's; one
    # about a draw lists all its analytes.
    across = [code for code, rule in RULES.items() if rule.per == TEXT]
    named = asked["ANALYTE"].map(lambda names: not {*analytes, ""}.isdisjoint(names.split(", ")))
    lost = asked[(fates == QUARANTINED) & (named.astype(bool) | asked["RULE"].isin(across))]
    counts: dict[str, int] = {}
    for rule, shown in zip(lost["RULE"], lost["FOUND"], strict=True):
        counted = COUNTED.fullmatch(shown) if RULES[rule].per in (TEXT, ANALYTE) else None
        what = f"{rule} {counted['text']}" if counted else rule
        counts[what] = counts.get(what, 0) + (int(counted["rows"]) if counted else 1)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{rows} row{'s' * (rows > 1)}: {what}" for what, rows in ordered]
    if len(parts) > SHOWN:
        parts[SHOWN:] = [f"and {len(parts) - SHOWN} more kinds, see the queries"]
    if found and not parts:
        return pd.DataFrame(columns=list(ENDPOINT_QUERIES), dtype=object)
    text = "; ".join(parts) or f"no result of {' or '.join(sorted(analytes))}, and no question about one"
    row = {"ANALYTE": paramcd, "RULE": NO_RECORDS, "FOUND": text, "QUESTION": QUESTION}
    # Endpoints whose rows were taken alike share the question.
    rest = {"DONE": "endpoint not analysed", "SOURCE": "analysis data", "ABOUT": paramcd, "DRAW": text}
    return pd.DataFrame([dict.fromkeys(ENDPOINT_QUERIES, "") | row | rest])
