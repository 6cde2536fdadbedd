"""The pattern of missing visits of one endpoint, and its completers against its drop-outs: result rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mmrm.linalg import Bools
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Row
from trial.analysis.frame import covariate_of
from trial.analysis.linear import BASE, BASE_OF
from trial.analysis.methods.missing_pattern import Characteristic, Config
from trial.analysis.missing.panel import dropout_switch
from trial.analysis.missing.patterns import find_patterns, standardised_difference
from trial.analysis.outcome import Outcome, RecordSet, subject_set

FEW = "fewer than two completers or drop-outs with a value"
SAME = "no spread among completers and drop-outs, whose means differ"
ALL = ""  # both arms together


def run_pattern(data: AnalysisData, config: Config) -> Outcome:
    """Count the patterns of one endpoint, and compare completers with drop-outs at baseline.

    A subject drops out where no value follows; who has a value at the last visit completes, gaps or not.
    Values that the estimand sets aside count as missing. Every subject of the population is counted.
    """
    later = [visit.code for visit in data.spec.visits if not visit.baseline]
    subjects = sorted(data.treatments.index)
    rows = data.analysed
    rows = rows[rows["ABLFL"] == ""]
    seen = (
        pd.crosstab(rows["USUBJID"], rows["AVISIT"]).reindex(index=subjects, columns=later, fill_value=0) > 0
    )
    writer = _Counts(
        data, later, subjects, seen.to_numpy(dtype=bool), data.treatments.loc[subjects].to_numpy()
    )
    sets = {group: subject_set(data.spec, group or "all", writer.members(group)) for group in writer.groups}
    found = [row for group in writer.groups for row in writer.rows(group, sets[group])]
    compared = [
        row
        for one in config.covariates
        for values in _values(data, one, subjects)
        for group in writer.groups
        for row in writer.compare(values, group, sets[group])
    ]
    record = {
        "patterns": [{"code": _code(p.code), "kind": p.kind} for p in find_patterns(writer.seen)],
        "visits": later,
        "variables": [one.variable for one in config.covariates],
        "characteristics": [
            {"name": values.name, "variable": one.variable, "level": values.level, "ln": _is_ln(data, one)}
            for one in config.covariates
            for values in _values(data, one, subjects)
        ],
        "warnings": [data.absence + "."] if data.absence else [],
    }
    return Outcome.of(data.spec, [*found, *compared], record, list(sets.values()))


def _code(pattern: str) -> str:
    """A pattern as statistics carry it: x observed, o missing."""
    return pattern.replace(".", "o")


@dataclass(frozen=True)
class _Values:
    """A characteristic, or one level of a factor as 0 and 1, by subject."""

    name: str
    level: str
    numbers: np.ndarray

    @property
    def is_share(self) -> bool:
        return bool(self.level)


def _values(data: AnalysisData, one: Characteristic, subjects: list[str]) -> Iterator[_Values]:
    """Yield the values of a characteristic; of a factor those of each level but the first."""
    values = covariate_of(one.variable, data).reindex(subjects)
    if one.kind == "numeric":
        yield _Values(one.variable, "", values.to_numpy(dtype=float))
        return
    known = values[values.notna() & (values != "")]
    levels = sorted(set(known))
    for level in levels[1:] or levels:
        share = (known == level).astype(float).reindex(subjects)
        yield _Values(f"{one.variable}={level}", level, share.to_numpy(dtype=float))


def _is_ln(data: AnalysisData, one: Characteristic) -> bool:
    """Return whether the values of a characteristic are natural logarithms, as baselines of log endpoints."""
    if one.variable == BASE:
        return data.spec.endpoint is not None and data.spec.endpoint.scale == "log"
    return data.spec.other_scales.get(one.variable.removeprefix(BASE_OF)) == "log"


@dataclass(frozen=True, eq=False)
class _Counts:
    """Subjects by visits, observed or not, and the rows that count them."""

    data: AnalysisData
    visits: list[str]
    subjects: list[str]
    seen: Bools
    arms: np.ndarray

    @property
    def groups(self) -> tuple[str, ...]:
        """The arms, then all of them together."""
        return (*(arm.code for arm in self.data.spec.arms), ALL)

    def _inside(self, group: str) -> Bools:
        return np.ones(len(self.subjects), dtype=bool) if group == ALL else np.asarray(self.arms == group)

    def members(self, group: str) -> list[str]:
        """Return the subjects of an arm, or all."""
        return [subject for subject, inside in zip(self.subjects, self._inside(group), strict=True) if inside]

    @property
    def _switch(self) -> np.ndarray:
        return dropout_switch(np.where(self.seen, 0.0, np.nan))

    def rows(self, group: str, behind: RecordSet) -> Iterator[Row]:
        """Yield the counts of one arm: by pattern, by visit and by last visit."""
        inside, switch = self._inside(group), self._switch
        n = float(inside.sum())

        def row(name: str, value: float, visit: str = "", unit: str = "1") -> Row:
            place = {"method": "missing_pattern", "group": group, "visit": visit, "records": behind.id}
            empty = {"error": "no subject"} if np.isnan(value) else {}
            return place | {"statistic": name, "value": float(value), "unit": unit, "n": n} | empty

        def counted(name: str, value: float, visit: str = "") -> Iterator[Row]:
            yield row(f"{name}.n", value, visit)
            yield row(f"{name}.pct", 100 * value / n if n else np.nan, visit, "%")

        yield row("N", n)
        for pattern in find_patterns(self.seen):
            yield from counted(f"pattern.{_code(pattern.code)}", inside[pattern.members].sum())
        for kind in ("complete", "monotone", "intermittent", "none"):
            members = [p.members for p in find_patterns(self.seen) if p.kind == kind]
            yield from counted(f"kind.{kind}", sum(inside[one].sum() for one in members))
        for number, visit in enumerate(self.visits):
            here, gone = self.seen[:, number], switch <= number
            yield from counted("observed", (inside & here).sum(), visit)
            yield from counted("gap", (inside & ~here & ~gone).sum(), visit)
            yield from counted("dropout", (inside & gone).sum(), visit)
            yield from counted("last", (inside & (switch == number + 1)).sum(), visit)
            yield row("set_aside.n", self._set_aside(group, visit), visit)
        yield from counted("last", (inside & (switch == 0)).sum(), self.data.spec.baseline.code)

    def _set_aside(self, group: str, visit: str) -> float:
        rows = self.data.set_aside
        rows = rows[(rows["AVISIT"] == visit) & (rows["ABLFL"] == "")]
        return float(len(rows) if group == ALL else (rows["ARMCD"] == group).sum())

    def compare(self, values: _Values, group: str, behind: RecordSet) -> Iterator[Row]:
        """Yield means of completers and drop-outs in one arm, and their standardised difference."""
        known = self._inside(group) & ~np.isnan(values.numbers)
        left = self._switch < len(self.visits)
        sides = {"completers": values.numbers[known & ~left], "dropouts": values.numbers[known & left]}
        place: Mapping[str, Any] = {"method": "missing_pattern", "group": group, "records": behind.id}
        for name, numbers in sides.items():
            of = {**place, "n": float(numbers.size), "unit": "1"}
            yield {**of, "statistic": f"{name}.{values.name}.n", "value": float(numbers.size)}
            mean = float(numbers.mean()) if numbers.size else np.nan
            why = {} if numbers.size else {"error": "no subject with a value"}
            yield {**of, "statistic": f"{name}.{values.name}.mean", "value": mean, **why}
        smd = standardised_difference(sides["dropouts"], sides["completers"], values.is_share)
        few = min(numbers.size for numbers in sides.values()) < 2
        why = {"error": FEW if few else SAME} if np.isnan(smd) else {}
        yield {
            **place,
            "statistic": f"smd.{values.name}",
            "value": smd,
            "unit": "1",
            "n": float(known.sum()),
            **why,
        }
