"""Result rows of diagnostics: spread of residuals by visit and arm, quantile plot, leverage, influence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from trial.analysis.data import AnalysisData
from trial.analysis.diagnostics.band import equal_level_band
from trial.analysis.methods.diagnostics import Config
from trial.analysis.model_evidence import read_residuals
from trial.analysis.outcome import Outcome, RecordSet, record_set, subject_set
from trial.study.ard import result_id

Row = dict[str, object]
METHOD = "diagnostics"
NO_DF = "the model follows these values exactly: no degree of freedom is left"


def diagnose(data: AnalysisData, config: Config) -> Outcome:
    """Return what the residuals of the fitted model say; without a fit its reason, and no number.

    By visit and arm `residual.sd` with limits beside the model's `residual.sd.model` (``eq:residual-sd``); of
    all residuals `qq.outside`, those outside the band, and `whitened.largest`; `leverage.mean`, `.largest`;
    by visit and comparison `influence.<k>`, the k-th largest change without one subject, in standard errors.
    The points themselves are in the record.
    """
    source = data.recorded[config.of]
    table = read_residuals(source)
    said = [*source.get("warnings", ()), source.get("detectability", "")]
    said += data.recorded[config.influence].get("warnings", ()) if config.influence else ()
    warnings = list(dict.fromkeys(filter(None, said)))
    if table.empty:
        return _nothing(data, " ".join(warnings))
    sheet = _Sheet(data, config, table, record_set(data.spec, "fit", table))
    points = sheet.points()
    influence = sheet.influence()
    rows = [
        *sheet.head(" ".join(warnings)),
        *sheet.spreads(),
        *sheet.shape(points),
        *sheet.weights(),
        *sheet.changes(influence),
    ]
    record: dict[str, Any] = {
        "points": {str(name): values.tolist() for name, values in points.items()},
        "leverage": sheet.leverage.to_dict(),
        "influence": influence,
        "named": sheet.named,
        "arms": table.groupby("USUBJID")["ARMCD"].first().to_dict(),
        "rung": source.get("rung"),
        "computed_from": sheet.computed_from,
        "warnings": warnings,
        "footnote": source["footnote"],
    }
    return Outcome.of(data.spec, rows, record, sheet.sets())


def _nothing(data: AnalysisData, text: str) -> Outcome:
    rows = [
        {"method": METHOD, "statistic": name, "value": 0.0, "unit": "1", "n": 0.0, "warning": text}
        for name in ("n_subjects", "n_obs")
    ]
    record: dict[str, Any] = {
        "points": {},
        "leverage": {},
        "influence": {},
        "named": {},
        "arms": {},
        "rung": None,
    }
    return Outcome.of(data.spec, rows, record | {"warnings": [text], "footnote": text}, [])


@dataclass(frozen=True, eq=False)
class _Sheet:
    """The residuals of one fit, and the rows that describe them."""

    data: AnalysisData
    config: Config
    table: pd.DataFrame
    behind: RecordSet

    @property
    def computed_from(self) -> list[str]:
        """The results that rows are computed from: the model's variances, and the errors to measure by."""
        found = self.data.results
        used = found["statistic"].str.match(r"cov\.(.+)\.\1$") & (found["analysis"] == self.config.of)
        used |= (found["statistic"] == "diff.se") & (found["analysis"] == self.config.influence)
        return [str(each) for each in found.loc[used, "result_id"]]

    def _row(
        self, statistic: str, value: float, unit: str = "1", absent: str = "not defined", **place: Any
    ) -> Row:
        """Return a row; `absent`: why there is no number, where it is none."""
        base: Row = {"method": METHOD, "records": self.behind.id, "n": float(len(self.leverage))}
        error = "" if np.isfinite(value) else absent
        return base | {"statistic": statistic, "value": value, "unit": unit, "error": error} | place

    @property
    def _unit(self) -> str:
        endpoint = self.data.spec.endpoint
        return "ln" if endpoint is None or endpoint.scale == "log" else endpoint.unit

    @property
    def leverage(self) -> pd.Series:
        """The leverage of each subject: the sum over its records."""
        return self.table.groupby("USUBJID")["leverage"].sum()

    def head(self, warning: str) -> Iterator[Row]:
        yield self._row("n_subjects", float(len(self.leverage)), warning=warning)
        yield self._row("n_obs", float(len(self.table)), warning=warning)
        yield self._row("level", self.config.level)

    # ---- spread by visit and arm --------------------------------------------------------------------

    def _cells(self) -> Iterator[tuple[str, str, pd.DataFrame]]:
        for visit in self.data.spec.visits:
            for arm in self.data.spec.arms:
                here = (self.table["AVISIT"] == visit.code) & (self.table["ARMCD"] == arm.code)
                if here.any():
                    yield visit.code, arm.code, self.table[here]

    def spreads(self) -> Iterator[Row]:
        """Yield the standard deviation of residuals beside the model's, by visit and arm."""
        outer = 1.0 - self.config.level
        for visit, arm, rows in self._cells():
            variance = self._model_variance(visit, arm)
            df = float((rows["residual_sd"] ** 2).sum() / variance)
            place: dict[str, Any] = {"visit": visit, "group": arm, "n": float(len(rows))}
            place["records"] = self._cell_id(visit, arm)
            sd, ends = np.nan, (np.nan, np.nan)
            if df > 1e-6:
                sd = float(np.sqrt((rows["raw"] ** 2).sum() / df))
                ends = tuple(sd * np.sqrt(df / chi2.isf([outer / 2, 1 - outer / 2], df)))
            yield self._row("residual.sd", sd, self._unit, NO_DF, **place)
            yield self._row("residual.sd.lower", float(ends[0]), self._unit, NO_DF, **place)
            yield self._row("residual.sd.upper", float(ends[1]), self._unit, NO_DF, **place)
            yield self._row("residual.sd.df", df, **place)
            yield self._row("residual.sd.model", float(np.sqrt(variance)), self._unit, **place)

    def _model_variance(self, visit: str, arm: str) -> float:
        """Return the variance that the model has at a visit: its covariance's, or the visit's own."""
        found = self.data.results.set_index("result_id")["value"]
        place = self.data.spec.place
        for group in (arm, ""):
            key = result_id(place, self.config.of, "", group, f"cov.{visit}.{visit}")
            if key in found.index:
                return float(found[key])
        at = self.table[self.table["AVISIT"] == visit]
        least = int(np.argmin(at["leverage"].to_numpy()))  # least squares at one visit: sd² = σ² (1 − h)
        return float(at["residual_sd"].iloc[least] ** 2 / (1.0 - at["leverage"].iloc[least]))

    # ---- shape ----------------------------------------------------------------------------------------

    def points(self) -> pd.DataFrame:
        """Return every residual with its place in the quantile plot, from the smallest up."""
        ordered = self.table.sort_values(["whitened", "USUBJID", "AVISIT"], kind="stable")
        band = equal_level_band(len(ordered), self.config.level)
        kept = ordered[["USUBJID", "AVISIT", "ARMCD", "fitted", "whitened"]].reset_index(drop=True)
        return kept.assign(middle=band.middle, lower=band.lower, upper=band.upper)

    def shape(self, points: pd.DataFrame) -> Iterator[Row]:
        """Yield how many residuals leave the band, and the one that lies farthest out."""
        outside = (points["whitened"] < points["lower"]) | (points["whitened"] > points["upper"])
        yield self._row("qq.outside", float(outside.sum()))
        yield self._row("qq.local", equal_level_band(len(points), self.config.level).local)
        white = points["whitened"].to_numpy(float)
        yield self._row("whitened.largest", float(white[np.argmax(np.abs(white))]))

    # ---- subjects -------------------------------------------------------------------------------------

    def weights(self) -> Iterator[Row]:
        """Yield mean and largest leverage of a subject."""
        yield self._row("leverage.mean", float(self.leverage.mean()))
        yield self._row("leverage.largest", float(self.leverage.max()))

    def influence(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return the change without each subject in standard errors, by visit and comparison."""
        if not self.config.influence:
            return {}
        found = self.data.results.set_index("result_id")["value"]
        changes = self.data.recorded[self.config.influence]["changes"]
        scaled: dict[str, dict[str, dict[str, float]]] = {}
        for visit, by_pair in changes.items():
            for pair, by_subject in by_pair.items():
                key = result_id(self.data.spec.place, self.config.influence, visit, pair, "diff.se")
                se = float(found.get(key, np.nan))
                known = {who: change / se for who, change in by_subject.items() if change is not None}
                finite = {who: value for who, value in known.items() if np.isfinite(value)}
                scaled.setdefault(visit, {})[pair] = finite
        return scaled

    @property
    def named(self) -> dict[str, dict[str, list[str]]]:
        """The subjects of the largest changes by visit and comparison, as that analysis names them."""
        found = self.data.recorded[self.config.influence]["named"] if self.config.influence else {}
        return dict(found)

    def changes(self, influence: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Iterator[Row]:
        """Yield the largest changes of each comparison at each visit."""
        for visit, by_pair in self.named.items():
            for pair, subjects in by_pair.items():
                for rank, who in enumerate(subjects, start=1):
                    value = influence[visit][pair].get(who, np.nan)
                    place = {"visit": visit, "comparison": pair, "records": self._without(who).id}
                    yield self._row(f"influence.{rank}", value, absent="no standard error", **place)

    def _without(self, subject: str) -> RecordSet:
        return subject_set(self.data.spec, f"without.{subject}", [subject])

    def _cell_id(self, visit: str, arm: str) -> str:
        return f"{self.data.spec.id}.{self.data.spec.place}.{visit}.{arm}"

    def sets(self) -> list[RecordSet]:
        """Return the records behind the rows."""
        cells = [record_set(self.data.spec, f"{visit}.{arm}", rows) for visit, arm, rows in self._cells()]
        named = {who for by_pair in self.named.values() for subjects in by_pair.values() for who in subjects}
        return [self.behind, *cells, *(self._without(who) for who in sorted(named))]
