"""Imputation and analysis of one endpoint: analysis data in, result rows out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmrm import MmrmError
from mmrm.linalg import Array
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Effect, Row, effect_rows
from trial.analysis.methods.imputation import Config
from trial.analysis.missing.ancova import Ancova
from trial.analysis.missing.draws import DrawError, Draws, draw_bootstrap, draw_posterior
from trial.analysis.missing.fit import PanelFit, fit_panel
from trial.analysis.missing.impute import Baseline, impute
from trial.analysis.missing.jackknife import Jackknife, LeftOutError, run_jackknife
from trial.analysis.missing.pooling import Pooled, monte_carlo_errors, pool
from trial.analysis.missing.settings import ImputationModel
from trial.analysis.missing.streams import PARAMETERS, open_stream, subject_noise
from trial.analysis.missing.subjects import StudyPanel, build_panel
from trial.analysis.missing.words import (
    analysis_words,
    footnotes,
    not_fitted,
    study_warnings,
)
from trial.analysis.outcome import Outcome, record_set
from trial.study.errors import ModelError

METHODS = {"posterior": draw_posterior, "bootstrap": draw_bootstrap}


@dataclass(frozen=True, eq=False)
class Completed:
    """An endpoint whose gaps are filled.

    Attributes
    ----------
    found : StudyPanel
    fit : PanelFit
        The imputation model by REML.
    values : (M, n, J) array
        One data set under the jackknife.
    replaced : int
        Bootstrap samples drawn anew.
    """

    found: StudyPanel
    fit: PanelFit
    values: Array
    replaced: int

    def at(self, visits: tuple[str, ...]) -> Array:
        """Return the completed values at a visit, or averaged over several; one data set if all were seen."""
        numbers = [self.found.visits.index(visit) for visit in visits]
        values = self.values[:, :, numbers].mean(axis=2)
        kept: Array = values if self.found.panel.missing[:, numbers].any() else values[:1]
        return kept


def prepare(data: AnalysisData, config: ImputationModel) -> tuple[StudyPanel, PanelFit | None]:
    """Return the panel of an endpoint and the fit of its imputation model; no fit where no visit is usable.

    Raises
    ------
    ModelError
        Too few subjects, a fit that fails, or LMCF of subjects without any visit and baseline.
    """
    found = build_panel(data, config, config.imputation_reference)
    if not found.visits:
        return found, None
    where, p = f"analysis {data.spec.id} of {data.spec.place}", found.panel.design.shape[1]
    if found.panel.n <= p:
        raise ModelError(
            where, f"{found.panel.n} subjects for {p} columns of the model", hint="drop covariates"
        )
    nowhere = [s for s, switch in zip(found.subjects, found.panel.switch, strict=True) if switch == 0]
    if config.strategy == "LMCF" and found.levels is None and nowhere:
        raise ModelError(
            where,
            "LMCF has no mean to carry forward for subjects without any visit: the model has no baseline",
            nowhere,
            "analyse the change from baseline, or take BASE among the covariates",
        )
    panel = found.panel if config.strategy == "MAR" else found.panel.before_switch()
    try:
        return found, fit_panel(panel, config.sigma_by_arm, found.visits)
    except MmrmError as error:
        raise ModelError(
            where, f"imputation model: {error}", hint=f"see endpoints/{data.spec.place}/adlb.csv"
        ) from error


def complete(
    data: AnalysisData, found: StudyPanel, fit: PanelFit, config: ImputationModel, how: tuple[str, int, int]
) -> Completed:
    """Return an endpoint completed many times; `how`: kind of draws, number of imputations, seed.

    Raises
    ------
    ModelError
        Too many bootstrap samples cannot be fitted.
    """
    kind, count, seed = how
    try:
        drawn: Draws = METHODS[kind](fit, count, open_stream(seed, data.spec.place, PARAMETERS))
    except DrawError as error:
        raise ModelError(f"analysis {data.spec.id} of {data.spec.place}", str(error)) from error
    noise = subject_noise(seed, data.spec.place, found.subjects, (count, len(found.visits)))
    baseline = None if found.levels is None else Baseline.of(found.panel, found.levels)
    values = impute(found.panel, drawn.parameters, config.strategy, noise, baseline)
    return Completed(found, fit, values, drawn.replaced)


def run_imputation(data: AnalysisData, config: Config) -> Outcome:
    """Impute what is missing under the strategy of the configuration, and compare the arms at each visit."""
    found, fit = prepare(data, config)
    behind = record_set(data.spec, "model", found.records)
    writer: _Rows = _Rows(data, config, found, behind.id, None, None)
    replaced = 0
    if fit is not None and config.inference == "jackknife":
        writer = _Rows(data, config, found, behind.id, None, _leave_out(data, found, fit, config))
    elif fit is not None:
        assert (
            config.draws and config.imputations and config.seed is not None
        )  # the configuration asks for it
        how = (config.draws, config.imputations, config.seed)
        completed = complete(data, found, fit, config, how)
        replaced, writer = completed.replaced, _Rows(data, config, found, behind.id, completed, None)
    warnings = study_warnings(data, found)
    if replaced:
        warnings.append(f"{replaced} resampled data sets could not be fitted and were drawn anew.")
    record: dict[str, Any] = {
        **footnotes(not_fitted(data, found), analysis_words(data, config, found)),
        "warnings": warnings,
        "left_out": {name: list(subjects) for name, subjects in found.left_out},
        "not_modelled": found.unusable,
        "switch": switches(found),
        "deviance": None if fit is None else fit.fitted.deviance,
        "replaced": replaced,
    }
    return Outcome.of(data.spec, writer.all(" ".join(warnings)), record, [behind])


def switches(found: StudyPanel) -> dict[str, str]:
    """Return the first affected visit of each subject that dropped out."""
    pairs = zip(found.subjects, found.panel.switch, strict=True)
    return {subject: found.visits[switch] for subject, switch in pairs if switch < len(found.visits)}


def _leave_out(data: AnalysisData, found: StudyPanel, fit: PanelFit, config: Config) -> Jackknife:
    try:
        return run_jackknife(found.panel, fit, config.strategy, found.levels)
    except LeftOutError as error:
        raise ModelError(
            f"analysis {data.spec.id} of {data.spec.place}",
            "the imputation model cannot be fitted without a subject, so that there is no jackknife",
            [found.subjects[number] for number in error.subjects],
            "use inference: rubin, or fewer covariates",
        ) from error


@dataclass(frozen=True)
class _Rows:
    """Writes the result rows; without a completed panel every comparison is absent, with its reason."""

    data: AnalysisData
    config: Config
    found: StudyPanel
    records: str
    completed: Completed | None
    jackknife: Jackknife | None

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
            for name, weights in comparisons.items():
                n = float(self.found.count({arm for arm, weight in weights.items() if weight}))
                if reasons:
                    yield Effect(place, name, np.nan, np.nan, np.nan, n, error=reasons[0]), {}
                elif self.jackknife is not None:
                    yield self._jackknifed(place, name, visits, weights, n), {}
                else:
                    yield self._pooled(place, name, visits, weights, n)

    def _contrast(self, weights: Mapping[str, float]) -> Array:
        return self.found.panel.contrast(self.found.weights(weights))

    def _jackknifed(
        self, place: str, name: str, visits: tuple[str, ...], weights: Mapping[str, float], n: float
    ) -> Effect:
        assert self.jackknife is not None
        numbers = [self.found.visits.index(visit) for visit in visits]
        estimate, se = self.jackknife.infer(numbers, self._contrast(weights))
        return Effect(place, name, estimate, se, float("inf"), n)

    def _pooled(
        self, place: str, name: str, visits: tuple[str, ...], weights: Mapping[str, float], n: float
    ) -> tuple[Effect, Mapping[str, float]]:
        assert self.completed is not None
        ancova = Ancova.of(self.found.panel.design)
        sets = ancova.analyse(self.completed.at(visits), self._contrast(weights))
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
