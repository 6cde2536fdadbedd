"""Result rows of the joint censored model: LS means, comparisons of arms, and those of its bootstrap."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from trial.analysis.censored.bootstrap import Replicates
from trial.analysis.censored.contrast import common_baseline, contrast
from trial.analysis.censored.fit import CensoredFit
from trial.analysis.censored.records import Joint
from trial.analysis.censored.words import TOO_FEW, left_out_words
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Effect, effect_rows
from trial.analysis.linear import LinearModel

Row = Mapping[str, object]
METHOD = "censored-ml"
# Statistics of an estimate, and what they are called in results.
PARTS = {"estimate": "", "se": ".se", "df": ".df", "lower": ".lower", "upper": ".upper"}
SHOWN = ("estimate", "lower", "upper")


@dataclass(frozen=True)
class Prepared:
    """The joint model as far as the data carry it.

    Attributes
    ----------
    joint : Joint
    visits : tuple of str
        The visits in the model, the baseline first.
    refused : dict of str to str
        Why a visit after the baseline has no estimate.
    fit : CensoredFit or None
        None where no visit has one.
    """

    joint: Joint
    visits: tuple[str, ...]
    refused: dict[str, str]
    fit: CensoredFit | None


def arm_weights(joint: Joint, weights: Mapping[str, float]) -> np.ndarray:
    """Return the weights of a comparison in the order of the model's arms."""
    return np.array([weights.get(arm, 0.0) for arm in joint.arms])


def subjects_at(joint: Joint, visit: str, arms: set[str]) -> float:
    """Return the subjects of some arms with a value at a visit, inside its limits or not."""
    rows = joint.records
    here = rows[(rows["AVISIT"] == visit) & rows["ARMCD"].isin(arms)]
    return float(here["USUBJID"].nunique())


@dataclass(frozen=True)
class JointRows:
    """Writes the rows of one fit; visits without an estimate have rows that say why."""

    prepared: Prepared
    data: AnalysisData
    config: LinearModel
    records: str

    @property
    def warnings(self) -> list[str]:
        """What a reader must know of the whole model."""
        labels = {visit.code: visit.label for visit in self.data.spec.visits}
        reasons: dict[str, list[str]] = {}
        for code, why in self.prepared.refused.items():
            reasons.setdefault(why, []).append(labels[code])
        of = [f"Not estimable at {', '.join(places)}: {why}." for why, places in reasons.items()]
        return [*of, *left_out_words(self.prepared.joint)]

    def all(self) -> Iterator[Row]:
        """Yield size, LS means and comparisons."""
        rows, fit = self.prepared.joint.records, self.prepared.fit
        n = float(rows["USUBJID"].nunique())
        text = " ".join(self.warnings)
        yield self._row("n_subjects", n, n=n, warning=text)
        yield self._row("n_obs", len(rows), n=n, warning=text)
        yield self._row("level", self.config.level, n=n)
        if fit is not None:
            yield self._row("loglik", fit.loglik, n=n)
            yield self._row("baseline_mean", common_baseline(fit), "ln" if self._log else self._unit, n=n)
        for arm in self.prepared.joint.arms:
            yield from self._mean(arm)
        yield from self._differences()

    @property
    def _log(self) -> bool:
        return bool(self.data.spec.endpoint and self.data.spec.endpoint.scale == "log")

    @property
    def _unit(self) -> str:
        if not self._log:
            return self.data.spec.endpoint.unit if self.data.spec.endpoint else ""
        return "ln ratio" if self.config.response == "change" else "ln"

    @property
    def _comparisons(self) -> Mapping[str, Mapping[str, float]]:
        arms = (arm.code for arm in self.data.spec.arms)
        return self.config.comparisons.weights(arms, self.data.spec.reference_arm)

    def _row(self, statistic: str, value: float, unit: str = "1", **place: Any) -> Row:
        base = {"method": METHOD, "records": self.records, "statistic": statistic}
        row: dict[str, object] = base | {"value": float(value), "unit": unit} | place
        if np.isnan(value) and not row.get("error"):
            row["error"] = self._absence(str(row.get("visit", "")))
        return row

    def _absence(self, visit: str) -> str:
        return self.prepared.refused.get(visit, TOO_FEW)

    def _contrast(self, weights: Mapping[str, float]) -> dict[str, dict[str, float]]:
        """Return the parts of a weighted sum of arms by visit; NaN where there is no estimate."""
        joint, fit = self.prepared.joint, self.prepared.fit
        later = [code for code in joint.visits if code != self.data.spec.baseline.code]
        found = {code: dict.fromkeys(PARTS, float("nan")) for code in later}
        if fit is not None:
            result = contrast(fit, arm_weights(joint, weights))
            lower, upper = result.limits(self.config.level)
            values = (result.estimate, result.se, result.df, lower, upper)
            for place, code in enumerate(self.prepared.visits[1:]):
                found[code] = {name: float(value[place]) for name, value in zip(PARTS, values, strict=True)}
        return found

    def _mean(self, arm: str) -> Iterator[Row]:
        """Yield the adjusted mean of an arm at every visit: of the change, or of the value."""
        fit, of_change = self.prepared.fit, self.config.response == "change"
        base = common_baseline(fit) if fit is not None and of_change else 0.0
        unit = "1" if of_change or not self.data.spec.endpoint else self.data.spec.endpoint.unit
        for visit, found in self._contrast({arm: 1.0}).items():
            n = subjects_at(self.prepared.joint, visit, {arm})
            place: dict[str, Any] = {"visit": visit, "group": arm, "n": n}
            yield self._row("n", n, **place)
            moved = found | {name: found[name] - base for name in SHOWN}
            for name, part in PARTS.items():
                yield self._row(f"lsmean{part}", moved[name], "1" if name == "df" else self._unit, **place)
            for name in SHOWN if self._log else ():
                ratio = "ratio" if of_change else "geomean"
                yield self._row(f"{ratio}{PARTS[name]}", np.exp(moved[name]), unit, **place)

    def _differences(self) -> Iterator[Row]:
        """Yield every comparison of arms at every visit, and its size in SD given the baseline."""
        sd = self._visit_sd()
        for name, weights in self._comparisons.items():
            arms = {arm for arm, weight in weights.items() if weight}
            for visit, found in self._contrast(weights).items():
                n = subjects_at(self.prepared.joint, visit, arms)
                why = self._absence(visit) if np.isnan(found["se"]) else ""
                effect = Effect(visit, name, found["estimate"], found["se"], found["df"], n, error=why)
                yield from effect_rows(
                    self.data.spec, [effect], method=METHOD, level=self.config.level, records=self.records
                )
                for part in SHOWN:
                    value = found[part] / sd.get(visit, float("nan"))
                    yield self._row(f"stddiff{PARTS[part]}", value, "SD", visit=visit, comparison=name, n=n)

    def _visit_sd(self) -> dict[str, float]:
        """Return the SD of each visit given the baseline, averaged over the arms' variances."""
        if self.prepared.fit is None:
            return {}
        sigma = self.prepared.fit.sigma
        given = np.einsum("gtt->gt", sigma)[:, 1:] - sigma[:, 0, 1:] ** 2 / sigma[:, :1, 0]
        return dict(zip(self.prepared.visits[1:], np.sqrt(given.mean(axis=0)).tolist(), strict=True))

    def resampled(self, replicates: Replicates) -> Iterator[Row]:
        """Yield SE and percentile limits of the bootstrap beside each comparison, and what became of it."""
        failed = replicates.asked - len(replicates.means)
        lost = "; ".join(f"{reason}: {count}" for reason, count in replicates.failed.items())
        text = f"{failed} of {replicates.asked} resamples have no estimate ({lost})." if failed else ""
        yield self._row("boot.failed", failed, n=float(replicates.asked), warning=text)
        if len(replicates.means) < 2:
            return
        for name, weights in self._comparisons.items():
            row = arm_weights(self.prepared.joint, weights)
            lower, upper = replicates.limits(row, self.config.level)
            for place, visit in enumerate(self.prepared.visits[1:]):
                where = {"visit": visit, "comparison": name, "n": float(len(replicates.means))}
                for key, values in (("se", replicates.se(row)), ("lower", lower), ("upper", upper)):
                    yield self._row(f"boot.{key}", values[place], self._unit, **where)
