"""Result rows of subgroups: the effect in each level at each visit, its cells, and the interaction."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from mmrm import MmrmError, MmrmFit
from mmrm.estimates import Estimates
from mmrm.lsmeans import Rows
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Effect, effect_rows
from trial.analysis.frame import ModelFrame, build_frame
from trial.analysis.linear import LinearModel
from trial.analysis.methods.subgroups import Config, Subgroup
from trial.analysis.model import ModelPlan, fit_formula, formula_of
from trial.analysis.model_words import left_out_warnings, limit_warnings, nothing_to_fit
from trial.analysis.outcome import Outcome, RecordSet, record_set
from trial.analysis.subgroups.levels import levels_of
from trial.study.errors import ModelError

Row = dict[str, object]
Contrasts = Mapping[tuple[str, str, str], np.ndarray]
Tests = Mapping[tuple[str, str, str], Mapping[Any, Any]]
LEVEL = "SUBGROUP"
WHOLE = {"method": "subgroups", "unit": "1"}


def compare_subgroups(data: AnalysisData, config: Config) -> Outcome:
    """Return `<subgroup>.<level>.diff...` by visit and comparison, `.n` by arm, `<subgroup>.interaction...`.

    Each subgroup has a model of its own: that of the primary analysis with subgroup, arm x subgroup, and both
    by visit. A level with fewer than `smallest_cell` subjects in an arm at a visit has no p-value there, and
    neither has the interaction. A subgroup whose model cannot be fitted has no estimates, but the reason.
    """
    frame = build_frame(data, config)
    rows: list[Row] = [WHOLE | {"statistic": "level", "value": config.level}]
    sets: list[RecordSet] = []
    if text := nothing_to_fit(frame, data):
        rows += [
            WHOLE | {"statistic": name, "value": 0.0, "n": 0.0, "warning": text}
            for name in ("n_subjects", "n_obs")
        ]
    else:
        for subgroup in config.subgroups:
            found = _Subgroup.of(data, config, subgroup, frame)
            sets.append(record_set(data.spec, subgroup.code, found.frame.rows))
            rows += found.write(sets[-1].id)
    record = {
        "subgroups": [
            {"code": one.code, "label": one.label, "levels": list(one.labels)} for one in config.subgroups
        ],
        "smallest_cell": config.smallest_cell,
    }
    return Outcome.of(data.spec, rows, record, sets)


@dataclass(frozen=True)
class _Subgroup:
    """One subgroup: the rows of its subjects, their model, or why there is none; `usable`: levels in it."""

    data: AnalysisData
    config: Config
    subgroup: Subgroup
    frame: ModelFrame
    usable: tuple[str, ...]
    fit: Estimates | None
    failure: str
    warning: str

    @classmethod
    def of(cls, data: AnalysisData, config: Config, subgroup: Subgroup, frame: ModelFrame) -> "_Subgroup":
        """Return a subgroup with its model fitted."""
        levels = frame.rows["USUBJID"].map(levels_of(data, subgroup))
        known = ModelFrame(frame.rows[levels.notna()].assign(**{LEVEL: levels.dropna()}), frame.left_out)
        names = [str(at) for at in range(1, len(subgroup.labels) + 1)]
        usable = tuple(name for name in names if _complete(known.rows, name, frame))
        kept = known.rows[known.rows[LEVEL].isin(usable)]
        kept = kept.assign(**{LEVEL: pd.Categorical(kept[LEVEL], list(usable))})
        fit: Estimates | None = None
        failure, words = "no level has subjects of every arm at every visit", list[str]()
        if usable:
            fit, failure, words = _fit(kept, data, config, subgroup, len(usable))
        lost = frame.rows.loc[levels.isna(), "USUBJID"].nunique()
        words += [*limit_warnings(known.rows, data.spec), *left_out_warnings(known)]
        words += [f"{lost} subjects are in no level of {subgroup.label}: left out"] if lost else []
        return cls(data, config, subgroup, known, usable, fit, failure, " ".join(words))

    def write(self, records: str) -> Iterator[Row]:
        """Yield the rows of the subgroup."""
        code, rows = self.subgroup.code, self.frame.rows
        place: Row = {"method": "subgroups", "records": records if len(rows) else ""}
        n = float(rows["USUBJID"].nunique())
        yield place | {
            "statistic": f"{code}.n_subjects", "value": n, "n": n, "unit": "1", "warning": self.warning
        }  # fmt: skip
        contrasts = self._contrasts()
        tests = self._tests(contrasts)
        for visit in self._visits:
            for at in range(1, len(self.subgroup.labels) + 1):
                yield from self._cells(str(at), visit, place)
                effects = [self._effect(str(at), visit, name, tests) for name in self._comparisons]
                found = effect_rows(
                    self.data.spec, effects, method="subgroups", level=self.config.level,
                    records=str(place["records"]),
                )  # fmt: skip
                for row in found:
                    yield {**row, "statistic": f"{code}.{at}.{row['statistic']}"}
            yield place | self._interaction(visit, contrasts)

    @property
    def _visits(self) -> list[str]:
        return list(self.frame.rows["AVISIT"].cat.categories)

    @property
    def _comparisons(self) -> Mapping[str, Mapping[str, float]]:
        arms = (arm.code for arm in self.data.spec.arms)
        return self.config.comparisons.weights(arms, self.data.spec.reference_arm)

    @cached_property
    def _sizes(self) -> Counter[tuple[str, str, str]]:
        rows = self.frame.rows
        return Counter(zip(rows[LEVEL], rows["AVISIT"], rows["ARMCD"], strict=True))

    def _count(self, level: str, visit: str, arm: str) -> int:
        return self._sizes[level, visit, arm]

    def _cells(self, level: str, visit: str, place: Row) -> Iterator[Row]:
        for arm in self.data.spec.arms:
            n = float(self._count(level, visit, arm.code))
            where: Row = {"visit": visit, "group": arm.code, "statistic": f"{self.subgroup.code}.{level}.n"}
            yield place | where | {"value": n, "n": n, "unit": "1"}

    def _thin(self, level: str, visit: str, arms: Mapping[str, float]) -> bool:
        counts = [self._count(level, visit, arm) for arm, weight in arms.items() if weight]
        return min(counts) < self.config.smallest_cell

    @property
    def _withheld(self) -> str:
        return f"descriptive: fewer than {self.config.smallest_cell} subjects in an arm"

    def _contrasts(self) -> Contrasts:
        """Return the contrast row of each level, visit and comparison."""
        if self.fit is None:
            return {}
        by = [] if self.frame.single_visit else ["AVISIT"]
        by += [LEVEL] if len(self.usable) > 1 else []
        means = self.fit.lsmeans_rows("ARMCD", by or None, "equal")
        labels = means.labels.assign(
            **({} if "AVISIT" in by else {"AVISIT": self._visits[0]}),
            **({} if LEVEL in by else {LEVEL: self.usable[0]}),
        ).astype(str)
        names = zip(labels[LEVEL], labels["AVISIT"], labels["ARMCD"], strict=True)
        mean_of = dict(zip(names, means.matrix, strict=True))
        return {
            (level, visit, name): np.sum(
                [weight * mean_of[level, visit, arm] for arm, weight in weights.items()], axis=0
            )
            for level, visit in product(self.usable, self._visits)
            for name, weights in self._comparisons.items()
        }

    def _tests(self, contrasts: Contrasts) -> Tests:
        """Return estimate, limits and test of each contrast row."""
        if self.fit is None or not contrasts:
            return {}
        labels = pd.DataFrame({"row": range(len(contrasts))})
        table = self.fit.table(Rows(labels, np.stack(list(contrasts.values()))), self.config.level)
        return dict(zip(contrasts, table.to_dict("records"), strict=True))

    def _effect(self, level: str, visit: str, name: str, tests: Tests) -> Effect:
        arms = self._comparisons[name]
        n = float(sum(self._count(level, visit, arm) for arm, weight in arms.items() if weight))
        found = tests.get((level, visit, name))
        if found is None or self.fit is None:
            reason = self.failure if self.fit is None else "an arm has no subject in this level at a visit"
            return Effect(visit, name, nan, nan, nan, n, error=reason)
        thin = self._thin(level, visit, arms)
        missing = "" if np.isfinite(found["se"]) else self.fit.explain_missing(visit)
        return Effect(
            visit, name, found["estimate"], found["se"], found["df"], n, (found["lower"], found["upper"]),
            nan if thin else found["pvalue"], error=self._withheld if thin else missing,
        )  # fmt: skip

    def _interaction(self, visit: str, contrasts: Contrasts) -> Row:
        """Return the p-value of no difference between the levels' effects at a visit."""
        value, error = nan, ""
        everyone = {arm.code: 1.0 for arm in self.data.spec.arms}
        if self.fit is None:
            error = self.failure
        elif len(self.usable) < 2:
            error = "fewer than two levels have subjects of every arm at every visit: nothing to compare"
        elif any(self._thin(level, visit, everyone) for level in self.usable):
            error = self._withheld
        else:
            first, *others = self.usable
            gaps = [
                contrasts[level, visit, name] - contrasts[first, visit, name]
                for level in others
                for name in self._comparisons
            ]
            value = _joint(self.fit, np.stack(gaps))
            error = "" if np.isfinite(value) else "too few data for a test of the interaction"
        n = float(self.frame.rows.loc[self.frame.rows["AVISIT"] == visit, "USUBJID"].nunique())
        name = f"{self.subgroup.code}.interaction.pvalue"
        return {"visit": visit, "statistic": name, "value": value, "unit": "1", "n": n, "error": error}


def _complete(rows: pd.DataFrame, level: str, frame: ModelFrame) -> bool:
    """Return whether a level has a subject of every arm at every visit of the model."""
    here = rows[rows[LEVEL] == level]
    cells = len(frame.rows["ARMCD"].cat.categories) * len(frame.rows["AVISIT"].cat.categories)
    return len(here[["ARMCD", "AVISIT"]].drop_duplicates()) == cells


def _fit(
    rows: pd.DataFrame, data: AnalysisData, config: Config, subgroup: Subgroup, count: int
) -> tuple[Estimates | None, str, list[str]]:
    """Return the fit with arm x subgroup, why there is none, and what it warns of."""
    plan = ModelPlan(
        config, config.df_method, config.reml, config.sigma_by_arm, config.coefficient_covariance
    )
    try:
        fit, _, words = fit_formula(_formula(ModelFrame(rows, ()), config, subgroup, count), rows, data, plan)
    except ModelError as error:
        return None, f"the model with this subgroup cannot be fitted: {error.problem}", []
    return fit, "", words


def _formula(frame: ModelFrame, config: Config, subgroup: Subgroup, count: int) -> str:
    """Return the primary formula with the subgroup; a covariate that is the subgroup itself stands once.

    With one level there is nothing to add.
    """
    own = [c for c in config.covariates if c.variable == subgroup.variable and subgroup.levels is not None]
    kept = tuple(covariate for covariate in config.covariates if covariate not in own)
    formula = formula_of(frame, _with(config, kept))
    if count < 2:
        return formula
    terms = [LEVEL, f"ARMCD:{LEVEL}"]
    if not frame.single_visit:
        terms += [f"{LEVEL}:AVISIT", f"ARMCD:{LEVEL}:AVISIT"]
    return " + ".join([formula, *terms])


def _with(config: Config, covariates: tuple[object, ...]) -> LinearModel:
    return config.model_copy(update={"covariates": covariates})


def _joint(fit: Estimates, rows: np.ndarray) -> float:
    """Return the p-value of all rows being zero: t for one, F for several, which the last rung lacks."""
    if len(rows) == 1:
        table = fit.table(Rows(pd.DataFrame({"row": ["1"]}), rows), 0.95)
        return float(table["pvalue"].iloc[0])
    if not isinstance(fit, MmrmFit):
        return nan
    try:
        return float(fit.test(rows).pvalue)
    except MmrmError:
        return nan
