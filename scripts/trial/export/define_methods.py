"""How every derived variable is made, in words, from the study's own configuration.

One text for a data set and variable, or, for values that differ by parameter, one for the parameter. Formulas of
indices are those of `trial.endpoints.indices`, each with its source. What a study takes as given from ADaM inputs
is said to be given.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from trial.endpoints.indices import FORMULAS, WITH_POLE
from trial.endpoints.inputs import INPUTS

ANY = "*"
Kind = Literal["Computation", "Imputation", "Other"]
# Key of a method: data set (or `ANY`) and variable.
Key = tuple[str, str]


@dataclass(frozen=True)
class Method:
    """How a value is made.

    Attributes
    ----------
    name : str
    text : str
    kind : str
        As define.xml has it.
    program : str
        The script of the project that makes it; empty where no single one does.
    """

    name: str
    text: str
    kind: Kind = "Computation"
    program: str = ""


class Methods:
    """The methods of a study.

    Parameters
    ----------
    study : Study or AnalysedStudy
        The checked configuration.
    """

    def __init__(self, study: Any) -> None:
        self._study = study
        given = getattr(study, "adam", None) is not None
        self._found = dict(_given(study) if given else _derived(study))
        self._found |= dict(_populations(study, "read_adam.py" if given else "derive_populations.py"))

    def of(self, dataset: str, variable: str) -> Method | None:
        """Return the method of a variable; None where there is none."""
        return self._found.get((dataset, variable)) or self._found.get((ANY, variable))

    def of_value(self, dataset: str, parameter: str) -> Method | None:
        """Return the method of AVAL for one parameter; None where the configuration knows no such parameter."""
        if dataset == "ADLB" and parameter in self._study.endpoints:
            return _endpoint_value(self._study, parameter)
        laboratory = getattr(self._study, "laboratory", None)
        if dataset == "ADLBSAF" and laboratory and parameter in laboratory.by_code:
            return _laboratory_value(self._study, laboratory.by_code[parameter])
        return None


def _endpoint_value(study: Any, parameter: str) -> Method:
    endpoint = study.endpoints[parameter]
    source, name = endpoint.source, f"AVAL of {parameter}"
    if getattr(study, "adam", None) is not None:
        text = f"AVAL of {source.dataset}, PARAMCD {source.paramcd}, of the locked input data set, as given."
        return Method(name, text, "Other", "take_endpoint.py")
    serves = f"Results {_fasting(source.fasting)}; specimen {', '.join(source.specimens)}, or not said."
    if hasattr(source, "index"):
        return Method(name, f"{_index_text(study, source)} {serves}", program="derive_endpoint.py")
    text = (
        f"Usable result of {source.analyte} in {endpoint.unit}; a result reported in another unit is converted by the "
        f"table of units. {serves} A result below the limit of quantification is {study.below_limit.substitute} "
        "(DTYPE says so), one above it is the upper limit (DTYPE = ULOQ); AVALC keeps the printed result."
    )
    return Method(name, text, program="derive_endpoint.py")


def _fasting(rule: str) -> str:
    words = {
        "required": "known to be fasting",
        "not contradicted": "not known to be other than fasting",
        "any": "whatever the fasting state",
    }
    return words[rule]


# How the formulas of `trial.endpoints.indices` call their inputs.
_LETTERS = {"glucose": "G", "insulin": "I", "cpeptide": "CP", "triglycerides": "TG"}


def _index_text(study: Any, source: Any) -> str:
    rules = study.indices
    formula = (FORMULAS[source.index].__doc__ or "").strip().partition("\n")[0]
    inputs = ", ".join(
        f"{_LETTERS[role]} is {role} in {unit} ({source.inputs[role]})"
        for role, unit in INPUTS[source.index].items()
    )
    text = (
        f"{formula} {inputs}, of one draw: the same accession or raw row, else at most {rules.pairing_minutes} minutes apart. Replicates of "
        "a draw are averaged before the formula (DTYPE = AVERAGE). No value where an input is missing or censored."
    )
    if source.index in WITH_POLE:
        text += (
            f" No value at glucose of {rules.homa_b_undefined_at} mmol/L or below; below "
            f"{rules.homa_b_unstable_below} mmol/L it is computed and flagged in REASON (HOMA_B_UNSTABLE)."
        )
    return text


def _laboratory_value(study: Any, parameter: Any) -> Method:
    unit = study.analytes[parameter.analyte].unit
    text = (
        f"Usable result of {parameter.analyte} in {unit}; a result reported in another unit is converted by the table of "
        f"units. Below the limit of quantification {study.below_limit.substitute}, above it the upper limit; DTYPE says so."
    )
    return Method(f"AVAL of {parameter.code}", text, program="derive_laboratory.py")


def _populations(study: Any, program: str) -> Iterator[tuple[Key, Method]]:
    for name, population in study.populations.items():
        conditions = "; ".join(condition_words(condition) for condition in population.conditions)
        text = f"{population.label}: Y where all of this holds, else N: {conditions}."
        yield ("ADSL", name), Method(f"{name}", text, program=program)


def condition_words(condition: Any) -> str:
    """Return a condition on a subject or record in words."""
    test = condition.test
    if test == "presence":
        return f"{condition.variable} is {condition.presence}"
    operands = [getattr(one, "variable", one) for one in condition.operands()]
    words = {
        "equals": "equals",
        "one_of": "is one of",
        "at_least": "is at least",
        "at_most": "is at most",
    }
    missing = f" ({condition.if_missing} where a value is missing)"
    return f"{condition.variable} {words[test]} {', '.join(str(one) for one in operands)}{missing}"


def windows_words(study: Any) -> str:
    """Return the analysis windows of the visits in words; days count the index date as day 0."""
    return "; ".join(
        f"{visit.code} ({visit.label}): day {visit.window[0]} to {visit.window[1]}, target {visit.target_day}"
        for visit in study.visits
    )


def selection_words(selection: Any, visits: Any) -> tuple[str, str]:
    """Return which record is the baseline, and which stands for a later visit."""
    baseline = next(visit.code for visit in visits if visit.baseline)
    before = {
        "last on or before index date": f"the last value of {baseline} on or before the index date",
        "flag of the export": "the record that the export flags as baseline",
    }
    after = {
        "closest to target day": f"the value closest to the target day, on a tie the {selection.tie} one",
        "flag of the export": "the record that the export flags",
    }
    first = (
        "; records that the export names after a visit stand before others"
        if selection.scheduled_first
        else ""
    )
    return before[selection.baseline] + first, after[selection.after_baseline] + first


def _derived(study: Any) -> Iterator[tuple[Key, Method]]:
    """Yield the methods of a study that starts from raw data."""
    yield from _of_subjects(study)
    yield from _of_endpoints(study)
    yield from _of_files()
    if study.laboratory:
        yield from _of_laboratory(study)


def source_words(study: Any, dataset: str, variable: str) -> tuple[str, str, str]:
    """Return type, source and words of the origin of a column that is copied and of no other data set of the export.

    `variable` is the name of the pipeline's own file.
    """
    if getattr(study, "adam", None) is None:
        return "Collected", "Vendor", "Laboratory result as received, standardised by the intake."
    adsl = study.adam.adsl
    if dataset == "ADSL":
        column = getattr(adsl.columns, variable, None) or variable
        return "Predecessor", "", f"Input data set {adsl.file}, column {column}"
    files = ", ".join(dict.fromkeys(one.file for one in study.adam.bds.values()))
    return "Predecessor", "", f"Input data sets ({files})"


def _named(dataset: str, program: str) -> Callable[..., tuple[Key, Method]]:
    """Return what makes a method of one variable of a data set."""

    def method(variable: str, text: str, kind: Kind = "Computation") -> tuple[Key, Method]:
        name = variable if dataset == ANY else f"{dataset}.{variable}"
        return (dataset, variable), Method(name, text, kind, program)

    return method


def _of_subjects(study: Any) -> Iterator[tuple[Key, Method]]:
    make = _named("ADSL", "derive_subjects.py")
    timed = [arm.code for arm in study.arms if arm.index_date[0].column == "INFUSION_DT"]
    if timed:
        received = (
            f"TRT01P, but empty where the arm is timed by infusion ({', '.join(timed)}) and there was none."
        )
    else:
        received = "TRT01P."
    yield make("TRT01A", received)
    yield make("AGE", "Year of enrolment minus year of birth (BRTHYR); empty outside the declared limits.")
    yield make(
        "DIABDUR", "Year of enrolment minus year of diagnosis (DIAG_YEAR); empty outside the declared limits."
    )
    yield make("BMI", "Weight in kg / (height in m)**2; empty outside the declared limits.")
    days = "; ".join(f"{arm.code}: {_rules(arm.index_date)}" for arm in study.arms)
    yield make(
        "INDEXDT", f"The first of these dates of the subjects file that is present, plus its lag. {days}."
    )
    yield make("INDEXRULE", "Column and lag in days that gave INDEXDT.")
    first = "; ".join(f"{arm.code}: {_rules(arm.emergent_from)}" for arm in study.arms)
    text = f"First day of the arm's study procedures: the first of these dates that is present, plus its lag. {first}."
    yield make("TRTEMDT", text)
    yield make("RESCDT", "Earliest ADCM.ASTDT of a medicine with CMREASON = RESCUE.")
    populations = _named("ADSL", "derive_populations.py")
    yield populations(
        "IENOTMET", "Criteria (IETESTCD) of the subject in ADIE whose RESULT is NOT_MET, in their order."
    )
    yield populations(
        "IEUNKNWN", "Criteria (IETESTCD) of the subject in ADIE whose RESULT is UNKNOWN, in their order."
    )
    yield populations("DVIMPORT", "Categories (DVCAT) of the subject's deviations in ADDV with DVIMP = Y.")


def _rules(rules: Any) -> str:
    return ", else ".join(f"{rule.column}{rule.lag_days:+d} d" for rule in rules)


def _of_endpoints(study: Any) -> Iterator[tuple[Key, Method]]:
    make = _named("ADLB", "derive_endpoint.py")
    yield make(
        "ASEQ", "Number of the record among those of its subject and parameter, by date, time and raw row."
    )
    yield from _of_visits(study, make, study.selection)
    own = [
        f"{code}: baseline {before}; after it {after}"
        for code, endpoint in study.endpoints.items()
        if endpoint.selection
        for before, after in [selection_words(endpoint.selection, study.visits)]
    ]
    before, after = selection_words(study.selection, study.visits)
    differing = f" Of its own: {'; '.join(own)}." if own else ""
    yield make("ABLFL", f"Y at {before}, by subject and parameter.{differing}")
    yield make(
        "ANL01FL",
        f"Y at the record that stands for its visit: at baseline {before}; after it {after}.{differing}",
    )
    yield make("BASE", "AVAL of the subject's record of the parameter with ABLFL = Y, on all its records.")
    first = next(visit for visit in study.visits if not visit.baseline)
    yield make("CHG", f"AVAL - BASE, for records of {first.code} or a later visit.")
    yield make(
        "PCHG",
        f"100 * (AVAL - BASE) / BASE, for records of {first.code} or a later visit; empty where BASE is 0.",
    )
    yield make(
        "AVALC",
        "The result as printed, with < or > outside the limits of quantification; of an index its number.",
    )
    yield make(
        "DTYPE",
        f"{study.below_limit.substitute}: below the limit of quantification, substituted; ULOQ: above it, the limit stands; "
        "AVERAGE: replicates of one draw were averaged. Empty for an observed value.",
        "Imputation",
    )
    yield make("BLQFL", "Y where the result lies below its limit of quantification (CENSOR = <).")
    yield make(
        "REASON", "Codes of why a record is not analysed, or is analysed with a flag, joined by semicolons."
    )
    yield make("DERIV", "as reported: a measured analyte; else the name of the index.")
    yield make(
        "DECIMALS", "Decimals of the number as collected; empty for converted, censored and computed values."
    )


def _of_visits(
    study: Any, make: Callable[..., tuple[Key, Method]], selection: Any
) -> Iterator[tuple[Key, Method]]:
    if selection.visit == "window":
        text = f"The visit in whose window the day of the sample lies (index date = day 0). {windows_words(study)}."
    else:
        text = "The visit that the export names for the sample, where it is an analysis visit."
    if selection.baseline == "flag of the export":
        text += f" A record that the export flags as baseline is of {study.visits[0].code}."
    yield make("AVISIT", text)
    numbers = ", ".join(f"{visit.code} = {visit.number}" for visit in study.visits)
    yield make("AVISITN", f"Number of AVISIT: {numbers}.")
    yield make("ADT", "Date of collection of the sample.")
    yield make("ADY", f"{DAY} Windows of visits count the index date as day 0.")


# What the export makes of a day: the pipeline itself counts the index date as day 0.
DAY = "ADT - ADSL.INDEXDT + 1 from the index date on, ADT - ADSL.INDEXDT before it: there is no day 0."


def _of_laboratory(study: Any) -> Iterator[tuple[Key, Method]]:
    laboratory = study.laboratory
    low, high = laboratory.baseline_window
    make = _named("ADLBSAF", "derive_laboratory.py")
    yield make(
        "ASEQ", "Number of the record among those of its subject and parameter, by date, time and raw row."
    )
    yield from _of_visits(study, make, study.selection)
    _, after = selection_words(study.selection, study.visits)
    yield make("AVALC", "The result as printed, with < or > outside the limits of quantification.")
    yield make(
        "ABLFL", f"Y at the last value of day {low} to {high} (index date = day 0), by subject and parameter."
    )
    yield make(
        "ANL01FL", f"Y at the record that stands for its visit: the baseline record; after it {after}."
    )
    yield make("POSTBLFL", f"Y where the day of the sample is after day {high} (index date = day 0).")
    yield make("BASE", "AVAL of the subject's record of the parameter with ABLFL = Y, on all its records.")
    yield make("CHG", "AVAL - BASE, for records with POSTBLFL = Y.")
    yield make(
        "ANRIND",
        "LOW below ANRLO, HIGH above ANRHI, else NORMAL; a limit itself is normal. Empty without any limit, and where a "
        "result outside the limits of quantification may lie on either side.",
    )
    yield make("BNRIND", "ANRIND of the record with ABLFL = Y.")
    yield make("R2ANRLO", "AVAL / ANRLO, where ANRLO is above 0.")
    yield make("R2ANRHI", "AVAL / ANRHI, where ANRHI is above 0.")
    grading = laboratory.grading or "none"
    for letter, side in (("L", "low"), ("H", "high")):
        text = f"Highest grade to the {side} side one of whose bounds is passed, 0 for none. Source of the grades: {grading}."
        yield make(f"ATOXGR{letter}", text)
        yield make(
            f"WORST{letter}FL",
            f"Y at the {side}est value after baseline, relative to its own limit, by subject.",
        )
        yield make(
            f"WGRD{letter}FL", f"Y at the highest ATOXGR{letter} after baseline, by subject and parameter."
        )
    yield make("ATOXGR", "ATOXGRH where it is above 0, else -ATOXGRL; 0 where both sides are graded 0.")
    yield make("HYSFL", _hys_law_words(laboratory.hys_law))
    yield make(
        "DTYPE",
        f"{study.below_limit.substitute}: below the limit of quantification, substituted; ULOQ: above it, the limit stands.",
        "Imputation",
    )
    yield make("REASON", "Codes of why a record does not stand for a visit, joined by semicolons.")


def _hys_law_words(rules: Any) -> str:
    if rules is None:
        return "Not looked at in this study."
    text = (
        f"Y at both records of a pair after baseline: {' or '.join(rules.transaminases)} of at least {rules.times:g} times and "
        f"{rules.bilirubin} of at least {rules.bilirubin_times:g} times the upper limit, at most {rules.days} days apart."
    )
    if rules.alkaline_phosphatase:
        text += f" C where {rules.alkaline_phosphatase} reaches {rules.phosphatase_times:g} times its limit within the same days."
    return text


def _of_files() -> Iterator[tuple[Key, Method]]:
    """Yield the methods of what is read row by row from EDC files."""
    make = _named("ADAE", "derive_subjects.py")
    yield make("ASTDY", DAY.replace("ADT", "ASTDT"))
    yield make(
        "ADURN", "AENDT - ASTDT + 1; empty where a date is missing or the event ends before it starts."
    )
    yield make(
        "TRTEMFL",
        "Y unless every day on which the event may have started lies before ADSL.TRTEMDT; of a start known in part, a known "
        "end before that day says so too. Y for every event of a subject without TRTEMDT.",
    )
    whole = "The date as collected, where it is a whole date; nothing is imputed."
    for dataset in ("ADCM", "ADMH", "ADEX"):
        make = _named(dataset, "derive_subjects.py")
        yield make("ASTDT", whole)
        yield make("AENDT", whole)
    yield _named("ADLBS", "derive_subjects.py")("LBDT", whole)
    make = _named("ADICE", "derive_subjects.py")
    yield make(
        "ICEDT",
        "Date of the event. Where it is not known in full and the event may have come after the index date, the earliest "
        "possible day (EARLYFL = Y).",
        "Imputation",
    )
    yield make("EARLYFL", "Y where ICEDT is the earliest possible day of an event that is not dated in full.")
    make = _named("ADIE", "derive_populations.py")
    yield make(
        "RESULT",
        "MET, NOT_MET or UNKNOWN by the tests of the criterion in the configuration (section eligibility), in favour of the "
        "subject; DECLARED where the form is ticked and nothing more. Unknown never counts as met.",
    )
    yield make("VALUE", "What the record that decides holds.")
    yield make("UNIT", "Unit of VALUE.")
    yield make("REASON", "Why the criterion is not decided, or how.")
    make = _named("ADDV", "derive_populations.py")
    yield make("DVSTDT", "Date of the deviation as recorded, or of the first day on which the data show it.")
    yield make("DETAIL", "What the data show; empty for a recorded deviation.")
    yield make("DVIMP", "As recorded; of a derived deviation as the configuration says of its rule.")


def _given(study: Any) -> Iterator[tuple[Key, Method]]:
    """Yield the methods of a study whose inputs are ADaM data sets."""
    make = _named("ADLB", "take_endpoint.py")
    as_given = "As the locked input data set has it"
    for variable in ("AVISIT", "AVALC", "DTYPE", "BLQFL", "REASON", "DERIV", "ADT", "ABLFL"):
        yield make(variable, f"{as_given}; empty where it has none.", "Other")
    yield make("DERIV", f"{as_given}; 'as given' where it has none.", "Other")
    yield make("AVALC", f"{as_given}; where it has none, the number of AVAL.", "Other")
    yield make("REASON", f"{as_given}, else the code of why the record is not analysed.", "Other")
    yield make(
        "ASEQ", f"{as_given}; where it has none, the number of the record by subject, date and row.", "Other"
    )
    numbers = ", ".join(f"{visit.code} = {visit.number}" for visit in study.visits)
    yield make("AVISITN", f"Number of AVISIT: {numbers}.")
    yield make("ADY", f"{as_given}, counted so that the index date is day 1 and there is no day 0.", "Other")
    yield make("BASE", f"{as_given}; where an analysed record has none, AVAL of the record with ABLFL = Y.")
    yield make("CHG", f"{as_given}; where an analysed record after baseline has none, AVAL - BASE.")
    yield make(
        "PCHG", f"{as_given}; where an analysed record after baseline has none, 100 * (AVAL - BASE) / BASE."
    )
    yield make(
        "ANL01FL",
        "Y where the input flags the record, its visit is one of the analysis, it has a value and fulfils the conditions of "
        "the endpoint; at the baseline visit where ABLFL = Y.",
    )
    yield make("DECIMALS", f"{as_given}; where it has none, the decimals of AVAL as written.", "Other")
