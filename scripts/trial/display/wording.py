"""The words of the outputs: titles, directions of comparisons and of benefit."""

from trial.analysis.config import Estimand
from trial.display.numbers import format_level
from trial.display.spec import Arm, Endpoint, OutputSpec

KINDS = {"t": "Table", "f": "Figure", "l": "Listing"}


def printed_number(output_id: str) -> str:
    """Return the printed number of an output: ``Table 14.2.1.1`` for ``t14-2-1-1``."""
    return f"{KINDS[output_id[0]]} {output_id[1:].replace('-', '.')}"


def level_text(spec: OutputSpec) -> str:
    """Return the name of the interval, for example ``95% CI``."""
    return f"{format_level(spec.level)} CI"


def population_line(spec: OutputSpec) -> str:
    """Return the population line of titles."""
    return f"Population: {spec.shown.population_label}"


def benefit_text(endpoint: Endpoint) -> str:
    """Return which direction is better, for axes and notes."""
    if endpoint.benefit == "neutral":
        return "no direction of benefit declared"
    return f"{endpoint.benefit} is better"


def active_name(spec: OutputSpec) -> str:
    """Return the name of what is compared with the reference: the one active arm, or each arm in turn."""
    active = spec.active_arms
    return active[0].label if len(active) == 1 else "each other arm"


def favoured_name(spec: OutputSpec) -> str:
    """Return the name of the side that a beneficial difference favours."""
    active = spec.active_arms
    return active[0].label if len(active) == 1 else "the compared arm"


def direction_sentence(spec: OutputSpec, endpoint: Endpoint) -> str:
    """Return the direction of the comparison in words, with the sign that favours the active arm."""
    reference = spec.reference.label
    if endpoint.is_log:
        comparison, beneficial = "Ratio", {"lower": "below 1", "higher": "above 1"}
        operation = "over"
    else:
        comparison, beneficial = "Difference", {"lower": "negative", "higher": "positive"}
        operation = "minus"
    sentence = f"{comparison}: {active_name(spec)} {operation} {reference}"
    if endpoint.benefit == "neutral":
        return f"{sentence}; no direction of benefit declared"
    return f"{sentence}; {beneficial[endpoint.benefit]} favours {favoured_name(spec)}"


P_STYLES = {
    "sas4": "p-values have four decimals; below 0.0001 they print as <0.0001.",
    "journal3": "p-values have three decimals; below 0.001 they print as <0.001.",
}
P_VALUES = "p-values are two-sided and nominal: not adjusted for several endpoints, visits or arms."
ESTIMAND = {
    "population": "Population",
    "treatments": "Treatments",
    "variable": "Variable",
    "intercurrent_events": "Intercurrent events",
    "summary": "Population-level summary",
}


def comparison_notes(spec: OutputSpec) -> tuple[str, ...]:
    """Return what outputs with comparisons of arms say of p-values and of a design without randomisation."""
    if spec.study.randomised:
        return (P_VALUES,)
    design = (
        f"Design: {spec.study.design.rstrip('.')}. Comparisons of arms are adjusted for the covariates of "
        "the model only; they are no stronger evidence of a causal effect than this design allows."
    )
    return P_VALUES, design


def estimand_lines(estimand: Estimand | None) -> tuple[tuple[str, str], ...]:
    """Return name and text of each attribute of an estimand; nothing where an analysis has none."""
    if estimand is None:
        return ()
    return tuple((name, getattr(estimand, key)) for key, name in ESTIMAND.items())


def model_name(is_ancova: bool) -> str:
    """Return the name of an endpoint's model, as titles print it."""
    return "analysis of covariance at each visit" if is_ancova else "mixed model for repeated measures"


def arm_heading(arm: Arm, n_text: str) -> str:
    """Return the heading of an arm's column: label, newline, ``(N=xx)``."""
    return f"{arm.label}\n(N={n_text})"


def estimate_name(endpoint: Endpoint) -> str:
    """Return the name of what the model estimates per arm and visit."""
    return "geometric LS mean ratio to baseline" if endpoint.is_log else "LS mean change from baseline"


def profile_title(spec: OutputSpec, endpoint: Endpoint) -> str:
    """Return the title of the LS-mean profile."""
    return f"{endpoint.title}: {estimate_name(endpoint)} with {level_text(spec)} by visit"


def spaghetti_title(endpoint: Endpoint) -> str:
    """Return the title of the individual courses."""
    middle = "geometric mean" if endpoint.is_log else "median"
    return f"{endpoint.title}: individual courses by arm, with {middle}"


def forest_title(spec: OutputSpec) -> str:
    """Return the title of the forest of all endpoints."""
    return f"All endpoints at {primary_visits(spec)}: standardised difference with {level_text(spec)}"


def primary_visits(spec: OutputSpec) -> str:
    """Return the visit that endpoints are compared at, or that each has its own."""
    labels = {spec.primary_visit(endpoint).label for endpoint in spec.endpoints}
    return labels.pop() if len(labels) == 1 else "each one's primary visit"
