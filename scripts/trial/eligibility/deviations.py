"""Protocol deviations: those recorded, and those that the data show."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from trial.eligibility.config import DueVisit
from trial.eligibility.config_deviations import DerivedDeviation, Deviations
from trial.eligibility.periods import NEVER, Day, read_known
from trial.eligibility.schema import ADDV, DERIVED, NOT_MET, RECORDED
from trial.study.text import fold

Found = Mapping[Any, Any]


@dataclass(frozen=True)
class Sources:
    """What deviations are found in.

    Attributes
    ----------
    adsl, adie, adsv, adcm, dv : DataFrame
        `adsl` has the place of each row in the subjects file; `dv` are the recorded deviations.
    cut : datetime.date
        A visit whose window ends later is not due yet.
    """

    adsl: pd.DataFrame
    adie: pd.DataFrame
    adsv: pd.DataFrame
    adcm: pd.DataFrame
    dv: pd.DataFrame
    visits: Mapping[str, DueVisit]
    cut: date


def derive_addv(deviations: Deviations | None, sources: Sources) -> pd.DataFrame:
    """Return ADDV: one row per deviation, recorded or derived, by subject, category and date."""
    rows = [
        {"DVSRC": RECORDED} | {name: row[name] for name in ("USUBJID", "DVCAT", "DVTERM", "DVIMP", "DVSTDT")}
        | {"FILE": row["FILE"], "ROW": str(row["ROW"])}
        for row in sources.dv.to_dict("records")
    ]  # fmt: skip
    for derived in deviations.derived if deviations else ():
        given = {
            "DVSRC": DERIVED,
            "DVCAT": derived.category,
            "DVTERM": derived.label,
            "DVIMP": "Y" if derived.important else "N",
        }
        rows += [given | dict(found) for found in RULES[derived.rule](derived, sources)]
    table = pd.DataFrame([dict.fromkeys(ADDV, "") | row for row in rows], columns=list(ADDV))
    return table.sort_values(["USUBJID", "DVSRC", "DVCAT", "DVSTDT", "DVTERM", "DETAIL"], ignore_index=True)


def _ineligible(derived: DerivedDeviation, sources: Sources) -> Iterator[Found]:
    """Yield each criterion that is not met, with the record that says so."""
    for row in sources.adie.to_dict("records"):
        if row["RESULT"] == NOT_MET and (not derived.criteria or row["IETESTCD"] in derived.criteria):
            detail = " ".join(str(row[name]) for name in ("IETESTCD", "VALUE", "UNIT") if row[name])
            place = {name: row[name] for name in ("FILE", "SHEET", "ROW", "COLUMN")}
            yield {"USUBJID": row["USUBJID"], "DETAIL": detail} | place


def _not_as_allocated(derived: DerivedDeviation, sources: Sources) -> Iterator[Found]:
    """Yield subjects who were not treated as they were allocated."""
    for row in sources.adsl.to_dict("records"):
        if row["TRT01P"] != row["TRT01A"]:
            detail = f"allocated {row['TRT01P']}, treated {row['TRT01A'] or 'with none'}"
            yield {"USUBJID": row["USUBJID"], "DETAIL": detail, "FILE": row["FILE"], "ROW": str(row["ROW"])}


def _missing_visits(derived: DerivedDeviation, sources: Sources) -> Iterator[Found]:
    """Yield due visits that were not done; those after leaving only where they count."""
    visits = sources.adsv.to_dict("records")
    # Where the answer is not known, a date says that the visit was done.
    attended = [row["DONE"] == "Y" or bool(row["DONE"] == "" and row["SVDT"]) for row in visits]
    done = {(row["USUBJID"], row["VISIT"]) for row, was in zip(visits, attended, strict=True) if was}
    said = {(row["USUBJID"], row["VISIT"]): row for row in visits}
    for row, code, first, last in _due(derived, sources):
        visit = (row["USUBJID"], code)
        left = row["DISCDT"] and row["DISCDT"] < first.isoformat()
        if last > sources.cut or visit in done or (left and not derived.after_leaving):
            continue
        record = said.get(visit, {"REASON": "no record", "FILE": "", "ROW": ""})
        detail = f"{code}: {record['REASON'] or 'no reason'}"
        yield {"USUBJID": row["USUBJID"], "DETAIL": detail, "FILE": record["FILE"], "ROW": str(record["ROW"])}


def _stray_visits(derived: DerivedDeviation, sources: Sources) -> Iterator[Found]:
    """Yield visits whose date lies outside their window."""
    dated = {
        (row["USUBJID"], row["VISIT"]): row
        for row in sources.adsv.to_dict("records")
        if row["DONE"] != "N" and row["SVDT"]
    }
    for row, code, first, last in _due(derived, sources):
        record = dated.get((row["USUBJID"], code))
        if record and not first.isoformat() <= record["SVDT"] <= last.isoformat():
            at = (date.fromisoformat(record["SVDT"]) - date.fromisoformat(row["INDEXDT"])).days
            found = {"USUBJID": row["USUBJID"], "DVSTDT": record["SVDT"], "DETAIL": f"{code}: day {at}"}
            yield found | {"FILE": record["FILE"], "ROW": str(record["ROW"])}


def _due(derived: DerivedDeviation, sources: Sources) -> Iterator[tuple[Found, str, date, date]]:
    """Yield each subject's visits of the rule with the first and the last day of their windows."""
    for row in sources.adsl.to_dict("records"):
        for code in derived.visits if row["INDEXDT"] else ():
            zero, (low, high) = date.fromisoformat(row["INDEXDT"]), sources.visits[code].window
            yield row, code, zero + timedelta(low), zero + timedelta(high)


def _prohibited(derived: DerivedDeviation, sources: Sources) -> Iterator[Found]:
    """Yield prohibited medicines that were, or may have been, taken at time zero or later."""
    zero = dict(zip(sources.adsl["USUBJID"], sources.adsl["INDEXDT"], strict=True))
    wanted = {name: {fold(text) for text in texts} for name, texts in (derived.where or {}).items()}
    for row in sources.adcm.to_dict("records"):
        if any(fold(row[name]) not in texts for name, texts in wanted.items()) or not zero[row["USUBJID"]]:
            continue
        end = read_known(row["AENDT"], row["CMENDTC"]) if row["CMENDTC"] else Day(NEVER, NEVER)
        sure = end.not_before(date.fromisoformat(zero[row["USUBJID"]]))
        if sure is not False:
            detail = f"{row['CMTRT']}, {row['CMSTDTC'] or '?'} to {row['CMENDTC'] or 'now'}"
            day = row["ASTDT"] if row["ASTDT"] >= zero[row["USUBJID"]] else ""
            found = {"USUBJID": row["USUBJID"], "DVSTDT": day, "FILE": row["FILE"], "ROW": str(row["ROW"])}
            yield found | {"DETAIL": detail if sure else f"{detail}: date not known well enough"}


RULES: Mapping[str, Callable[[DerivedDeviation, Sources], Iterator[Found]]] = {
    "eligibility": _ineligible,
    "treatment": _not_as_allocated,
    "visit missing": _missing_visits,
    "visit outside window": _stray_visits,
    "medicine": _prohibited,
}
