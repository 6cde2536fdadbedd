"""The records of one endpoint from a BDS data set, as ADLB: values and flags as given."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from trial.adam.config import TakeEndpointSpec
from trial.adam.recompute import fill_absent, list_differences
from trial.endpoints.adlb import TREATMENTS, EndpointData
from trial.endpoints.schema import LINEAGE, endpoint_adlb
from trial.study.errors import DataError
from trial.subjects.conditions import SEPARATOR, judge_condition

# Why a record of the file is not analysed; `workflow/docs/analysis-data.md` explains each to the reader.
NOT_FLAGGED, NO_VISIT, NO_VALUE, NOT_BASELINE, LATE_BASELINE = (
    "NOT_FLAGGED",
    "NO_ANALYSED_VISIT",
    "NO_VALUE",
    "NOT_THE_BASELINE",
    "BASELINE_FLAG_AT_LATER_VISIT",
)


def take_endpoint(records: pd.DataFrame, adsl: pd.DataFrame, spec: TakeEndpointSpec) -> EndpointData:
    """Return the records of one endpoint, the rows of the file behind them, and the differences found.

    AVAL, BASE and flags are those of the file, as are CHG and PCHG after baseline; elsewhere these are
    missing, as in any study. What an analysed record lacks of BASE and the changes is derived. A record is
    analysed where ANL01FL says so, its visit is one of the study's, it has a value and fulfils the endpoint's
    conditions; at the baseline visit ABLFL decides.

    Parameters
    ----------
    records : DataFrame
        Columns `RECORDS`, of all data sets.
    adsl : DataFrame
        USUBJID, INDEXDT, `TREATMENTS` and the flags of `spec`.
    spec : TakeEndpointSpec

    Raises
    ------
    DataError
        If the unit is not the declared one, ASEQ stands twice, or two records of a subject stand for a visit.
    """
    source = spec.source
    if "ANL01FL" not in spec.columns:
        records = records.assign(ANL01FL="Y")
    mine = (records["DATASET"] == source.dataset) & (records["PARAMCD"] == source.paramcd)
    rows = records[mine].reset_index(drop=True)
    _refuse_units(rows, spec)
    rows = _flagged(rows, spec)
    _refuse_twice(rows, spec)
    rows = _named(rows, adsl, spec)
    queries = list_differences(rows, spec)
    after = rows["AVISITN"] >= min(visit.number for visit in spec.visits if not visit.baseline)
    shown = fill_absent(rows)
    shown = shown.assign(CHG=shown["CHG"].where(after), PCHG=shown["PCHG"].where(after))
    columns = list(endpoint_adlb(dict.fromkeys(spec.flags, "flag")))
    lineage = shown.assign(ROLE=source.paramcd)[list(LINEAGE)]
    return EndpointData(shown[columns], lineage, queries)


def _flagged(rows: pd.DataFrame, spec: TakeEndpointSpec) -> pd.DataFrame:
    """Return the rows with the flags that analyses read, and why each of the others is not analysed.

    GIVEN holds ANL01FL of the file, MEETS whether a record fulfils the conditions, USABLE whether it could
    stand for its visit.
    """
    judged = [judge_condition(rows, condition)["REASON"] for condition in spec.source.conditions]
    failed = pd.Series(
        [SEPARATOR.join(filter(None, row)) for row in zip(*judged, strict=True)] if judged else "",
        index=rows.index,
        dtype="str",
    )
    numbers: Mapping[str, int] = {visit.code: visit.number for visit in spec.visits}
    baseline = rows["AVISIT"] == next(visit.code for visit in spec.visits if visit.baseline)
    base_flag, flag = rows["ABLFL"] == "Y", rows["ANL01FL"] == "Y"
    nowhere, valueless = rows["AVISIT"] == "", rows["AVAL"].isna()
    usable = (failed == "") & ~nowhere & ~valueless
    analysed = usable & np.where(baseline, base_flag, flag & ~base_flag)
    why = np.select(
        [failed != "", nowhere, valueless, baseline & flag, base_flag & ~baseline],
        [failed, NO_VISIT, NO_VALUE, NOT_BASELINE, LATE_BASELINE],
        NOT_FLAGGED,
    )
    # What the file itself says of a record that it does not flag stands.
    reason = rows["REASON"].where(analysed | ((rows["REASON"] != "") & ~flag), why)
    return rows.assign(
        GIVEN=rows["ANL01FL"],
        MEETS=failed == "",
        USABLE=usable,
        ANL01FL=analysed.map({True: "Y", False: ""}),
        REASON=reason,
        AVISITN=rows["AVISIT"].map(numbers).astype(float),
    )


def _named(rows: pd.DataFrame, adsl: pd.DataFrame, spec: TakeEndpointSpec) -> pd.DataFrame:
    """Return the rows as ADLB has them: under the study's names, numbered, with what ADSL says."""
    subjects = adsl.set_index("USUBJID")
    digits = rows["DIGITS"].where(rows["DTYPE"] == "")
    text = rows["AVAL"].map(lambda value: "" if np.isnan(value) else repr(float(value)))
    rows = rows.assign(
        PARAMCD=spec.paramcd,
        AVALU=spec.unit,
        AVALC=rows["AVALC"].where(rows["AVALC"] != "", text),
        DERIV=rows["DERIV"].where(rows["DERIV"] != "", "as given"),
        DECIMALS=rows["DECIMALS"] if "DECIMALS" in spec.columns else digits,
        **{name: rows["USUBJID"].map(subjects[name]) for name in ("INDEXDT", *TREATMENTS, *spec.flags)},
    )
    if "ASEQ" in spec.columns:
        return rows.sort_values(["USUBJID", "ASEQ"], kind="stable")
    rows = rows.assign(LINE=rows["ROW"].astype(int)).sort_values(["USUBJID", "ADT", "LINE"], kind="stable")
    return rows.assign(ASEQ=rows.groupby("USUBJID").cumcount().astype(float) + 1.0)


def _refuse_units(rows: pd.DataFrame, spec: TakeEndpointSpec) -> None:
    unit = spec.source.unit
    other = rows[rows["AVALU"] != unit]
    if unit is not None and not other.empty:
        raise DataError(
            f"data/raw/{rows['FILE'].iloc[0]}, column {spec.columns['AVALU']}",
            f"{len(other)} records of {spec.source.paramcd} are not in '{unit}'",
            [f"row {row}: '{found}'" for row, found in zip(other["ROW"], other["AVALU"], strict=True)],
            f"mend the file, or endpoints.{spec.paramcd}.source.unit",
        )


def _refuse_twice(rows: pd.DataFrame, spec: TakeEndpointSpec) -> None:
    """Refuse what has two answers: the record of a visit, the baseline, the record of a number."""
    flagged = rows[rows["ANL01FL"] == "Y"]
    # A baseline flag counts wherever it stands: BASE is checked against it.
    baseline = rows[(rows["ABLFL"] == "Y") & rows["MEETS"] & rows["AVAL"].notna()]
    numbered = rows if "ASEQ" in spec.columns else rows[:0]
    for found, keys, problem, hint in (
        (
            baseline, ["USUBJID"], "several records of a subject are flagged as its baseline (ABLFL)",
            "one baseline per subject and parameter; choose the records of one by source.conditions",
        ),
        (
            flagged, ["USUBJID", "AVISIT"], "several records of a subject stand for one visit (ANL01FL)",
            "flag one record per subject, parameter and visit, or choose them by source.conditions",
        ),
        (
            numbered, ["USUBJID", "ASEQ"], "ASEQ stands twice",
            "number the records of each subject, or name no ASEQ",
        ),
    ):  # fmt: skip
        twice = found[found.duplicated(keys, keep=False)].sort_values(keys, kind="stable")
        if not twice.empty:
            offenders = [
                f"{' '.join(map(str, key))}: rows {', '.join(part['ROW'])}"
                for key, part in twice.groupby(keys, sort=True)
            ]
            where = f"data/raw/{rows['FILE'].iloc[0]}, {spec.columns['PARAMCD']} {spec.source.paramcd}"
            raise DataError(where, problem, offenders, hint)
