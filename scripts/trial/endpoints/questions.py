"""The questions that the analysis data raise: each names the raw row, and nothing is asked twice."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from trial.endpoints.draws import PLACE
from trial.endpoints.schema import ENDPOINT_QUERIES
from trial.study.books import QUERIES
from trial.study.identity import about, fingerprint


@dataclass(frozen=True)
class Question:
    """What the site is asked, and what it is asked about once.

    `about`: a `record`; a `draw` (one subject, time and visit, whichever endpoints it serves); or a `file`,
    whose draws are counted.
    """

    text: str
    about: Literal["record", "draw", "file"] = "draw"


# What the site is asked, by reason; reasons not here are consequences of the plan, not questions.
QUESTIONS = {
    "OUT_OF_WINDOW": Question("The sample's date lies in no visit window: is the date right?"),
    "AFTER_WINDOWS": Question(
        "Samples were taken after the last visit window: is this follow-up, are the dates right?", "file"
    ),
    "VISIT_CONTRADICTED": Question(
        "The visit that the export names and the date of the sample disagree: which is right?"
    ),
    "NO_VISIT_NAMED": Question("The export names no visit for these samples: which visits are they?", "file"),
    "BASELINE_AFTER_INDEX_DATE": Question(
        "The export takes a sample after time zero as baseline: are its date, visit and flag right?"
    ),
    "FLAGGED_TWICE": Question("The export flags another result of this visit too: which one counts?"),
    "NO_COLLECTION_DATE": Question("When was the sample taken?"),
    "NOT_FASTING": Question("The sample was not fasting: is that right, and is there a fasting one?"),
    "SPECIMEN_EXCLUDED": Question("The specimen cannot serve this endpoint: is there a venous sample?"),
    "CENSORED_INPUT": Question(
        "An input of the index lies outside its limits of quantification: is there a re-run?", "record"
    ),
    "HOMA_B_UNDEFINED": Question(
        "Glucose is 3.5 mmol/L or less, HOMA1-%B has no value: is the glucose right?", "record"
    ),
    "HOMA_B_UNSTABLE": Question(
        "Glucose is close to 3.5 mmol/L, HOMA1-%B is unstable: is the glucose right?", "record"
    ),
    "NOT_FINITE": Question("The index has no finite value for these inputs: are they right?", "record"),
}
PAIRING = Question("The inputs of the index are not from one draw: which sample belongs to it?")
# Asked only where the visit is left without an analysed record: else there is nothing to replace.
REPLACEABLE = frozenset({"NOT_FASTING", "SPECIMEN_EXCLUDED"})
# Asked only where the export names no visit: one that it names says why, or contradicts the date.
UNNAMED = frozenset({"OUT_OF_WINDOW", "AFTER_WINDOWS"})
ABSENT = {
    "NO_BASELINE": "There is no usable value in the baseline window: was the sample taken?",
    "NO_POST_BASELINE": "There is no usable value after baseline: were the samples taken?",
}


def list_queries(records: pd.DataFrame) -> pd.DataFrame:
    """Return the questions about the records of one endpoint, one per record and reason (`ENDPOINT_QUERIES`).

    `records` are ADLB's with the place of their first raw result.
    """
    analysed = records[records["ANL01FL"] == "Y"]
    served = set(zip(analysed["USUBJID"], analysed["AVISIT"], strict=True))
    rows = []
    for record in records[records["REASON"] != ""].itertuples():
        for reason in str(record.REASON).split(";"):
            question = _question(reason, record, served)
            if question:
                rows.append(_row(record, reason, question))
    return pd.DataFrame(rows, columns=list(ENDPOINT_QUERIES))


def merge_queries(parts: Sequence[pd.DataFrame], units: Sequence[str]) -> pd.DataFrame:
    """Return the questions of several endpoints, each once: ANALYTE lists the endpoints that ask it.

    One draw may serve several endpoints (glucose and the indices from it): they share its question. Draws
    that a file is asked about are counted.

    Parameters
    ----------
    parts : sequence of DataFrame
        Columns `ENDPOINT_QUERIES`.
    units : sequence of str
        The unit of each endpoint as printed.

    Returns
    -------
    DataFrame
        Columns `QUERIES`.
    """
    shown = [_with_found(part, unit) for part, unit in zip(parts, units, strict=True)]
    asked = pd.concat(shown, ignore_index=True) if shown else pd.DataFrame(columns=list(ENDPOINT_QUERIES))
    together = [_merged(rows) for _, rows in asked.groupby(["SUBJECT", "RULE", "DRAW"], sort=False)]
    merged = pd.DataFrame(together, columns=list(ENDPOINT_QUERIES))
    counted = merged["RULE"].isin([rule for rule, one in QUESTIONS.items() if one.about == "file"])
    files = [_counted(rows) for _, rows in merged[counted].groupby(["RULE", "FILE"], sort=False)]
    return pd.concat([merged[~counted], pd.DataFrame(files, columns=list(merged))], ignore_index=True)[
        list(QUERIES)
    ]


def _with_found(part: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the questions of one endpoint with what was found, the unit as printed."""
    texts = zip(part["FOUND"], part["VALUE"], part["DAY"], strict=True)
    return part.assign(FOUND=[found or _found(value, day, unit) for found, value, day in texts])


def _merged(rows: pd.DataFrame) -> dict[Hashable, Any]:
    """Return one question of the same one at several endpoints."""
    analytes, done = (
        mark.join(dict.fromkeys(rows[name])) for name, mark in (("ANALYTE", ", "), ("DONE", "; "))
    )
    return {**rows.iloc[0].to_dict(), "ANALYTE": analytes, "DONE": done, "UNDER": _together(rows)}


def _counted(rows: pd.DataFrame) -> dict[Hashable, Any]:
    """Return one question about the draws of a file; it points to the first of them."""
    draws, subjects = len(rows), rows["SUBJECT"].nunique()
    analytes = dict.fromkeys(name for names in rows["ANALYTE"] for name in names.split(", "))
    days = sorted({rows["DATE"].min(), rows["DATE"].max()})
    found = (
        f"{draws} draw{'s' * (draws > 1)} of {subjects} subject{'s' * (subjects > 1)}, {' to '.join(days)}"
    )
    together = {"ANALYTE": ", ".join(analytes), "FOUND": found, "UNDER": _together(rows)}
    return {**rows.iloc[0].to_dict(), **together}


def _together(rows: pd.DataFrame) -> str:
    """Return digits of the data under several questions, in whatever order they stand."""
    return fingerprint(sorted(rows["UNDER"]))


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
                place |= {"ABOUT": subject, "UNDER": fingerprint(names)}
                text = {"FOUND": "no value", "QUESTION": ABSENT[rule], "DONE": "not in the model"}
                rows.append(dict.fromkeys(QUERIES, "") | place | text | {"SOURCE": "analysis data"})
    return pd.DataFrame(rows, columns=list(QUERIES))


def _question(reason: str, record: Any, served: set[tuple[str, str]]) -> Question | None:
    """Return what to ask about one record and reason, or None."""
    alone = bool(record.AVISIT) and (record.USUBJID, record.AVISIT) not in served
    if reason.startswith("NO_PAIRED_"):
        return PAIRING if alone else None
    if (reason in REPLACEABLE and not alone) or (reason in UNNAMED and record.VISIT):
        return None
    return QUESTIONS.get(reason)


def _row(record: Any, reason: str, question: Question) -> dict[str, str]:
    used = record.ANL01FL == "Y"
    done = "used, flagged" if used else "kept in the analysis data, not analysed"
    place = {name: str(getattr(record, name)) for name in PLACE}
    of_record = question.about == "record"
    draw = (record.USUBJID, record.COLLECTED, record.VISIT)
    named = {"record": (record.FILE, record.PARAMCD, *draw), "draw": draw, "file": (record.FILE,)}
    return {
        "SUBJECT": record.USUBJID,
        "ANALYTE": record.PARAMCD,
        "DATE": record.ADT,
        "RULE": reason,
        "FOUND": "" if of_record else _found_of_draw(record, reason),
        "VALUE": _value(record) if of_record else "",
        "DAY": _day(record) if of_record else "",
        "QUESTION": question.text,
        "DONE": done,
        "SOURCE": "analysis data",
        **place,
        "ABOUT": about(*named[question.about]),
        "UNDER": fingerprint([record.PARAMCD, record.AVALC, _value(record), record.COLLECTED, record.AVISIT]),
        "DRAW": "#".join([*place.values(), done] if of_record else [record.COLLECTED, record.VISIT]),
    }


def _value(record: Any) -> str:
    """Return a value as the question shows it; an index needs no sixteen digits there."""
    if record.DERIV == "as reported":
        return str(record.AVALC)
    return "" if np.isnan(record.AVAL) else f"{record.AVAL:.4g}"


def _found(value: str, day: str, unit: str) -> str:
    """Return value, unit and day as the question shows them."""
    text = f"{value} {unit}".strip() if value else "no value"
    return f"{text}, {day}" if day else text


def _found_of_draw(record: Any, reason: str) -> str:
    """Return the day of a draw, and both visits where they disagree; its values are several."""
    if reason == "VISIT_CONTRADICTED":
        return f"{record.VISIT} by the export, {record.WINDOW or 'no visit'} by the date ({_day(record)})"
    return _day(record) or "no day"


def _day(record: Any) -> str:
    return "" if np.isnan(record.ADY) else f"day {int(record.ADY)}"
