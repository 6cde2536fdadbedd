"""Comparisons of arms at the primary visit, as key results, forest and alternative texts need them."""

import math

from trial.display.numbers import format_interval, format_number, format_p_value
from trial.display.results import Results, Statistic
from trial.display.spec import Arm, Endpoint, OutputSpec
from trial.display.wording import level_text


def native_statistics(
    spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results
) -> tuple[Statistic, Statistic, Statistic]:
    """Return difference or GMR of an arm to the reference at the primary visit, with its limits."""
    name = "gmr" if endpoint.is_log else "diff"
    value, lower, upper = (
        comparison_statistic(spec, endpoint, arm, results, f"{name}{part}")
        for part in ("", ".lower", ".upper")
    )
    return value, lower, upper


def p_statistic(spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results) -> Statistic:
    """Return the p-value of an arm's comparison at the primary visit."""
    return comparison_statistic(spec, endpoint, arm, results, "diff.pvalue")


def comparison_statistic(
    spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results, name: str
) -> Statistic:
    """Return one statistic of an arm's comparison with the reference at the primary visit."""
    return results.get(endpoint.paramcd, endpoint.primary_visit, spec.comparison(arm), name)


def arm_statistic(spec: OutputSpec, endpoint: Endpoint) -> str:
    """Return the name of what results call the estimate of an arm, on the scale that is printed."""
    if not endpoint.is_log:
        return "lsmean"
    return "ratio" if spec.model(endpoint).response == "change" else "geomean"


def arm_decimals(spec: OutputSpec, endpoint: Endpoint) -> int:
    """Return the printed decimals of the estimate of an arm: it is a ratio, or has the endpoint's unit."""
    decimals = spec.decimals(endpoint)
    return decimals.ratio if arm_statistic(spec, endpoint) == "ratio" else decimals.location


def stable_notes(spec: OutputSpec, endpoint: Endpoint, results: Results) -> tuple[str, ...]:
    """Return what the comparisons are without unstable values of an index, where the model has some."""
    kind, name = ("GMR", "gmr") if endpoint.is_log else ("difference", "diff")
    places, texts = spec.estimate_decimals(endpoint), []
    for arm in spec.active_arms:
        names = [f"stable.{name}{part}" for part in ("", ".lower", ".upper")]
        found = [comparison_statistic(spec, endpoint, arm, results, one) for one in names]
        if all(one.present for one in found):
            value, lower, upper = (one.value for one in found)
            texts.append(
                f"{arm.label} to {spec.reference.label} {format_number(value, places)}, {level_text(spec)} "
                f"{format_interval(lower, upper, places)}"
            )
    if not texts:
        return ()
    at = spec.primary_visit(endpoint).label
    return (f"The same model without the unstable values, {kind} at {at}: {'; '.join(texts)}.",)


def baseline_notes(spec: OutputSpec, endpoint: Endpoint, results: Results) -> tuple[str, ...]:
    """Return at which baseline LS means stand; nothing where there is no model."""
    if not results.holds(endpoint.paramcd):
        return ()
    mean = results.get(endpoint.paramcd, "", "", "baseline_mean")
    if not spec.model(endpoint).at_mean_baseline:
        return ()
    kind = "geometric mean" if endpoint.is_log else "mean"
    text = f"not estimable, {mean.reason}"
    if mean.present:
        value = math.exp(mean.value) if endpoint.is_log else mean.value
        number = format_number(value, spec.decimals(endpoint).location)
        text = f"{number} {endpoint.unit_label}".strip()
    return (f"Baseline at which LS means stand ({kind} in the model): {text}.",)


def observed_baseline(spec: OutputSpec, endpoint: Endpoint, observed: Results) -> tuple[str, ...]:
    """Return the observed mean at baseline by arm, from which changes are counted; nothing without any."""
    kind, name = ("geometric mean", "AVAL.geomean") if endpoint.is_log else ("mean", "AVAL.mean")
    means = [(arm, observed.get(endpoint.paramcd, spec.baseline.code, arm.code, name)) for arm in spec.arms]
    places = spec.decimals(endpoint).location
    texts = [
        f"{arm.label} {format_number(mean.value, places)} {endpoint.unit_label}".strip()
        for arm, mean in means
        if mean.present
    ]
    return (f"Observed {kind} at {spec.baseline.label.lower()}: {'; '.join(texts)}.",) if texts else ()


def comparison_text(spec: OutputSpec, endpoint: Endpoint, arm: Arm, results: Results) -> str:
    """Return one comparison at the primary visit in words, for alternative texts."""
    found = (*native_statistics(spec, endpoint, arm, results), p_statistic(spec, endpoint, arm, results))
    kind = "geometric mean ratio" if endpoint.is_log else "difference"
    *estimates, p_value = found
    if not all(s.present for s in estimates) or not (p_value.present or p_value.withheld):
        return f"{kind} to {spec.reference.label} not estimable"
    value, lower, upper = (statistic.value for statistic in estimates)
    places = spec.estimate_decimals(endpoint)
    return (
        f"{kind} of {arm.label} to {spec.reference.label} {format_number(value, places)}, "
        f"{level_text(spec)} {format_interval(lower, upper, places)}, {_p_text(spec, p_value)}"
    )


def _p_text(spec: OutputSpec, p_value: Statistic) -> str:
    if p_value.withheld:
        return f"no p-value. {p_value.reason.rstrip('.')}"
    text = format_p_value(p_value.value, spec.p_values)
    return f"p {text}" if text[0] in "<>" else f"p = {text}"
