"""Who is a responder at a visit: from values, baselines and the events that count as failures."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from trial.analysis.data import AnalysisData
from trial.analysis.doses import courses, total_dose
from trial.analysis.methods.responders import Definition, DoseCondition
from trial.endpoints.config_visits import Visit

Array = NDArray[np.float64]
NOISE = 9  # decimals: smaller differences come from converting units, not from the laboratory


@dataclass(frozen=True)
class Status:
    """The members of the population at one visit.

    Attributes
    ----------
    responder : Series
        By member 1, 0, or NaN where it is not known.
    failed : frozenset of str
        Members who fail by an intercurrent event, whatever their value.
    dose : Series
        By member 1 or 0: whether a composite's condition on the dose holds, NaN where that is not known; 1
        for other definitions.
    """

    responder: pd.Series
    failed: frozenset[str]
    dose: pd.Series

    def counted(self, missing: str) -> pd.Series:
        """Return the responders under a missing rule: those known, or all with the unknown as failures."""
        return self.responder.dropna() if missing == "observed" else self.responder.fillna(0.0)


def status_at(data: AnalysisData, definition: Definition, visit: Visit) -> Status:
    """Return who responds at a visit.

    A definition by a fall needs the subject's baseline: without one the status is not known.
    """
    rows = data.analysed
    here = rows[rows["AVISIT"] == visit.code].set_index("USUBJID")
    values, baselines = (here[name].to_numpy(float) for name in ("AVAL", "BASE"))
    met = pd.Series(meets(definition, values, baselines), here.index).reindex(data.treatments.index)
    dose = _dose_condition(data, definition.dose, visit, here["ADT"])
    # A value that is too high decides, whatever the dose.
    responder = (met * dose).mask(met == 0, 0.0)
    failed = _failed(data, visit)
    responder[responder.index.isin(failed)] = 0.0
    return Status(responder, frozenset(failed), dose)


def _dose_condition(
    data: AnalysisData, condition: DoseCondition | None, visit: Visit, days: pd.Series
) -> pd.Series:
    """Return by member 1 where the dose at a visit is low enough, else 0, NaN where that is not known."""
    members = data.treatments.index
    if condition is None:
        return pd.Series(1.0, index=members)
    zero = data.subjects["INDEXDT"]
    target = pd.to_datetime(zero.replace("", None)) + pd.Timedelta(days=visit.target_day)
    medicines = courses(data.tables["adcm"])
    baseline = data.baseline_records.set_index("USUBJID")["ADT"]
    doses = [
        total_dose(
            medicines, condition.where, condition.unit, day.reindex(members).fillna(instead).fillna("")
        )
        for day, instead in ((days, target.dt.strftime("%Y-%m-%d")), (baseline, zero))
    ]
    at_visit, before = doses
    held = (at_visit - condition.share * before).round(NOISE) <= 0
    return held.astype(float).where(at_visit.notna() & before.notna())


def meets(definition: Definition, values: Array, baselines: Array) -> Array:
    """Return 1 or 0 for each value, NaN where value (or, for a fall, baseline) is missing.

    Of a composite only what it asks of the value. `baselines` have the shape of the last axis of `values`.
    """
    if definition.kind in ("below", "composite"):
        gap = np.round(definition.amount - values, NOISE)
        met = gap > 0
    else:
        gap = np.round(baselines - values - definition.amount, NOISE)
        met = gap >= 0
    return np.where(np.isnan(gap), np.nan, met)


def _failed(data: AnalysisData, visit: Visit) -> set[str]:
    """Return the members whom an event of the composite strategy makes failures at a visit.

    An event does so where it acts on the value of the visit. Where there is no value, one that acts for good
    does if it came by the visit's target day; one that passes says nothing about a value that is not there.
    """
    acted = data.failures
    found = set(acted.loc[acted["AVISIT"] == visit.code, "USUBJID"])
    lasting = [e.code for e in data.spec.events if e.strategy == "composite" and e.days is None]
    if not lasting:
        return found
    observed = data.observed
    with_value = set(observed.loc[observed["AVISIT"] == visit.code, "USUBJID"])
    events = data.tables["events"]
    events = events[events["EVENT"].isin(lasting) & events["USUBJID"].isin(data.treatments.index)]
    zero = pd.to_datetime(events["USUBJID"].map(data.subjects["INDEXDT"]).replace("", None))
    day = (pd.to_datetime(events["ICEDT"]) - zero).dt.days
    return found | (set(events.loc[day <= visit.target_day, "USUBJID"]) - with_value)
