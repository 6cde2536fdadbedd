"""Usable lab results to endpoint records: one row per subject, endpoint and draw, no visit yet.

A record that cannot be used keeps its row and says why in REASON; AVAL is missing then.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.endpoints.config import BelowLimit, Endpoint, FromAnalyte, FromIndex, IndexRules
from trial.endpoints.indices import FORMULAS, WITH_POLE

COLUMNS = (
    "USUBJID",
    "COLLECTED",
    "AVAL",
    "AVALC",
    "DTYPE",
    "LLOQ",
    "BLQFL",
    "CENSOR",
    "REASON",
    "DERIV",
    "SRCKEY",
)
# Reason codes of this room; `workflow/docs/analysis-data.md` explains each to the reader.
NOT_FASTING, SPECIMEN, CENSORED_INPUT = "NOT_FASTING", "SPECIMEN_EXCLUDED", "CENSORED_INPUT"
NO_PARTNER, UNDEFINED, UNSTABLE, NOT_FINITE = (
    "NO_PAIRED_",
    "HOMA_B_UNDEFINED",
    "HOMA_B_UNSTABLE",
    "NOT_FINITE",
)


@dataclass(frozen=True)
class Rules:
    """The study's rules that records are made by."""

    indices: IndexRules
    below_limit: BelowLimit


def prepare_labs(labs: pd.DataFrame, adsv: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return labs with SRCKEY and FASTING completed by the hours fasted that the visit's form records.

    Fewer hours than `fasting_hours` on the day of the draw contradict an export that says nothing
    or "fasting": the stricter record wins.
    """
    labs = labs.copy()
    labs["SRCKEY"] = labs["FILE"] + "#" + labs["SHEET"] + "#" + labs["ROW"] + "#" + labs["COLUMN"]
    short = adsv[adsv["FASTING_H"] < rules.indices.fasting_hours]
    short_days = set(zip(short["USUBJID"], short["SVDT"], strict=True))
    days = zip(labs["USUBJID"], labs["COLLECTED"].str[:10], strict=True)
    contradicted = pd.Series([day in short_days for day in days], index=labs.index, dtype=bool)
    labs["FASTING"] = labs["FASTING"].mask(contradicted, "N")
    return labs


def make_records(labs: pd.DataFrame, paramcd: str, endpoint: Endpoint, rules: Rules) -> pd.DataFrame:
    """Return the records of one endpoint, with columns `COLUMNS`."""
    source = endpoint.source
    if isinstance(source, FromAnalyte):
        return _measured(labs[labs["ANALYTE"] == source.analyte], source, rules)
    return _index_records(labs, source, rules)


def _measured(labs: pd.DataFrame, source: FromAnalyte, rules: Rules) -> pd.DataFrame:
    """Return records of a measured analyte, values outside the limits of quantification substituted."""
    below, above = labs["CENSOR"] == "<", labs["CENSOR"] == ">"
    value = labs["VALUE"].where(~below, labs["LIMIT"] / 2.0).where(~above, labs["LIMIT"])
    reason = _reasons(labs, source)
    # The printed result stays in AVALC also where the record cannot serve the endpoint.
    printed = labs["LIMIT"].where(below | above, labs["VALUE"])
    text = labs["CENSOR"] + printed.map(lambda number: "" if np.isnan(number) else repr(float(number)))
    return pd.DataFrame(
        {
            "USUBJID": labs["USUBJID"],
            "COLLECTED": labs["COLLECTED"],
            "AVAL": value.where(reason == ""),
            "AVALC": text,
            "DTYPE": np.select([below, above], [rules.below_limit.substitute, "ULOQ"], ""),
            "LLOQ": labs["LLOQ"].where(~below | labs["LLOQ"].notna(), labs["LIMIT"]),
            "BLQFL": below.map({True: "Y", False: ""}),
            "CENSOR": labs["CENSOR"],
            "REASON": reason,
            "DERIV": "as reported",
            "SRCKEY": labs["SRCKEY"],
        }
    )[list(COLUMNS)]


def _reasons(labs: pd.DataFrame, source: FromAnalyte | FromIndex) -> pd.Series:
    """Return why each result cannot serve this endpoint (`""` when it can)."""
    refused = {"required": labs["FASTING"] != "Y", "not contradicted": labs["FASTING"].isin(["N", "U"])}
    fasting = refused.get(source.fasting, pd.Series(False, index=labs.index))
    excluded = labs["SPECIMEN"].isin(source.excluded_specimens)
    return pd.Series(np.select([excluded, fasting], [SPECIMEN, NOT_FASTING], ""), index=labs.index)


def _index_records(labs: pd.DataFrame, source: FromIndex, rules: Rules) -> pd.DataFrame:
    """Return one record per draw of the first input, computed where every other input pairs with it."""
    roles = list(source.inputs)
    by_role = {role: select_inputs(labs, analyte, source) for role, analyte in source.inputs.items()}
    rows = [
        _index_record(
            draw, {role: find_partners(draw, by_role[role], rules) for role in roles[1:]}, source, rules
        )
        for draw in split_draws(by_role[roles[0]])
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"AVAL": float, "LLOQ": float})


def select_inputs(labs: pd.DataFrame, analyte: str, source: FromIndex) -> pd.DataFrame:
    """Return the results of one input of an index, with WHY: the reason they cannot serve, or `""`."""
    rows = labs[labs["ANALYTE"] == analyte]
    return rows.assign(WHY=_reasons(rows, source)).sort_values(["USUBJID", "COLLECTED", "SRCKEY"])


def split_draws(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the results of one analyte by draw: replicates share subject, time and accession."""
    return [draw for _, draw in rows.groupby(["USUBJID", "COLLECTED", "ACCESSION"], sort=True)]


def find_partners(draw: pd.DataFrame, others: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Return the usable results of another analyte from the same draw.

    The same draw means the same accession, or the same raw row, or both times known and at most
    `pairing_minutes` apart. Results with a date but no time pair only by accession or raw row.
    """
    head = draw.iloc[0]
    mine = others[(others["USUBJID"] == head["USUBJID"]) & (others["WHY"] == "")]
    accession = (mine["ACCESSION"] != "") & (mine["ACCESSION"] == head["ACCESSION"])
    row = (mine[["FILE", "SHEET", "ROW"]] == head[["FILE", "SHEET", "ROW"]].to_numpy()).all(axis=1)
    timed = (mine["COLLECTED"].str.len() > 10) & (len(head["COLLECTED"]) > 10)
    gap = pd.to_datetime(mine["COLLECTED"].where(timed)) - pd.to_datetime(head["COLLECTED"])
    near = timed & (gap.abs() <= pd.Timedelta(minutes=rules.indices.pairing_minutes))
    # A different accession at the same time is another tube of the same venipuncture; but an
    # accession shared with some result settles the question before times are looked at.
    chosen = accession if accession.any() else (row if row.any() else near)
    fasting = (mine["FASTING"] == head["FASTING"]) | (mine["FASTING"] == "") | (head["FASTING"] == "")
    partners: pd.DataFrame = mine.loc[chosen & fasting]
    return partners


def _index_record(
    draw: pd.DataFrame, partners: Mapping[str, pd.DataFrame], source: FromIndex, rules: Rules
) -> dict[str, object]:
    """Return the record of one draw: replicates are averaged on the input scale, then the formula."""
    usable = draw[draw["WHY"] == ""]
    role, *others = source.inputs
    sources = pd.concat([draw, *partners.values()])
    censored = (usable["CENSOR"] != "").any() or any(
        (rows["CENSOR"] != "").any() for rows in partners.values()
    )
    absent = [source.inputs[name] for name in others if partners[name].empty]
    record: dict[str, object] = dict.fromkeys(COLUMNS, "") | {
        "USUBJID": draw["USUBJID"].iloc[0],
        "COLLECTED": draw["COLLECTED"].iloc[0],
        "AVAL": np.nan,
        "LLOQ": np.nan,
        "DERIV": source.index,
        "SRCKEY": " + ".join(sources["SRCKEY"]),
    }
    if usable.empty:
        return record | {"REASON": draw["WHY"].iloc[0]}
    if absent:
        return record | {"REASON": NO_PARTNER + absent[0]}
    if censored:
        return record | {"REASON": CENSORED_INPUT}
    values = {role: usable["VALUE"].mean()} | {name: partners[name]["VALUE"].mean() for name in others}
    averaged = len(usable) > 1 or any(len(rows) > 1 for rows in partners.values())
    return record | _evaluate(source.index, values, rules) | {"DTYPE": "AVERAGE" if averaged else ""}


def _evaluate(index: str, values: Mapping[str, float], rules: Rules) -> dict[str, object]:
    """Return AVAL and REASON of one index; the zone below `homa_b_unstable_below` is flagged, not dropped."""
    glucose = values["glucose"]
    if index in WITH_POLE and glucose <= rules.indices.homa_b_undefined_at:
        return {"AVAL": np.nan, "REASON": UNDEFINED}
    value = float(FORMULAS[index](**{name: np.array([number]) for name, number in values.items()})[0])
    if not np.isfinite(value):
        return {"AVAL": np.nan, "REASON": NOT_FINITE}
    unstable = index in WITH_POLE and glucose < rules.indices.homa_b_unstable_below
    return {"AVAL": value, "REASON": UNSTABLE if unstable else ""}
