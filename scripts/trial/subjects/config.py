"""The configuration of the subject level: arms, time zero and populations; EDC files in `config_edc`."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)

from trial.study.base import Code, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.subjects.config_edc import ColumnName, Edc, Label, check_edc
from trial.subjects.config_events import EventRule, IntercurrentEvent, check_events, event_rules
from trial.subjects.schema import ADSL


class DateRule(Strict):
    """One way to a subject's index date: a date column of the subjects file plus a lag in days."""

    column: Literal["INFUSION_DT", "ALLOC_DT", "ENROL_DT"]
    """Date column of the subjects file."""
    lag_days: Annotated[int, Field(ge=0, le=3660)]
    """Days from that date to the index date."""


class EmergenceRule(Strict):
    """One way to the first day whose adverse events count as treatment-emergent: a date column plus a lag.

    The day is that of the first study procedure of the arm, which may come before time zero: bone marrow is
    aspirated the day before its cells are infused.
    """

    column: Literal["INFUSION_DT", "ALLOC_DT", "ENROL_DT"]
    """Date column of the subjects file."""
    lag_days: Annotated[int, Field(ge=-365, le=3660)]
    """Days from that date to the first day that counts; below zero: days before it."""


class Arm(Strict):
    """One treatment arm: code and label of outputs, the site's spellings, its time zero and emergence."""

    code: Code
    """Code of the arm in data and results."""
    label: Text
    """Name of the arm as printed."""
    site_texts: listed(str)  # type: ignore[valid-type]
    """How the subjects file calls the arm; case does not count."""
    index_date: listed(DateRule)  # type: ignore[valid-type]
    """Ways to the index date; the first whose date is present is used."""
    emergent_from: listed(EmergenceRule)  # type: ignore[valid-type]
    """Ways to the first day whose adverse events are emergent; the first whose date is present is used."""


class Other(Strict):
    """Another column of ADSL, as the value that a condition compares with."""

    variable: ColumnName
    """The other column of ADSL."""


def _value(found: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Hold a date as ISO text, as the data sets do: the kind of the column says what a text stands for."""
    try:
        return read(found.isoformat() if type(found) is date else found)
    except ValidationError:
        raise ValueError("expected a number, a date, a text in quotes, or {variable: NAME}") from None


Value = Annotated[float | str, WrapValidator(_value)]
Operand = Annotated[float | str | Other, WrapValidator(_value)]
TESTS = ("presence", "equals", "one_of", "at_least", "at_most")


class Condition(Strict):
    """One condition on a subject: a column of ADSL, exactly one test, and the reason where it does not hold.

    `is` asks whether there is a value. The others compare with a number, a date, a text, or with
    `{variable: NAME}`, and `if_missing` says what counts where a value is missing. A flag is Y or empty.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    variable: ColumnName
    """The column of ADSL that is looked at; a flag is Y or empty."""
    presence: Annotated[Literal["present", "missing"] | None, Field(alias="is")] = None
    """Whether there is a value."""
    equals: Operand | None = None
    """The value is this one."""
    one_of: Annotated[tuple[Value, ...], Field(strict=False, min_length=1)] | None = None
    """The value is one of these."""
    at_least: Operand | None = None
    """The number or date is this one or above."""
    at_most: Operand | None = None
    """The number or date is this one or below."""
    if_missing: Literal["holds", "fails"] | None = None
    """What counts where a value of a comparison is missing."""
    otherwise: Text
    """The reason given for a subject whom it excludes; `{value}` stands for the value of the variable."""

    @model_validator(mode="after")
    def _one_test(self) -> "Condition":
        if len([name for name in TESTS if getattr(self, name) is not None]) != 1:
            raise ValueError("a condition has exactly one of is, equals, one_of, at_least, at_most")
        if (self.if_missing is None) == (self.presence is None):
            raise ValueError("if_missing (holds or fails) goes with a comparison, and not with is")
        return self

    @property
    def test(self) -> str:
        """The name of the test."""
        return next(name for name in TESTS if getattr(self, name) is not None)

    def operands(self) -> tuple[float | str | Other, ...]:
        """Return what the variable is compared with; nothing for `is`."""
        if self.presence is not None:
            return ()
        found = getattr(self, self.test)
        return found if isinstance(found, tuple) else (found,)

    def columns(self) -> tuple[str, ...]:
        """Return the columns of ADSL that the condition reads."""
        return (self.variable, *(item.variable for item in self.operands() if isinstance(item, Other)))


class Population(Strict):
    """One analysis population: its label, and the conditions that all hold for a member."""

    label: Label
    """Name of the population as printed, at most 40 characters."""
    conditions: listed(Condition)  # type: ignore[valid-type]
    """All of them hold for a member."""


Populations = Annotated[dict[ColumnName, Population], Field(min_length=1)]


class SubjectSections(Strict):
    """The sections of this room."""

    edc: Edc
    """Files of the electronic data capture, below data/raw."""
    arms: listed(Arm)  # type: ignore[valid-type]
    """Treatment arms in the order of the outputs."""
    reference_arm: Code
    """The arm that others are compared with."""
    populations: Populations
    """Analysis populations by the name of their flag in ADSL."""
    intercurrent_events: dict[Code, IntercurrentEvent]
    """Events that change what later values mean, by code; estimands say what each does. {} for none."""

    def subject_kinds(self) -> dict[str, str]:
        """Return the kind of every column of the study's ADSL, flags of the populations included."""
        declared = {name: column.kind for name, column in self.edc.subject_columns.items()}
        return dict(ADSL) | dict.fromkeys(sorted(self.populations), "text") | declared

    def subject_labels(self) -> dict[str, str]:
        """Return the label of the study's own columns of ADSL."""
        return {name: column.label for name, column in self.edc.subject_columns.items()}


class SubjectsSpec(Strict):
    """What `derive_subjects` stands on; labels of columns are no part of it."""

    edc: Edc
    arms: listed(Arm)  # type: ignore[valid-type]
    events: dict[Code, EventRule]


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slice of `derive_subjects`."""
    columns = {
        name: column.model_copy(update={"label": name}) for name, column in study.edc.subject_columns.items()
    }
    edc = study.edc.model_copy(update={"subject_columns": columns})
    yield "derive_subjects", SubjectsSpec(edc=edc, arms=study.arms, events=event_rules(study))


def check(study: Any) -> list[str]:
    """Return what the sections of this room contradict in each other."""
    return [
        *check_edc(study),
        *_check_arms(study),
        *_check_columns(study),
        *_check_populations(study),
        *check_events(study),
    ]


def _check_arms(study: Any) -> list[str]:
    codes = [arm.code for arm in study.arms]
    lines = repeated_names("arms.code", codes)
    lines += repeated_names("arms.label", [arm.label for arm in study.arms])
    texts = [text.casefold() for arm in study.arms for text in arm.site_texts]
    lines += repeated_names("arms.site_texts", texts)
    for text in study.edc.screen_failures:
        if text.casefold() in texts:
            lines.append(f"edc.screen_failures: '{text}' is also one of arms.site_texts")
    if len(codes) < 2:
        lines.append(f"arms: a comparison needs at least two arms, found {len(codes)}")
    return lines + unknown_name("reference_arm", study.reference_arm, codes)


def _check_columns(study: Any) -> list[str]:
    lines = []
    for name in study.edc.subject_columns:
        if name == "ROW":
            lines.append(
                "edc.subject_columns.ROW: the name stands for the row of a raw file; rename the column"
            )
        if name in ADSL:
            lines.append(f"edc.subject_columns.{name}: every ADSL has this column already")
        if name in study.populations:
            lines.append(f"edc.subject_columns.{name}: populations.{name} gives a column of this name")
    return lines + [
        f"populations.{name}: every ADSL has a column of this name"
        for name in study.populations
        if name in ADSL
    ]


def _check_populations(study: Any) -> list[str]:
    kinds = study.subject_kinds()
    lines = [
        line
        for name, population in study.populations.items()
        for at, condition in enumerate(population.conditions)
        for line in check_condition(f"populations.{name}.conditions.{at}", condition, kinds)
    ]
    return lines + _check_circles(study.populations)


def check_condition(key: str, condition: Condition, kinds: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a condition on columns of these kinds."""
    test = condition.test
    for place, column in zip(("variable", f"{test}.variable"), condition.columns(), strict=False):
        if unknown := unknown_name(f"{key}.{place}", column, kinds):
            return unknown
    if ";" in condition.otherwise:
        return [f"{key}.otherwise: several reasons are joined by ';' and counted apart; give one without it"]
    kind = kinds[condition.variable]
    if kind == "text" and test in ("at_least", "at_most"):
        return [f"{key}.{test}: {condition.variable} is text, which has no order; use equals or one_of"]
    return [
        f"{key}.{test}: {condition.variable} is a {kind}, found {found}"
        for operand in condition.operands()
        if (found := _misfit(operand, kind, kinds))
    ]


def _misfit(operand: float | str | Other, kind: str, kinds: Mapping[str, str]) -> str:
    """Return how an operand is called that cannot be compared with a column of this kind, else nothing."""
    if isinstance(operand, Other):
        other = kinds[operand.variable]
        return "" if other == kind else f"{operand.variable}, a {other}"
    if kind == "date":
        return "" if isinstance(operand, str) and _is_date(operand) else f"{operand!r}, no date YYYY-MM-DD"
    fits = isinstance(operand, str) == (kind == "text")
    return "" if fits else f"{operand!r}"


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_circles(populations: Mapping[str, Population]) -> list[str]:
    """A population may stand on others, never on itself."""
    below = {
        name: {column for condition in population.conditions for column in condition.columns()}
        & set(populations)
        for name, population in populations.items()
    }
    for _ in populations:  # after as many steps as there are populations, nothing new can be reached
        below = {name: reached.union(*(below[other] for other in reached)) for name, reached in below.items()}
    return [f"populations.{name}: stands on itself" for name, reached in below.items() if name in reached]
