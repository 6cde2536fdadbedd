"""How derived values are made where the study's configuration decides it, in words.

What holds for every study stands with the declaration of a variable (`derivation`); these texts stand
before it: windows, selection, time zero, limits, parameters. Formulas of indices are those of
`trial.endpoints.indices`, each with its source. Of a study whose inputs are ADaM data sets they say what is
taken as given.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trial.endpoints.indices import FORMULAS, WITH_POLE
from trial.endpoints.inputs import INPUTS
from trial.export.datasets import is_analysed

# A data set and its variable, as the pipeline's own file names it; the text.
Text = tuple[tuple[str, str], str]
# How the formulas of `trial.endpoints.indices` call their inputs.
_LETTERS = {"glucose": "G", "insulin": "I", "cpeptide": "CP", "triglycerides": "TG"}
_FASTING = {
    "required": "known to be fasting",
    "not contradicted": "not known to be other than fasting",
    "any": "whatever the fasting state",
}


class Methods:
    """The texts of a study.

    Parameters
    ----------
    study : Study or AnalysedStudy
        The checked configuration.
    """

    def __init__(self, study: Any) -> None:
        self._study = study
        self.texts: Mapping[tuple[str, str], str] = dict(
            _given(study) if is_analysed(study) else _derived(study)
        )

    def of(self, dataset: str, variable: str) -> str:
        """Return how a variable is made; nothing where the configuration decides nothing of it."""
        return self.texts.get((dataset, variable), "")

    def of_value(self, dataset: str, parameter: str) -> str:
        """Return how AVAL of one parameter is made; nothing where no such one is configured."""
        if dataset == "ADLB" and parameter in self._study.endpoints:
            return _endpoint_value(self._study, parameter)
        laboratory = getattr(self._study, "laboratory", None)
        if dataset == "ADLBSAF" and laboratory and parameter in laboratory.by_code:
            return _laboratory_value(self._study, laboratory.by_code[parameter])
        return ""


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
    scheduled = "; records that the export names after a visit stand before others"
    first = scheduled if selection.scheduled_first else ""
    return before[selection.baseline] + first, after[selection.after_baseline] + first


def _endpoint_value(study: Any, parameter: str) -> str:
    endpoint = study.endpoints[parameter]
    source = endpoint.source
    if is_analysed(study):
        return f"AVAL of {source.dataset}, PARAMCD {source.paramcd}, of the locked input data set, as given"
    serves = f"Results {_FASTING[source.fasting]}; specimen {', '.join(source.specimens)}, or not said"
    if hasattr(source, "index"):
        return f"{_index_value(study.indices, source)} {serves}"
    return (
        f"{_result(source.analyte, endpoint.unit)} {serves}. A result below the limit of quantification is "
        f"{study.below_limit.substitute}, one above it is the upper limit (DTYPE); AVALC keeps the printed "
        "result"
    )


def _laboratory_value(study: Any, parameter: Any) -> str:
    unit = study.analytes[parameter.analyte].unit
    return (
        f"{_result(parameter.analyte, unit)} Below the limit of quantification "
        f"{study.below_limit.substitute}, above it the upper limit (DTYPE)"
    )


def _result(analyte: str, unit: str) -> str:
    return f"Usable result of {analyte} in {unit}; one in another unit is converted by the table of units."


def _index_value(rules: Any, source: Any) -> str:
    formula = (FORMULAS[source.index].__doc__ or "").strip().partition("\n")[0]
    inputs = ", ".join(
        f"{_LETTERS[role]} is {role} in {unit} ({source.inputs[role]})"
        for role, unit in INPUTS[source.index].items()
    )
    text = (
        f"{formula} {inputs}, of one draw: the same accession or raw row, else at most "
        f"{rules.pairing_minutes} minutes apart. Replicates of a draw are averaged before the formula "
        "(DTYPE AVERAGE). No value where an input is missing or outside its limits of quantification."
    )
    if source.index in WITH_POLE:
        text += (
            f" No value at glucose of {rules.homa_b_undefined_at} mmol/L or below; below "
            f"{rules.homa_b_unstable_below} mmol/L it is computed and flagged in REASON (HOMA_B_UNSTABLE)."
        )
    return text


def _derived(study: Any) -> Iterator[Text]:
    """Yield the texts of a study that starts from raw data."""
    timed = [arm.code for arm in study.arms if arm.index_date[0].column == "INFUSION_DT"]
    if timed:
        lost = f"; empty in an arm that is timed by infusion ({', '.join(timed)}) where there was none"
        yield ("ADSL", "TRT01A"), f"TRT01P{lost}"
    first = "The first of these dates of the subjects file that is present, plus its lag"
    yield ("ADSL", "INDEXDT"), f"{first}. {_dates(study.arms, 'index_date')}"
    yield ("ADSL", "TRTEMDT"), f"{first}. {_dates(study.arms, 'emergent_from')}"
    yield from _of_endpoints(study)
    if study.laboratory:
        yield from _of_laboratory(study, study.laboratory)


def _dates(arms: Any, rules: str) -> str:
    """Return by arm the columns whose date counts, in their order, with the days added."""
    return "; ".join(
        f"{arm.code}: {', else '.join(f'{rule.column}{rule.lag_days:+d} d' for rule in getattr(arm, rules))}"
        for arm in arms
    )


def _of_endpoints(study: Any) -> Iterator[Text]:
    yield from _of_visits(study, "ADLB")
    own = [
        f"{code}: baseline {before}; after it {after}"
        for code, endpoint in study.endpoints.items()
        if endpoint.selection
        for before, after in [selection_words(endpoint.selection, study.visits)]
    ]
    differing = f". Of its own: {'; '.join(own)}" if own else ""
    before, after = selection_words(study.selection, study.visits)
    yield ("ADLB", "ABLFL"), f"Y at {before}, by subject and parameter{differing}"
    chosen = f"at baseline {before}; after it {after}"
    yield ("ADLB", "ANL01FL"), f"Y at the record that stands for its visit: {chosen}{differing}"
    later = (
        f"for records of {next(visit for visit in study.visits if not visit.baseline).code} or a later visit"
    )
    yield ("ADLB", "CHG"), f"AVAL - BASE, {later}"
    yield ("ADLB", "PCHG"), f"100 * (AVAL - BASE) / BASE, {later}; missing where BASE is 0"
    limits = (
        f"{study.below_limit.substitute}: below the limit of quantification; ULOQ: above it, the limit stands"
    )
    averaged = "AVERAGE: replicates of one draw were averaged"
    yield ("ADLB", "DTYPE"), f"{limits}; {averaged}. Empty for an observed value"


def _of_visits(study: Any, dataset: str) -> Iterator[Text]:
    if study.selection.visit == "window":
        windows = "; ".join(
            f"{visit.code} ({visit.label}): day {visit.window[0]} to {visit.window[1]}, target "
            f"{visit.target_day}"
            for visit in study.visits
        )
        text = f"The visit whose window holds the sample's day, the index date being day 0. {windows}"
    else:
        text = "The visit that the export names for the sample, where it is an analysis visit"
    if study.selection.baseline == "flag of the export":
        text += f". A record that the export flags as baseline is of {study.visits[0].code}"
    yield (dataset, "AVISIT"), text
    yield (dataset, "AVISITN"), _numbers(study)


def _numbers(study: Any) -> str:
    return f"Number of AVISIT: {', '.join(f'{visit.code} = {visit.number}' for visit in study.visits)}"


def _of_laboratory(study: Any, laboratory: Any) -> Iterator[Text]:
    low, high = laboratory.baseline_window
    yield from _of_visits(study, "ADLBSAF")
    _, after = selection_words(study.selection, study.visits)
    days = f"day {low} to {high}, the index date being day 0"
    yield ("ADLBSAF", "ABLFL"), f"Y at the last value of {days}, by subject and parameter"
    chosen = f"at baseline the record with ABLFL Y; after it {after}"
    yield ("ADLBSAF", "ANL01FL"), f"Y at the record that stands for its visit: {chosen}"
    yield (
        ("ADLBSAF", "POSTBLFL"),
        f"Y where the sample's day lies after day {high}, the index date being day 0",
    )
    for letter, side in (("L", "low"), ("H", "high")):
        graded = f"Highest grade to the {side} side with a bound that is passed, 0 for none"
        yield ("ADLBSAF", f"ATOXGR{letter}"), f"{graded}. Grades: {laboratory.grading or 'none'}"
    yield ("ADLBSAF", "HYSFL"), _hys_law(laboratory.hys_law)


def _hys_law(rules: Any) -> str:
    if rules is None:
        return "Not looked at in this study"
    text = (
        f"Y at both records of a pair after baseline: {' or '.join(rules.transaminases)} of at least "
        f"{rules.times:g} times and {rules.bilirubin} of at least {rules.bilirubin_times:g} times the "
        f"upper limit, at most {rules.days} days apart"
    )
    if rules.alkaline_phosphatase:
        times = f"{rules.phosphatase_times:g} times its limit"
        text += f". C where {rules.alkaline_phosphatase} reaches {times} within the same days"
    return text


def _given(study: Any) -> Iterator[Text]:
    """Yield the texts of a study whose inputs are ADaM data sets."""
    given = "As the locked input data set has it"
    texts = {
        "ASEQ": f"{given}; where it has none, the number of the record by date and row",
        "AVISIT": f"{given}, by the code that the configuration gives its text",
        "AVISITN": _numbers(study),
        "ADY": f"{given}, counted so that the index date is day 1 and there is no day 0",
        "AVALC": f"{given}; where it has none, the number of AVAL",
        "BASE": f"{given}; where an analysed record has none, AVAL of the record with ABLFL Y",
        "CHG": f"{given}; where an analysed record after baseline has none, AVAL - BASE",
        "PCHG": f"{given}; where an analysed record after baseline has none, 100 * (AVAL - BASE) / BASE",
        "ANL01FL": "Y where the input flags the record, its visit is one of the analysis, it has a value "
        "and fulfils the conditions of the endpoint; at the baseline visit where ABLFL is Y",
        "REASON": f"{given}; where it has none, the code of why the record is not analysed",
        "DERIV": f"{given}; 'as given' where it has none",
        "DECIMALS": f"{given}; where it has none, the decimals of AVAL as written",
    }
    same = ("ADT", "ABLFL", "DTYPE", "BLQFL", "LLOQ", "CENSOR", "VISIT", "AVALU")
    texts |= dict.fromkeys(same, f"{given}; empty where it has none")
    yield from ((("ADLB", name), text) for name, text in texts.items())
