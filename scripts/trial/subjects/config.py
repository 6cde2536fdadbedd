"""The configuration of the subject level: EDC files, arms, time zero and populations."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from trial.study.base import Code, RawPath, Strict, Text, listed
from trial.study.names import repeated_names, unknown_name
from trial.study.variables import LABEL_LENGTH, NAME_LENGTH
from trial.subjects.schema import ADSL

# A column of an analysis data set has a name and a label that fit a transport file.
ColumnName = Annotated[str, StringConstraints(pattern=rf"^[A-Z][A-Z0-9_]{{0,{NAME_LENGTH - 1}}}$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=LABEL_LENGTH, strip_whitespace=True)]


class SubjectColumn(Strict):
    """A further column of the subjects file that reaches ADSL under its name.

    `codes`: the closed list of a text column's values with their meaning; null where any text may stand.
    """

    label: Label
    kind: Literal["text", "number", "date"]
    codes: Annotated[dict[str, Text], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _codes_of_text(self) -> "SubjectColumn":
        if self.codes and self.kind != "text":
            raise ValueError(f"codes belong to kind text, found kind {self.kind}")
        return self


class Edc(Strict):
    """The EDC files below `data/raw`; those not named do not exist in this study."""

    subject_key: RawPath
    subjects: RawPath
    visits: RawPath | None
    medications: RawPath | None
    adverse_events: RawPath | None
    discontinuation: RawPath | None
    subject_columns: dict[ColumnName, SubjectColumn]

    def files(self) -> dict[str, str]:
        """Return the path of each file that the study has, by its kind."""
        named = self.model_dump(exclude={"subject_columns"})
        return {kind: path for kind, path in named.items() if path}


class DateRule(Strict):
    """One way to a subject's index date: a date column of the subjects file plus a lag in days."""

    column: Literal["INFUSION_DT", "ALLOC_DT", "ENROL_DT"]
    lag_days: Annotated[int, Field(ge=0)]


class Arm(Strict):
    """One treatment arm: code and label of outputs, the site's spellings, and its time zero."""

    code: Code
    label: Text
    site_texts: listed(str)  # type: ignore[valid-type]
    index_date: listed(DateRule)  # type: ignore[valid-type]


class Other(Strict):
    """Another column of ADSL, as the value that a condition compares with."""

    variable: ColumnName


# A date is held as ISO text, as in the data sets; the kind of the column says what a text stands for.
Value = Annotated[float | str, BeforeValidator(lambda v: v.isoformat() if type(v) is date else v)]
Operand = Annotated[float | str | Other, BeforeValidator(lambda v: v.isoformat() if type(v) is date else v)]
TESTS = ("presence", "equals", "one_of", "at_least", "at_most")


class Condition(Strict):
    """One condition on a subject: a column of ADSL, exactly one test, and the reason where it does not hold.

    `is` asks whether there is a value. The others compare with a number, a date, a text, or with
    `{variable: NAME}`, and `if_missing` says what counts where a value is missing. A flag is Y or empty.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    variable: ColumnName
    presence: Annotated[Literal["present", "missing"] | None, Field(alias="is")] = None
    equals: Operand | None = None
    one_of: Annotated[tuple[Value, ...], Field(strict=False, min_length=1)] | None = None
    at_least: Operand | None = None
    at_most: Operand | None = None
    if_missing: Literal["holds", "fails"] | None = None
    otherwise: Text

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
    conditions: listed(Condition)  # type: ignore[valid-type]


Populations = Annotated[dict[ColumnName, Population], Field(min_length=1)]


class SubjectSections(Strict):
    """The sections of this room."""

    edc: Edc
    arms: listed(Arm)  # type: ignore[valid-type]
    reference_arm: Code
    populations: Populations


class SubjectsSpec(Strict):
    """What `derive_subjects` stands on; labels of columns and populations are no part of it."""

    edc: Edc
    arms: listed(Arm)  # type: ignore[valid-type]
    populations: Populations


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slice of `derive_subjects`."""
    columns = {
        name: column.model_copy(update={"label": name}) for name, column in study.edc.subject_columns.items()
    }
    populations = {name: item.model_copy(update={"label": name}) for name, item in study.populations.items()}
    edc = study.edc.model_copy(update={"subject_columns": columns})
    yield "derive_subjects", SubjectsSpec(edc=edc, arms=study.arms, populations=populations)


def subject_kinds(study: Any) -> dict[str, str]:
    """Return the kind of every column of the study's ADSL, flags of the populations included."""
    declared = {name: column.kind for name, column in study.edc.subject_columns.items()}
    return dict(ADSL) | dict.fromkeys(sorted(study.populations), "text") | declared


def check(study: Any) -> list[str]:
    """Return what the sections of this room contradict in each other."""
    return [*_check_arms(study), *_check_columns(study), *_check_populations(study)]


def _check_arms(study: Any) -> list[str]:
    codes = [arm.code for arm in study.arms]
    lines = repeated_names("arms.code", codes)
    lines += repeated_names("arms.label", [arm.label for arm in study.arms])
    texts = [text.casefold() for arm in study.arms for text in arm.site_texts]
    lines += repeated_names("arms.site_texts", texts)
    if len(codes) < 2:
        lines.append(f"arms: a comparison needs at least two arms, found {len(codes)}")
    return lines + unknown_name("reference_arm", study.reference_arm, codes)


def _check_columns(study: Any) -> list[str]:
    lines = []
    for name in study.edc.subject_columns:
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
    kinds = subject_kinds(study)
    lines = [
        line
        for name, population in study.populations.items()
        for at, condition in enumerate(population.conditions)
        for line in check_condition(f"populations.{name}.conditions.{at}", condition, kinds)
    ]
    return lines + _check_circles(study.populations)


def check_condition(key: str, condition: Condition, kinds: Mapping[str, str]) -> list[str]:
    """Return what is wrong with a condition on columns of these kinds."""
    for column in condition.columns():
        if unknown := unknown_name(f"{key}.variable", column, kinds):
            return unknown
    kind, test = kinds[condition.variable], condition.test
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
