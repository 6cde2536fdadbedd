"""Every subject against every criterion: met, not met, unknown or declared, with what says so."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from trial.eligibility import laboratory, past
from trial.eligibility.config_criteria import Criterion, Eligibility
from trial.eligibility.evidence import Evidence, deciding, place_of
from trial.eligibility.periods import all_of, any_of
from trial.eligibility.schema import DECLARED, MET, NOT_MET, UNKNOWN
from trial.eligibility.subject_file import Record, SubjectFile

JUDGES: Mapping[str, Callable[[Any, SubjectFile], Evidence]] = {
    "dates": past.judge_dates,
    "text": past.judge_text,
    "years": past.judge_years,
    "duration": past.judge_duration,
    "history": past.judge_history,
    "medicine": past.judge_medicine,
    "number of medicines": past.judge_count,
    "laboratory": laboratory.judge_laboratory,
    "word": laboratory.judge_word,
    "serology": laboratory.judge_serology,
    "eGFR": laboratory.judge_kidney,
}
RESULTS = {True: MET, False: NOT_MET, None: UNKNOWN}


@dataclass(frozen=True)
class Judged:
    """The result of one criterion for one subject.

    Attributes
    ----------
    result : str
        `MET`: an inclusion criterion holds, or an exclusion criterion does not.
    form : str
        The investigator's answer as recorded: Y where the criterion's text holds.
    contradicted : bool
        Whether the form says the opposite of what the data do.
    """

    result: str
    evidence: Evidence
    form: str = ""
    contradicted: bool = False


def judge_subject(
    eligibility: Eligibility, adsl: Record, records: Mapping[str, tuple[Record, ...]]
) -> Iterator[tuple[str, Judged]]:
    """Yield the result of each criterion for one subject.

    Parameters
    ----------
    adsl : mapping
        The subject's row of ADSL.
    records : mapping
        The subject's records in `labs`, `adcm`, `admh`, `adlbs` and `ie`.
    """
    for code, criterion in eligibility.criteria.items():
        name = criterion.reference or eligibility.reference
        if not adsl[name]:
            yield code, Judged(UNKNOWN, Evidence(None, reason=f"{name} is missing"))
            continue
        file = SubjectFile(
            adsl=adsl,
            reference=date.fromisoformat(adsl[name]),
            days=eligibility.days,
            labs=records["labs"],
            medicines=records["adcm"],
            history=records["admh"],
            serology=records["adlbs"],
            form=tuple(row for row in records["ie"] if row["IETESTCD"] == code),
        )
        yield code, judge_criterion(criterion, file)


def judge_criterion(criterion: Criterion, file: SubjectFile) -> Judged:
    """Return the result of one criterion for one subject, whose `form` has the answers to it alone."""
    form, said = _read_form(file.form, criterion)
    if of := criterion.applies_to:
        text = str(file.adsl[of.variable])
        if text and text not in of.one_of:
            reason = f"does not apply: {of.variable} {text}"
            return Judged(MET, Evidence(True, text, "", reason, place_of(file.adsl)), form)
    if criterion.decided == "not decidable":
        return Judged(UNKNOWN, Evidence(None, reason=criterion.why or ""))
    if criterion.decided == "recorded":
        return Judged(RESULTS[said.holds], said, form)
    computed = _compute(criterion, file)
    if criterion.decided == "declared":
        found = [computed, said] if computed else [said]
        holds = all_of(one.holds for one in found)
        return Judged(DECLARED if holds else RESULTS[holds], deciding(found, holds), form)
    assert computed is not None, "a computed criterion has tests"
    contradicted = computed.holds is not None and said.holds is not None and computed.holds != said.holds
    if criterion.form != "part":
        return Judged(RESULTS[computed.holds], computed, form, contradicted)
    holds = all_of((computed.holds, said.holds))
    # The form may know more than the data: only where it denies what they show, one of them is wrong.
    return Judged(RESULTS[holds], deciding((computed, said), holds), form, contradicted and bool(said.holds))


def _compute(criterion: Criterion, file: SubjectFile) -> Evidence | None:
    """Return whether the subject complies with the criterion, by its tests; None where it has none."""
    if not criterion.tests:
        return None
    found = [JUDGES[test.test](test, file) for test in criterion.tests]
    answers = [one.holds for one in found]
    described = all_of(answers) if criterion.kind == "inclusion" else any_of(answers)
    chosen = deciding(found, described)
    complies = described if criterion.kind == "inclusion" or described is None else not described
    names = [str(getattr(test, "analyte", "")) for test in criterion.tests]
    return Evidence(complies, _values(names, found), _unit(found), chosen.reason, chosen.place)


def _values(names: list[str], found: list[Evidence]) -> str:
    """Return what each test looked at; of several, each with its analyte and unit."""
    if len(found) == 1:
        return found[0].value
    same = bool(_unit(found))
    parts = zip(names, found, strict=True)
    words = [(name, one.value or "none", "" if same or not one.value else one.unit) for name, one in parts]
    return "; ".join(" ".join(filter(None, each)) for each in words)


def _unit(found: list[Evidence]) -> str:
    units = {one.unit for one in found}
    return units.pop() if len(units) == 1 else ""


def _read_form(answers: tuple[Record, ...], criterion: Criterion) -> tuple[str, Evidence]:
    """Return the answer of the form, and whether the subject complies by it; two answers decide nothing."""
    if not criterion.reads_form:
        return "", Evidence(None)
    if not answers:
        return "", Evidence(None, "", "", "the form has no answer")
    texts = list(dict.fromkeys(str(row["IEORRES"]) for row in answers))
    place = place_of(answers[0])
    if len(texts) > 1:
        return "", Evidence(None, " and ".join(text or "none" for text in texts), "", "two answers", place)
    (text,) = texts
    if not text:
        return "", Evidence(None, "", "", "the form has no answer", place)
    return text, Evidence((text == "Y") == (criterion.kind == "inclusion"), text, "", "", place)
