"""How derived variables of endpoint records and of the safety laboratory are made."""

from collections.abc import Iterator
from typing import Any

from trial.endpoints.indices import FORMULAS, WITH_POLE
from trial.endpoints.inputs import INPUTS
from trial.export.datasets import is_analysed
from trial.export.method_words import DAY, Key, Maker, Method, named, selection_words, windows_words


def endpoint_value(study: Any, parameter: str) -> Method:
    endpoint = study.endpoints[parameter]
    source, name = endpoint.source, f"AVAL of {parameter}"
    if is_analysed(study):
        text = f"AVAL of {source.dataset}, PARAMCD {source.paramcd}, of the locked input data set, as given."
        return Method(name, text, "Other", "take_endpoint.py")
    serves = f"Results {_fasting(source.fasting)}; specimen {', '.join(source.specimens)}, or not said."
    if hasattr(source, "index"):
        return Method(name, f"{_index_text(study, source)} {serves}", program="derive_endpoint.py")
    text = (
        f"Usable result of {source.analyte} in {endpoint.unit}; a result reported in another unit is "
        f"converted by the table of units. {serves} A result below the limit of quantification is "
        f"{study.below_limit.substitute} (DTYPE says so), one above it is the upper limit (DTYPE = ULOQ); "
        "AVALC keeps the printed result."
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
        f"{formula} {inputs}, of one draw: the same accession or raw row, else at most "
        f"{rules.pairing_minutes} minutes apart. Replicates of a draw are averaged before the formula "
        "(DTYPE = AVERAGE). No value where an input is missing or censored."
    )
    if source.index in WITH_POLE:
        text += (
            f" No value at glucose of {rules.homa_b_undefined_at} mmol/L or below; below "
            f"{rules.homa_b_unstable_below} mmol/L it is computed and flagged in REASON (HOMA_B_UNSTABLE)."
        )
    return text


def laboratory_value(study: Any, parameter: Any) -> Method:
    unit = study.analytes[parameter.analyte].unit
    text = (
        f"Usable result of {parameter.analyte} in {unit}; a result reported in another unit is converted "
        f"by the table of units. Below the limit of quantification {study.below_limit.substitute}, above "
        "it the upper limit; DTYPE says so."
    )
    return Method(f"AVAL of {parameter.code}", text, program="derive_laboratory.py")


def of_endpoints(study: Any) -> Iterator[tuple[Key, Method]]:
    make = named("ADLB", "derive_endpoint.py")
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
        f"{study.below_limit.substitute}: below the limit of quantification, substituted; ULOQ: above it, "
        "the limit stands; AVERAGE: replicates of one draw were averaged. Empty for an observed value.",
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


def _of_visits(study: Any, make: Maker, selection: Any) -> Iterator[tuple[Key, Method]]:
    if selection.visit == "window":
        text = f"The visit whose window holds the sample's day (index date = day 0). {windows_words(study)}."
    else:
        text = "The visit that the export names for the sample, where it is an analysis visit."
    if selection.baseline == "flag of the export":
        text += f" A record that the export flags as baseline is of {study.visits[0].code}."
    yield make("AVISIT", text)
    numbers = ", ".join(f"{visit.code} = {visit.number}" for visit in study.visits)
    yield make("AVISITN", f"Number of AVISIT: {numbers}.")
    yield make("ADT", "Date of collection of the sample.")
    yield make("ADY", f"{DAY} Windows of visits count the index date as day 0.")


def of_laboratory(study: Any) -> Iterator[tuple[Key, Method]]:
    laboratory = study.laboratory
    low, high = laboratory.baseline_window
    make = named("ADLBSAF", "derive_laboratory.py")
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
        "LOW below ANRLO, HIGH above ANRHI, else NORMAL; a limit itself is normal. Empty without any "
        "limit, and where a result outside the limits of quantification may lie on either side.",
    )
    yield make("BNRIND", "ANRIND of the record with ABLFL = Y.")
    yield make("R2ANRLO", "AVAL / ANRLO, where ANRLO is above 0.")
    yield make("R2ANRHI", "AVAL / ANRHI, where ANRHI is above 0.")
    grading = laboratory.grading or "none"
    for letter, side in (("L", "low"), ("H", "high")):
        text = f"Highest grade to the {side} side with a bound that is passed, 0 for none. Grades: {grading}."
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
        f"{study.below_limit.substitute}: below the limit of quantification, substituted; ULOQ: above it, "
        "the limit stands.",
        "Imputation",
    )
    yield make("REASON", "Codes of why a record does not stand for a visit, joined by semicolons.")


def _hys_law_words(rules: Any) -> str:
    if rules is None:
        return "Not looked at in this study."
    text = (
        f"Y at both records of a pair after baseline: {' or '.join(rules.transaminases)} of at least "
        f"{rules.times:g} times and {rules.bilirubin} of at least {rules.bilirubin_times:g} times the "
        f"upper limit, at most {rules.days} days apart."
    )
    if rules.alkaline_phosphatase:
        times = f"{rules.phosphatase_times:g} times its limit"
        text += f" C where {rules.alkaline_phosphatase} reaches {times} within the same days."
    return text


def of_given(study: Any) -> Iterator[tuple[Key, Method]]:
    """Yield the methods of a study whose inputs are ADaM data sets."""
    make = named("ADLB", "take_endpoint.py")
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
        "Y where the input flags the record, its visit is one of the analysis, it has a value and fulfils "
        "the conditions of the endpoint; at the baseline visit where ABLFL = Y.",
    )
    yield make("DECIMALS", f"{as_given}; where it has none, the decimals of AVAL as written.", "Other")
