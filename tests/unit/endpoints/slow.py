"""The rules of pairing and of indices, one draw after another: what the vectorised code must give."""

import numpy as np
import pandas as pd

from trial.endpoints.indices import FORMULAS, WITH_POLE
from trial.endpoints.inputs import INPUTS

PLACE = ["FILE", "SHEET", "ROW", "COLUMN"]


def slow_records(labs, source, rules):
    """Return one tuple per draw: subject, time, value, DTYPE, REASON and the raw results behind it."""
    first, *others = INPUTS[source.index]
    by_role = {role: inputs(labs, source.inputs[role], source) for role in (first, *others)}
    return [
        record(draw, {role: partners(draw[0], by_role[role], rules) for role in others}, source, rules)
        for draw in draws(by_role[first])
    ]


def inputs(labs, analyte, source):
    rows = labs[labs["ANALYTE"] == analyte].to_dict("records")
    rows.sort(key=lambda row: [row[name] for name in ("USUBJID", "COLLECTED", *PLACE)])
    return [row | {"WHY": why(row, source)} for row in rows]


def why(row, source):
    if row["SPECIMEN"] not in ("", *source.specimens):
        return "SPECIMEN_EXCLUDED"
    known, contradicted = row["FASTING"] == "Y", row["FASTING"] == "N"
    refused = {"required": not known, "not contradicted": contradicted, "any": False}[source.fasting]
    return "NOT_FASTING" if refused else ""


def draws(rows):
    groups = {}
    for row in rows:
        named = row["VISIT"] if len(row["COLLECTED"]) <= 10 else ""
        groups.setdefault((row["USUBJID"], row["COLLECTED"], row["ACCESSION"], named), []).append(row)
    return [groups[name] for name in sorted(groups)]


def partners(head, others, rules):
    mine = [row for row in others if row["USUBJID"] == head["USUBJID"] and not row["WHY"]]
    same_tube = [row for row in mine if row["ACCESSION"] and row["ACCESSION"] == head["ACCESSION"]]
    same_row = [row for row in mine if all(row[name] == head[name] for name in PLACE[:3])]
    chosen = same_tube or same_row or [row for row in mine if near(row, head, rules)]
    return [
        row for row in chosen if "" in (row["FASTING"], head["FASTING"]) or row["FASTING"] == head["FASTING"]
    ]


def near(row, head, rules):
    if len(row["COLLECTED"]) <= 10 or len(head["COLLECTED"]) <= 10:
        return False
    gap = abs(pd.Timestamp(row["COLLECTED"]) - pd.Timestamp(head["COLLECTED"]))
    return gap <= pd.Timedelta(minutes=rules.pairing_minutes)


def record(draw, paired, source, rules):
    usable = [row for row in draw if not row["WHY"]]
    used = {next(iter(INPUTS[source.index])): usable} | paired
    absent = [source.inputs[role] for role in paired if not paired[role]]
    value, kind = np.nan, ""
    if not usable:
        reason = draw[0]["WHY"]
    elif absent:
        reason = "NO_PAIRED_" + absent[0]
    elif any(row["CENSOR"] for rows in used.values() for row in rows):
        reason = "CENSORED_INPUT"
    else:
        means = {role: sum(row["VALUE"] for row in rows) / len(rows) for role, rows in used.items()}
        value, reason = evaluate(source.index, means, rules)
        kind = "AVERAGE" if any(len(rows) > 1 for rows in used.values()) else ""
    sources = [
        (row["ANALYTE"], *(row[name] for name in PLACE)) for rows in (draw, *paired.values()) for row in rows
    ]
    return draw[0]["USUBJID"], draw[0]["COLLECTED"], value, kind, reason, sources


def evaluate(index, means, rules):
    pole, glucose = index in WITH_POLE, means["glucose"]
    if pole and glucose <= rules.homa_b_undefined_at:
        return np.nan, "HOMA_B_UNDEFINED"
    with np.errstate(all="ignore"):
        value = float(FORMULAS[index](**{role: np.array([mean]) for role, mean in means.items()})[0])
    if not np.isfinite(value):
        return np.nan, "NOT_FINITE"
    return value, "HOMA_B_UNSTABLE" if pole and glucose < rules.homa_b_unstable_below else ""
