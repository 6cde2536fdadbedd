"""The results of a tipping point, as its table and its figure look them up."""

import math
import re

from trial.display.context import Context
from trial.display.numbers import format_interval, format_number, format_p_value, format_plain
from trial.display.results import Statistic
from trial.display.spec import Arm, Comparison, Endpoint, Visit
from trial.display.wording import level_text

TIPPED = "tipped"  # the name of the tipping point among shifts


def visit_of(context: Context) -> Visit:
    """Return the visit that the analysis examines: the only one of its results."""
    rows = context.results["tipping"].rows
    mine = rows[(rows["endpoint"] == context.endpoint.paramcd) & (rows["visit"] != "")]
    (code,) = mine["visit"].unique()
    return context.spec.visit(code)


def comparison_results(context: Context, comparison: str) -> dict[str, float]:
    """Return the present statistics of a comparison by name."""
    rows = context.results["tipping"].rows
    mine = rows[(rows["endpoint"] == context.endpoint.paramcd) & (rows["comparison"] == comparison)]
    pairs = zip(mine["statistic"], mine["value"], strict=True)
    return {name: float(value) for name, value in pairs if math.isfinite(float(value))}


def shift_names(found: dict[str, float]) -> list[str]:
    """Return the names of the shifts of the first arm alone, in order."""
    numbers = [int(match[1]) for name in found if (match := re.fullmatch(r"shift\.(\d+)\.sd", name))]
    return [f"shift.{number}" for number in sorted(numbers)]


def shift_label(size: float) -> str:
    """Return how the tipping point is called in the column of shifts."""
    return f"{format_number(size, 2)}, tipping point"


def alpha_of(context: Context) -> float:
    """Return the significance level that goes with the printed intervals."""
    return round(1 - context.spec.level, 12)


def conclusions(context: Context) -> tuple[str, ...]:
    """Return for every comparison where its conclusion flips, or why there is nothing to flip."""
    return tuple(_conclusion(context, one) for one in context.spec.model(context.endpoint).comparisons)


def _conclusion(context: Context, comparison: Comparison) -> str:
    found = comparison_results(context, comparison.code)
    unshifted = [name for name in shift_names(found) if found[f"{name}.sd"] == 0]
    head = _unshifted(context, comparison, unshifted[0]) if unshifted else ""
    tipped = _get(context, comparison, "delta*")
    if not tipped.present:
        return f"{head}No tipping point: {tipped.reason.rstrip('.')}."
    alpha = format_plain(alpha_of(context))
    first = _arms(context, comparison)[0]
    results, code = context.results["tipping"], context.endpoint.paramcd
    place = (code, visit_of(context).code, first.code, f"imputed.{comparison.code}.n")
    imputed, sd, times = results.get(*place), found["delta*.sd"], found["delta*.times"]
    return (
        f"{head}It stays significant at {alpha} (two-sided) as long as the {format_number(imputed.value, 0)} "
        f"imputed values of {first.label} are on average {_bound(context, found)}; there p reaches {alpha}. "
        f"That is {format_number(abs(sd), 2)} SD, and {format_number(abs(times), 2)} times the difference "
        f"itself. {_grid_step(context, found)}"
    )


def _get(context: Context, comparison: Comparison, name: str) -> Statistic:
    place = (context.endpoint.paramcd, visit_of(context).code, comparison.code)
    return context.results["tipping"].get(*place, name)


def _arms(context: Context, comparison: Comparison) -> list[Arm]:
    """Return the first and the second arm of a comparison."""
    ordered = sorted(comparison.weights, key=lambda code: -comparison.weights[code])
    return [context.spec.arm(code) for code in ordered]


def _unshifted(context: Context, comparison: Comparison, name: str) -> str:
    """Return the comparison without a shift, as the tables print it."""
    spec, endpoint = context.spec, context.endpoint
    (record,) = context.records["tipping"]
    scale = "gmr" if endpoint.is_log else "diff"
    ends = ("gmr.lower", "gmr.upper") if endpoint.is_log else ("lower", "upper")
    names = [f"{name}.{part}" for part in (scale, *ends, "pvalue")]
    *estimates, p_value = (_get(context, comparison, one) for one in names)
    value, lower, upper = (one.value for one in estimates)
    places = spec.estimate_decimals(endpoint)
    unit = "" if endpoint.is_log or not endpoint.unit_label else f" {endpoint.difference_unit}"
    first, second = _arms(context, comparison)
    text = format_p_value(p_value.value, spec.p_values) if p_value.present else p_value.stand_in
    text = f"= {text}" if text[0].isdigit() else text
    kind = "ratio" if endpoint.is_log else "difference"
    interval = f"{level_text(spec)} {format_interval(lower, upper, places)}"
    return (
        f"Without a shift ({record['assumption']}) the {kind} of {first.label} to {second.label} at "
        f"{visit_of(context).label} is {format_number(value, places)}{unit} ({interval}, p {text}). "
    )


def _bound(context: Context, found: dict[str, float]) -> str:
    """Return the tipping shift in words: on which side, by how much, and its Monte-Carlo error."""
    spec, endpoint = context.spec, context.endpoint
    shift, error = found["delta*"], found["delta*.mcse"]
    side = f"{'higher' if shift > 0 else 'lower'}{_judgement(endpoint, shift)} than imputed"
    if endpoint.is_log:
        places = spec.decimals(endpoint).ratio
        factor = math.exp(abs(shift))
        size = f"the factor {format_number(factor, places)}"
        spread = format_number(factor * error, places + 1)
    else:
        places = spec.decimals(endpoint).location
        size = f"{format_number(abs(shift), places)} {endpoint.difference_unit}".strip()
        spread = format_number(error, places + 1)
    return f"{side} by less than {size} (Monte-Carlo error {spread})"


def _judgement(endpoint: Endpoint, shift: float) -> str:
    if endpoint.benefit == "neutral":
        return ""
    return " (worse)" if (shift > 0) == (endpoint.benefit == "lower") else " (better)"


def _grid_step(context: Context, found: dict[str, float]) -> str:
    """Return the first step of the grid, towards the tipping point, that is not significant."""
    sign = math.copysign(1, found["delta*"])
    steps = sorted(
        (abs(found[f"{name}.sd"]), name) for name in shift_names(found) if sign * found[f"{name}.sd"] > 0
    )
    for size, name in steps:
        if found[f"{name}.pvalue"] >= alpha_of(context):
            return (
                f"On the grid, the step of {format_plain(sign * size)} SD is the first without significance."
            )
    return "No step of the grid reaches that far."
