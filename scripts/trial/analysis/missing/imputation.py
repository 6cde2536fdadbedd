"""Imputation and analysis of one endpoint: analysis data in, result rows out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmrm.linalg import Array
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Effect, Row, effect_rows
from trial.analysis.methods.imputation import Config
from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.complete import Completed, UnansweredError, complete, fit_model, switches
from trial.analysis.missing.jackknife import Jackknife, LeftOutError, run_jackknife
from trial.analysis.missing.pooling import Pooled, monte_carlo_errors, pool
from trial.analysis.missing.subjects import StudyPanel, build_panel
from trial.analysis.missing.words import (
    footnotes,
    jackknife_words,
    not_fitted,
    rubin_words,
    study_warnings,
)
from trial.analysis.outcome import Outcome, record_set


def run_imputation(data: AnalysisData, config: Config) -> Outcome:
    """Impute what is missing under the strategy of the configuration, and compare the arms at each visit.

    Where the data carry no answer every comparison is absent, with its reason.
    """
    found = build_panel(data, config, config.imputation_reference)
    behind = record_set(data.spec, "model", found.records)
    result, unanswered = _analyse(data, found, config) if found.visits else (None, "")
    warnings = study_warnings(data, found)
    replaced = result.replaced if isinstance(result, Completed) else 0
    if replaced:
        warnings.append(f"{replaced} resampled data sets could not be fitted and were drawn anew.")
    if nothing := not_fitted(data, found, unanswered):
        warnings = [nothing]
    record: dict[str, Any] = {
        **footnotes(nothing, _sentences(data, config, found)),
        "warnings": warnings,
        "left_out": {name: list(subjects) for name, subjects in found.left_out},
        "not_modelled": found.unusable,
        "switch": switches(found),
        "replaced": replaced,
    }
    writer = _Rows(data, config, found, behind.id, result, unanswered)
    return Outcome.of(data.spec, writer.all(" ".join(warnings)), record, [behind])


def _how(config: Config) -> tuple[str, int, int]:
    # The configuration asks for all three under Rubin's rules.
    assert config.draws and config.imputations and config.seed is not None
    return config.draws, config.imputations, config.seed


def _sentences(data: AnalysisData, config: Config, found: StudyPanel) -> list[str]:
    if config.inference == "jackknife":
        return jackknife_words(data, config, found)
    return rubin_words(data, config, found, _how(config))


def _analyse(
    data: AnalysisData, found: StudyPanel, config: Config
) -> tuple[Completed | Jackknife | None, str]:
    """Return the imputed data sets or the jackknife; or nothing, and why."""
    try:
        if config.inference == "rubin":
            return complete(found, config, data.spec.place, _how(config)), ""
        return run_jackknife(found.panel, fit_model(found, config), config.strategy, found.levels), ""
    except UnansweredError as error:
        return None, str(error)
    except LeftOutError as error:
        names = ", ".join(found.subjects[number] for number in error.subjects)
        return None, f"the imputation model cannot be fitted without {names}, so that there is no jackknife"


@dataclass(frozen=True)
class _Rows:
    """Writes the result rows; without a completed panel every comparison is absent, with its reason."""

    data: AnalysisData
    config: Config
    found: StudyPanel
    records: str
    result: Completed | Jackknife | None
    unanswered: str

    @property
    def _method(self) -> str:
        return f"imputation-{self.config.strategy}-{self.config.inference}"

    def all(self, warning: str) -> Iterator[Row]:
        """Yield every row."""
        n = float(self.found.panel.n)
        whole = {
            "n_subjects": n,
            "n_obs": float((~self.found.panel.missing).sum()),
            "level": self.config.level,
        }
        if self.config.imputations is not None:
            whole["imputations"] = float(self.config.imputations)
        for name, value in whole.items():
            said = warning if name in ("n_subjects", "n_obs") else ""
            yield self._row(name, value, n=n, warning=said)
        for visit in self.found.visits:
            yield from self._counts(visit)
        pooled = list(self._effects())
        yield from effect_rows(
            self.data.spec,
            [effect for effect, _ in pooled],
            method=self._method,
            level=self.config.level,
            records=self.records,
        )
        for effect, extra in pooled:
            for name, value in extra.items():
                place = {"visit": effect.visit, "comparison": effect.comparison, "n": effect.n}
                yield self._row(name, value, **place)

    def _row(self, statistic: str, value: float, **place: Any) -> Row:
        base = {"method": self._method, "records": self.records, "unit": "1"}
        return base | {"statistic": statistic, "value": float(value)} | place

    def _counts(self, visit: str) -> Iterator[Row]:
        panel, number = self.found.panel, self.found.visits.index(visit)
        for code in self.data.spec.arms:
            mine = panel.arm == self.found.arms.index(code.code)
            gaps = mine & panel.missing[:, number]
            values = {
                "observed.n": (mine & ~panel.missing[:, number]).sum(),
                "imputed.n": gaps.sum(),
                "imputed.dropout.n": (gaps & panel.affected[:, number]).sum(),
            }
            for name, value in values.items():
                yield self._row(name, value, visit=visit, group=code.code, n=float(mine.sum()))

    # ---- comparisons ------------------------------------------------------------------------------------

    @property
    def _places(self) -> Mapping[str, tuple[str, ...]]:
        """The visits behind each place of the results: visits after baseline, then averages."""
        single = {v.code: (v.code,) for v in self.data.spec.visits if not v.baseline}
        return single | {name: tuple(one.visits) for name, one in self.config.comparisons.averages.items()}

    def _effects(self) -> Iterator[tuple[Effect, Mapping[str, float]]]:
        arms = (arm.code for arm in self.data.spec.arms)
        comparisons = self.config.comparisons.weights(arms, self.data.spec.reference_arm)
        for place, visits in self._places.items():
            reasons = [self.found.unusable[visit] for visit in visits if visit in self.found.unusable]
            reasons += [self.unanswered] if self.unanswered else []
            for name, weights in comparisons.items():
                n = float(self.found.count({arm for arm, weight in weights.items() if weight}))
                if reasons or self.result is None:
                    yield Effect(place, name, np.nan, np.nan, np.nan, n, error=reasons[0]), {}
                elif isinstance(self.result, Jackknife):
                    numbers = [self.found.visits.index(visit) for visit in visits]
                    estimate, se = self.result.infer(numbers, self._contrast(weights))
                    yield Effect(place, name, estimate, se, float("inf"), n), {}
                else:
                    yield self._pooled(place, name, self.result.at(visits), self._contrast(weights), n)

    def _contrast(self, weights: Mapping[str, float]) -> Array:
        return self.found.panel.contrast(self.found.weights(weights))

    def _pooled(
        self, place: str, name: str, values: Array, contrast: Array, n: float
    ) -> tuple[Effect, Mapping[str, float]]:
        ancova = Ancova.of(self.found.panel.design)
        sets = ancova.analyse(values, contrast)
        pooled, errors = pool(*sets, ancova.freedom), monte_carlo_errors(*sets, ancova.freedom)
        effect = Effect(
            place, name, float(pooled.estimate), float(pooled.se), float(pooled.df), n,
            warning=self._undecided(pooled, errors),
        )  # fmt: skip
        return effect, {
            "diff.fmi": float(pooled.fmi),
            "diff.riv": float(pooled.increase),
            "diff.mcse": float(errors.estimate),
            "diff.se.mcse": float(errors.se),
            "diff.pvalue.mcse": float(errors.pvalue),
        }

    def _undecided(self, pooled: Pooled, errors: Pooled) -> str:
        """Return a warning where chance among the imputations could turn the verdict."""
        alpha = 1 - self.config.level
        if abs(float(pooled.pvalue) - alpha) >= 2 * float(errors.pvalue):
            return ""
        return (
            f"p lies within two of its Monte-Carlo errors ({float(errors.pvalue):.4f}) of {alpha:.3g}: "
            f"{self.config.imputations} imputations do not decide on which side."
        )
