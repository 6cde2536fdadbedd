"""Describing the subjects at baseline: columns of ADSL and baseline values, by arm and in total."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from trial.analysis.bounds import BELOW, Bounds, bounds_of
from trial.analysis.data import COLLECTED_SHARE, AnalysisData
from trial.analysis.detectability import too_many_below
from trial.analysis.lines import TOTAL, joined
from trial.analysis.methods.baseline import BASE_OF, Characteristic, Config
from trial.analysis.outcome import Outcome, RecordSet, record_set, subject_set
from trial.analysis.propensity.balance import level_difference, standardised_difference
from trial.analysis.summary import (
    NO_VALUES,
    NOT_POSITIVE,
    TOO_FEW,
    UNKNOWN_ORDER,
    exp_mean,
    geometric_cv,
    quantile,
)

Row = dict[str, object]
Statistic = Callable[[np.ndarray], Any]
FIXED = "neither arm varies, and they differ"
MOMENTS: dict[str, tuple[int, Statistic]] = {
    "mean": (1, np.mean),
    "sd": (2, lambda values: np.std(values, ddof=1)),
}
ORDERS: dict[str, Statistic] = {
    "median": lambda values: quantile(values, 0.5),
    "q1": lambda values: quantile(values, 0.25),
    "q3": lambda values: quantile(values, 0.75),
    "min": np.min,
    "max": np.max,
}
GEOMETRIC: dict[str, tuple[int, Statistic, str]] = {
    "geomean": (1, exp_mean, ""),
    "geocv": (2, geometric_cv, "%"),
}


@dataclass(frozen=True)
class _Values:
    """Values of one characteristic: VALUE, CENSOR and LLOQ by subject; a record set of any part of them."""

    name: str
    unit: str
    scale: str
    table: pd.DataFrame
    records: pd.DataFrame | None

    def behind(self, data: AnalysisData, group: str, subjects: pd.Index) -> RecordSet:
        name = f"{self.name}.{group or 'total'}"
        if self.records is None:
            return subject_set(data.spec, name, subjects)
        return record_set(data.spec, name, self.records[self.records["USUBJID"].isin(subjects)])


def describe_baseline(data: AnalysisData, config: Config) -> Outcome:
    """Return the statistics of every characteristic by arm and in total, and their differences.

    A statistic is `<variable>.<name>`, of a factor `<variable>.level.<level>.n` and `.pct` (percent of those
    with a value); the baseline of an endpoint is `BASE_<PARAMCD>`, with geometric statistics on the log
    scale. `<variable>.smd` by comparison is the standardised difference of an arm to the reference, by the
    definition of the design stage (`trial.analysis.propensity.balance`), of ln values on the log scale.
    """
    rows: list[Row] = []
    sets: list[RecordSet] = []
    shown = []
    for item in config.characteristics:
        if item.kind == "numeric":
            _add_numeric(data, _of_subjects(data, item), rows, sets)
            shown.append(item.model_dump() | {"levels": []})
        else:
            levels = _levels(data, item)
            _add_factor(data, item, levels, rows, sets)
            named = [{"key": joined(code), "code": code, "label": text} for code, text in levels.items()]
            shown.append(item.model_dump() | {"levels": named})
    decimals = {}
    for code, endpoint in data.spec.facts["endpoints"].items():
        values = _of_endpoint(data, code, endpoint)
        _add_numeric(data, values, rows, sets)
        decimals[code] = _decimals(values)
    return Outcome.of(data.spec, rows, {"characteristics": shown, "decimals": decimals}, sets)


def _of_subjects(data: AnalysisData, item: Characteristic) -> _Values:
    found = data.subjects[item.variable].dropna()
    table = pd.DataFrame({"VALUE": found, "CENSOR": "", "LLOQ": np.nan})
    return _Values(item.variable, "1", "identity", table, None)


def _of_endpoint(data: AnalysisData, code: str, endpoint: dict[str, str]) -> _Values:
    records = data.tables["adlb"]
    mine = records[(records["PARAMCD"] == code) & (records["ANL01FL"] == "Y") & (records["ABLFL"] == "Y")]
    mine = mine[mine["USUBJID"].isin(data.treatments.index)]
    table = mine.set_index("USUBJID")[["AVAL", "CENSOR", "LLOQ", "DECIMALS"]].rename(
        columns={"AVAL": "VALUE"}
    )
    return _Values(f"{BASE_OF}{code}", endpoint["unit"], endpoint["scale"], table, mine)


def _decimals(values: _Values) -> int | None:
    """Return the decimals that nearly all baseline values were collected with; None without any."""
    found = values.table["DECIMALS"].dropna()
    return int(found.quantile(COLLECTED_SHARE, interpolation="higher")) if len(found) else None


def _groups(data: AnalysisData) -> Iterator[tuple[str, pd.Index]]:
    for arm in data.spec.arms:
        yield arm.code, data.treatments.index[data.treatments == arm.code]
    yield TOTAL, data.treatments.index


def _add_numeric(data: AnalysisData, values: _Values, rows: list[Row], sets: list[RecordSet]) -> None:
    why: dict[str, str] = {}
    for group, members in _groups(data):
        here = values.table[values.table.index.isin(members)]
        sets.append(values.behind(data, group, here.index))
        words = why[group] = _too_many(data, group, here)
        for row in _statistics(values, here, words):
            place = {"method": "baseline", "group": group, "n": float(len(here)), "records": sets[-1].id}
            rows.append(place | row)
        place = {"method": "baseline", "group": group, "n": float(len(members)), "records": sets[-1].id}
        rows.append(place | _value(values.name, "missing", "1", float(len(members) - len(here))))
    for arm, treated, here, absent in _pairs(data, values.table):
        numbers = here["VALUE"].to_numpy(float)
        words = absent or why[arm] or why[data.spec.reference_arm]
        if values.scale == "log" and not words:
            words = NOT_POSITIVE if (numbers <= 0).any() else ""
            numbers = np.log(np.where(numbers > 0, numbers, 1.0))
        gap = (
            np.nan
            if words
            else standardised_difference(numbers, treated, np.ones(len(treated)), binary=False)
        )
        sets.append(values.behind(data, f"{arm}-{data.spec.reference_arm}", here.index))
        rows.append(_difference(data, values.name, arm, len(treated), words, gap, sets[-1].id))


def _too_many(data: AnalysisData, group: str, here: pd.DataFrame) -> str:
    visit = data.spec.baseline.code
    cells = {(visit, group): (len(here), int((here["CENSOR"] == "<").sum()))}
    return too_many_below(data, cells, group, (visit,))


def _statistics(values: _Values, here: pd.DataFrame, words: str) -> Iterator[Row]:
    """Yield n, mean and SD, order statistics or their bounds, and geometric ones on the log scale."""
    bounds = bounds_of(here["VALUE"], here["CENSOR"], here["LLOQ"])
    yield _value(values.name, "n", "1", float(len(here)))
    for name, (least, function) in MOMENTS.items():
        yield _moment(values.name, name, values.unit, bounds.value, least, function, words)
    for name, order in ORDERS.items():
        yield from _order(values, name, bounds, order)
    if values.scale == "log":
        logs = np.log(np.where(bounds.value > 0, bounds.value, np.nan))
        words = words or (NOT_POSITIVE if np.isnan(logs).any() else "")
        for name, (least, function, unit) in GEOMETRIC.items():
            yield _moment(values.name, name, unit or values.unit, logs, least, function, words)


def _moment(
    variable: str, name: str, unit: str, values: np.ndarray, least: int, function: Statistic, words: str
) -> Row:
    few = NO_VALUES if len(values) == 0 else TOO_FEW if len(values) < least else ""
    if few or words:
        return _value(variable, name, unit, float("nan"), few or words)
    return _value(variable, name, unit, float(function(values)))


def _order(values: _Values, name: str, bounds: Bounds, order: Statistic) -> Iterator[Row]:
    if len(bounds.value) == 0:
        yield _value(values.name, name, values.unit, float("nan"), NO_VALUES)
    elif bounds.decided(order):
        yield _value(values.name, name, values.unit, float(order(bounds.value)))
    elif bounds.unknown(order):
        yield _value(values.name, name, values.unit, float("nan"), UNKNOWN_ORDER)
    else:
        bound, is_strict = bounds.bound(order)
        yield _value(values.name, name, values.unit, float("nan"), BELOW)
        yield _value(values.name, f"{name}.{'below' if is_strict else 'at_most'}", values.unit, bound)


def _value(variable: str, name: str, unit: str, value: float, error: str = "") -> Row:
    return {"statistic": f"{variable}.{name}", "unit": unit, "value": value, "error": error}


def _levels(data: AnalysisData, item: Characteristic) -> dict[str, str]:
    """Return code and name of each level: those declared, then others of the data."""
    declared = {level.value: level.label for level in item.levels or ()}
    found = sorted(set(data.subjects[item.variable]) - {""} - set(declared))
    return declared | {code: code for code in found}


def _add_factor(
    data: AnalysisData, item: Characteristic, levels: dict[str, str], rows: list[Row], sets: list[RecordSet]
) -> None:
    texts = data.subjects[item.variable]
    known = texts[texts != ""]
    for group, members in _groups(data):
        here = known[known.index.isin(members)]
        sets.append(subject_set(data.spec, f"{item.variable}.{group or 'total'}", here.index))
        place = {"method": "baseline", "group": group, "n": float(len(here)), "records": sets[-1].id}
        rows.append(place | _value(item.variable, "n", "1", float(len(here))))
        rows.append(place | _value(item.variable, "missing", "1", float(len(members) - len(here))))
        for code in levels:
            count, name = int((here == code).sum()), f"level.{joined(code)}"
            rows.append(place | _value(item.variable, f"{name}.n", "1", float(count)))
            share = 100 * count / len(here) if len(here) else float("nan")
            rows.append(
                place | _value(item.variable, f"{name}.pct", "%", share, "" if len(here) else NO_VALUES)
            )
    present = sorted(set(known))
    for arm, treated, chosen, absent in _pairs(data, known.to_frame("VALUE")):
        shares = np.column_stack([(chosen["VALUE"] == code).to_numpy(float) for code in present or [""]])
        name = f"{item.variable}.{arm}-{data.spec.reference_arm}"
        sets.append(subject_set(data.spec, name, chosen.index))
        gap = np.nan if absent else _share_gap(shares, treated)
        rows.append(_difference(data, item.variable, arm, len(treated), absent, gap, sets[-1].id))


def _share_gap(shares: np.ndarray, treated: np.ndarray) -> float:
    """Return the difference of a factor: of two levels that of the second one, of more the distance."""
    ones = np.ones(len(treated))
    if shares.shape[1] == 1:
        return 0.0
    if shares.shape[1] == 2:
        return standardised_difference(shares[:, 1], treated, ones, binary=True)
    return level_difference(shares, treated, ones)


def _pairs(data: AnalysisData, table: pd.DataFrame) -> Iterator[tuple[str, np.ndarray, pd.DataFrame, str]]:
    """Yield each arm but the reference: who is treated, values of both, why they cannot be compared."""
    arms = data.treatments.reindex(table.index)
    for arm in data.spec.arms:
        if arm.code != data.spec.reference_arm:
            here = arms.isin([arm.code, data.spec.reference_arm])
            treated = (arms[here] == arm.code).to_numpy(float)
            absent = "" if treated.any() and not treated.all() else NO_VALUES
            yield arm.code, treated, table[here], absent


def _difference(
    data: AnalysisData, variable: str, arm: str, n: int, words: str, gap: float, records: str
) -> Row:
    value = float("nan") if words else gap
    error = words or (FIXED if np.isnan(value) else "")
    place = {"method": "baseline", "comparison": f"{arm}-{data.spec.reference_arm}", "records": records}
    return place | {"n": float(n)} | _value(variable, "smd", "1", value, error)
