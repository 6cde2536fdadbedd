"""What the diagnostics sheet plots and says: residuals, their quantiles and spread, influence of subjects."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from trial.display.context import Context
from trial.display.numbers import format_level, format_number, format_plain
from trial.display.results import NOT_ESTIMABLE, Statistic
from trial.display.spec import Arm, Endpoint
from trial.display.wording import NULL_REPORT, level_text

ROLE = "diagnostics"
RESIDUAL, QUANTILE, SPREAD, INFLUENCE, SUMMARY = "residual", "quantile", "spread", "influence", "summary"
FAR = 3.0  # a whitened residual beyond it is named
DECIMALS = 2
COLUMNS = (
    *("panel", "subject", "visit", "arm", "comparison", "x", "y", "lower", "upper", "named", "result_id"),
)
Row = dict[str, Any]


def sheet_rows(context: Context) -> Iterator[Row]:
    """Yield the plotted data of the four panels, then the numbers that the notes print.

    ``residual``: x fitted value, y whitened residual. ``quantile``: x normal quantile, y whitened residual,
    limits of the band. ``spread``: y standard deviation of residuals with its limits, x the model's.
    ``influence``: x leverage of a subject, y change of the comparison without it, in its standard errors.
    ``summary``: y, the statistic named in `named`.
    """
    (record,) = context.records[ROLE]
    points = record["points"]
    if not points:
        return
    empty = dict.fromkeys(COLUMNS, "") | dict.fromkeys(("x", "y", "lower", "upper"), math.nan)
    names = ("USUBJID", "AVISIT", "ARMCD", "fitted", "whitened", "middle", "lower", "upper")
    for subject, visit, arm, fitted, white, middle, lower, upper in zip(
        *(points[name] for name in names), strict=True
    ):
        place = empty | {"subject": subject, "visit": visit, "arm": arm, "y": white}
        named = subject if abs(white) > FAR or not lower <= white <= upper else ""
        yield place | {"panel": RESIDUAL, "x": fitted, "named": named}
        yield place | {"panel": QUANTILE, "x": middle, "lower": lower, "upper": upper, "named": named}
    yield from _spread_rows(context, empty)
    yield from _influence_rows(context, record, empty)
    for name in ("n_obs", "qq.outside", "whitened.largest", "leverage.mean", "leverage.largest"):
        found = _get(context, "", "", name)
        yield empty | {"panel": SUMMARY, "y": found.value, "named": name, "result_id": found.result_id}


def _spread_rows(context: Context, empty: Row) -> Iterator[Row]:
    for visit in context.spec.later_visits:
        for arm in context.spec.arms:
            found = [
                _get(context, visit.code, arm.code, f"residual.sd{part}")
                for part in ("", ".lower", ".upper", ".model")
            ]
            if not found[0].missing:
                y, lower, upper, x = (one.value for one in found)
                yield empty | {
                    "panel": SPREAD, "visit": visit.code, "arm": arm.code, "x": x, "y": y, "lower": lower,
                    "upper": upper, "result_id": " ".join(one.result_id for one in found),
                }  # fmt: skip


def _influence_rows(context: Context, record: Mapping[str, Any], empty: Row) -> Iterator[Row]:
    visit = context.endpoint.primary_visit
    for arm in context.spec.active_arms:
        pair = context.spec.comparison(arm)
        named = record["named"].get(visit, {}).get(pair, [])
        changes = record["influence"].get(visit, {}).get(pair, {})
        for subject, change in changes.items():
            row = empty | {
                "panel": INFLUENCE, "subject": subject, "visit": visit, "arm": record["arms"][subject],
                "comparison": pair, "x": record["leverage"][subject], "y": change,
            }  # fmt: skip
            if subject in named:
                found = _get(context, visit, pair, f"influence.{named.index(subject) + 1}")
                row |= {"named": subject, "y": found.value, "result_id": found.result_id}
            yield row


def _get(context: Context, visit: str, group: str, name: str) -> Statistic:
    return context.results[ROLE].get(context.endpoint.paramcd, visit, group, name)


WHITENED = (
    "Residual: whitened, L⁻¹(y − Xβ) with LL' the fitted covariance of the subject's visits; of a true model "
    "independent with mean 0 and SD 1."
)
BY_VISIT = "Residual: divided by the SD of its visit; the analyses of each visit share no covariance."
NAMED = "Subjects are named where a residual lies beyond ±{far} or outside the band."
BAND = (
    "Band: all {n} residuals of a true model lie in it with probability {level} (equal local levels); "
    "outside it: {outside}. It does not know that the model was estimated, which makes residuals a little "
    "smaller."
)
SPREADS = (
    "SD: of the unscaled residuals, corrected for the estimated coefficients, with {interval} by χ²; black "
    "bars: that of the model."
)
CHANGES = (
    "Influence: change of the comparison with {reference} at {visit} without the subject, in standard errors "
    "of the comparison of all; its square is Cook's distance of this comparison. Named: the largest changes. "
    "Leverage: of all records of a subject; those of all subjects add up to the number of coefficients. "
    "Dotted: their mean."
)
SEVERAL = " Marks have the style of the compared arm."


def sheet_notes(context: Context) -> list[str]:
    """Return what each panel shows."""
    spec = context.spec
    (record,) = context.records[ROLE]
    if not record["points"]:
        return []
    changes = CHANGES.format(reference=spec.reference.label, visit=spec.primary_visit(context.endpoint).label)
    band = BAND.format(
        n=_count(_get(context, "", "", "n_obs")),
        level=format_level(spec.level),
        outside=_count(_get(context, "", "", "qq.outside")),
    )
    return [
        f"{BY_VISIT if record['rung'] == 'ancova' else WHITENED} {NAMED.format(far=format_plain(FAR))}",
        band,
        SPREADS.format(interval=level_text(spec)),
        changes + (SEVERAL if len(spec.active_arms) > 1 else ""),
        *_without_fit(context, record),
    ]


def _without_fit(context: Context, record: Mapping[str, Any]) -> list[str]:
    """Return the subjects without whom a comparison cannot be estimated, which have no mark."""
    by_pair = record["influence"].get(context.endpoint.primary_visit, {})
    pairs = [by_pair.get(context.spec.comparison(arm), {}) for arm in context.spec.active_arms]
    lost = sorted({who for one in pairs if one for who in record["leverage"] if who not in one})
    return [f"Not drawn, as nothing can be estimated without the subject: {', '.join(lost)}."] if lost else []


def _count(found: Statistic) -> str:
    return format_number(found.value, 0) if found.present else NOT_ESTIMABLE


def sheet_text(context: Context) -> str:
    """Return what the sheet shows, in words and numbers."""
    spec, endpoint = context.spec, context.endpoint
    (record,) = context.records[ROLE]
    if not record["points"]:
        return NULL_REPORT
    n, outside = (_count(_get(context, "", "", name)) for name in ("n_obs", "qq.outside"))
    largest = _number(_get(context, "", "", "whitened.largest"))
    parts = [f"{outside} of {n} residuals outside the band of the quantile plot; the largest {largest}"]
    for visit in spec.later_visits:
        cells = [_spread_text(context, visit.code, arm) for arm in spec.arms]
        if known := [cell for cell in cells if cell]:
            parts.append(f"SD of residuals at {visit.label}: {'; '.join(known)}")
    parts += [text for arm in spec.active_arms if (text := _influence_text(context, record, endpoint, arm))]
    return f"{'. '.join(parts)}."


def _spread_text(context: Context, visit: str, arm: Arm) -> str:
    found, model = (_get(context, visit, arm.code, f"residual.sd{part}") for part in ("", ".model"))
    if found.missing:
        return ""
    return f"{arm.label} {_spread(context, found)}, of the model {_spread(context, model)}"


def _influence_text(context: Context, record: Mapping[str, Any], endpoint: Endpoint, arm: Arm) -> str:
    pair, visit = context.spec.comparison(arm), context.spec.primary_visit(endpoint)
    named = record["named"].get(visit.code, {}).get(pair, [])
    if not named:
        return ""
    change = _number(_get(context, visit.code, pair, "influence.1"))
    return (
        f"{arm.label} against {context.spec.reference.label} at {visit.label}: the largest change without "
        f"one subject is {change} standard errors ({named[0]})"
    )


def _number(found: Statistic) -> str:
    return format_number(found.value, DECIMALS) if found.present else NOT_ESTIMABLE


def _spread(context: Context, found: Statistic) -> str:
    places = 3 if context.endpoint.is_log else context.spec.decimals(context.endpoint).spread
    return format_number(found.value, places) if found.present else NOT_ESTIMABLE
