"""Result rows of a treatment effect: what every method that compares arms leaves, whatever its model."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import exp, expm1, inf, isnan, nan

from trial.analysis.config import AnalysisSpec

Row = Mapping[str, object]
NORMAL = "normal approximation: no degrees of freedom"


@dataclass(frozen=True)
class Effect:
    """One comparison of arms at one visit.

    Attributes
    ----------
    visit, comparison : str
        Code of the visit, and `A-B` for the first arm minus the second.
    estimate, se : float
        On the scale of the model: the endpoint's unit, or ln. NaN where there is none; `error` says why.
    df : float
        Degrees of freedom of t; `inf` for the normal distribution.
    n : float
        Subjects behind it.
    limits : (float, float) or None
        Limits that do not follow from `se` and `df`, as of a bootstrap; None for t.
    pvalue : float or None
        A p-value that does not follow from them; None for t.
    warning, error : str
    """

    visit: str
    comparison: str
    estimate: float
    se: float
    df: float
    n: float
    limits: tuple[float, float] | None = None
    pvalue: float | None = None
    warning: str = ""
    error: str = ""


def effect_rows(
    spec: AnalysisSpec, effects: Iterable[Effect], *, method: str, level: float, records: str, unit: str = ""
) -> Iterator[Row]:
    """Yield the result rows of effects: difference, limits, p-value, and on the log scale the ratio (GMR).

    Parameters
    ----------
    method : str
        What was done, as the ARD's column `method` says it.
    level : float
        Confidence level of the limits.
    records : str
        Id of the record set behind them.
    unit : str
        Unit of the difference where it is not the endpoint's own (or the ln ratio), such as `%` of subjects.
    """
    endpoint = spec.endpoint
    assert endpoint is not None  # a treatment effect is of an endpoint
    log = endpoint.scale == "log" and not unit
    scale = unit or ("ln ratio" if log else endpoint.unit)
    for effect in effects:
        place: Row = {
            "method": method,
            "records": records,
            "visit": effect.visit,
            "comparison": effect.comparison,
        }
        place = {**place, "n": effect.n}
        lower, upper = _limits(effect, level)
        statistic = effect.estimate / effect.se if effect.se > 0 else nan
        values = {
            "diff": (effect.estimate, scale),
            "diff.se": (effect.se, scale),
            "diff.lower": (lower, scale),
            "diff.upper": (upper, scale),
            "diff.statistic": (statistic, "1"),
            "diff.pvalue": (_pvalue(effect, statistic), "1"),
        }
        if log:
            values |= {"gmr": (exp(effect.estimate), "1"), "gmr.lower": (exp(lower), "1")}
            values |= {"gmr.upper": (exp(upper), "1"), "gmr.pct": (100 * expm1(effect.estimate), "%")}
        yield {**place, **_df_cell(effect)}
        for name, (value, of) in values.items():
            missing = effect.error or "no standard error, so that nothing follows from it"
            why = {"error": missing} if isnan(value) else {"warning": effect.warning}
            yield {**place, "statistic": name, "value": value, "unit": of, **why}


def _df_cell(effect: Effect) -> dict[str, object]:
    if effect.df == inf:
        return {"statistic": "diff.df", "value": nan, "unit": "1", "error": NORMAL}
    why = (effect.error or "no degrees of freedom") if isnan(effect.df) else ""
    return {"statistic": "diff.df", "value": effect.df, "unit": "1", "error": why}


def _limits(effect: Effect, level: float) -> tuple[float, float]:
    if effect.limits is not None:
        return effect.limits
    from scipy.stats import norm, t

    tail = (1 - level) / 2
    quantile = norm.isf(tail) if effect.df == inf else t.isf(tail, effect.df)
    return effect.estimate - quantile * effect.se, effect.estimate + quantile * effect.se


def _pvalue(effect: Effect, statistic: float) -> float:
    if effect.pvalue is not None:
        return effect.pvalue
    from scipy.stats import norm, t

    return float(2 * (norm.sf(abs(statistic)) if effect.df == inf else t.sf(abs(statistic), effect.df)))
