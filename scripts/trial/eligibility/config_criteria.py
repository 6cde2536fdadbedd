"""The section `eligibility`: every criterion of the study, the data it needs, and how it is decided.

A test says what the criterion's text describes. An inclusion criterion is met where all its tests hold, an
exclusion criterion where none does; a test that the data cannot decide leaves the criterion unknown.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from trial.labs.config_words import Specimen
from trial.study.base import Code, Strict, Text
from trial.subjects.config_edc import ColumnName

Days = Annotated[int, Field(ge=0, le=36600)]
Many = Annotated[int, Field(ge=0, le=1000)]
Texts = Annotated[tuple[Text, ...], Field(strict=False, min_length=1)]


def _rising(days: tuple[int, int]) -> tuple[int, int]:
    if days[0] > days[1]:
        raise ValueError(f"the first day {days[0]} lies after the last {days[1]}")
    return days


class Bounds(Strict):
    """One comparison or two with a number; `above` and `below` leave the bound itself out."""

    above: float | None = None
    """The value is greater than this one."""
    at_least: float | None = None
    """The value is this one or greater."""
    below: float | None = None
    """The value is smaller than this one."""
    at_most: float | None = None
    """The value is this one or smaller."""

    @model_validator(mode="after")
    def _has_bound(self) -> "Bounds":
        lows = [one for one in (self.above, self.at_least) if one is not None]
        highs = [one for one in (self.below, self.at_most) if one is not None]
        if not lows + highs or len(lows) > 1 or len(highs) > 1:
            raise ValueError("at least one of above, at_least, below, at_most; one for each end")
        if lows and highs and lows[0] > highs[0]:
            raise ValueError(f"the lower bound {lows[0]:g} lies above the upper bound {highs[0]:g}")
        return self


class DatesTest(Strict):
    """Two dates of ADSL in order: the first is there, and not after the second."""

    test: Literal["dates"]
    """Two dates in order."""
    variable: ColumnName
    """The earlier date, a column of ADSL."""
    not_after: ColumnName
    """The later date, a column of ADSL; where it is empty, the order is not in question."""


class TextTest(Strict):
    """A text of ADSL is one of those given."""

    test: Literal["text"]
    """A text of ADSL."""
    variable: ColumnName
    """The column of ADSL."""
    one_of: Texts
    """The texts with which the test holds."""


class YearsTest(Bounds):
    """Completed years at the reference date since a date or year of ADSL, as an age is counted."""

    test: Literal["years"]
    """Completed years since a date."""
    since: ColumnName
    """A date of ADSL, or a number that is a year: then the day in that year is not known."""


class DurationTest(Strict):
    """A condition of the medical history that began at least so many years before the reference date."""

    test: Literal["duration"]
    """How long a condition has lasted."""
    category: Texts
    """Groups of the history (MHCAT); the earliest beginning counts."""
    at_least_years: Annotated[float, Field(gt=0, le=100, multiple_of=0.5)]
    """Years, the day itself included."""


class HistoryTest(Strict):
    """A condition of the medical history that was there at, or within a time before, the reference date."""

    test: Literal["history"]
    """A condition, now or before."""
    category: Texts
    """Groups of the history (MHCAT)."""
    within_months: Many | None
    """Months before the reference date in which it still was there, both ends included; null: ever."""


class MedicineTest(Strict):
    """A medicine of a class that was taken at, or within a time before, the reference date."""

    test: Literal["medicine"]
    """A medicine, now or before."""
    classes: Texts
    """Classes of medicines (CMCLASS); case does not count."""
    within_days: Days | None = None
    """Days before the reference date in which it was still taken, both ends included."""
    within_months: Many | None = None
    """The same in months of the calendar."""

    @model_validator(mode="after")
    def _one_time(self) -> "MedicineTest":
        if (self.within_days is None) == (self.within_months is None):
            raise ValueError("exactly one of within_days, within_months")
        return self


class CountTest(Strict):
    """How many medicines of some classes were taken at the reference date."""

    test: Literal["number of medicines"]
    """How many medicines are taken."""
    classes: Texts
    """Classes of medicines (CMCLASS); case does not count."""
    substances: dict[Text, Annotated[int, Field(ge=1, le=9)]]
    """Medicines (CMTRT) that count for more than one: combinations. {} for none."""
    at_least: Many
    """The smallest number."""
    at_most: Many | None
    """The greatest number; null for no limit."""


class LaboratoryTest(Bounds):
    """A laboratory result near the reference date, against a number or the upper limit of normal."""

    test: Literal["laboratory"]
    """A number of the laboratory."""
    analyte: Code
    """The analyte."""
    unit: Text
    """The analyte's standard unit, in which the bounds (or the results that they multiply) are."""
    of: Literal["number", "upper normal"]
    """What the bounds are: numbers, or multiples of the result's own upper limit of normal."""
    fasting: Literal["required", "not contradicted", "any"]
    """Which results can serve, by their fasting state."""
    specimens: Annotated[tuple[Specimen, ...], Field(strict=False)]
    """Specimens that can serve, beside those of which nothing is said; [] for all."""


class WordTest(Strict):
    """A laboratory result in words, or below the laboratory's own limit where it is a number."""

    test: Literal["word"]
    """A word of the laboratory."""
    analyte: Code
    """The analyte."""
    one_of: Texts
    """Words as the laboratory data have them (NEGATIVE, POSITIVE)."""
    numbers: Literal["below upper normal", "at or above upper normal", "undecided"]
    """When a number counts as one of the words, by the upper limit of normal of the result."""


class SerologyTest(Strict):
    """One of some serological tests near the reference date has a result."""

    test: Literal["serology"]
    """A serological test."""
    any_of: Texts
    """Names of the tests (LBTEST); the test holds where one of them has the result."""
    result: Literal["POSITIVE", "NEGATIVE"]
    """The result."""


class KidneyTest(Bounds):
    """The estimated glomerular filtration rate in mL/min/1.73 m², from creatinine near the reference date."""

    test: Literal["eGFR"]
    """Estimated glomerular filtration rate."""
    creatinine: Code
    """The analyte of creatinine, standardised to umol/L or mg/dL."""
    born: ColumnName
    """Date or year of birth in ADSL."""
    equation: Literal["CKD-EPI 2009", "CKD-EPI 2021"]
    """The equation; neither uses race."""


Test = Annotated[
    DatesTest
    | TextTest
    | YearsTest
    | DurationTest
    | HistoryTest
    | MedicineTest
    | CountTest
    | LaboratoryTest
    | WordTest
    | SerologyTest
    | KidneyTest,
    Field(discriminator="test"),
]


class AppliesTo(Strict):
    """Whom a criterion is about: a text of ADSL. It is met by all others."""

    variable: ColumnName
    """The column of ADSL."""
    one_of: Texts
    """Its texts."""


class Criterion(Strict):
    """One criterion as the protocol or the registry has it."""

    kind: Literal["inclusion", "exclusion"]
    """Inclusion: must hold. Exclusion: must not hold."""
    wording: Text
    """The criterion in the words of its source."""
    needs: Text
    """The data that decide it, in words."""
    decided: Literal["computed", "recorded", "declared", "not decidable"]
    """computed: from data, by its tests; recorded: by the investigator's form; declared: the form is ticked,
    nothing more is known; not decidable: nothing that was collected decides it."""
    tests: Annotated[tuple[Test, ...], Field(strict=False)] = ()
    """What is computed. Of an inclusion criterion all must hold, of an exclusion criterion none."""
    form: Literal["compared", "part"] | None = None
    """Of a computed criterion: the form answers the same (`compared`: another answer is asked about), or also
    what cannot be computed (`part`: both must be in favour); null where the form has no such question."""
    applies_to: AppliesTo | None = None
    """Whom it is about; null for everyone."""
    why: Text | None = None
    """Why it is not decidable."""
    reference: ColumnName | None = None
    """A date of ADSL other than the one of the section; null for that one."""

    @model_validator(mode="after")
    def _fits(self) -> "Criterion":
        if (self.decided == "computed") != bool(self.tests) and self.decided != "declared":
            raise ValueError(f"a criterion that is {self.decided} has {'no' if self.tests else 'some'} tests")
        if self.form and self.decided != "computed":
            raise ValueError(
                "form belongs to a computed criterion; the others are answered by the form alone"
            )
        if (self.why is None) == (self.decided == "not decidable"):
            raise ValueError("why belongs to a criterion that is not decidable, and only to it")
        return self

    @property
    def reads_form(self) -> bool:
        """Whether the investigator's form is read."""
        return self.form is not None or self.decided in ("recorded", "declared")


class Eligibility(Strict):
    """Reference date, laboratory results that count, and the criteria by their ids."""

    reference: ColumnName
    """The date of ADSL from which criteria count, unless they say otherwise: screening."""
    days: Annotated[tuple[int, int], Field(strict=False), AfterValidator(_rising)]
    """Days from the reference date in which a laboratory result or serology may lie, ends included; of
    several the last counts."""
    criteria: Annotated[dict[Code, Criterion], Field(min_length=1)]
    """The criteria in their order."""

    def tests(self) -> Mapping[str, tuple[Test, ...]]:
        """Return the tests of each criterion."""
        return {code: criterion.tests for code, criterion in self.criteria.items()}
