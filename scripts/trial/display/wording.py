"""The words of the outputs: titles, directions of comparisons and of benefit."""

from trial.display.numbers import format_level
from trial.display.spec import Arm, Endpoint, OutputSpec


def output_number(kind: str, output_id: str) -> str:
    """Return the printed number of an output: ``Table 14.2.1.1`` for ``t14-2-1-1``."""
    return f"{kind} {output_id[1:].replace('-', '.')}"


def level_text(spec: OutputSpec) -> str:
    """Return the name of the interval, for example ``95% CI``."""
    return f"{format_level(spec.level)} CI"


def population_line(spec: OutputSpec) -> str:
    """Return the population line of titles."""
    return f"Population: {spec.population.label}"


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


P_VALUES = "p-values are two-sided and nominal: not adjusted for several endpoints, visits or arms."


def comparison_notes(spec: OutputSpec) -> tuple[str, ...]:
    """Return what every output with comparisons of arms says about p-values and about the design.

    Arms that were assigned at random need no caveat.
    """
    if spec.study.randomised:
        return (P_VALUES,)
    design = (
        f"Design: {spec.study.design.rstrip('.')}. Comparisons of arms are {_adjustment(spec)}; they "
        "are no stronger evidence of a causal effect than this design allows."
    )
    return P_VALUES, design


def _adjustment(spec: OutputSpec) -> str:
    """Return what the comparisons of arms are adjusted for, over all models of the output."""
    models = [shown for role in spec.roles.values() for shown in role if shown.level is not None]
    names = {covariate for shown in models for covariate in shown.covariates}
    if not names:
        return "not adjusted for any covariate"
    return f"adjusted for {'baseline' if names == {'BASE'} else 'the covariates of the model'} only"


def model_name(is_ancova: bool) -> str:
    """Return the name of an endpoint's model, as titles print it."""
    return "analysis of covariance at each visit" if is_ancova else "mixed model for repeated measures"


def arm_heading(arm: Arm, n_text: str) -> str:
    """Return the heading of an arm's column: label, newline, ``(N=xx)``."""
    return f"{arm.label}\n(N={n_text})"


def estimate_name(endpoint: Endpoint) -> str:
    """Return the name of what the model estimates per arm and visit."""
    return "geometric LS mean ratio to baseline" if endpoint.is_log else "LS mean change from baseline"


def at_primary_visit(spec: OutputSpec) -> str:
    """Return at which visit a study-wide output stands: the primary visit of all endpoints, or of each."""
    codes = {endpoint.primary_visit for endpoint in spec.endpoints}
    return f"at {spec.visit(codes.pop()).label}" if len(codes) == 1 else "each at its primary visit"


def visit_suffix(spec: OutputSpec, endpoint: Endpoint) -> str:
    """Return the visit of an endpoint's row, where the title cannot say it for all."""
    shared = len({other.primary_visit for other in spec.endpoints}) == 1
    return "" if shared else f", {spec.primary_visit(endpoint).label}"
