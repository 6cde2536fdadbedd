"""Every number of a linear model that the results hold, from the independent fit, by the same names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from trial.recompute.config import AgreementSpec, DeclaredModel
from trial.recompute.design import Design
from trial.recompute.inference import (
    Inference,
    ModelBased,
    Tested,
    curvature,
    estimate_contrast,
    f_test,
    model_based,
    sandwich,
)
from trial.recompute.likelihood import Fit, RecomputeError, fit
from trial.recompute.structures import Array, Structure

Key = tuple[str, str, str, str]  # visit, group, comparison, statistic
ANCOVA = "ancova"


@dataclass(frozen=True)
class Number:
    """One number; its tolerance is that of its kind times `scale` (`tolerances.TOLERANCES`)."""

    value: float
    kind: str
    scale: float = 1.0


@dataclass(frozen=True)
class Method:
    """How a set of results says it was computed: rung, covariance of the coefficients, degrees of freedom."""

    rung: str
    covariance: str
    df_method: str


Numbers = dict[Key, Number]


@dataclass(frozen=True)
class Computed:
    """The independent results of one model: numbers, and the visits without any, with the reason."""

    design: Design
    numbers: Numbers
    fits: tuple[Fit, ...]
    absent: Mapping[str, str]


def compute(design: Design, spec: AgreementSpec, method: Method, log: bool, prefix: str = "") -> Computed:
    """Return the numbers of a model; with a prefix those of its comparisons alone.

    Raises
    ------
    RecomputeError
        If the model cannot be fitted.
    """
    if method.rung == ANCOVA and len(design.visits) > 1:
        return _each_visit(design, method, log, prefix)
    structure = Structure("us" if method.rung == ANCOVA else method.rung, design.places)
    found = fit(design.problem(), structure, design.model.reml)
    inference = infer(found, method)
    writer = _Writer(design, found, inference, log, prefix)
    numbers = dict(writer.comparisons())
    if not prefix:
        numbers |= dict(writer.means()) | dict(writer.counts(spec)) | dict(writer.whole_model())
        numbers |= dict(writer.effects()) | dict(writer.covariances()) | dict(writer.criteria(method.rung))
    return Computed(design, numbers, (found,), {})


def infer(found: Fit, method: Method) -> Inference:
    """Return standard errors and df by a method; with a single visit every model-based one is N - k."""
    if method.covariance == "model":
        df_method = "satterthwaite" if method.df_method == "residual" else method.df_method
        return model_based(found, curvature(found), df_method)
    return sandwich(found, method.covariance)


def _each_visit(design: Design, method: Method, log: bool, prefix: str) -> Computed:
    """Return the least squares of each visit on its own; a visit whose effects are not separable has none."""
    numbers: Numbers = {}
    fits, absent = [], {}
    for visit in design.visits:
        try:
            single = design.at_visit(visit)
            found = fit(single.problem(), Structure("us", (0,)))
        except RecomputeError as error:
            absent[visit] = str(error)
            continue
        writer = _Writer(single, found, infer(found, method), log, prefix)
        numbers |= {key: one for key, one in writer.comparisons() if "stddiff" not in key[3]}
        numbers |= {} if prefix else dict(writer.means()) | dict(writer.counts_at(visit))
        fits.append(found)
    if not prefix:
        numbers |= dict(_Writer(design, None, None, log, prefix).whole_model())
    return Computed(design, numbers, tuple(fits), absent)


@dataclass(frozen=True)
class _Writer:
    """Writes the numbers of one fit by the names of the results; without one it describes the rows."""

    design: Design
    fitted: Fit | None
    inference: Inference | None
    log: bool
    prefix: str

    @property
    def model(self) -> DeclaredModel:
        return self.design.model

    @property
    def fit(self) -> Fit:
        assert self.fitted is not None
        return self.fitted

    def _averages(self) -> dict[str, tuple[str, ...]]:
        """Return the visits, and the averages over visits that are all there, each with its visits."""
        found: dict[str, tuple[str, ...]] = {visit: (visit,) for visit in self.design.visits}
        for one in self.model.averages:
            if set(one.visits) <= set(self.design.visits):
                found[one.code] = tuple(one.visits)
        return found

    def _mean(self, arm: str, visits: tuple[str, ...]) -> Array:
        return np.asarray(np.mean([self.design.lsmean(arm, visit) for visit in visits], axis=0))

    def _tested(self, contrast: Array, null: float = 0.0, side: str = "two-sided") -> Tested:
        assert self.inference is not None
        return estimate_contrast(self.fit.point.beta, self.inference, contrast, self.model.level, null, side)

    def means(self) -> Iterator[tuple[Key, Number]]:
        """Yield LS means; on the log scale their ratios and geometric means."""
        base = self._base()
        for visit, inside in self._averages().items():
            for arm in self.design.arms:
                found = self._tested(self._mean(arm, inside))
                place = (visit, arm, "")
                yield from self._named(place, "lsmean", found)
                if self.log:
                    change = self.model.response == "change"
                    yield from self._exponential(place, "ratio" if change else "geomean", found, 0.0)
                    if change and base is not None:
                        yield from self._exponential(place, "geomean", found, base)

    def _base(self) -> float | None:
        """Return where the baseline stands in LS means; None where at no single value."""
        covariate = next((one for one in self.model.covariates if one.variable == "BASE"), None)
        if covariate is None or self.model.weights == "counterfactual":
            return None
        if "BASE" in self.model.at:
            return float(np.log(float(self.model.at["BASE"])))
        return self.design.moments["BASE"][0]

    def comparisons(self) -> Iterator[tuple[Key, Number]]:
        """Yield differences of arms with their tests, ratios, and differences in standard deviations."""
        null = self.model.null_value
        zero = 0.0 if null is None else float(np.log(null)) if self.log else null
        for visit, inside in self._averages().items():
            for one in self.model.comparisons:
                parts = [weight * self._mean(arm, inside) for arm, weight in one.weights.items()]
                found = self._tested(np.sum(parts, axis=0), zero, self.model.side)
                place = (visit, "", one.name)
                yield from self._named(place, "diff", found)
                yield self._number(
                    place, "diff.statistic", found.statistic, "statistic", _size(found.statistic)
                )
                yield self._number(place, "diff.pvalue", found.pvalue, "pvalue", found.pvalue)
                if self.log:
                    yield from self._exponential(place, "gmr", found, 0.0)
                    percent = 100 * np.expm1(found.estimate)
                    scale = 100 * np.exp(found.estimate) * found.se
                    yield self._number(place, "gmr.pct", percent, "estimate", scale)
                if visit in self.design.visits:
                    arms = [arm for arm, weight in one.weights.items() if weight]
                    yield from self._standardised(place, found, self._deviation(visit, arms))

    def _deviation(self, visit: str, arms: list[str]) -> float:
        """Return the standard deviation at a visit, over the covariance matrices of the arms compared."""
        at = self.design.visits.index(visit)
        groups = [self.design.arms.index(arm) for arm in arms] if self.model.sigma_by_arm else [0]
        return float(np.sqrt(np.mean([self.fit.sigma[group][at, at] for group in groups])))

    def _standardised(
        self, place: tuple[str, str, str], found: Tested, deviation: float
    ) -> Iterator[tuple[Key, Number]]:
        scale = found.se / deviation
        for name, value in (("", found.estimate), (".lower", found.lower), (".upper", found.upper)):
            yield self._number(place, f"stddiff{name}", value / deviation, "limit", scale)

    def _named(self, place: tuple[str, str, str], name: str, found: Tested) -> Iterator[tuple[Key, Number]]:
        yield self._number(place, name, found.estimate, "estimate", found.se)
        yield self._number(place, f"{name}.se", found.se, "se", found.se)
        yield self._number(place, f"{name}.df", found.df, "df", found.df)
        yield self._number(place, f"{name}.lower", found.lower, "limit", found.se)
        yield self._number(place, f"{name}.upper", found.upper, "limit", found.se)

    def _exponential(
        self, place: tuple[str, str, str], name: str, found: Tested, added: float
    ) -> Iterator[tuple[Key, Number]]:
        ends = (
            ("", found.estimate, "estimate"),
            (".lower", found.lower, "limit"),
            (".upper", found.upper, "limit"),
        )
        for suffix, end, kind in ends:
            value = float(np.exp(end + added))
            yield self._number(place, name + suffix, value, kind, value * found.se)

    def _number(
        self, place: tuple[str, str, str], name: str, value: float, kind: str, scale: float
    ) -> tuple[Key, Number]:
        return (*place, self.prefix + name), Number(float(value), kind, float(scale))

    # ---- the whole model ------------------------------------------------------------------------------

    def counts(self, spec: AgreementSpec) -> Iterator[tuple[Key, Number]]:
        """Yield subjects by arm and visit, also at visits that nobody attended."""
        for visit in [*self._averages(), *(one for one in spec.visits if one not in self.design.visits)]:
            yield from self.counts_at(visit)

    def counts_at(self, visit: str) -> Iterator[tuple[Key, Number]]:
        """Yield subjects by arm at a visit, or at any visit of an average."""
        rows = self.design.rows[self.design.rows["AVISIT"].isin(self._averages().get(visit, ()))]
        for arm in self.design.arms:
            subjects = rows.loc[rows["ARM"] == arm, "USUBJID"].nunique()
            yield self._number((visit, arm, ""), "n", subjects, "count", 1.0)

    def whole_model(self) -> Iterator[tuple[Key, Number]]:
        """Yield what is of no visit: subjects, responses, deviance, mean baseline, level."""
        place, rows = ("", "", ""), self.design.rows
        yield self._number(place, "n_subjects", rows["USUBJID"].nunique(), "count", 1.0)
        yield self._number(place, "n_obs", len(rows), "count", 1.0)
        yield self._number(place, "level", self.model.level, "setting", self.model.level)
        if "BASE" in self.design.moments:
            mean = self.design.moments["BASE"][0]
            yield self._number(place, "baseline_mean", mean, "setting", abs(mean))
        if self.fitted is not None:
            yield self._number(place, "deviance", self.fit.point.deviance, "deviance", 1.0)

    def effects(self) -> Iterator[tuple[Key, Number]]:
        """Yield fixed effects by column, and type 3 tests by term where inference is Kenward and Roger's."""
        for name, contrast in self.design.coefficients():
            found, place = self._tested(contrast), ("", "", name)
            yield self._number(place, "coef.estimate", found.estimate, "estimate", found.se)
            yield self._number(place, "coef.se", found.se, "se", found.se)
            yield self._number(place, "coef.df", found.df, "df", found.df)
            yield self._number(place, "coef.tvalue", found.statistic, "statistic", _size(found.statistic))
            yield self._number(place, "coef.pvalue", found.pvalue, "pvalue", found.pvalue)
        if isinstance(self.inference, ModelBased):
            for name, rows in self.design.terms():
                if len(rows) == 1 or self.model.df_method != "satterthwaite":
                    yield from self._term(("", "", name), rows, self.inference)

    def _term(
        self, place: tuple[str, str, str], rows: Array, inference: ModelBased
    ) -> Iterator[tuple[Key, Number]]:
        f, df, p = f_test(self.fit.point.beta, inference, rows)
        yield self._number(place, "type3.statistic", f, "statistic", _size(f))
        yield self._number(place, "type3.df_num", len(rows), "count", 1.0)
        yield self._number(place, "type3.df_den", df, "df", df)
        yield self._number(place, "type3.pvalue", p, "pvalue", p)

    def covariances(self) -> Iterator[tuple[Key, Number]]:
        """Yield covariance and correlation of each pair of visits, by arm where each has its own."""
        for group, sigma in enumerate(self.fit.sigma):
            place = ("", self.design.arms[group] if self.model.sigma_by_arm else "", "")
            sd = np.sqrt(np.diagonal(sigma))
            for s, first in enumerate(self.design.visits):
                for t, second in enumerate(self.design.visits[s:], s):
                    scale = float(sd[s] * sd[t])
                    name = f"{first}.{second}"
                    yield self._number(place, f"cov.{name}", sigma[s, t], "covariance", scale)
                    if s < t:
                        yield self._number(place, f"corr.{name}", sigma[s, t] / scale, "correlation", 1.0)

    def criteria(self, rung: str) -> Iterator[tuple[Key, Number]]:
        """Yield the numbers of the accepted rung: parameters, criteria (eq:criteria), smallest eigenvalue."""
        deviance, n = self.fit.point.deviance, len(self.design.rows)
        k = self.fit.point.beta.size
        q = self.fit.structure.n_parameters * self.fit.problem.n_groups
        d, responses = (q, n - k) if self.fit.reml else (q + k, n)
        subjects = self.design.rows["USUBJID"].nunique()
        place = ("", "", rung)
        yield self._number(place, "ladder.deviance", deviance, "deviance", 1.0)
        yield self._number(place, "ladder.n_parameters", q, "count", 1.0)
        yield self._number(place, "ladder.aic", deviance + 2 * d, "deviance", 1.0)
        if responses > d + 1:
            aicc = deviance + 2 * d * responses / (responses - d - 1)
            yield self._number(place, "ladder.aicc", aicc, "deviance", 1.0)
        yield self._number(place, "ladder.bic", deviance + d * np.log(subjects), "deviance", 1.0)
        smallest = min(float(np.linalg.eigvalsh(one)[0]) for one in self.fit.sigma)
        largest = max(float(np.linalg.eigvalsh(one)[-1]) for one in self.fit.sigma)
        yield self._number(place, "ladder.sigma_min_eigenvalue", smallest, "covariance", largest)


def _size(value: float) -> float:
    return max(1.0, abs(value))
