"""The unconstrained longitudinal model: baseline is a response like every later visit.

Its contrast at a visit, the difference of the arms' changes from baseline, asks what the treatment did if
without it both arms would have changed alike. An analysis of covariance asks what it did among patients with
the same baseline. With complete data they differ by (slope - 1) x the arms' difference at baseline.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
import pandas as pd

from mmrm import Ladder, MmrmError, fit_ladder
from mmrm.lsmeans import Rows
from trial.analysis.data import AnalysisData, require_positive
from trial.analysis.effects import Effect, effect_rows
from trial.analysis.frame import ModelFrame
from trial.analysis.methods.change_scores import Config
from trial.analysis.model import not_fitted
from trial.analysis.model_words import ladder_warnings, limit_warnings, nothing_to_fit
from trial.analysis.outcome import Outcome, record_set

FORMULA = "Y ~ ARMCD + AVISIT + ARMCD:AVISIT"


def run_longitudinal(data: AnalysisData, config: Config) -> Outcome:
    """Fit one endpoint; a fit that does not exist leaves effects that say why."""
    rows = _responses(data)
    visits = [str(visit) for visit in rows["AVISIT"].cat.categories]
    base = data.spec.baseline.code
    frame = ModelFrame(rows[rows["AVISIT"] != base], ())
    text = nothing_to_fit(frame, data) or ("" if base in visits else "Not fitted: no record of baseline.")
    if text:
        return not_fitted(frame, data, config, text)
    behind = record_set(data.spec, "fit", rows)
    ladder, reason = _fit(rows, data, config)
    warnings = limit_warnings(rows, data.spec)
    if ladder is not None and ladder.fit is not None:
        warnings = [*ladder.fit.warnings, *ladder_warnings(ladder), *warnings]
    pairs = _pairs(data)
    effects = list(_effects(rows, ladder, pairs, reason, data, config))
    n = float(rows["USUBJID"].nunique())
    whole: dict[str, Any] = {"method": config.method, "records": behind.id, "n": n, "unit": "1"}
    noted = whole | {"warning": " ".join(warnings)}
    written: list[Any] = [
        noted | {"statistic": "n_subjects", "value": n},
        noted | {"statistic": "n_obs", "value": float(len(rows))},
        whole | {"statistic": "level", "value": config.level},
        *_baseline_rows(rows, ladder, pairs, data, whole),
    ]
    method = (
        f"{config.method}-{ladder.rung}-{ladder.fit.df_method}" if ladder and ladder.fit else config.method
    )
    written += effect_rows(data.spec, effects, method=method, level=config.level, records=behind.id)
    record = {
        "fit": ladder.fit.record() if ladder and ladder.fit else None,
        "ladder": ladder.record if ladder else [],
        "warnings": warnings,
        "footnote": _footnote(rows, ladder, reason, data),
    }
    return Outcome.of(data.spec, written, record, [behind])


def _responses(data: AnalysisData) -> pd.DataFrame:
    """Return the analysed records of every visit with the response: the value, or its ln."""
    spec = data.spec
    rows = data.analysed
    assert spec.endpoint is not None
    log = spec.endpoint.scale == "log"
    if log:
        require_positive(spec, rows, ["AVAL"], "response")
    arms = [spec.reference_arm, *(arm.code for arm in spec.arms if arm.code != spec.reference_arm)]
    visits = [visit.code for visit in spec.visits if (rows["AVISIT"] == visit.code).any()]
    rows = rows.assign(
        Y=np.log(rows["AVAL"]) if log else rows["AVAL"],
        ARMCD=pd.Categorical(rows["ARMCD"], arms),
        AVISIT=pd.Categorical(rows["AVISIT"], visits),
    )
    return rows.sort_values(["USUBJID", "AVISITN"])


def _pairs(data: AnalysisData) -> list[tuple[str, str]]:
    """Return each arm with the reference arm."""
    reference = data.spec.reference_arm
    return [(arm.code, reference) for arm in data.spec.arms if arm.code != reference]


def _fit(rows: pd.DataFrame, data: AnalysisData, config: Config) -> tuple[Ladder | None, str]:
    """Return the ladder, or why there is no fit."""
    try:
        ladder = fit_ladder(
            FORMULA,
            rows,
            subject="USUBJID",
            visit="AVISIT",
            visits=[visit.code for visit in data.spec.visits],
            rungs=config.covariance_ladder,
        )
    except MmrmError as error:
        return None, str(error)
    if ladder.fit is None:
        tried = "; ".join(f"{rung['structure']}: {rung['reason']}" for rung in ladder.record)
        return ladder, f"no covariance is accepted ({tried})"
    return ladder, ""


@dataclass(frozen=True)
class _Means:
    """Contrast rows of the mean of each arm at each visit."""

    rows: Rows

    def at(self, arm: str, visit: str) -> Any:
        labels = self.rows.labels.astype(str)
        return self.rows.matrix[((labels["ARMCD"] == arm) & (labels["AVISIT"] == visit)).to_numpy()][0]


def _effects(
    rows: pd.DataFrame,
    ladder: Ladder | None,
    pairs: list[tuple[str, str]],
    reason: str,
    data: AnalysisData,
    config: Config,
) -> Iterator[Effect]:
    """Yield the difference of the changes from baseline of every later visit."""
    base = data.spec.baseline.code
    for visit in [str(visit) for visit in rows["AVISIT"].cat.categories if visit != base]:
        for pair in pairs:
            here = rows[(rows["AVISIT"] == visit) & rows["ARMCD"].isin(pair)]
            n, name = float(here["USUBJID"].nunique()), "-".join(pair)
            if ladder is None or ladder.fit is None:
                yield Effect(visit, name, nan, nan, nan, n, error=reason)
                continue
            means = _Means(ladder.fit.lsmeans_rows("ARMCD", "AVISIT"))
            change = {arm: means.at(arm, visit) - means.at(arm, base) for arm in pair}
            matrix = (change[pair[0]] - change[pair[1]])[None]
            found = ladder.fit.table(Rows(pd.DataFrame(index=[0]), matrix), config.level).iloc[0]
            error = "" if np.isfinite(found["se"]) else ladder.fit.explain_missing(visit)
            yield Effect(visit, name, found["estimate"], found["se"], found["df"], n, error=error)


def _baseline_rows(
    rows: pd.DataFrame,
    ladder: Ladder | None,
    pairs: list[tuple[str, str]],
    data: AnalysisData,
    whole: dict[str, Any],
) -> Iterator[dict[str, object]]:
    """Yield the arms' difference at baseline, without which the estimate and an ANCOVA cannot be compared."""
    base = data.spec.baseline.code
    assert data.spec.endpoint is not None
    unit = "ln" if data.spec.endpoint.scale == "log" else data.spec.endpoint.unit
    for pair in pairs:
        here = rows[(rows["AVISIT"] == base) & rows["ARMCD"].isin(pair)]
        place = whole | {"comparison": "-".join(pair), "unit": unit, "n": float(here["USUBJID"].nunique())}
        value, error = nan, "the model has no fit"
        if ladder is not None and ladder.fit is not None:
            means, error = _Means(ladder.fit.lsmeans_rows("ARMCD", "AVISIT")), ""
            row = means.at(pair[0], base) - means.at(pair[1], base)
            value = float(ladder.fit.table(Rows(pd.DataFrame(index=[0]), row[None]))["estimate"].iloc[0])
        yield place | {"statistic": "baseline.diff", "value": value, "error": error}


def _footnote(rows: pd.DataFrame, ladder: Ladder | None, reason: str, data: AnalysisData) -> str:
    if ladder is None or ladder.fit is None:
        return f"Not fitted: {reason}."
    assert data.spec.endpoint is not None
    of = "ln value" if data.spec.endpoint.scale == "log" else "value"
    errors = "Kenward-Roger" if ladder.fit.df_method == "kenward-roger" else ladder.fit.cov_type
    return (
        f"Difference in differences: {of} at every visit, baseline too, on arm, visit and arm × visit; "
        f"{ladder.rung} covariance, REML, {errors} standard errors and degrees of freedom; contrast: change "
        f"from baseline between arms; {len(rows)} observations of {rows['USUBJID'].nunique()} subjects."
    )
