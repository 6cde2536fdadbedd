"""The words of the outputs: titles, directions of comparisons and of benefit."""

from trial.display.numbers import format_level
from trial.display.spec import Arm, DisplaySpec, Endpoint


def output_number(kind: str, output_id: str) -> str:
    """Return the printed number of an output: ``Table 14.2.1.1`` for ``t14-2-1-1``."""
    return f"{kind} {output_id[1:].replace('-', '.')}"


def level_text(spec: DisplaySpec) -> str:
    """Return the name of the interval, for example ``95% CI``."""
    return f"{format_level(spec.level)} CI"


POPULATIONS = {"ENRLFL": "enrolled subjects", "FASFL": "full analysis set", "SAFFL": "safety set"}


def population_line(spec: DisplaySpec) -> str:
    """Return the population line of titles: the name of an ADaM flag, or the text as it is."""
    return f"Population: {POPULATIONS.get(spec.population, spec.population)}"


def benefit_text(endpoint: Endpoint) -> str:
    """Return which direction is better, for axes and notes."""
    if endpoint.benefit == "neutral":
        return "no direction of benefit declared"
    return f"{endpoint.benefit} is better"


def active_name(spec: DisplaySpec) -> str:
    """Return the name of what is compared with the reference: the one active arm, or each arm in turn."""
    active = spec.active_arms
    return active[0].label if len(active) == 1 else "each other arm"


def favoured_name(spec: DisplaySpec) -> str:
    """Return the name of the side that a beneficial difference favours."""
    active = spec.active_arms
    return active[0].label if len(active) == 1 else "the compared arm"


def direction_sentence(spec: DisplaySpec, endpoint: Endpoint) -> str:
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


P_VALUES = "p-values are two-sided and nominal: not adjusted for several endpoints, visits or arms."
ESTIMAND = {
    "population": "Population",
    "treatments": "Treatments",
    "variable": "Variable",
    "intercurrent_events": "Intercurrent events",
    "summary": "Population-level summary",
}


def comparison_notes(spec: DisplaySpec) -> tuple[str, str]:
    """Return what every output with comparisons of arms says about p-values and about the design."""
    design = (
        f"Design: {spec.study.design.rstrip('.')}. Comparisons of arms are adjusted for baseline only; they "
        "are no stronger evidence of a causal effect than this design allows."
    )
    return P_VALUES, design


def estimand_lines(spec: DisplaySpec) -> tuple[tuple[str, str], ...]:
    """Return name and text of each attribute of the estimand."""
    return tuple((name, getattr(spec.estimand, key)) for key, name in ESTIMAND.items())


def model_name(is_ancova: bool) -> str:
    """Return the name of an endpoint's model, as titles print it."""
    return "analysis of covariance at each visit" if is_ancova else "mixed model for repeated measures"


def arm_heading(arm: Arm, n_text: str) -> str:
    """Return the heading of an arm's column: label, newline, ``(N=xx)``."""
    return f"{arm.label}\n(N={n_text})"


def estimate_name(endpoint: Endpoint) -> str:
    """Return the name of what the model estimates per arm and visit."""
    return "geometric LS mean ratio to baseline" if endpoint.is_log else "LS mean change from baseline"


def profile_title(spec: DisplaySpec, endpoint: Endpoint) -> str:
    """Return the title of the LS-mean profile."""
    return f"{endpoint.title}: {estimate_name(endpoint)} with {level_text(spec)} by visit"


def spaghetti_title(endpoint: Endpoint) -> str:
    """Return the title of the individual courses."""
    middle = "geometric mean" if endpoint.is_log else "median"
    return f"{endpoint.title}: individual courses by arm, with {middle}"


def forest_title(spec: DisplaySpec) -> str:
    """Return the title of the forest of all endpoints."""
    visit = spec.visit(spec.primary_visit)
    return f"All endpoints at {visit.label}: standardised difference with {level_text(spec)}"
