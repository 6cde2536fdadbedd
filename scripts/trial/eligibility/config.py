"""The sections `eligibility` and `deviations`, and what the job that decides populations stands on."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trial.eligibility.config_criteria import (
    CountTest,
    Criterion,
    DatesTest,
    DurationTest,
    Eligibility,
    HistoryTest,
    KidneyTest,
    LaboratoryTest,
    MedicineTest,
    SerologyTest,
    TextTest,
    WordTest,
    YearsTest,
)
from trial.eligibility.config_deviations import DerivedDeviation, Deviations
from trial.eligibility.schema import OF_CRITERIA, OF_DEVIATIONS
from trial.study.base import Code, Strict
from trial.study.names import unknown_name
from trial.subjects.config import Populations, SubjectSections
from trial.subjects.config_edc import ColumnName, SubjectColumn
from trial.subjects.schema import ADCM

# The file of the EDC that a test or a rule of deviations reads.
FILES_OF_TESTS: Mapping[type, str] = {
    DurationTest: "history",
    HistoryTest: "history",
    MedicineTest: "medications",
    CountTest: "medications",
    SerologyTest: "serology",
}
FILES_OF_RULES = {"medicine": "medications", "visit missing": "visits", "visit outside window": "visits"}


class EligibilitySections(SubjectSections):
    """The sections of this room beside those of the subjects."""

    eligibility: Eligibility | None = None
    """The criteria of the study and how each is decided; left out, none is."""
    deviations: Deviations | None = None
    """Protocol deviations; left out, none are derived and those recorded have no category."""

    def subject_kinds(self) -> dict[str, str]:
        """Return the kind of every column of the study's ADSL, those that this room gives included."""
        given = own_columns(self.eligibility is not None, self.deviations is not None)
        # Not by super(): the checks call this on a study of which only some sections are sound.
        return SubjectSections.subject_kinds(self) | {variable.name: variable.kind for variable in given}


def own_columns(eligibility: bool, deviations: bool) -> tuple[Any, ...]:
    """Return the columns that ADSL has beside those of the subjects."""
    return (*(OF_CRITERIA if eligibility else ()), *(OF_DEVIATIONS if deviations else ()))


class DueVisit(Strict):
    """A visit by its window in days from the index date, ends included."""

    code: Code
    window: tuple[int, int]


class PopulationsSpec(Strict):
    """What `derive_populations` stands on; no label changes who is a member.

    `order`: the criteria as the study has them, since a slice does not keep the order of its keys.
    """

    populations: Populations
    columns: dict[ColumnName, SubjectColumn]
    order: tuple[Code, ...]
    eligibility: Eligibility | None
    deviations: Deviations | None
    visits: tuple[DueVisit, ...]


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slice of `derive_populations`."""
    populations = {name: item.model_copy(update={"label": name}) for name, item in study.populations.items()}
    columns = {
        name: SubjectColumn(label=name, kind=item.kind) for name, item in study.edc.subject_columns.items()
    }
    yield (
        "derive_populations",
        PopulationsSpec(
            populations=populations,
            columns=columns,
            order=tuple(study.eligibility.criteria) if study.eligibility else (),
            eligibility=_without_words(study.eligibility),
            deviations=study.deviations,
            visits=tuple(DueVisit(code=visit.code, window=visit.window) for visit in study.visits),
        ),
    )


def _without_words(eligibility: Eligibility | None) -> Eligibility | None:
    """Return the criteria without the texts that decide nothing."""
    if eligibility is None:
        return None
    unsaid = {"wording": "-", "needs": "-"}
    criteria = {code: one.model_copy(update=unsaid) for code, one in eligibility.criteria.items()}
    return eligibility.model_copy(update={"criteria": criteria})


def check(study: Any) -> list[str]:
    """Return what the sections of this room contradict in each other and in the rest of the study."""
    lines: list[str] = []
    if study.eligibility:
        lines += _check_eligibility(study, study.eligibility)
    if study.deviations:
        lines += _check_deviations(study, study.deviations)
    return lines


def _check_eligibility(study: Any, eligibility: Eligibility) -> Iterator[str]:
    kinds = study.subject_kinds()
    dates = [name for name, kind in kinds.items() if kind == "date"]
    yield from unknown_name("eligibility.reference", eligibility.reference, dates)
    for code, criterion in eligibility.criteria.items():
        key = f"eligibility.criteria.{code}"
        if criterion.reference:
            yield from unknown_name(f"{key}.reference", criterion.reference, dates)
        if criterion.applies_to:
            yield from unknown_name(f"{key}.applies_to.variable", criterion.applies_to.variable, kinds)
        if criterion.reads_form and not study.edc.eligibility:
            yield f"{key}: the investigator's form is edc.eligibility, which is null"
        for at, test in enumerate(criterion.tests):
            for line in _check_test(test, study, kinds):
                yield f"{key}.tests.{at}.{line}"


def _check_test(test: Any, study: Any, kinds: Mapping[str, str]) -> Iterator[str]:
    dates = [name for name, kind in kinds.items() if kind == "date"]
    file = FILES_OF_TESTS.get(type(test))
    if file and not getattr(study.edc, file):
        yield f"test: {test.test} needs edc.{file}, which is null"
    if isinstance(test, DurationTest | HistoryTest):
        yield from _check_spelled("category", test.category, study, "MHCAT")
    elif isinstance(test, SerologyTest):
        yield from _check_spelled("any_of", test.any_of, study, "LBTEST")
    elif isinstance(test, DatesTest):
        yield from unknown_name("variable", test.variable, dates)
        yield from unknown_name("not_after", test.not_after, dates)
    elif isinstance(test, TextTest):
        yield from unknown_name("variable", test.variable, [n for n, kind in kinds.items() if kind == "text"])
    elif isinstance(test, YearsTest):
        yield from unknown_name("since", test.since, [n for n, kind in kinds.items() if kind != "text"])
    elif isinstance(test, KidneyTest):
        yield from unknown_name("born", test.born, [n for n, kind in kinds.items() if kind != "text"])
        yield from _check_unit("creatinine", test.creatinine, study, ("umol/L", "mg/dL"))
    elif isinstance(test, LaboratoryTest):
        yield from _check_unit("analyte", test.analyte, study, (test.unit,))
    elif isinstance(test, WordTest):
        yield from unknown_name("analyte", test.analyte, study.analytes)


def _check_spelled(key: str, names: Iterable[str], study: Any, column: str) -> Iterator[str]:
    """Yield names that no spelling stands for: a text that is not understood must not count as none."""
    codes = list(dict.fromkeys(study.edc.spellings.get(column, {}).values()))
    for name in names:
        if name not in codes:
            known = ", ".join(codes) or "which has none"
            yield f"{key}: {name} is no code of edc.spellings.{column} ({known})"


def _check_unit(key: str, analyte: str, study: Any, units: tuple[str, ...]) -> Iterator[str]:
    """Yield an unknown analyte, or one whose results are in another unit than the bounds."""
    if unknown := unknown_name(key, analyte, study.analytes):
        yield from unknown
    elif study.analytes[analyte].unit not in units:
        yield f"unit: results of {analyte} are in {study.analytes[analyte].unit}, found {' or '.join(units)}"


def _check_deviations(study: Any, deviations: Deviations) -> Iterator[str]:
    criteria = study.eligibility.criteria if study.eligibility else {}
    visits = [visit.code for visit in study.visits]
    texts = [name for name, kind in ADCM.items() if kind == "text"]
    for at, derived in enumerate(deviations.derived):
        key = f"deviations.derived.{at}"
        yield from unknown_name(f"{key}.category", derived.category, deviations.categories)
        if derived.rule == "eligibility" and not criteria:
            yield f"{key}.rule: eligibility needs the section eligibility"
        for code in derived.criteria:
            yield from unknown_name(f"{key}.criteria", code, criteria)
        for code in derived.visits:
            yield from unknown_name(f"{key}.visits", code, visits)
        for name in derived.where or ():
            yield from unknown_name(f"{key}.where", name, texts)
        file = FILES_OF_RULES.get(derived.rule)
        if file and not getattr(study.edc, file):
            yield f"{key}.rule: {derived.rule} needs edc.{file}, which is null"


__all__ = ["Criterion", "DerivedDeviation", "EligibilitySections", "PopulationsSpec", "check", "slices"]
