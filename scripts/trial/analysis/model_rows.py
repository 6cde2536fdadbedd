"""Result rows of one fitted model: LS means, comparisons of arms, model tests and coefficients."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from mmrm.estimates import Estimates
from mmrm.lsmeans import Rows
from trial.analysis.config import AnalysisSpec
from trial.analysis.frame import ModelFrame, column_of
from trial.analysis.linear import BASE, LinearModel

Row = Mapping[str, object]


@dataclass(frozen=True)
class ModelRows:
    """Writes the rows of one fit; `prefix` stands before the statistics of a companion fit.

    `by_arm`: each arm has its own covariance.
    """

    fit: Estimates
    rung: str
    frame: ModelFrame
    spec: AnalysisSpec
    config: LinearModel
    records: str
    warning: str
    prefix: str = ""
    by_arm: bool = False

    def all(self) -> Iterator[Row]:
        """Yield every result row."""
        yield from self._model()
        yield from self._lsmeans()
        yield from self.differences()
        yield from self._effects()

    @property
    def place(self) -> dict[str, Any]:
        """What every row of the whole fit says: method, records behind it, subjects."""
        return {"method": self._method, "records": self.records, "n": self._subjects}

    @cached_property
    def _subjects(self) -> float:
        return float(self.frame.rows["USUBJID"].nunique())

    def _row(self, statistic: str, value: float, unit: str = "1", **place: Any) -> Row:
        base = {"method": self._method, "records": self.records}
        row = base | {"statistic": self.prefix + statistic, "value": float(value), "unit": unit} | place
        if np.isnan(value) and not row.get("error"):
            row["error"] = self._absence(str(row.get("visit", "")))
        return row

    def _absence(self, visit: str) -> str:
        """Return why an estimate does not exist: the last rung may lack a visit, or an arm there."""
        if self.fit.structure == "ancova" and visit in self.config.comparisons.averages:
            return "an ANCOVA of each visit has no average over visits"
        return self.fit.explain_missing(visit)

    @cached_property
    def _method(self) -> str:
        sandwich = [] if self.fit.cov_type == "model" else [self.fit.cov_type]
        return "-".join(dict.fromkeys([self.config.method, self.rung, *sandwich, self.fit.df_method]))

    @property
    def _log(self) -> bool:
        return bool(self.spec.endpoint and self.spec.endpoint.scale == "log")

    @property
    def _ratios(self) -> bool:
        """Whether LS means themselves are ratios (to baseline), not only their differences."""
        return self._log and self.config.response == "change"

    @property
    def unit(self) -> str:
        """The unit of the response: that of the endpoint, or of its ln."""
        if not self._log:
            return self.spec.endpoint.unit if self.spec.endpoint else ""
        return "ln ratio" if self.config.response == "change" else "ln"

    def _model(self) -> Iterator[Row]:
        # What concerns the whole model stands on its own rows, not on each of its hundred estimates.
        rows = self.frame.rows
        n: dict[str, Any] = {"n": self._subjects}
        yield self._row("n_subjects", n["n"], **n, warning=self.warning)
        yield self._row("n_obs", len(rows), **n, warning=self.warning)
        if np.isfinite(self.fit.deviance):
            yield self._row("deviance", self.fit.deviance, **n)
        if BASE in [covariate.variable for covariate in self.config.covariates]:
            place = "ln" if self._log else self.unit
            yield self._row("baseline_mean", rows["X_BASE"].mean(), place, **n)
        yield self._row("level", self.config.level, **n)

    # ---- LS means and their comparisons -------------------------------------------------------------

    @property
    def _visits(self) -> list[str]:
        return list(self.frame.rows["AVISIT"].cat.categories)

    def _at(self) -> dict[str, Any]:
        """Return the values that LS means stand at, by model column; ln where the covariate is."""
        found = {}
        for covariate in self.config.covariates:
            if covariate.variable in self.config.lsmeans.at:
                value = self.config.lsmeans.at[covariate.variable]
                other = self.spec.other_scales.get(covariate.variable.removeprefix("BASE_"), "identity")
                log = self._log if covariate.variable == BASE else other == "log"
                found[column_of(covariate)] = float(np.log(value)) if log else value
        return found

    @cached_property
    def _means(self) -> Rows:
        """Return the contrast rows of the LS mean of every arm at every visit, then averaged over visits."""
        by = None if self.frame.single_visit else "AVISIT"
        rows = self.fit.lsmeans_rows("ARMCD", by, self.config.lsmeans.weights, self._at() or None)
        labels = rows.labels.assign(**({} if by else {"AVISIT": self._visits[0]})).astype(str)
        parts, matrices = [labels[["ARMCD", "AVISIT"]]], [rows.matrix]
        for name, average in self.config.comparisons.averages.items():
            inside = labels["AVISIT"].isin(average.visits)
            if set(average.visits) <= set(self._visits):
                arms = list(dict.fromkeys(labels["ARMCD"]))
                parts.append(pd.DataFrame({"ARMCD": arms, "AVISIT": name}))
                matrices.append(
                    np.stack(
                        [
                            rows.matrix[(inside & (labels["ARMCD"] == arm)).to_numpy()].mean(axis=0)
                            for arm in arms
                        ]
                    )
                )
        return Rows(pd.concat(parts, ignore_index=True), np.concatenate(matrices))

    def _count(self, visit: str, arms: set[str]) -> float:
        """Return the subjects of some arms with a value at a visit, or at any visit of an average."""
        averages = self.config.comparisons.averages
        visits = averages[visit].visits if visit in averages else (visit,)
        return float(len(set().union(*(self._seen.get((one, arm), ()) for one in visits for arm in arms))))

    @cached_property
    def _seen(self) -> Mapping[tuple[str, str], set[str]]:
        """The subjects with a value, by visit and arm."""
        found: dict[tuple[str, str], set[str]] = {}
        rows = self.frame.rows
        for visit, arm, subject in zip(
            rows["AVISIT"].tolist(), rows["ARMCD"].tolist(), rows["USUBJID"].tolist(), strict=True
        ):
            found.setdefault((visit, arm), set()).add(subject)
        return found

    def _lsmeans(self) -> Iterator[Row]:
        for mean in self.fit.table(self._means, self.config.level).to_dict("records"):
            place = {"visit": mean["AVISIT"], "group": mean["ARMCD"]}
            place["n"] = self._count(mean["AVISIT"], {mean["ARMCD"]})
            yield self._row("n", place["n"], **place)
            yield from self._estimate("lsmean", mean, place)
            if self._log:
                yield from self._ratio("ratio" if self._ratios else "geomean", mean, place)
            if self._ratios and (base := self._ln_baseline()) is not None:
                ends = {name: mean[name] + base for name in ("estimate", "lower", "upper")}
                yield from self._ratio("geomean", ends, place)
        # A visit without any value has no LS mean, and no subject.
        for visit in self.spec.visits:
            if not visit.baseline and visit.code not in self._visits:
                for arm in self.spec.arms:
                    yield self._row("n", 0.0, visit=visit.code, group=arm.code, n=0.0)

    def _ln_baseline(self) -> float | None:
        """Return the ln baseline at which LS means stand; None where they stand at no single one.

        At a given baseline a model of the ln ratio is one of the ln value: LS mean plus this number.
        """
        means = self.config.lsmeans
        if BASE not in [one.variable for one in self.config.covariates] or means.weights == "counterfactual":
            return None
        mean = float(self.frame.rows["X_BASE"].mean())
        return float(np.log(means.at[BASE])) if BASE in means.at else mean

    def contrasts(self) -> Rows:
        """Return the contrast rows of every comparison of arms at every visit and average."""
        means = self._means
        labels, matrix = [], []
        for visit in dict.fromkeys(means.labels["AVISIT"]):
            here = means.labels[means.labels["AVISIT"] == visit]
            row_of = {arm: means.matrix[at] for at, arm in zip(here.index, here["ARMCD"], strict=True)}
            for name, weights in self._comparisons.items():
                labels.append({"comparison": name, "AVISIT": visit})
                matrix.append(sum(weight * row_of[arm] for arm, weight in weights.items()))
        return Rows(pd.DataFrame(labels), np.stack(matrix))

    @property
    def _comparisons(self) -> Mapping[str, Mapping[str, float]]:
        """The weights of every comparison by its name."""
        arms = (arm.code for arm in self.spec.arms)
        return self.config.comparisons.weights(arms, self.spec.reference_arm)

    def differences(self) -> Iterator[Row]:
        """Yield every comparison of arms at every visit and average over visits."""
        weights = self._comparisons
        rows = self.contrasts()
        tests = self.fit.table(rows, self.config.level, *self.hypothesis).to_dict("records")
        for diff, test in zip(self.fit.table(rows, self.config.level).to_dict("records"), tests, strict=True):
            name = diff["comparison"]
            arms = {arm for arm, weight in weights[name].items() if weight}
            place = {"visit": diff["AVISIT"], "comparison": name, "n": self._count(diff["AVISIT"], arms)}
            yield from self._estimate("diff", diff, place)
            yield self._row("diff.statistic", test["statistic"], **place)
            yield self._row("diff.pvalue", test["pvalue"], **place)
            if self._log:
                yield from self._ratio("gmr", diff, place)
                yield self._row("gmr.pct", 100 * np.expm1(diff["estimate"]), "%", **place)
            if diff["AVISIT"] in self._visits:
                yield from self._standardised(diff, arms, place)

    @property
    def hypothesis(self) -> tuple[float, str]:
        """The null value on the scale of the model, and the alternative. Limits stay two-sided around it."""
        asked = self.config.comparisons
        if asked.null_value is None:
            return 0.0, asked.side
        return float(np.log(asked.null_value)) if self._log else asked.null_value, asked.side

    def _standardised(
        self, diff: Mapping[Any, Any], arms: set[str], place: Mapping[str, Any]
    ) -> Iterator[Row]:
        """Yield the difference in units of the model's SD at that visit, for the forest of all endpoints."""
        sd = float(self.fit.visit_sd(sorted(arms) if self.by_arm else None)[diff["AVISIT"]])
        error = "the ANCOVA of each visit has no common covariance" if np.isnan(sd) else ""
        for name, key in (("stddiff", "estimate"), ("stddiff.lower", "lower"), ("stddiff.upper", "upper")):
            yield self._row(name, diff[key] / sd, "SD", **place, error=error)

    def _estimate(self, name: str, found: Mapping[Any, Any], place: Mapping[str, Any]) -> Iterator[Row]:
        yield self._row(name, found["estimate"], self.unit, **place)
        yield self._row(f"{name}.se", found["se"], self.unit, **place)
        yield self._row(f"{name}.df", found["df"], **place)
        yield self._row(f"{name}.lower", found["lower"], self.unit, **place)
        yield self._row(f"{name}.upper", found["upper"], self.unit, **place)

    def _ratio(self, name: str, found: Mapping[Any, Any], place: Mapping[str, Any]) -> Iterator[Row]:
        unit = "1" if name != "geomean" or not self.spec.endpoint else self.spec.endpoint.unit
        for statistic, key in ((name, "estimate"), (f"{name}.lower", "lower"), (f"{name}.upper", "upper")):
            yield self._row(statistic, np.exp(found[key]), unit, **place)

    def _effects(self) -> Iterator[Row]:
        """Type 3 tests by term and fixed effects by column, for the appendix."""
        n: dict[str, Any] = {"n": self._subjects}
        for test in self.fit.type3().to_dict("records"):
            for name in ("statistic", "df_num", "df_den", "pvalue"):
                error = "too few data for an F test of this term" if np.isnan(test[name]) else ""
                yield self._row(f"type3.{name}", test[name], **n, comparison=test["term"], error=error)
        names = {"estimate": "estimate", "se": "se", "df": "df", "tvalue": "statistic", "pvalue": "pvalue"}
        for column, effect in self.fit.coefficients().to_dict("index").items():
            for name, key in names.items():
                yield self._row(f"coef.{name}", effect[key], **n, comparison=column)
