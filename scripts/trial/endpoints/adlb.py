"""The records of one endpoint as analysis data (ADLB), the raw results behind them, and their questions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.endpoints.absence import explain_absence
from trial.endpoints.config import DeriveEndpointSpec
from trial.endpoints.config_visits import Window
from trial.endpoints.draws import PLACE
from trial.endpoints.questions import list_queries
from trial.endpoints.records import make_records, mark_fasting
from trial.endpoints.schema import LINEAGE, endpoint_adlb
from trial.endpoints.visits import assign_visits, select_records, study_day
from trial.study.books import ABSENCE, NO_RECORDS

# Treatments of ADSL stand on every record, as in any ADaM BDS data set; so do the populations' flags.
TREATMENTS = ("ARMCD", "TRT01P", "TRT01A")


@dataclass(frozen=True)
class EndpointData:
    """What `derive_endpoint` gives.

    Attributes
    ----------
    adlb : DataFrame
        Columns of `endpoint_adlb`: every usable result, with the reason where it is not analysed.
    lineage : DataFrame
        Columns `LINEAGE`: the raw results behind each record.
    queries : DataFrame
        Columns `ENDPOINT_QUERIES`; of all endpoints together, `QUERIES`.
    """

    adlb: pd.DataFrame
    lineage: pd.DataFrame
    queries: pd.DataFrame

    @property
    def absence(self) -> pd.DataFrame:
        """What took the raw rows, where there is no record to analyse (`ABSENCE`); else no row."""
        return self.queries.loc[self.queries["RULE"] == NO_RECORDS, list(ABSENCE)]


def derive_endpoint(
    labs: pd.DataFrame, adsl: pd.DataFrame, adsv: pd.DataFrame, asked: pd.DataFrame, spec: DeriveEndpointSpec
) -> EndpointData:
    """Return the records of one endpoint, their lineage and the questions they raise.

    BASE is the value flagged ABLFL; CHG and PCHG are given for records after the baseline visit. ASEQ
    numbers the records of a subject by date, time and place of the raw result.

    Parameters
    ----------
    labs, adsv : DataFrame
        Columns `LABS` and `ADSV`.
    adsl : DataFrame
        USUBJID, INDEXDT, `TREATMENTS` and the flags of `spec`.
    asked : DataFrame
        The queries of the intake, columns `QUERIES`: what took the rows of an endpoint without records.
    spec : DeriveEndpointSpec
    """
    labs = mark_fasting(labs[labs["ANALYTE"].isin(spec.analytes)], adsv, spec.fasting_hours)
    made = make_records(labs, spec.source, spec.indices, spec.below_limit)
    subjects = adsl.set_index("USUBJID")
    records = made.table.assign(PARAMCD=spec.paramcd, AVALU=spec.unit, ADT=made.table["COLLECTED"].str[:10])
    index_dates = records["USUBJID"].map(subjects["INDEXDT"]).fillna("")
    records["ADY"] = study_day(records["COLLECTED"], index_dates)
    records = select_records(assign_visits(records, spec.visits, spec.selection), spec.visits, spec.selection)
    records = _with_change(records, spec.visits)
    for name in (*TREATMENTS, *spec.flags):
        records[name] = records["USUBJID"].map(subjects[name]).fillna("")
    records["AVALC"] = records["AVALC"].where(records["AVALC"] != "", records["AVAL"].map(_text))
    records = records.sort_values(["USUBJID", "ADT", "COLLECTED", *PLACE], kind="stable")
    records["ASEQ"] = records.groupby("USUBJID").cumcount().astype(float) + 1.0
    columns = list(endpoint_adlb(dict.fromkeys(spec.flags, "flag")))
    lineage = _lineage(records, made.sources)
    queries = list_queries(records)
    if not (records["ANL01FL"] == "Y").any():
        absence = explain_absence(asked, spec.paramcd, spec.analytes, found=len(records))
        queries = pd.concat([queries, absence], ignore_index=True)
    return EndpointData(records[columns], lineage, queries)


def _with_change(records: pd.DataFrame, visits: Sequence[Window]) -> pd.DataFrame:
    base = records[records["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"]
    first = min(visit.number for visit in visits if not visit.baseline)
    after = records["AVISITN"] >= first
    records["BASE"] = records["USUBJID"].map(base).astype(float)
    records["CHG"] = (records["AVAL"] - records["BASE"]).where(after)
    # A baseline of zero has no percent change.
    records["PCHG"] = (100.0 * records["CHG"] / records["BASE"]).where(after & (records["BASE"] != 0))
    return records


def _lineage(records: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Return the raw results behind the records, in the order of the records."""
    numbered = records[["PARAMCD", "USUBJID", "ASEQ"]].assign(ORDER=np.arange(len(records)))
    joined = sources.join(numbered, on="RECORD").sort_values("ORDER", kind="stable")
    return joined[list(LINEAGE)]


def _text(value: float) -> str:
    return "" if np.isnan(value) else repr(float(value))
