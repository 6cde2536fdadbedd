"""The questions that the analysis data raise: each names the raw row, and nothing is asked twice."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from trial.endpoints.draws import PLACE
from trial.study.books import NO_RECORDS, QUERIES

# What makes two questions the same, whichever endpoints ask them.
SAME_QUESTION = ("SUBJECT", "DATE", "RULE", "DONE", "FILE", "SHEET", "ROW", "COLUMN")
DIMENSIONLESS = "1"  # UCUM's code for no unit; not printed
# What the site is asked, by reason; reasons not here are consequences of the plan, not questions.
QUESTIONS = {
    "OUT_OF_WINDOW": "The sample's date lies in no visit window: is the date right?",
    "NO_COLLECTION_DATE": "When was the sample taken?",
    "NOT_FASTING": "The sample was not fasting: is that right, and is there a fasting one?",
    "SPECIMEN_EXCLUDED": "The specimen cannot serve this endpoint: is there a venous sample?",
    "CENSORED_INPUT": "An input of the index lies outside its limits of quantification: is there a re-run?",
    "HOMA_B_UNDEFINED": "Glucose is 3.5 mmol/L or less, HOMA1-%B has no value: is the glucose right?",
    "HOMA_B_UNSTABLE": "Glucose is close to 3.5 mmol/L, HOMA1-%B is unstable: is the glucose right?",
    "NOT_FINITE": "The index has no finite value for these inputs: are they right?",
}
PAIRING = "The inputs of the index are not from one draw: which sample belongs to it?"
# Asked only where the visit is left without an analysed record: else there is nothing to replace.
REPLACEABLE = frozenset({"NOT_FASTING", "SPECIMEN_EXCLUDED"})
ABSENT = {
    "NO_BASELINE": "There is no usable value in the baseline window: was the sample taken?",
    "NO_POST_BASELINE": "There is no usable value after baseline: were the samples taken?",
}


def list_queries(records: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the questions about the records of one endpoint, one per record and reason.

    `records` are ADLB's with the place of their first raw result; `unit` is the UCUM code of their values.
    """
    analysed = records[records["ANL01FL"] == "Y"]
    served = set(zip(analysed["USUBJID"], analysed["AVISIT"], strict=True))
    rows = []
    for record in records[records["REASON"] != ""].itertuples():
        for reason in str(record.REASON).split(";"):
            question = _question(reason, record, served)
            if question:
                rows.append(_row(record, reason, question, "" if unit == DIMENSIONLESS else unit))
    return pd.DataFrame(rows, columns=list(QUERIES))


def merge_queries(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the questions of several endpoints, each once: ANALYTE lists the endpoints that ask it.

    One draw may serve several endpoints (glucose and the indices from it): they share its question.
    """
    asked: dict[tuple[str, ...], dict[Hashable, Any]] = {}
    for part in parts:
        for row in part.to_dict("records"):
            # Without a record, what took the rows is the question.
            taken = row["FOUND"] if row["RULE"] == NO_RECORDS else ""
            first = asked.setdefault((*(row[name] for name in SAME_QUESTION), taken), row)
            if row["ANALYTE"] not in first["ANALYTE"].split(", "):
                first["ANALYTE"] += f", {row['ANALYTE']}"
    return pd.DataFrame(list(asked.values()), columns=list(QUERIES))


def list_absences(
    records: pd.DataFrame, adsl: pd.DataFrame, paramcds: Sequence[str], population: str
) -> pd.DataFrame:
    """Return one question per subject of the population and kind of value that is missing altogether.

    Subjects known to have discontinued are not asked for values after baseline.
    """
    used = records[records["ANL01FL"] == "Y"]
    given = set(zip(used["USUBJID"], used["PARAMCD"], used["ABLFL"] == "Y", strict=True))
    rows = []
    members = adsl[adsl[population] == "Y"]
    for subject, discontinued in zip(members["USUBJID"], members["DISCDT"], strict=True):
        for rule in ["NO_BASELINE"] if discontinued else list(ABSENT):
            names = [code for code in paramcds if (subject, code, rule == "NO_BASELINE") not in given]
            if names:
                place = {"SUBJECT": subject, "ANALYTE": ", ".join(names), "RULE": rule}
                text = {"FOUND": "no value", "QUESTION": ABSENT[rule], "DONE": "not in the model"}
                rows.append(dict.fromkeys(QUERIES, "") | place | text | {"SOURCE": "analysis data"})
    return pd.DataFrame(rows, columns=list(QUERIES))


def _question(reason: str, record: Any, served: set[tuple[str, str]]) -> str:
    """Return what to ask about one record and reason, or `""`."""
    alone = bool(record.AVISIT) and (record.USUBJID, record.AVISIT) not in served
    if reason.startswith("NO_PAIRED_"):
        return PAIRING if alone else ""
    return "" if reason in REPLACEABLE and not alone else QUESTIONS.get(reason, "")


def _row(record: Any, reason: str, question: str, unit: str) -> dict[str, str]:
    used = record.ANL01FL == "Y"
    return {
        "SUBJECT": record.USUBJID,
        "ANALYTE": record.PARAMCD,
        "DATE": record.ADT,
        "RULE": reason,
        "FOUND": _found(record, unit),
        "QUESTION": question,
        "DONE": "used, flagged" if used else "kept in the analysis data, not analysed",
        "SOURCE": "analysis data",
        **{name: getattr(record, name) for name in PLACE},
    }


def _found(record: Any, unit: str) -> str:
    """Return value, unit and day as the question shows them; an index needs no sixteen digits there."""
    value = record.AVALC
    if record.DERIV != "as reported":
        value = "" if np.isnan(record.AVAL) else f"{record.AVAL:.4g}"
    text = f"{value} {unit}".strip() if value else "no value"
    return text + ("" if np.isnan(record.ADY) else f", day {int(record.ADY)}")
