"""From the written analysis data to responses and covariates of the declared model, by its own reading."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from trial.recompute.config import AgreementSpec, DeclaredEndpoint
from trial.recompute.likelihood import RecomputeError
from trial.study.rules import UNSTABLE_INDEX

BASE, BASE_OF = "BASE", "BASE_"
EXACT = 1e-12  # of a value: a difference of two numbers, taken again
RECORD_COLUMNS = {
    "USUBJID": "text", "AVISIT": "text", "ADT": "date", "AVAL": "number", "BASE": "number", "CHG": "number",
    "ABLFL": "text", "ANL01FL": "text", "REASON": "text", "CENSOR": "text",
}  # fmt: skip
EVENT_COLUMNS = {"USUBJID": "text", "EVENT": "text", "ICEDT": "date"}


@dataclass(frozen=True)
class Sources:
    """The files that are read.

    Attributes
    ----------
    adsl : DataFrame
        One row per subject.
    records : dict of str to DataFrame
        `RECORD_COLUMNS` of every endpoint that is analysed or whose baseline is a covariate.
    events : DataFrame
        `EVENT_COLUMNS`; empty where none sets a value aside.
    """

    adsl: pd.DataFrame
    records: Mapping[str, pd.DataFrame]
    events: pd.DataFrame


def subject_columns(spec: AgreementSpec) -> dict[str, str]:
    """Return the columns of ADSL that are read, with their kind."""
    kinds = {"numeric": "number", "factor": "text"}
    covariates = spec.model.covariates if spec.model else ()
    own = {
        one.variable: kinds[one.kind]
        for one in covariates
        if one.variable != BASE and not one.variable.startswith(BASE_OF)
    }
    return {"USUBJID": "text", spec.population: "text", spec.treatment: "text", **own}


def analysed(
    spec: AgreementSpec, endpoint: DeclaredEndpoint, sources: Sources, stable: bool = False
) -> pd.DataFrame:
    """Return the flagged records of the population without those set aside, with their ARM.

    `stable`: without unstable values too. Where the record of a baseline is left out, the subject has none.
    """
    members = sources.adsl[sources.adsl[spec.population] == "Y"]
    arm_of = dict(zip(members["USUBJID"], members[spec.treatment], strict=True))
    records = sources.records[endpoint.paramcd]
    records = records[(records["ANL01FL"] == "Y") & records["USUBJID"].isin(arm_of)]
    out = _set_aside(records, endpoint, sources.events)
    if stable:
        out = out | np.array(
            [UNSTABLE_INDEX in reason.split(";") for reason in records["REASON"]], dtype=bool
        )
    lost = set(records.loc[out & (records["ABLFL"] == "Y").to_numpy(), "USUBJID"])
    kept = records[~out].copy()
    kept.loc[kept["USUBJID"].isin(lost), ["BASE", "CHG"]] = np.nan
    return kept.assign(ARM=[arm_of[subject] for subject in kept["USUBJID"]])


def _set_aside(
    records: pd.DataFrame, endpoint: DeclaredEndpoint, events: pd.DataFrame
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which records an event sets aside: those after it, or on its day and some after."""
    out = np.zeros(len(records), dtype=bool)
    days = pd.to_datetime(records["ADT"]).to_numpy()
    for event in endpoint.events:
        of_event = events[events["EVENT"] == event.code]
        for subject, date in zip(of_event["USUBJID"], pd.to_datetime(of_event["ICEDT"]), strict=True):
            gap = (days - np.datetime64(date)) / np.timedelta64(1, "D")
            acts = gap > 0 if event.days is None else (gap >= 0) & (gap <= event.days)
            out |= acts & (records["USUBJID"] == subject).to_numpy()
    return out


def model_rows(
    spec: AgreementSpec, endpoint: DeclaredEndpoint, sources: Sources, records: pd.DataFrame
) -> pd.DataFrame:
    """Return USUBJID, ARM, AVISIT, the response Y and a column per covariate of what the model sees.

    Raises
    ------
    RecomputeError
        If a value has no logarithm, or a subject has no covariate where the plan says stop.
    """
    model = spec.model
    assert model is not None  # asked for only where a model is declared
    log = endpoint.scale == "log"
    rows = records[records["ABLFL"] == ""]
    uses_base = model.response == "change" or any(one.variable == BASE for one in model.covariates)
    if uses_base:
        rows = rows[rows["BASE"].notna()]
    value, base = (_ln(rows[name], name, log, uses_base) for name in ("AVAL", "BASE"))
    change = value - base if log else rows["CHG"]
    table = rows[["USUBJID", "ARM", "AVISIT"]].assign(Y=change if model.response == "change" else value)
    for one in model.covariates:
        found = (
            base if one.variable == BASE else rows["USUBJID"].map(_by_subject(spec, sources, one.variable))
        )
        table[one.variable] = found
    names = [one.variable for one in model.covariates]
    absent = table[names].isna().any(axis=1) | (table[names] == "").any(axis=1)
    if absent.any() and model.missing_covariate == "stop":
        raise RecomputeError(
            f"{table.loc[absent, 'USUBJID'].nunique()} subjects have no value of a covariate"
        )
    return table[~absent].reset_index(drop=True)


def _ln(values: pd.Series, name: str, log: bool, needed: bool) -> pd.Series:
    if not log or (name == "BASE" and not needed):
        return values
    if (values <= 0).any():
        raise RecomputeError(f"{name} has values without a logarithm")
    logs: pd.Series = np.log(values)
    return logs


def _by_subject(spec: AgreementSpec, sources: Sources, name: str) -> pd.Series:
    """Return a covariate by subject: a column of ADSL, or the baseline of another endpoint on its scale."""
    if not name.startswith(BASE_OF):
        return sources.adsl.set_index("USUBJID")[name]
    code = name.removeprefix(BASE_OF)
    records = sources.records[code]
    records = records[(records["ANL01FL"] == "Y") & (records["ABLFL"] == "Y")].set_index("USUBJID")
    return _ln(records["AVAL"], "AVAL", spec.other_scales[code] == "log", True)


def derived_again(records: pd.DataFrame) -> dict[str, tuple[int, int]]:
    """Return of BASE and CHG how many records have one, and how many of these follow from the values.

    BASE is the value of the subject's baseline record, CHG the value less it.
    """
    later = records[records["ABLFL"] == ""]
    first = records[records["ABLFL"] == "Y"].set_index("USUBJID")["AVAL"]
    base = later["USUBJID"].map(first)
    size = EXACT * later[["AVAL", "BASE"]].abs().max(axis=1)
    wrong = {"BASE": (later["BASE"] - base).abs(), "CHG": (later["CHG"] - (later["AVAL"] - base)).abs()}
    return {
        name: (int(later[name].notna().sum()), int((found <= size).sum())) for name, found in wrong.items()
    }


def share_below(records: pd.DataFrame) -> float:
    """Return the highest per cent of values below their limit, of any arm at any visit; 0 without values."""
    found = records[records["AVAL"].notna()]
    shares = (found["CENSOR"] == "<").groupby([found["ARM"], found["AVISIT"]]).mean()
    return 100 * float(shares.max()) if len(shares) else 0.0
