"""Result rows of influence: by visit and comparison the subjects that move the effect most."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, nan

import numpy as np
import pandas as pd

from mmrm.estimates import Estimates
from mmrm.lsmeans import Rows
from trial.analysis.data import AnalysisData
from trial.analysis.frame import ModelFrame, build_frame
from trial.analysis.influence.refit import Without, refit_without
from trial.analysis.methods.influence import Config
from trial.analysis.model import ModelPlan, fit_formula, formula_of
from trial.analysis.model_rows import ModelRows
from trial.analysis.model_words import left_out_warnings, limit_warnings, nothing_to_fit
from trial.analysis.outcome import Outcome, RecordSet, record_set, subject_set
from trial.study.errors import ModelError

Row = dict[str, object]
FAILED = "the model has no fit without this subject"


def leave_out_each(data: AnalysisData, config: Config) -> Outcome:
    """Return the effect, and for the subject of k-th largest change `without.<k>.diff`, `.change`, `.pvalue`.

    Which subject that is stands in the record and in the record set of the row. `without.pvalue.min` and
    `.max` are over all subjects. Rung, df method and standard errors are those of the whole fit.
    """
    frame = build_frame(data, config)
    if text := nothing_to_fit(frame, data):
        return _not_fitted(data, text)
    plan = ModelPlan(
        config, config.df_method, config.reml, config.sigma_by_arm, config.coefficient_covariance
    )
    try:
        fit, rung, warnings = fit_formula(formula_of(frame, config), frame.rows, data, plan)
    except ModelError as error:
        return _not_fitted(data, error.problem)
    behind = record_set(data.spec, "fit", frame.rows)
    writer = ModelRows(fit, rung, frame, data.spec, config, behind.id, "")
    found = refit_without(writer, data, plan)
    lost = [s for s, each in zip(found.subjects, found.estimate, strict=True) if np.isnan(each).all()]
    warnings = [*warnings, *limit_warnings(frame.rows, data.spec), *left_out_warnings(frame)]
    warnings += [f"without {', '.join(lost)} the model has no fit: not ranked"] if lost else []
    whole = _Whole(data, config, fit, writer.contrasts(), writer.hypothesis, behind)
    rows = [*whole.head(frame, " ".join(warnings)), *whole.write(found)]
    record = {
        "named": whole.named(found),
        "changes": whole.changes(found),
        "arms": dict(data.treatments),
        "warnings": warnings,
    }
    return Outcome.of(data.spec, rows, record, [behind, *whole.sets(found)])


def _not_fitted(data: AnalysisData, text: str) -> Outcome:
    """Return the outcome of an endpoint that no model is fitted to: the reason, no estimate."""
    rows = [
        {"method": "influence", "statistic": name, "value": 0.0, "unit": "1", "n": 0.0, "warning": text}
        for name in ("n_subjects", "n_obs")
    ]
    return Outcome.of(data.spec, rows, {"named": {}, "changes": {}, "arms": {}, "warnings": [text]}, [])


@dataclass(frozen=True)
class _Whole:
    """The fit of all subjects, and the rows that compare it with the fits without one."""

    data: AnalysisData
    config: Config
    fit: Estimates
    contrasts: Rows
    hypothesis: tuple[float, str]
    behind: RecordSet

    @property
    def _log(self) -> bool:
        return bool(self.data.spec.endpoint and self.data.spec.endpoint.scale == "log")

    def head(self, frame: ModelFrame, warning: str) -> Iterator[Row]:
        """Yield the rows of the whole model."""
        place: Row = {"method": "influence", "records": self.behind.id, "unit": "1"}
        n = float(frame.rows["USUBJID"].nunique())
        yield place | {"statistic": "n_subjects", "value": n, "n": n, "warning": warning}
        yield place | {"statistic": "level", "value": self.config.level, "n": n}

    def write(self, found: Without) -> Iterator[Row]:
        """Yield the rows of every contrast."""
        tests = self.fit.table(self.contrasts, self.config.level, *self.hypothesis).to_dict("records")
        for at, test in enumerate(tests):
            place: Row = {
                "method": "influence", "records": self.behind.id, "visit": test["AVISIT"],
                "comparison": test["comparison"], "n": float(len(found.subjects)),
            }  # fmt: skip
            reason = self.fit.explain_missing(test["AVISIT"])
            yield from self._effect("", test["estimate"], test["pvalue"], place, reason)
            yield place | self._value("diff.se", test["se"], self._unit, reason)
            pvalues = found.pvalue[:, at]
            some = np.isfinite(pvalues).any()
            for name, turn in (("min", np.nanmin), ("max", np.nanmax)):
                value = float(turn(pvalues)) if some else nan
                yield place | self._value(f"without.pvalue.{name}", value, "1", FAILED)
            for rank, subject in enumerate(self._largest(found, at), start=1):
                one = found.subjects.index(subject)
                here = place | {"records": self._set(subject).id, "n": float(len(found.subjects) - 1)}
                estimate, pvalue = float(found.estimate[one, at]), float(pvalues[one])
                yield from self._effect(f"without.{rank}.", estimate, pvalue, here, FAILED)
                change = estimate - test["estimate"]
                yield here | self._value(f"without.{rank}.change", change, self._unit, FAILED)

    def _effect(self, prefix: str, estimate: float, pvalue: float, place: Row, why: str) -> Iterator[Row]:
        yield place | self._value(f"{prefix}diff", estimate, self._unit, why)
        yield place | self._value(f"{prefix}diff.pvalue", pvalue, "1", why)
        if self._log:
            yield place | self._value(f"{prefix}gmr", exp(estimate), "1", why)

    def _value(self, name: str, value: float, unit: str, why: str) -> Row:
        error = (why or "not estimable") if np.isnan(value) else ""
        return {"statistic": name, "value": float(value), "unit": unit, "error": error}

    @property
    def _unit(self) -> str:
        endpoint = self.data.spec.endpoint
        return "ln ratio" if self._log or endpoint is None else endpoint.unit

    def _largest(self, found: Without, at: int) -> list[str]:
        """Return the subjects that move a contrast most; of equal changes the first id first."""
        change = self._change(found, at).abs().dropna()
        ordered = change.sort_index().sort_values(ascending=False, kind="stable")
        return list(ordered.index[: self.config.largest])

    def _change(self, found: Without, at: int) -> pd.Series:
        """Return the change of a contrast without each subject; NaN where there is no fit without it."""
        whole = float(self.fit.table(self.contrasts, self.config.level)["estimate"].iloc[at])
        return pd.Series(found.estimate[:, at] - whole, index=list(found.subjects))

    def changes(self, found: Without) -> dict[str, dict[str, dict[str, float]]]:
        """Return the change without each subject by visit and comparison."""
        each: dict[str, dict[str, dict[str, float]]] = {}
        for at, label in enumerate(self.contrasts.labels.to_dict("records")):
            change = self._change(found, at).tolist()
            named = dict(zip(found.subjects, change, strict=True))
            each.setdefault(label["AVISIT"], {})[label["comparison"]] = named
        return each

    def named(self, found: Without) -> dict[str, dict[str, list[str]]]:
        """Return the named subjects by visit and comparison, the largest change first."""
        names: dict[str, dict[str, list[str]]] = {}
        for at, label in enumerate(self.contrasts.labels.to_dict("records")):
            names.setdefault(label["AVISIT"], {})[label["comparison"]] = self._largest(found, at)
        return names

    def _set(self, subject: str) -> RecordSet:
        return subject_set(self.data.spec, f"without.{subject}", [subject])

    def sets(self, found: Without) -> list[RecordSet]:
        """Return the record set of each named subject."""
        named = {s for at in range(len(self.contrasts.matrix)) for s in self._largest(found, at)}
        return [self._set(subject) for subject in sorted(named)]
