"""Alternative texts of figures: what each one shows, in words and numbers."""

from trial.display.key_results import comparison_text
from trial.display.numbers import format_interval, format_number
from trial.display.results import Results
from trial.display.spec import Arm, Endpoint, OutputSpec, Visit
from trial.display.wording import benefit_text, forest_title, profile_title, spaghetti_title


def profile_alt(spec: OutputSpec, endpoint: Endpoint, results: Results) -> str:
    """Return what the LS-mean profile shows at the primary visit."""
    visit = spec.primary_visit(endpoint)
    arms = "; ".join(_arm_estimate(spec, endpoint, arm, visit, results) for arm in spec.arms)
    comparisons = "; ".join(comparison_text(spec, endpoint, arm, results) for arm in spec.active_arms)
    return (
        f"{profile_title(spec, endpoint)}, {benefit_text(endpoint)}. "
        f"At {visit.label}: {arms}. {comparisons[0].upper()}{comparisons[1:]}."
    )


def spaghetti_alt(spec: OutputSpec, endpoint: Endpoint, results: Results) -> str:
    """Return what the individual courses show: the middle of each arm at baseline and the primary visit."""
    name, word = ("AVAL.geomean", "geometric mean") if endpoint.is_log else ("AVAL.median", "median")
    last = spec.primary_visit(endpoint)
    texts = []
    for arm in spec.arms:
        values = [
            _number(results, endpoint, "observed", visit, arm, name, spec.decimals(endpoint).location)
            for visit in (spec.baseline, last)
        ]
        texts.append(f"{arm.label} {values[0]} at {spec.baseline.label}, {values[1]} at {last.label}")
    return f"{spaghetti_title(endpoint)}, one panel per arm. {word.capitalize()}: {'; '.join(texts)}."


def forest_alt(spec: OutputSpec, results: Results) -> str:
    """Return the comparison of every endpoint that the forest shows."""
    texts = [
        f"{endpoint.label}: {comparison_text(spec, endpoint, arm, results)}"
        for endpoint in spec.endpoints
        for arm in spec.active_arms
    ]
    return f"{forest_title(spec)}. {'. '.join(texts)}."


def _arm_estimate(spec: OutputSpec, endpoint: Endpoint, arm: Arm, visit: Visit, results: Results) -> str:
    name = "ratio" if endpoint.is_log else "lsmean"
    parts = ("", ".lower", ".upper")
    found = [results.get(endpoint.paramcd, "model", visit.code, arm.code, f"{name}{part}") for part in parts]
    if not all(statistic.present for statistic in found):
        return f"{arm.label} not estimable"
    places = spec.estimate_decimals(endpoint)
    value, lower, upper = (statistic.value for statistic in found)
    return f"{arm.label} {format_number(value, places)} {format_interval(lower, upper, places)}"


def _number(
    results: Results, endpoint: Endpoint, analysis: str, visit: Visit, arm: Arm, name: str, places: int
) -> str:
    statistic = results.get(endpoint.paramcd, analysis, visit.code, arm.code, name)
    return format_number(statistic.value, places) if statistic.present else "not estimable"
