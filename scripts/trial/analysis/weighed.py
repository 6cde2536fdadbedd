"""What the weighted analyses share: the rows of weighed subjects, sizes, and the companion of a bootstrap."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from trial.analysis.data import AnalysisData
from trial.analysis.effects import Effect
from trial.analysis.frame import ModelFrame
from trial.analysis.weighing import TOO_FEW, Bootstrapped, Weighing

Row = dict[str, object]


def weighed_frame(frame: ModelFrame, weighing: Weighing) -> ModelFrame:
    """Return the rows of the subjects who have a weight; others are named among those left out."""
    has = frame.rows["USUBJID"].isin(weighing.subjects)
    here = frame.rows["ARMCD"].isin(weighing.arms)
    lost = tuple(sorted(set(frame.rows.loc[here & ~has, "USUBJID"])))
    rows = frame.rows[has & here]
    control = weighing.arms[1]
    rows = rows.assign(
        ARMCD=pd.Categorical(rows["ARMCD"].astype(str), [control, weighing.arms[0]]),
        AVISIT=rows["AVISIT"].cat.remove_unused_categories(),
    )
    return ModelFrame(rows, (*frame.left_out, *([("a weight", lost)] if lost else [])))


def size_rows(
    frame: ModelFrame, n: float, level: float, behind: str, warning: str, method: str
) -> Iterator[Row]:
    """Yield what every model says of its size: subjects (`n`), observations, confidence level."""
    values = {"n_subjects": n, "n_obs": float(len(frame.rows)), "level": level}
    for name, value in values.items():
        shown = "" if name == "level" else warning
        place: Row = {"method": method, "records": behind, "n": n, "unit": "1", "warning": shown}
        yield place | {"statistic": name, "value": value}


def count_at(frame: ModelFrame, visit: str) -> float:
    """Return the subjects with a value at a visit."""
    return float(frame.rows.loc[frame.rows["AVISIT"] == visit, "USUBJID"].nunique())


def bootstrap_rows(
    data: AnalysisData, boot: Bootstrapped, effects: Sequence[Effect], level: float, behind: str, method: str
) -> Iterator[Row]:
    """Yield the companion of every effect: bootstrap SE, percentile limits, resamples used and lost."""
    endpoint = data.spec.endpoint
    assert endpoint is not None
    unit = "ln ratio" if endpoint.scale == "log" else endpoint.unit
    limits = boot.interval(level)
    for at, effect in enumerate(effects):
        place: Row = {
            "method": method,
            "records": behind,
            "visit": effect.visit,
            "comparison": effect.comparison,
            "unit": unit,
            "n": effect.n,
        }
        values = {"boot.se": boot.se[at], "boot.lower": limits[0, at], "boot.upper": limits[1, at]}
        for name, value in values.items():
            why = {"warning": effect.warning} if np.isfinite(value) else {"error": TOO_FEW}
            yield place | {"statistic": name, "value": float(value), **why}
    whole: Row = {"method": method, "records": behind, "unit": "1", "n": effects[0].n if effects else 0.0}
    for name, count in {"asked": boot.asked, "dropped": boot.dropped, "penalised": boot.penalised}.items():
        yield whole | {"statistic": f"boot.{name}", "value": float(count)}
