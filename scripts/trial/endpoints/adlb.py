"""ADLB-like analysis data of all endpoints, the questions they raise, and what each model sees."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from trial.endpoints.config import Endpoint, Selection, Visit
from trial.endpoints.records import Rules, make_records, prepare_labs
from trial.endpoints.schema import ADLB, ANALYSIS
from trial.endpoints.visits import assign_visits, select_records, study_day
from trial.study.errors import DataError


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
        mine = adlb[adlb["PARAMCD"] == paramcd]
        reasons = mine["REASON"].where(mine["REASON"] != "", "no baseline, or outside the population")
        raise DataError(
            f"endpoint {paramcd}",
            f"none of {len(mine)} records after baseline has both a value and a baseline",
            [f"{reason}: {count} records" for reason, count in reasons.value_counts().items()],
            "see results/data/adlb.csv, and results/data/labs.csv for what the intake gave",
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
