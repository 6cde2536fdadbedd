"""The MMRM of one endpoint: analysis data in, the fit with its evidence and result rows out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from mmrm import MMRM, MmrmError, MmrmFit

from trial.study.ard import result_rows
from trial.study.errors import ModelError
from trial.study.slices import ModelSpec

Row = Mapping[str, object]


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
    fit = _fit(coded, spec)
    warnings = [*fit.warnings, *below_limit_warnings(data, spec)]
    model = _Rows(fit, "us", coded, spec, " ".join(warnings))
    record = {"fit": fit.record(), "rung": spec.mmrm.covariance_ladder[0], "warnings": warnings}
    return FittedEndpoint(result_rows(model.all()), record)


def formula_of(data: pd.DataFrame) -> str:
    """Return the model formula; with a single visit the visit terms have nothing to compare."""
    if data["AVISIT"].nunique() == 1:
        return "Y ~ X_BASE + ARMCD"
    return "Y ~ X_BASE + ARMCD + AVISIT + ARMCD:AVISIT + X_BASE:AVISIT"


def below_limit_warnings(data: pd.DataFrame, spec: ModelSpec) -> list[str]:
    """Return what a reader must know about values below the quantification limit, by arm and visit."""
    if not spec.endpoint.reports_below_limit:
        return []
    share = 100 * data.assign(BELOW=data["BLQFL"] == "Y").groupby(["ARMCD", "AVISIT"])["BELOW"].mean()
    highest, (arm, visit) = float(share.max()), share.idxmax()
    if highest <= spec.below_limit.warn_above_pct:
        return []
    text = f"Up to {highest:.0f}% of values lie below the quantification limit ({arm}, {visit}); "
    text += (
        f"{spec.below_limit.substitute} was substituted, which biases estimates and understates their spread."
    )
    if highest > spec.below_limit.describe_only_above_pct:
        text += f" Above {spec.below_limit.describe_only_above_pct:.0f}% the model is descriptive only."
    return [text]


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
    return data.assign(
        ARMCD=pd.Categorical(data["ARMCD"], categories=arms),
        AVISIT=pd.Categorical(data["AVISIT"], categories=visits),
    )


def _fit(data: pd.DataFrame, spec: ModelSpec) -> MmrmFit:
    try:
        model = MMRM.from_formula(
            formula_of(data), data, subject="USUBJID", visit="AVISIT", covariance="us", reml=spec.mmrm.reml
        )
        return model.fit(df_method=spec.mmrm.df_method)
    except MmrmError as error:
        raise ModelError(
            f"endpoint {spec.paramcd}", str(error), hint="see results/endpoints, analysis.csv"
        ) from error


@dataclass(frozen=True)
class _Rows:
    """Result rows of one fitted model."""

    fit: MmrmFit
    rung: str
    data: pd.DataFrame
    spec: ModelSpec
    warning: str

    def all(self) -> Iterator[Row]:
        """Yield every result row."""
        yield from self._model()
        yield from self._lsmeans()
        yield from self._differences()
        yield from self._effects()

    def _row(self, statistic: str, value: float, unit: str = "1", **place: object) -> Row:
        base = {"analysis": "mmrm", "method": self._method, "endpoint": self.spec.paramcd}
        return (
            base
            | {"statistic": statistic, "value": float(value), "unit": unit, "warning": self.warning}
            | place
        )

    @property
    def _method(self) -> str:
        return f"mmrm-{self.rung}-{self.spec.mmrm.df_method}"

    @property
    def _log(self) -> bool:
        return self.spec.endpoint.scale == "log"

    @property
    def _unit(self) -> str:
        return "ln ratio" if self._log else self.spec.endpoint.unit

    def _model(self) -> Iterator[Row]:
        yield self._row("n_subjects", self.data["USUBJID"].nunique())
        yield self._row("n_obs", len(self.data))
        yield self._row("deviance", self.fit.deviance)
        yield self._row("baseline_mean", self.data["X_BASE"].mean(), "ln" if self._log else self._unit)
        yield self._row("level", self.spec.mmrm.level)

    def _lsmeans(self) -> Iterator[Row]:
        weights, level = self.spec.mmrm.lsmean_weights, self.spec.mmrm.level
        means = self.fit.lsmeans("ARMCD", by="AVISIT", weights=weights, level=level)
        counts = self.data.groupby(["ARMCD", "AVISIT"], observed=False)["USUBJID"].nunique()
        for mean in means.to_dict("records"):
            place = {"visit": mean["AVISIT"], "group": mean["ARMCD"]}
            place["n"] = float(counts[mean["ARMCD"], mean["AVISIT"]])
            yield self._row("n", place["n"], **place)
            yield from self._estimate("lsmean", mean, place)
            if self._log:
                yield from self._ratio("ratio", mean, place)

    def _differences(self) -> Iterator[Row]:
        weights, level = self.spec.mmrm.lsmean_weights, self.spec.mmrm.level
        reference = self.spec.reference_arm
        table = self.fit.contrasts("ARMCD", by="AVISIT", reference=reference, weights=weights, level=level)
        visits = list(self.data["AVISIT"].cat.categories)
        spread = np.sqrt(np.diagonal(np.asarray(self.fit.sigma)))
        for diff in table.to_dict("records"):
            arm = str(diff["comparison"]).split(" - ")[0]
            place = {"visit": diff["AVISIT"], "comparison": f"{arm}-{reference}"}
            yield from self._estimate("diff", diff, place)
            yield self._row("diff.statistic", diff["statistic"], **place)
            yield self._row("diff.pvalue", diff["pvalue"], **place)
            if self._log:
                yield from self._ratio("gmr", diff, place)
                yield self._row("gmr.pct", 100 * np.expm1(diff["estimate"]), "%", **place)
            sd = spread[visits.index(diff["AVISIT"])]
            for name, key in (
                ("stddiff", "estimate"),
                ("stddiff.lower", "lower"),
                ("stddiff.upper", "upper"),
            ):
                yield self._row(name, diff[key] / sd, "SD", **place)

    def _estimate(self, name: str, found: Mapping[str, Any], place: Mapping[str, object]) -> Iterator[Row]:
        yield self._row(name, found["estimate"], self._unit, **place)
        yield self._row(f"{name}.se", found["se"], self._unit, **place)
        yield self._row(f"{name}.df", found["df"], **place)
        yield self._row(f"{name}.lower", found["lower"], self._unit, **place)
        yield self._row(f"{name}.upper", found["upper"], self._unit, **place)

    def _ratio(self, name: str, found: Mapping[str, Any], place: Mapping[str, object]) -> Iterator[Row]:
        for statistic, key in ((name, "estimate"), (f"{name}.lower", "lower"), (f"{name}.upper", "upper")):
            yield self._row(statistic, np.exp(found[key]), **place)

    def _effects(self) -> Iterator[Row]:
        """Type 3 tests by term and fixed effects by column, for the appendix."""
        place = {"analysis": "mmrm-effects"}
        for test in self.fit.type3().to_dict("records"):
            for name in ("statistic", "df_num", "df_den", "pvalue"):
                yield self._row(f"type3.{name}", test[name], **place, comparison=test["term"])
        columns = {
            "estimate": self.fit.params,
            "se": self.fit.bse,
            "df": self.fit.df,
            "tvalue": self.fit.tvalues,
            "pvalue": self.fit.pvalues,
        }
        for column in self.fit.params.index:
            for name, series in columns.items():
                yield self._row(f"coef.{name}", series[column], **place, comparison=column)
