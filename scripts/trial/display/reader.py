"""The reader's notes: what holds for every output, in sentences made from the configuration."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from trial.display.numbers import FUZZ_DIGITS, format_plain, smallest_p_text
from trial.display.spec import ReaderNote
from trial.display.wording import NOMINAL, output_number

READER = "readers_notes"  # the template that prints them
DATES = {
    "INFUSION_DT": "the date of infusion",
    "ALLOC_DT": "the date of allocation",
    "ENROL_DT": "the date of enrolment",
}
STRATEGIES = {
    "treatment policy": "values after it are used as observed",
    "hypothetical": "values after it are set aside as missing",
    "composite": "it counts as a failure",
}
TESTS = {
    "equals": "is", "one_of": "is one of", "at_least": "is at least", "at_most": "is at most",
}  # fmt: skip
MISSING_AT_RANDOM = (
    "Values that are missing are not replaced. The estimates hold where values are missing at random: "
    "whether "
    "one is missing depends on arm, covariates and observed values alone. The data cannot show this."
)
OTHERWISE = ("imputation", "tipping")  # methods that assume something else
ASSUMPTIONS = {
    "mmrm": MISSING_AT_RANDOM,
    "ancova": "Each visit is analysed with the subjects who have a value there; others have no part in it.",
    "imputation": "Values that are missing are imputed as the strategy of the analysis says.",
}
STRUCTURES = {
    "us": "unstructured",
    "toeph": "heterogeneous Toeplitz",
    "toep": "Toeplitz",
    "ar1h": "heterogeneous first-order autoregressive",
    "ar1": "first-order autoregressive",
    "adh": "heterogeneous ante-dependence",
    "ad": "ante-dependence",
    "csh": "heterogeneous compound symmetry",
    "cs": "compound symmetry",
}
DF = {
    "kenward-roger": "Kenward-Roger standard errors and degrees of freedom",
    "kenward-roger-linear": "Kenward-Roger (linear) standard errors and degrees of freedom",
    "satterthwaite": "Satterthwaite degrees of freedom",
}


def reader_number(study: Any) -> str:
    """Return the printed number of the reader's notes; an empty text where the catalogue has none."""
    for row in study.outputs:
        if row.template == READER:
            return output_number("Listing", row.id)
    return ""


def reader_notes(study: Any) -> tuple[ReaderNote, ...]:
    """Return every note that the study has something to say about."""
    parts = {
        "Design": _design,
        "Time zero": _time_zero,
        "Visits": _visits,
        "Baseline and selection of values": _selection,
        "Treatment-emergent adverse events": _emergence,
        "Populations": _populations,
        "Primary analysis": _primary,
        "Missing data": _missing,
        "Intercurrent events": _events,
        "Values below the limit of quantification": _limits,
        "Numbers": _numbers,
        "Tests and intervals": _tests,
    }
    found = {topic: tuple(write(study)) for topic, write in parts.items()}
    return tuple(ReaderNote(topic=topic, lines=lines) for topic, lines in found.items() if lines)


def _design(study: Any) -> Iterator[str]:
    identity = study.study
    design = identity.design.rstrip(".")
    yield f"{design[0].upper()}{design[1:]}."
    yield f"Arms: {', '.join(arm.label for arm in study.arms)}; reference: {_arm(study)}."
    if identity.allocation:
        found = identity.allocation
        yield f"Unit of allocation: {found.unit}. Method: {found.method.rstrip('.')}."
        if found.against_bias:
            yield f"Against bias: {found.against_bias.rstrip('.')}."
    else:
        yield "How subjects were allocated is not declared."


def _arm(study: Any) -> str:
    return next(str(arm.label) for arm in study.arms if arm.code == study.reference_arm)


def _time_zero(study: Any) -> Iterator[str]:
    """Yield the rule of each arm; data that are analysed already have theirs."""
    if not hasattr(study, "edc"):
        column = study.adam.adsl.columns.INDEXDT
        yield (
            f"As the data give it ({column})."
            if column
            else "The data name none: days are those of the data."
        )
        return
    for arm in study.arms:
        yield f"{arm.label}: {_rules(arm.index_date)}."
    yield "Time zero is day 0; the day before it is day \N{MINUS SIGN}1."


def _rules(rules: Any) -> str:
    texts = []
    for rule in rules:
        lag = rule.lag_days
        words = (
            f"{abs(lag)} days {'after' if lag > 0 else 'before'} {DATES[rule.column]}"
            if lag
            else DATES[rule.column]
        )
        texts.append(words.replace("1 days", "1 day") if abs(lag) == 1 else words)
    return "; where there is none, ".join(texts)


def _visits(study: Any) -> Iterator[str]:
    for visit in study.visits:
        low, high = visit.window
        window = f"{format_plain(low)} to {format_plain(high)}"
        yield f"{visit.label}: target day {visit.target_day}, window {window}."
    yield "Both ends belong to the window, in days from time zero."


def _selection(study: Any) -> Iterator[str]:
    if study.selection is None:
        yield "As the data flag them."
        return
    if not hasattr(study, "edc"):
        yield "As the data flag them; where this rule gives another value, it is asked about:"
    yield from _selected(study.selection, "")
    for endpoint in study.endpoints.values():
        own = getattr(endpoint, "selection", None)
        if own is not None:
            yield from _selected(own, f"{endpoint.label}: ")


def _selected(selection: Any, of: str) -> Iterator[str]:
    by = "the window of its date" if selection.visit == "window" else "the visit that the export names"
    yield f"{of}A value belongs to a visit by {by}."
    flagged = "the value that the export flags"
    if selection.baseline == "last on or before index date":
        yield f"{of}Baseline: the last value on or before time zero, of the baseline visit."
    else:
        yield f"{of}Baseline: {flagged}."
    scheduled = "; scheduled samples stand before others" if selection.scheduled_first else ""
    if selection.after_baseline == "closest to target day":
        tie = f"of two equally close the {selection.tie} one"
        yield f"{of}After baseline: the value closest to the target day of the visit, {tie}{scheduled}."
    else:
        yield f"{of}After baseline: {flagged}{scheduled}."


def _emergence(study: Any) -> Iterator[str]:
    if hasattr(study, "edc") and study.edc.adverse_events is not None:
        for arm in study.arms:
            yield f"{arm.label}: from {_rules(arm.emergent_from)} on."
        yield "An event whose date is not known in full counts where it may have started then."


def _populations(study: Any) -> Iterator[str]:
    names = {name: population.label for name, population in study.populations.items()}
    columns = _column_labels(study)
    for name, population in study.populations.items():
        words = "; ".join(_condition(condition, names, columns) for condition in population.conditions)
        yield f"{population.label} ({name}): {words}."


def _column_labels(study: Any) -> dict[str, str]:
    """Return the label of each column of ADSL; by no import statement: outputs do not stand on that room."""
    core = import_module("trial.subjects.schema").ADSL
    own: dict[str, str] = study.subject_labels()
    return {name: core.variable(name).label for name in core} | own


def _condition(condition: Any, names: Mapping[str, str], columns: Mapping[str, str]) -> str:
    """Return a condition in words: what a member has, or is."""
    name = condition.variable
    if condition.presence is not None and name in names:
        return f"{'in' if condition.presence == 'present' else 'not in'} {names[name]}"
    called = f"{columns[name]} ({name})" if name in columns else name
    if condition.presence is not None:
        return f"{called} {'is present' if condition.presence == 'present' else 'is empty'}"
    values = ", ".join(_operand(value) for value in condition.operands())
    missing = ", or not known" if condition.if_missing == "holds" else ""
    return f"{called} {TESTS[condition.test]} {values}{missing}"


def _operand(value: Any) -> str:
    if hasattr(value, "variable"):
        return str(value.variable)
    return format_plain(value) if isinstance(value, float) else str(value)


def _analysis(study: Any) -> Any:
    return next(analysis for analysis in study.analyses.values() if analysis.primary)


def _primary(study: Any) -> Iterator[str]:
    found = _analysis(study)
    population = study.populations[found.population].label
    planned = "as planned" if found.treatment == "TRT01P" else "as received"
    yield f"{found.label}, in {population}, by treatment {planned}."
    ladder = getattr(found, "covariance_ladder", None)
    if ladder:
        first, *others = [STRUCTURES.get(code, code) for code in ladder]
        rest = f"; where its fit is not accepted, in this order: {', '.join(others)}" if others else ""
        yield f"Covariance of a subject's visits: {first}{rest}. The table of a model says which was used."
    method, errors = getattr(found, "df_method", None), getattr(found, "coefficient_covariance", "model")
    if method:
        words = DF.get(method, method)
        of = words if errors == "model" else f"{errors} sandwich standard errors, {words}"
        yield f"{of[0].upper()}{of[1:]}."
        yield "With a structure other than unstructured the sandwich CR2 carries intervals and p-values."
    if means := getattr(found, "lsmeans", None):
        yield (
            f"LS means with {means.weights} weights of factor levels, numeric covariates at their mean "
            "where none is named."
        )


def _missing(study: Any) -> Iterator[str]:
    found = _analysis(study)
    yield ASSUMPTIONS.get(
        found.method, f"As the method of the primary analysis, {found.method}, says in its tables."
    )
    others = [analysis.label for analysis in study.analyses.values() if analysis.method in OTHERWISE]
    if others:
        yield f"Analyses with other assumptions: {', '.join(others)}."
    rule = getattr(found, "missing_covariate", None)
    if rule == "leave out":
        yield "Subjects without a covariate are left out of the model, and counted."


def _events(study: Any) -> Iterator[str]:
    found = _analysis(study)
    estimand = study.estimands.get(found.estimand)
    declared = getattr(study, "intercurrent_events", {})
    if estimand is None:
        return
    if estimand.in_data:
        yield estimand.in_data
    if not declared:
        yield "None is declared: every value is used as observed."
    for code, strategy in estimand.intercurrent_events.items():
        event = declared[code]
        acts = "for good" if event.days is None else f"for {event.days} days"
        yield f"{event.label} (acts {acts}): {strategy} in the primary analysis: {STRATEGIES[strategy]}."


def _limits(study: Any) -> Iterator[str]:
    rule = study.below_limit
    yield (
        f"{rule.substitute} stands for a value below its limit, in means and models that take it as a number."
    )
    yield (
        f"Outputs warn above {format_plain(rule.warn_above_pct)}% of such values, at the worst arm and "
        "visit; above "
        f"{format_plain(rule.describe_only_above_pct)}% p-values are withheld."
    )
    yield (
        "Medians, quartiles, minima and maxima that such a value may decide print the bound that is known, "
        "with <."
    )


def _numbers(study: Any) -> Iterator[str]:
    yield (
        f"Rounded half away from zero, on the decimal text of the number to {FUZZ_DIGITS} significant "
        "digits; differences "
        "and percentages are computed before rounding. A value that rounds to zero has no sign."
    )
    yield (
        "Minimum and maximum have the decimals of the value as collected, means and medians one more, SD "
        "and SE two "
        f"more (four at most); ratios {study.printing.ratio_decimals}, percentages 1. No subject: 0, "
        "without a "
        "percentage; all: 100%."
    )
    yield "Quartiles: averaged inverse of the distribution (SAS PCTLDEF=5, R type 2)."
    yield (
        "N of a heading: subjects of the population, never of the rows of an analysis. NE: not estimable, "
        "with the reason."
    )


def _tests(study: Any) -> Iterator[str]:
    smallest = smallest_p_text(study.printing.p_values)
    yield f"p-values are printed down to {smallest}. They are nominal: {NOMINAL}, unless a table says so."
    level = getattr(_analysis(study), "level", None)
    if level is not None:
        yield f"Intervals are two-sided, {format_plain(100 * level)}%."
    yield "Characteristics at baseline and adverse events are described, without tests."
