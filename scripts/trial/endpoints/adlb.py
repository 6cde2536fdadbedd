"""ADLB-like analysis data of all endpoints, the questions they raise, and what each model sees."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from trial.endpoints.records import Rules, make_records, prepare_labs
from trial.endpoints.schema import ADLB, ANALYSIS
from trial.endpoints.visits import assign_visits, select_records, study_day
from trial.study.books import QUERIES
from trial.study.errors import DataError
from trial.study.models import Endpoint, Selection, Visit

# What the site is asked, by reason; reasons not here are consequences of the plan, not questions.
QUESTIONS = {
    "OUT_OF_WINDOW": "The sample's date lies in no visit window: is the date right?",
    "NO_INDEX_DATE": "The subject has no allocation or infusion date: please give it",
    "NO_COLLECTION_DATE": "When was the sample taken?",
    "NOT_FASTING": "The sample was not fasting: is that right, and is there a fasting one?",
    "SPECIMEN_EXCLUDED": "The specimen cannot serve this endpoint: is there a venous sample?",
    "CENSORED_INPUT": "An input of the index lies outside its limits of quantification: is there a re-run?",
    "HOMA_B_UNDEFINED": "Glucose is 3.5 mmol/L or less, HOMA1-%B has no value: is the glucose right?",
    "HOMA_B_UNSTABLE": "Glucose is close to 3.5 mmol/L, HOMA1-%B is unstable: is the glucose right?",
    "NOT_FINITE": "The index has no finite value for these inputs: are they right?",
}
PAIRING = "The inputs of the index are not from one draw: which sample belongs to it?"


def derive_adlb(
    labs: pd.DataFrame,
    adsl: pd.DataFrame,
    adsv: pd.DataFrame,
    endpoints: Mapping[str, Endpoint],
    visits: Sequence[Visit],
    selection: Selection,
    rules: Rules,
) -> pd.DataFrame:
    """Return ADLB: every usable result of every endpoint, with the reason where it is not analysed.

    BASE is the value flagged ABLFL; CHG and PCHG are given for records after the baseline visit.
    """
    labs = prepare_labs(labs, adsv, rules)
    index_dates = adsl.set_index("USUBJID")["INDEXDT"]
    frames = []
    for paramcd, endpoint in endpoints.items():
        records = make_records(labs, paramcd, endpoint, rules)
        records["ADT"] = records["COLLECTED"].str[:10]
        records["ADY"] = study_day(records["COLLECTED"], records["USUBJID"].map(index_dates).fillna(""))
        records = select_records(assign_visits(records, visits), visits, selection)
        records["PARAMCD"], records["PARAM"] = paramcd, _param(endpoint)
        records["PARAMN"], records["AVALU"] = float(endpoint.number), endpoint.unit
        frames.append(_with_change(records, visits))
    adlb = pd.concat(frames, ignore_index=True)
    # Treatments and populations of ADSL stand on every record, as in any ADaM BDS data set.
    for name in ("ARMCD", "TRT01P", "TRT01A", "ENRLFL", "FASFL", "SAFFL"):
        adlb[name] = adlb["USUBJID"].map(adsl.set_index("USUBJID")[name]).fillna("")
    adlb["AVALC"] = adlb["AVALC"].where(adlb["AVALC"] != "", adlb["AVAL"].map(_text))
    return adlb.sort_values(["PARAMN", "USUBJID", "ADT", "COLLECTED", "SRCKEY"], kind="stable")[list(ADLB)]


def list_queries(adlb: pd.DataFrame) -> pd.DataFrame:
    """Return the questions that the analysis data raise, one per raw row and reason.

    One draw may serve several endpoints (glucose and the indices from it): they share its question.
    """
    rows = []
    for record in adlb[adlb["REASON"] != ""].itertuples():
        for reason in str(record.REASON).split(";"):
            # An index without its partner is asked about only where a visit would have used it.
            unpaired = reason.startswith("NO_PAIRED_")
            question = (PAIRING if record.AVISIT else "") if unpaired else QUESTIONS.get(reason)
            if question:
                file, sheet, row, column = str(record.SRCKEY).split(" + ")[0].split("#")
                rows.append(
                    {
                        "SUBJECT": record.USUBJID,
                        "ANALYTE": record.PARAMCD,
                        "DATE": record.ADT,
                        "RULE": reason,
                        "FOUND": _found(record),
                        "QUESTION": question,
                        "DONE": _done(record),
                        "SOURCE": "analysis data",
                        "FILE": file,
                        "SHEET": sheet,
                        "ROW": row,
                        "COLUMN": column,
                    }
                )
    queries = pd.DataFrame(rows, columns=list(QUERIES))
    same = ["SUBJECT", "DATE", "RULE", "DONE", "FILE", "SHEET", "ROW", "COLUMN"]
    queries["ANALYTE"] = queries.groupby(same)["ANALYTE"].transform(
        lambda names: ", ".join(dict.fromkeys(names))
    )
    return queries.drop_duplicates(same)


def analysis_data(
    adlb: pd.DataFrame, adsl: pd.DataFrame, paramcd: str, endpoint: Endpoint, population: str, treatment: str
) -> pd.DataFrame:
    """Return exactly what the endpoint's model sees: analysed records after baseline with a baseline.

    Y is AVAL - BASE, or ln(AVAL / BASE) on the log scale; X_BASE is BASE or ln(BASE).

    Raises
    ------
    DataError
        If a value on the log scale is not positive, or nothing is left to analyse.
    """
    treatments = adsl[adsl[population] == "Y"].set_index("USUBJID")[treatment]
    rows = adlb[(adlb["PARAMCD"] == paramcd) & (adlb["ANL01FL"] == "Y") & (adlb["ABLFL"] == "")]
    rows = rows[rows["USUBJID"].isin(treatments.index) & rows["BASE"].notna()].copy()
    rows["ARMCD"] = rows["USUBJID"].map(treatments)
    if rows.empty:
        raise DataError(
            f"endpoint {paramcd}",
            "no record after baseline has both a value and a baseline",
            hint="see results/data/adlb.csv, column REASON, and results/data/queries.csv",
        )
    if endpoint.scale == "log":
        _check_positive(rows, paramcd)
        rows["Y"] = np.log(rows["AVAL"]) - np.log(rows["BASE"])
        rows["X_BASE"] = np.log(rows["BASE"])
    else:
        rows["Y"], rows["X_BASE"] = rows["CHG"], rows["BASE"]
    return rows.sort_values(["USUBJID", "AVISITN"])[list(ANALYSIS)]


def _param(endpoint: Endpoint) -> str:
    return f"{endpoint.label} ({endpoint.unit_label})" if endpoint.unit_label else endpoint.label


def _with_change(records: pd.DataFrame, visits: Sequence[Visit]) -> pd.DataFrame:
    base = records[records["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"]
    first = min(visit.number for visit in visits if not visit.baseline)
    after = records["AVISITN"] >= first
    records["BASE"] = records["USUBJID"].map(base).astype(float)
    records["CHG"] = (records["AVAL"] - records["BASE"]).where(after)
    records["PCHG"] = (100.0 * records["CHG"] / records["BASE"]).where(after)
    return records


def _check_positive(rows: pd.DataFrame, paramcd: str) -> None:
    bad = rows[(rows["AVAL"] <= 0) | (rows["BASE"] <= 0)]
    if not bad.empty:
        offenders = [
            f"{r.USUBJID} {r.AVISIT}: value {r.AVAL}, baseline {r.BASE} ({r.SRCKEY})"
            for r in bad.itertuples()
        ]
        raise DataError(
            f"endpoint {paramcd}",
            "the log scale needs positive values",
            offenders,
            "query the values, or analyse this endpoint on the identity scale",
        )


def _text(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))


def _found(record: Any) -> str:
    """Return value, unit and day as the question shows them; an index needs no sixteen digits there."""
    value = (
        record.AVALC
        if record.DERIV == "as reported"
        else "no value"
        if np.isnan(record.AVAL)
        else f"{record.AVAL:.4g}"
    )
    unit = "" if record.AVALU == "1" or value == "no value" else f" {record.AVALU}"
    return f"{value or 'no value'}{unit}" + ("" if np.isnan(record.ADY) else f", day {int(record.ADY)}")


def _done(record: Any) -> str:
    if record.ANL01FL == "Y":
        return "used, flagged"
    return "kept in the analysis data, not analysed"
