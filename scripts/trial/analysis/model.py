"""The MMRM of one endpoint: analysis data in, the fit with its evidence and result rows out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mmrm import Ladder, MmrmError, MmrmFit, fit_ladder
from mmrm.ancova import AncovaFit
from trial.study.ard import result_rows
from trial.study.errors import ModelError
from trial.study.models import Arm, Visit
from trial.study.slices import ModelSpec

Row = Mapping[str, object]
STRUCTURES = {
    "us": "unstructured",
    "toep": "Toeplitz",
    "toeph": "heterogeneous Toeplitz",
    "ar1": "first-order autoregressive",
    "ar1h": "heterogeneous first-order autoregressive",
    "cs": "compound symmetric",
    "csh": "heterogeneous compound symmetric",
    "ad": "ante-dependence",
    "adh": "heterogeneous ante-dependence",
}
METHODS = {
    "kenward-roger": "Kenward-Roger standard errors and degrees of freedom",
    "kenward-roger-linear": "Kenward-Roger (linear) standard errors and degrees of freedom",
    "satterthwaite": "Satterthwaite degrees of freedom",
}
SANDWICH = "sandwich standard errors with Satterthwaite degrees of freedom"


@dataclass(frozen=True)
class FittedEndpoint:
    """Result rows of one endpoint (columns of ARD) and the record that goes to `fit.json`."""

    rows: pd.DataFrame
    record: dict[str, Any]


def fit_endpoint(data: pd.DataFrame, spec: ModelSpec) -> FittedEndpoint:
    """Fit the change from baseline on arm, visit, arm x visit, baseline and baseline x visit.

    Parameters
    ----------
    data : DataFrame
        Analysis data of the endpoint (`trial.endpoints.schema.ANALYSIS`).
    spec : ModelSpec
        The resolved model.

    Raises
    ------
    ModelError
        If the data cannot carry the model, or no rung of the covariance ladder is accepted.
    """
    coded = _coded(data, spec)
    fit, rung, ladder = _fit(coded, spec)
    found = fit.record()
    warnings = [*fit.warnings, *limit_warnings(data, spec), *_ladder_warnings(ladder)]
    rows = [*_Rows(fit, rung, coded, spec, " ".join(warnings)).all()]
    if ladder.model_based is not None and fit is not ladder.model_based:
        rows += _Rows(ladder.model_based, rung, coded, spec, "", "mmrm-model-based").differences()
    record = {"fit": found, "rung": rung, "ladder": ladder.record, "warnings": warnings}
    return FittedEndpoint(result_rows(rows), record | {"footnote": footnote(rung, found, coded, spec)})


def formula_of(data: pd.DataFrame) -> str:
    """Return the model formula; with a single visit the visit terms have nothing to compare."""
    if data["AVISIT"].nunique() == 1:
        return "Y ~ X_BASE + ARMCD"
    return "Y ~ X_BASE + ARMCD + AVISIT + ARMCD:AVISIT + X_BASE:AVISIT"


def footnote(rung: str, found: Mapping[str, Any], data: pd.DataFrame, spec: ModelSpec) -> str:
    """Return the model specification as outputs print it, from the record of the fitted object."""
    log = spec.endpoint.scale == "log"
    response = "ln ratio to baseline" if log else "change from baseline"
    baseline = "ln baseline" if log else "baseline"
    size = f"{len(data)} observations of {data['USUBJID'].nunique()} subjects."
    means = f"LS means with {spec.mmrm.lsmean_weights} weights at the mean {baseline}"
    if rung == "ancova":
        return f"ANCOVA of {response} on {baseline} and arm, each visit on its own; {means}; {size}"
    terms = str(found["formula"]).split("~")[1].replace("ARMCD", "arm").replace("AVISIT", "visit")
    terms = terms.replace("X_BASE", baseline).replace(":", " × ").replace(" + ", ", ").strip()
    errors = (
        METHODS[found["df_method"]] if found["cov_type"] == "model" else f"{found['cov_type']} {SANDWICH}"
    )
    return (
        f"MMRM of {response} on {terms}; {STRUCTURES[rung]} covariance, "
        f"{'REML' if found['reml'] else 'ML'}, {errors}; {means}; {size}"
    )


def limit_warnings(data: pd.DataFrame, spec: ModelSpec) -> list[str]:
    """Return what a reader must know about analysed values outside their limits of quantification.

    The share below the limit is taken at the worst arm and visit. An endpoint that does not report
    values below its limit (`reports_below_limit`) warns of every single one.
    """
    found = []
    place = [data["ARMCD"].map(_labels(spec.arms)), data["AVISIT"].map(_labels(spec.visits))]
    share = 100 * (data["CENSOR"] == "<").groupby(place).mean()
    highest = float(share.max())
    if highest > (spec.below_limit.warn_above_pct if spec.endpoint.reports_below_limit else 0):
        worst = ", ".join(share.index[int(share.argmax())])
        text = f"Up to {highest:.0f}% of values lie below the quantification limit ({worst}); "
        text += f"{spec.below_limit.substitute} was substituted, which biases estimates and their spread."
        if highest > spec.below_limit.describe_only_above_pct:
            text += f" Above {spec.below_limit.describe_only_above_pct:.0f}% the model is descriptive only."
        found.append(text)
    above = int((data["CENSOR"] == ">").sum())
    if above:
        found.append(
            f"{above} analysed values lie above the quantification limit; the limit stands for them."
        )
    return found


def _labels(items: Sequence[Arm] | Sequence[Visit]) -> dict[str, str]:
    return {item.code: item.label for item in items}


def _coded(data: pd.DataFrame, spec: ModelSpec) -> pd.DataFrame:
    """Return the data with arms (reference first) and visits as ordered categories of what is present."""
    arms = [spec.reference_arm, *(arm.code for arm in spec.arms if arm.code != spec.reference_arm)]
    present = [code for code in arms if (data["ARMCD"] == code).any()]
    if len(present) < len(arms):
        absent = sorted(set(arms) - set(present))
        raise ModelError(
            f"endpoint {spec.paramcd}", "an arm has no record to analyse", absent,
            "see results/data/adlb.csv: its values lack a baseline, a visit or a unit",
        )  # fmt: skip
    visits = [visit.code for visit in spec.visits if (data["AVISIT"] == visit.code).any()]
    ordered = data.sort_values(["USUBJID", "AVISITN"])
    return ordered.assign(
        ARMCD=pd.Categorical(ordered["ARMCD"], categories=arms),
        AVISIT=pd.Categorical(ordered["AVISIT"], categories=visits),
    )


def _fit(data: pd.DataFrame, spec: ModelSpec) -> tuple[MmrmFit | AncovaFit, str, Ladder]:
    """Return the accepted fit, its rung and the whole ladder."""
    where = f"endpoint {spec.paramcd}"
    try:
        ladder = fit_ladder(
            formula_of(data),
            data,
            subject="USUBJID",
            visit="AVISIT",
            rungs=spec.mmrm.covariance_ladder,
            df_method=spec.mmrm.df_method,
            reml=spec.mmrm.reml,
        )
    except MmrmError as error:
        raise ModelError(where, str(error), hint=f"see analysis.csv of {spec.paramcd}") from error
    if ladder.fit is None or ladder.rung is None:
        tried = [f"{rung['structure']}: {rung['status']}, {rung['reason']}" for rung in ladder.record]
        raise ModelError(where, "no rung of the covariance ladder is accepted", tried, "add a rung: ancova")
    return ladder.fit, ladder.rung, ladder


def _ladder_warnings(ladder: Ladder) -> list[str]:
    """Return why the first rung was left, when it was, and whose standard errors are not the rung's own."""
    left = [rung for rung in ladder.record if rung["status"] in ("rejected", "error")]
    found = [f"The {rung['structure']} covariance was not used: {rung['reason']}." for rung in left]
    return [*found, f"{ladder.note}."] if ladder.note else found


@dataclass(frozen=True)
class _Rows:
    """Result rows of one fitted model."""

    fit: MmrmFit | AncovaFit
    rung: str
    data: pd.DataFrame
    spec: ModelSpec
    warning: str
    analysis: str = "mmrm"

    def all(self) -> Iterator[Row]:
        """Yield every result row."""
        yield from self._model()
        yield from self._lsmeans()
        yield from self.differences()
        if isinstance(self.fit, MmrmFit):
            yield from self._effects(self.fit)

    def _row(self, statistic: str, value: float, unit: str = "1", **place: object) -> Row:
        base = {"analysis": self.analysis, "method": self._method, "endpoint": self.spec.paramcd}
        row = base | {"statistic": statistic, "value": float(value), "unit": unit} | place
        if np.isnan(value) and not row.get("error"):
            row["error"] = self._absence(str(row.get("visit", "")))
        return row

    def _absence(self, visit: str) -> str:
        """Return why an estimate does not exist: the last rung may lack a visit, or an arm there."""
        failed = {} if isinstance(self.fit, MmrmFit) else self.fit.failed
        return failed.get(visit, "not estimable from the data of this visit")

    @property
    def _method(self) -> str:
        if isinstance(self.fit, AncovaFit):
            return "mmrm-ancova-residual"
        inference = self.fit.inference
        sandwich = "" if inference.cov_type == "model" else f"-{inference.cov_type}"
        return f"mmrm-{self.rung}{sandwich}-{inference.df_method}"

    @property
    def _log(self) -> bool:
        return self.spec.endpoint.scale == "log"

    @property
    def _unit(self) -> str:
        return "ln ratio" if self._log else self.spec.endpoint.unit

    def _model(self) -> Iterator[Row]:
        # What concerns the whole model stands on its own rows, not on each of its hundred estimates.
        place = {"warning": self.warning}
        yield self._row("n_subjects", self.data["USUBJID"].nunique(), **place)
        yield self._row("n_obs", len(self.data), **place)
        if isinstance(self.fit, MmrmFit):
            yield self._row("deviance", self.fit.deviance)
        yield self._row("baseline_mean", self.data["X_BASE"].mean(), "ln" if self._log else self._unit)
        yield self._row("level", self.spec.mmrm.level)

    def _by_visit(self, table: pd.DataFrame) -> list[dict[Any, Any]]:
        """Return estimates as rows with AVISIT, also where a single visit left the model."""
        only = {} if "AVISIT" in table else {"AVISIT": self.data["AVISIT"].cat.categories[0]}
        return table.assign(**only).to_dict("records")

    @property
    def _asked(self) -> dict[str, Any]:
        by = "AVISIT" if self.data["AVISIT"].nunique() > 1 else None
        return {"by": by, "weights": self.spec.mmrm.lsmean_weights, "level": self.spec.mmrm.level}

    def _lsmeans(self) -> Iterator[Row]:
        counts = self.data.groupby(["ARMCD", "AVISIT"], observed=False)["USUBJID"].nunique()
        for mean in self._by_visit(self.fit.lsmeans("ARMCD", **self._asked)):
            place = {"visit": mean["AVISIT"], "group": mean["ARMCD"]}
            place["n"] = float(counts[mean["ARMCD"], mean["AVISIT"]])
            yield self._row("n", place["n"], **place)
            yield from self._estimate("lsmean", mean, place)
            if self._log:
                yield from self._ratio("ratio", mean, place)

    def differences(self) -> Iterator[Row]:
        """Yield every arm against the reference at every visit."""
        reference = self.spec.reference_arm
        for diff in self._by_visit(self.fit.contrasts("ARMCD", reference=reference, **self._asked)):
            arm = str(diff["comparison"]).removesuffix(f" - {reference}")
            place = {"visit": diff["AVISIT"], "comparison": f"{arm}-{reference}"}
            yield from self._estimate("diff", diff, place)
            yield self._row("diff.statistic", diff["statistic"], **place)
            yield self._row("diff.pvalue", diff["pvalue"], **place)
            if self._log:
                yield from self._ratio("gmr", diff, place)
                yield self._row("gmr.pct", 100 * np.expm1(diff["estimate"]), "%", **place)
            yield from self._standardised(diff, place)

    def _standardised(self, diff: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the difference in units of the model's SD at that visit, for the forest of all endpoints."""
        sd, error = float("nan"), "the ANCOVA of each visit has no common covariance"
        if isinstance(self.fit, MmrmFit):
            position = list(self.data["AVISIT"].cat.categories).index(diff["AVISIT"])
            sd, error = float(np.sqrt(np.asarray(self.fit.sigma)[position, position])), ""
        for name, key in (("stddiff", "estimate"), ("stddiff.lower", "lower"), ("stddiff.upper", "upper")):
            yield self._row(name, diff[key] / sd, "SD", **place, error=error)

    def _estimate(self, name: str, found: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Row]:
        yield self._row(name, found["estimate"], self._unit, **place)
        yield self._row(f"{name}.se", found["se"], self._unit, **place)
        yield self._row(f"{name}.df", found["df"], **place)
        yield self._row(f"{name}.lower", found["lower"], self._unit, **place)
        yield self._row(f"{name}.upper", found["upper"], self._unit, **place)

    def _ratio(self, name: str, found: Mapping[str, Any], place: Mapping[str, Any]) -> Iterator[Row]:
        for statistic, key in ((name, "estimate"), (f"{name}.lower", "lower"), (f"{name}.upper", "upper")):
            yield self._row(statistic, np.exp(found[key]), **place)

    def _effects(self, fit: MmrmFit) -> Iterator[Row]:
        """Type 3 tests by term and fixed effects by column, for the appendix."""
        place = {"analysis": "mmrm-effects"}
        for test in fit.type3().to_dict("records"):
            for name in ("statistic", "df_num", "df_den", "pvalue"):
                error = "too few data for an F test of this term" if np.isnan(test[name]) else ""
                yield self._row(f"type3.{name}", test[name], **place, comparison=test["term"], error=error)
        columns = {
            "estimate": fit.params,
            "se": fit.bse,
            "df": fit.df,
            "tvalue": fit.tvalues,
            "pvalue": fit.pvalues,
        }
        for column in fit.params.index:
            for name, series in columns.items():
                yield self._row(f"coef.{name}", series[column], **place, comparison=column)
