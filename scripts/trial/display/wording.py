"""The words of the outputs: titles, directions of comparisons and of benefit."""

from trial.display.numbers import format_level, format_plain
from trial.display.spec import Arm, Comparison, Endpoint, OutputSpec

NULL_REPORT = "Null Report: No observations met the reporting criteria for inclusion in this output."


# What each state of a data lock means for the data.
LOCK_STATES = {
    "dry-run": "a rehearsal, the data are not final",
    "soft": "the data are frozen for review and may be opened again",
    "hard": "the files are sealed by their checksums and do not change any more",
    "unlocked": "the data were opened again and may change",
    "relocked": "the files were sealed again after a change and do not change any more",
}


def lock_meaning(state: str, queries: int) -> str:
    """Return what the state of the lock means for the data, and for queries that are still open."""
    text = f"State {state}: {LOCK_STATES.get(state, 'as the lock says')}."
    if not queries:
        return f"{text} No query is open."
    who = "1 query to the site is" if queries == 1 else f"{queries} queries to the site are"
    return (
        f"{text} {who} still open: until there is an answer, results stand on the data as locked, handled as "
        "the listing of queries says; an answer that changes data needs another lock and a new run."
    )


def output_number(kind: str, output_id: str) -> str:
    """Return the printed number of an output: ``Table 14.2.1.1`` for ``t14-2-1-1``."""
    return f"{kind} {output_id[1:].replace('-', '.')}"


def level_text(spec: OutputSpec) -> str:
    """Return the name of the interval, for example ``95% CI``."""
    return f"{format_level(spec.level)} CI"


def population_line(spec: OutputSpec) -> str:
    """Return the population line of titles; models that are not the primary analysis are named there."""
    line = population_words(spec)
    if all(shown.primary for shown in spec.models):
        return line
    return f"{line}. Analysis: {', '.join(dict.fromkeys(shown.label for shown in spec.models))}"


def population_words(spec: OutputSpec) -> str:
    """Return the population of an output, and that its endpoint is the study's primary one where it is."""
    line = f"Population: {spec.population.label}"
    if spec.endpoint is None or not spec.only_endpoint.primary:
        return line
    return f"{line}. Primary endpoint (primary visit: {spec.primary_visit(spec.only_endpoint).label})"


def primary_notes(spec: OutputSpec) -> tuple[str, ...]:
    """Return which endpoints are primary, for an output of several; nothing where none is declared."""
    found = [one for one in spec.endpoints if one.primary] if spec.endpoint is None else []
    texts = [f"{one.label} at {spec.primary_visit(one).label}" for one in found]
    name = "Primary endpoint" if len(found) == 1 else "Primary endpoints"
    return (f"{name}: {'; '.join(texts)}.",) if found else ()


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
        unit = f" in {endpoint.difference_unit}" if endpoint.unit_label else ""
        comparison, beneficial = f"Difference{unit}", {"lower": "negative", "higher": "positive"}
        operation = "minus"
    sentence = f"{comparison}: {active_name(spec)} {operation} {reference}"
    if endpoint.benefit == "neutral":
        return f"{sentence}; no direction of benefit declared"
    return f"{sentence}; {beneficial[endpoint.benefit]} favours {favoured_name(spec)}"


def difference_notes(endpoint: Endpoint) -> tuple[str, ...]:
    """Return the unit of changes and differences where it is not that of the values."""
    if endpoint.difference_unit == endpoint.unit_label:
        return ()
    return (f"Changes and differences are in {endpoint.difference_unit}.",)


# Templates that show how arms differ at baseline.
BALANCE = ("baseline_table", "balance_table")
NOMINAL = "not adjusted for several endpoints, visits or arms"
P_VALUES = f"p-values are two-sided and nominal: {NOMINAL}."


def p_value_note(spec: OutputSpec) -> str:
    """Return what the p-values of an output test, and that they are nominal."""
    tests = {(shown.side, shown.null_value): "" for shown in spec.models}
    for endpoint in spec.endpoints:
        shown = spec.model(endpoint)
        before = tests[shown.side, shown.null_value]
        tests[shown.side, shown.null_value] = f"{before}, {endpoint.label}" if before else endpoint.label
    if set(tests) <= {("two-sided", None)}:
        return P_VALUES
    words = [
        _test_words(*test) + (f" ({labels})" if len(tests) > 1 else "") for test, labels in tests.items()
    ]
    return f"p-values are {'; '.join(words)}. They are nominal: {NOMINAL}. Intervals are two-sided."


def _test_words(side: str, null_value: float | None) -> str:
    value = "no difference" if null_value is None else format_plain(null_value)
    if side == "two-sided":
        return f"two-sided, against {value}"
    return f"one-sided, for a comparison {'above' if side == 'greater' else 'below'} {value}"


def comparison_notes(spec: OutputSpec) -> tuple[str, ...]:
    """Return what every output with comparisons of arms says about p-values and about the design.

    Arms that were assigned at random need no caveat.
    """
    if spec.study.randomised:
        return p_value_note(spec), *primary_notes(spec)
    caveat = design_caveat(spec, f"Comparisons are {_adjustment(spec)}")
    return p_value_note(spec), caveat, *primary_notes(spec)


def design_caveat(spec: OutputSpec, adjustment: str) -> str:
    """Return what it means for comparisons that nobody drew lots for the arms.

    Parameters
    ----------
    adjustment : str
        What the comparisons of the output are adjusted for, as the beginning of a sentence.
    """
    shown = " and ".join(spec.see[name] for name in BALANCE if name in spec.see)
    differ = f"differ at baseline ({shown})" if shown else "may differ at baseline"
    evalue = spec.see.get("evalue_table")
    strength = f" {evalue} says how strong such a cause would have to be (E-value)." if evalue else ""
    return (
        f"Design: {spec.study.design.rstrip('.')}. Arms were not assigned at random: they {differ}. "
        f"{adjustment}; other differences between the arms, known or not, remain in them as confounding, so "
        f"that a difference need not be an effect of the treatment.{strength}"
    )


def average_notes(spec: OutputSpec, endpoint: Endpoint) -> tuple[str, ...]:
    """Return over which visits the averages of an endpoint's model stand; nothing where there is none."""
    return tuple(
        f"{average.label}: mean over {', '.join(spec.visit(code).label for code in average.visits)}, "
        "each with the same weight; n: subjects with a value at any of them."
        for average in spec.model(endpoint).averages
    )


def comparison_name(spec: OutputSpec, endpoint: Endpoint, comparison: Comparison) -> str:
    """Return the name of a comparison: the study's own, or the two arms in words."""
    if comparison.label:
        return comparison.label
    # By sign: a slice does not keep the order of its keys.
    labels = {weight: spec.arm(code).label for code, weight in comparison.weights.items()}
    first, second = labels[1.0], labels[-1.0]
    return f"{first} {'over' if endpoint.is_log else 'minus'} {second}"


def contrast_notes(spec: OutputSpec, endpoint: Endpoint) -> tuple[str, ...]:
    """Return what the named contrasts of an endpoint's model weigh."""
    of = "LS means of ln" if endpoint.is_log else "LS means"
    return tuple(
        f"{comparison.label}: sum of {of} weighted by {_weights(spec, comparison)}."
        for comparison in spec.model(endpoint).comparisons
        if comparison.label
    )


def _weights(spec: OutputSpec, comparison: Comparison) -> str:
    weights = [(comparison.weights.get(arm.code, 0.0), arm.label) for arm in spec.arms]
    return ", ".join(f"{format_plain(weight)} ({label})" for weight, label in weights if weight)


def _adjustment(spec: OutputSpec) -> str:
    """Return what the comparisons of arms are adjusted for, over all models of the output."""
    if spec.many:
        return "adjusted as the name of each analysis says"
    names = list(dict.fromkeys(covariate for shown in spec.models for covariate in shown.covariates))
    if not names:
        return "not adjusted for any covariate"
    *first, last = names
    text = f"{', '.join(first)} and {last}" if first else last
    return f"adjusted for {text} only"


def model_name(is_ancova: bool, method: str = "") -> str:
    """Return the name of an endpoint's model, as titles print it."""
    if method == "censored_mmrm":
        return "joint censored model of all visits"
    return "analysis of covariance at each visit" if is_ancova else "mixed model for repeated measures"


def arm_heading(arm: Arm, n_text: str) -> str:
    """Return the heading of an arm's column: label, newline, ``(N=xx)``."""
    return f"{arm.label}\n(N={n_text})"


def estimate_name(spec: OutputSpec, endpoint: Endpoint) -> str:
    """Return the name of what the model estimates per arm and visit."""
    of_change = spec.model(endpoint).response == "change"
    if endpoint.is_log:
        return "geometric LS mean ratio to baseline" if of_change else "geometric LS mean"
    return "LS mean change from baseline" if of_change else "LS mean"


def at_primary_visit(spec: OutputSpec) -> str:
    """Return at which visit a study-wide output stands: the primary visit of all endpoints, or of each."""
    codes = {endpoint.primary_visit for endpoint in spec.endpoints}
    return f"at {spec.visit(codes.pop()).label}" if len(codes) == 1 else "each at its primary visit"


def visit_suffix(spec: OutputSpec, endpoint: Endpoint) -> str:
    """Return the visit of an endpoint's row, where the title cannot say it for all."""
    shared = len({other.primary_visit for other in spec.endpoints}) == 1
    return "" if shared else f", {spec.primary_visit(endpoint).label}"
