"""Values of an index near its pole: counts by visit and arm, inputs of each record, means without them."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.outcome import Outcome, RecordSet, record_set
from trial.endpoints.indices import FORMULAS
from trial.study.errors import DataError
from trial.study.rules import UNDEFINED_INDEX

Row = dict[str, object]
PLACE = ["FILE", "SHEET", "ROW", "COLUMN"]
STABLE, UNSTABLE, UNDEFINED = "stable", "unstable", "undefined"
NOISE = 1e-9  # relative: what adding replicates in another order may change
CURVES, STEPS = 3, 60


def describe_domain(data: AnalysisData) -> Outcome:
    """Return the counts `<zone>.n` of analysed values by visit and arm, and of draws that have none.

    `stable.geomean` is the geometric mean of the values outside the unstable zone; it stands where some lie
    within. The record has the points (glucose, other input, value, zone) and curves of equal other input.

    Raises
    ------
    DataError
        If the inputs found behind a record do not give its value.
    """
    assert data.spec.endpoint is not None  # the configuration gives this method endpoints
    facts = data.spec.facts
    index = facts["indices"][data.spec.endpoint.paramcd]
    points = _points(data, index)
    sets: list[RecordSet] = []
    rows = [
        row
        for visit in data.spec.visits
        for arm in data.spec.arms
        for row in _cell(data, points, visit.code, arm.code, sets)
    ]
    kept = points[["USUBJID", "ASEQ", "ARMCD", "AVISIT", "glucose", "partner", "AVAL", "ZONE"]]
    record = {
        **index,
        "undefined_at": facts["undefined_at"],
        "unstable_below": facts["unstable_below"],
        "points": [
            dict(
                zip(
                    ("subject", "record", "arm", "visit", "glucose", "partner", "value", "zone"),
                    one,
                    strict=True,
                )
            )
            for one in kept.astype(object).where(kept.notna(), None).to_numpy().tolist()
        ],
        "curves": list(_curves(index, points, facts["undefined_at"])),
    }
    return Outcome.of(data.spec, rows, record, sets)


def _points(data: AnalysisData, index: Mapping[str, Any]) -> pd.DataFrame:
    """Return the analysed records, and those of a visit that have no value, with their inputs."""
    undefined = data.records[(data.records["REASON"] == UNDEFINED_INDEX) & (data.records["AVISIT"] != "")]
    undefined = undefined[undefined["USUBJID"].isin(data.treatments.index)]
    undefined = undefined.assign(ARMCD=undefined["USUBJID"].map(data.treatments))
    found = pd.concat([data.observed, undefined]).drop_duplicates(["USUBJID", "ASEQ"])
    inputs = _inputs(data, index)
    points = found.merge(inputs, on=["USUBJID", "ASEQ"], how="left", validate="one_to_one")
    glucose = points["glucose"].to_numpy(float)
    zone = np.where(glucose < data.spec.facts["unstable_below"], UNSTABLE, STABLE)
    points["ZONE"] = np.where(points["AVAL"].isna(), UNDEFINED, zone)
    _verify(points, index)
    return points.sort_values(["USUBJID", "ASEQ"]).reset_index(drop=True)


def _inputs(data: AnalysisData, index: Mapping[str, Any]) -> pd.DataFrame:
    """Return by record the mean of the raw results of each input; `partner` is the one beside glucose."""
    assert data.spec.endpoint is not None
    behind = data.tables["lineage"]
    behind = behind[behind["PARAMCD"] == data.spec.endpoint.paramcd]
    labs = data.tables["labs"].rename(columns={"ANALYTE": "ROLE"})
    values = behind.merge(labs, on=[*PLACE, "ROLE"], how="left", validate="many_to_one")
    means = values.groupby(["USUBJID", "ASEQ", "ROLE"])["VALUE"].mean().unstack()
    names = {
        one["analyte"]: "glucose" if role == "glucose" else "partner" for role, one in index["inputs"].items()
    }
    return means.reindex(columns=list(names)).rename(columns=names).reset_index()


def _verify(points: pd.DataFrame, index: Mapping[str, Any]) -> None:
    """Refuse inputs that do not give the values of the records: the figure would show another glucose."""
    value = FORMULAS[index["index"]](points["glucose"].to_numpy(float), points["partner"].to_numpy(float))
    known = points["AVAL"].notna().to_numpy()
    differs = known & ~np.isclose(value, points["AVAL"].to_numpy(float), rtol=NOISE, atol=0.0)
    if differs.any():
        wrong = points[differs]
        raise DataError(
            f"inputs of {index['index']}",
            "expected the raw results behind each record to give its value, found others",
            [f"{a} record {b:g}" for a, b in zip(wrong["USUBJID"], wrong["ASEQ"], strict=True)],
        )


def _cell(
    data: AnalysisData, points: pd.DataFrame, visit: str, arm: str, sets: list[RecordSet]
) -> Iterator[Row]:
    assert data.spec.endpoint is not None
    here = points[(points["AVISIT"] == visit) & (points["ARMCD"] == arm)]
    place: Row = {"method": "count", "visit": visit, "group": arm, "unit": "1"}
    for zone in (STABLE, UNSTABLE, UNDEFINED):
        rows = here[here["ZONE"] == zone]
        sets.append(record_set(data.spec, f"{zone}.{visit}.{arm}", rows))
        count = float(len(rows))
        yield place | {"statistic": f"{zone}.n", "value": count, "n": count, "records": sets[-1].id}
    stable = here.loc[here["ZONE"] == STABLE, "AVAL"].to_numpy(float)
    if (here["ZONE"] == UNSTABLE).any() and data.spec.endpoint.scale == "log":
        behind = sets[-3].id
        yield place | {
            "method": "observed", "statistic": "stable.geomean", "unit": data.spec.endpoint.unit,
            "records": behind,
            "value": float(np.exp(np.log(stable).mean())) if len(stable) else float("nan"),
            "n": float(len(stable)), "error": "" if len(stable) else "no values",
        }  # fmt: skip


def _curves(index: Mapping[str, Any], points: pd.DataFrame, start: float) -> Iterator[dict[str, Any]]:
    """Yield curves of the index over glucose at some round values of the other input, as records have it."""
    glucose, partner = (points[name].dropna().to_numpy(float) for name in ("glucose", "partner"))
    if not len(partner) or glucose.max() <= start:
        return
    low, high = np.quantile(partner, [0.05, 0.95])
    round_values = [step * 10.0**power for power in range(-3, 5) for step in (1.0, 2.0, 5.0)]
    chosen = [value for value in round_values if low <= value <= high]
    places = np.unique(np.linspace(0, len(chosen) - 1, min(CURVES, len(chosen))).round().astype(int))
    at = start + (glucose.max() - start) * np.linspace(0.0, 1.0, STEPS + 1)[1:] ** 2
    for value in [chosen[place] for place in places] if chosen else ():
        found = FORMULAS[index["index"]](at, np.full(len(at), value))
        yield {"partner": value, "glucose": at.tolist(), "value": found.tolist()}
