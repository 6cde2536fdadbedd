"""The records of all endpoints in one table, with their labels, and their questions in one book."""

from collections.abc import Sequence

import pandas as pd

from trial.endpoints.adlb import EndpointData
from trial.endpoints.config_plan import CollectAdlbSpec
from trial.endpoints.questions import list_absences, merge_queries
from trial.endpoints.schema import LINEAGE, adlb
from trial.study.books import NO_RECORDS


def collect_adlb(parts: Sequence[EndpointData], adsl: pd.DataFrame, spec: CollectAdlbSpec) -> EndpointData:
    """Return ADLB of all endpoints with PARAM and PARAMN, their lineage, and their questions.

    A question that several endpoints ask is one row. Values that a subject lacks altogether are asked about
    here, because one question names all endpoints concerned.

    Parameters
    ----------
    parts : sequence of EndpointData
        In the order of `spec.endpoints`.
    adsl : DataFrame
        USUBJID, DISCDT and the flag `spec.population`.
    spec : CollectAdlbSpec
    """
    named = [
        part.adlb.assign(PARAM=endpoint.param, PARAMN=float(endpoint.number))
        for part, endpoint in zip(parts, spec.endpoints, strict=True)
    ]
    records = pd.concat(named, ignore_index=True)[list(adlb(dict.fromkeys(spec.flags, "flag")))]
    # An endpoint whose rows were all taken by quarantine rules is asked about once, not per subject.
    paramcds = [
        endpoint.paramcd
        for part, endpoint in zip(parts, spec.endpoints, strict=True)
        if NO_RECORDS not in set(part.queries["RULE"])
    ]
    absences = list_absences(records, adsl, paramcds, spec.population)
    asked = merge_queries([part.queries for part in parts], [e.unit_label for e in spec.endpoints])
    queries = pd.concat([asked, absences], ignore_index=True)
    lineage = pd.concat([part.lineage for part in parts], ignore_index=True)[list(LINEAGE)]
    return EndpointData(records, lineage, queries)
