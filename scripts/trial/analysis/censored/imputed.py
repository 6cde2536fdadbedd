"""The imputation of one endpoint beyond its limits: its result rows."""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np

from trial.analysis.censored.imputation import ancova, impute
from trial.analysis.censored.model import prepare
from trial.analysis.censored.rows import Prepared, arm_weights, subjects_at
from trial.analysis.censored.words import left_out_words
from trial.analysis.data import AnalysisData
from trial.analysis.effects import Effect, effect_rows
from trial.analysis.frame import build_frame
from trial.analysis.joint import JointModel
from trial.analysis.missing.pooling import monte_carlo_errors, pool
from trial.analysis.model import not_fitted
from trial.analysis.model_words import nothing_to_fit
from trial.analysis.outcome import Outcome, record_set

METHOD = "truncated-normal-mi"
Row = Mapping[str, object]


@dataclass(frozen=True)
class Draws:
    """How many completed data sets, after how many sweeps each, from which seed."""

    imputations: int
    sweeps: int
    seed: int


def run_imputed(data: AnalysisData, config: JointModel, draws: Draws) -> Outcome:
    """Return the pooled comparisons of arms at every visit, and their Monte-Carlo errors."""
    frame = build_frame(data, config)
    if text := nothing_to_fit(frame, data):
        return not_fitted(frame, data, config, text)
    prepared = prepare(data, config, False)
    behind = record_set(data.spec, "imputed", prepared.joint.records)
    n = float(prepared.joint.records["USUBJID"].nunique())
    base: Row = {"method": METHOD, "records": behind.id, "unit": "1", "n": n}
    rows: list[Row] = [
        {**base, "statistic": "n_subjects", "value": n, "warning": " ".join(left_out_words(prepared.joint))},
        {**base, "statistic": "level", "value": config.level},
        {**base, "statistic": "imputations", "value": float(draws.imputations)},
    ]
    completed = _completed(prepared, data, draws)
    arms = (arm.code for arm in data.spec.arms)
    for name, weights in config.comparisons.weights(arms, data.spec.reference_arm).items():
        rows += _comparison(prepared, completed, data, config, (name, weights), behind.id)
    record: dict[str, Any] = {
        "imputations": draws.imputations,
        "refused": prepared.refused,
        "warnings": left_out_words(prepared.joint),
        "footnote": (
            f"{draws.imputations} imputations of values beyond a limit and of missing ones, by Gibbs draws "
            f"of the joint normal of all visits ({draws.sweeps} sweeps, seed {draws.seed}); ANCOVA of each "
            "visit on arm and baseline, Rubin's rules with Barnard-Rubin degrees of freedom."
        ),
    }
    return Outcome.of(data.spec, rows, record, [behind])


def _completed(prepared: Prepared, data: AnalysisData, draws: Draws) -> np.ndarray | None:
    if prepared.fit is None:
        return None
    rng = np.random.default_rng((draws.seed, zlib.crc32(data.spec.place.encode())))
    return impute(prepared.fit, draws.imputations, draws.sweeps, rng)


def _comparison(
    prepared: Prepared,
    completed: np.ndarray | None,
    data: AnalysisData,
    config: JointModel,
    named: tuple[str, Mapping[str, float]],
    records: str,
) -> Iterator[Row]:
    """Yield the rows of one comparison at every visit."""
    (name, weights), joint = named, prepared.joint
    arms = {arm for arm, weight in weights.items() if weight}
    effects = {
        visit: Effect(visit, name, nan, nan, nan, subjects_at(joint, visit, arms), error=why)
        for visit, why in prepared.refused.items()
        if visit in joint.visits and visit != data.spec.baseline.code
    }
    errors = dict[str, float]()
    if completed is not None and prepared.fit is not None:
        estimates, variances, df = ancova(completed, prepared.fit.data, arm_weights(joint, weights))
        for place, visit in enumerate(prepared.visits[1:]):
            sets = (estimates[:, place], variances[:, place], float(df))
            found = pool(*sets)
            n = subjects_at(joint, visit, arms)
            effects[visit] = Effect(visit, name, float(found.estimate), float(found.se), float(found.df), n)
            errors[visit] = float(monte_carlo_errors(*sets).estimate)
    shown = [effects[visit] for visit in joint.visits if visit in effects]
    yield from effect_rows(data.spec, shown, method=METHOD, level=config.level, records=records)
    endpoint = data.spec.endpoint
    unit = "ln ratio" if endpoint is None or endpoint.scale == "log" else endpoint.unit
    for visit, error in errors.items():
        place_of = {"visit": visit, "comparison": name, "n": effects[visit].n, "records": records}
        yield {**place_of, "method": METHOD, "statistic": "diff.mcse", "value": error, "unit": unit}
