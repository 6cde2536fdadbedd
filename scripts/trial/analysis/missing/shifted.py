"""The tipping point of one endpoint at one visit: result rows, and the numbers of its figure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmrm.linalg import Array
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Row
from trial.analysis.methods.tipping import Config
from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.complete import Completed, UnansweredError, complete, switches
from trial.analysis.missing.subjects import StudyPanel, build_panel
from trial.analysis.missing.tipping import Surface, Tipping, arm_multipliers, draw_line, find_tipping
from trial.analysis.missing.words import (
    footnotes,
    not_fitted,
    strategy_words,
    study_warnings,
    tipping_words,
)
from trial.analysis.outcome import Outcome, record_set

# Points of the figure's grid and of its line on each axis, and how far beyond tipping point and grid it
# reaches. The line is solved a little further out, so that it does not end before the edge.
_POINTS, _LINE_POINTS, _BEYOND, _MARGIN = 41, 161, 1.25, 1.06
ABSENT = {
    "nothing imputed": "no value of the arm is imputed at this visit, so that no shift changes the result",
    "not significant": "the difference is not significant without a shift, so that there is nothing to tip",
    "no effect of a shift": "a shift of the arm does not move the difference",
}


def run_tipping(data: AnalysisData, config: Config) -> Outcome:
    """Shift the imputed values of one endpoint at one visit by arm, and say where the conclusion flips."""
    found = build_panel(data, config, config.imputation_reference)
    behind = record_set(data.spec, "model", found.records)
    completed, unanswered = _complete(data, found, config) if found.visits else (None, "")
    nothing = not_fitted(data, found, unanswered)
    warnings = [nothing] if nothing else study_warnings(data, found)
    record: dict[str, Any] = {
        **footnotes(nothing, tipping_words(data, config, found)),
        "warnings": warnings,
        "left_out": {name: list(subjects) for name, subjects in found.left_out},
        "switch": switches(found),
        "assumption": strategy_words(data, config),
        "verdicts": {},
        "surfaces": {},
    }
    rows = list(_whole(config, found, behind.id, " ".join(warnings)))
    for name, pair in _comparisons(data, config).items():
        if completed is None or config.visit not in found.visits:
            rows.append(_absent(config, behind.id, name, unanswered or found.unusable[config.visit]))
            record["verdicts"][name] = "not analysed"
        else:
            one = _Compared.of(data, config, completed, name, pair)
            rows += one.rows(behind.id)
            record["verdicts"][name], record["surfaces"][name] = one.tipping.verdict, one.surface_record()
    return Outcome.of(data.spec, rows, record, [behind])


def _complete(data: AnalysisData, found: StudyPanel, config: Config) -> tuple[Completed | None, str]:
    how = (config.draws, config.imputations, config.seed)
    try:
        return complete(found, config, data.spec.place, how), ""
    except UnansweredError as error:
        return None, str(error)


def _absent(config: Config, records: str, comparison: str, reason: str) -> Row:
    place = {"method": "tipping", "records": records, "visit": config.visit, "comparison": comparison}
    return {**place, "statistic": "delta*", "unit": "1", "value": np.nan, "error": reason}


def _comparisons(data: AnalysisData, config: Config) -> dict[str, tuple[str, str]]:
    arms = (arm.code for arm in data.spec.arms)
    weights = config.comparisons.weights(arms, data.spec.reference_arm)
    return {
        name: (next(a for a, w in one.items() if w > 0), next(a for a, w in one.items() if w < 0))
        for name, one in weights.items()
    }


def _whole(config: Config, found: StudyPanel, records: str, warning: str) -> Iterator[Row]:
    n = float(found.panel.n)
    for name, value in (("n_subjects", n), ("level", config.level), ("imputations", config.imputations)):
        said = warning if name == "n_subjects" else ""
        place: Row = {"method": "tipping", "records": records, "unit": "1", "n": n, "warning": said}
        yield {**place, "statistic": name, "value": float(value)}


@dataclass(frozen=True, eq=False)
class _Compared:
    """One comparison: its surface over the shifts of the first and the second arm, and its tipping point."""

    data: AnalysisData
    config: Config
    found: StudyPanel
    name: str
    pair: tuple[str, str]
    surface: Surface
    tipping: Tipping
    sd: float
    imputed: tuple[int, int]

    @classmethod
    def of(
        cls, data: AnalysisData, config: Config, completed: Completed, name: str, pair: tuple[str, str]
    ) -> "_Compared":
        found = completed.found
        panel, number = found.panel, found.visits.index(config.visit)
        contrast = panel.contrast(found.weights({pair[0]: 1.0, pair[1]: -1.0}))
        places = tuple(found.arms.index(arm) for arm in pair)
        moved = arm_multipliers(panel.missing[:, number], panel.arm, places)
        surface = Surface.of(Ancova.of(panel.design), contrast, completed.at((config.visit,)), moved)
        variances = completed.fit.parameters.sigma[0, :, number, number]
        tipping = find_tipping(surface.along(0), 1 - config.level)
        counts = (int(moved[:, 0].sum()), int(moved[:, 1].sum()))
        sd = float(np.sqrt(variances.mean()))
        return cls(data, config, found, name, pair, surface, tipping, sd, counts)

    @property
    def _unit(self) -> str:
        endpoint = self.data.spec.endpoint
        assert endpoint is not None
        return "ln" if endpoint.scale == "log" else endpoint.unit

    @property
    def _log(self) -> bool:
        return self._unit == "ln"

    def rows(self, records: str) -> Iterator[Row]:
        """Yield the grids, the tipping point and what it stands on."""
        base: Row = {
            "method": f"tipping-{self.config.strategy}",
            "records": records,
            "visit": self.config.visit,
            "comparison": self.name,
            "n": float(self.found.count(set(self.pair))),
            "unit": "1",
        }
        yield {**base, "statistic": "sd", "value": self.sd, "unit": self._unit}
        for arm, count in zip(self.pair, self.imputed, strict=True):
            size = float(self.found.count({arm}))
            place = {**base, "comparison": "", "group": arm, "n": size}
            yield {**place, "statistic": f"imputed.{self.name}.n", "value": float(count)}
        yield from self._tipping_rows(base)
        shifts = np.array(self.config.shifts) * self.sd
        for number, shift in enumerate(shifts, 1):
            yield {**base, "statistic": f"shift.{number}.sd", "value": self.config.shifts[number - 1]}
            yield from self._shifted(base, f"shift.{number}", np.array([shift, 0.0]))
        for i, first in enumerate(shifts, 1):
            for j, second in enumerate(shifts, 1):
                at = self.surface.at(np.array([first, second]))
                place = {**base, "statistic": f"grid.{i}.{j}.diff", "unit": self._unit}
                yield {**place, "value": float(at.estimate)}
                yield {**base, "statistic": f"grid.{i}.{j}.pvalue", "value": float(at.pvalue)}

    def _tipping_rows(self, base: Row) -> Iterator[Row]:
        why = {} if self.tipping.verdict == "found" else {"error": ABSENT[self.tipping.verdict]}
        values = {
            "delta*": (self.tipping.shift, self._unit),
            "delta*.mcse": (self.tipping.error, self._unit),
            "delta*.sd": (self.tipping.shift / self.sd, "1"),
            "delta*.times": (-self.tipping.shift / self.surface.estimate, "1"),
        }
        if self._log:
            values["delta*.factor"] = (float(np.exp(self.tipping.shift)), "1")
        for name, (value, unit) in values.items():
            yield {**base, "statistic": name, "value": value, "unit": unit, **why}
        if not why:
            yield from self._shifted(base, "tipped", np.array([self.tipping.shift, 0.0]))

    def _shifted(self, base: Row, name: str, shift: Array) -> Iterator[Row]:
        at = self.surface.at(shift)
        lower, upper = at.limits(self.config.level)
        values: dict[str, tuple[float, str]] = {
            "delta": (float(shift[0]), self._unit),
            "diff": (float(at.estimate), self._unit),
            "se": (float(at.se), self._unit),
            "df": (float(at.df), "1"),
            "lower": (float(lower), self._unit),
            "upper": (float(upper), self._unit),
            "pvalue": (float(at.pvalue), "1"),
        }
        if self._log:
            ratios = (("factor", shift[0]), ("gmr", at.estimate), ("gmr.lower", lower), ("gmr.upper", upper))
            values |= {key: (float(np.exp(value)), "1") for key, value in ratios}
        for key, (value, unit) in values.items():
            yield {**base, "statistic": f"{name}.{key}", "value": value, "unit": unit}

    def surface_record(self) -> Mapping[str, Any] | None:
        """Return the numbers of the figure of both shifts; None where nothing is imputed in either arm."""
        if not np.any(self.surface.quadratic):
            return None
        limit = max(abs(shift) for shift in self.config.shifts) * self.sd
        if self.tipping.verdict == "found":
            limit = max(limit, _BEYOND * abs(self.tipping.shift))
        limit *= _MARGIN
        axis = np.linspace(-limit, limit, _POINTS)
        first, second = np.meshgrid(axis, axis)
        at = self.surface.at(np.stack([first, second], axis=-1))
        fine = np.linspace(-limit, limit, _LINE_POINTS)
        line = draw_line(self.surface, fine, 1.2 * limit, 1 - self.config.level)
        return {
            "arms": list(self.pair),
            "imputed": list(self.imputed),
            "axis": _short(axis),
            "pvalue": [_short(row) for row in at.pvalue],
            "line": [[_short(point) for point in branch if np.isfinite(point[0])] for branch in line],
            "estimate": self.surface.estimate,
            "slope": [float(value) for value in self.surface.slope],
        }


def _short(values: Array) -> list[float]:
    """Return numbers for a picture, with six digits."""
    return [float(f"{value:.6g}") for value in values]
