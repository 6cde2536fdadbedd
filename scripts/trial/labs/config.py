"""The configuration of the intake: where lab results come from and how their text is to be read.

Seven sections of `config.yaml`: `sources`, `analytes`, `units`, `conversions`, `factors`, `corrections`,
`consistency`.
Nothing about an export is guessed: what is not declared here is refused or queried.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import Field, model_validator

from trial.labs.config_analytes import Analyte, Positive
from trial.labs.config_tables import (
    DatasetJson,
    Dates,
    Delimited,
    Message,
    Numbers,
    Role,
    Sas,
    Subject,
    Table,
    Workbook,
)
from trial.labs.config_units import Conversions, Factor, Factors, check_units
from trial.labs.config_words import BLOOD, Name, Specimen, Status, Words
from trial.labs.layouts import LAYOUTS
from trial.study.base import Code, RawPath, Strict, Text, listed
from trial.study.text import fold

__all__ = [
    "BLOOD", "Analyte", "Conversions", "DatasetJson", "Dates", "Delimited", "Factor", "Factors", "Message",
    "Numbers", "Role", "Sas", "Specimen", "Subject", "Words", "Workbook",
]  # fmt: skip

if TYPE_CHECKING:
    LayoutName = str
else:
    LayoutName = Literal[tuple(LAYOUTS)]


class Measure(Strict):
    """One value column of a wide layout; each of the rest is a column, or a fixed value.

    `numbers` are the marks of this column, where they are not those of the source.
    """

    result: Text
    """Column of the result."""
    analyte: Text
    """Name of the analyte."""
    unit: str | None = None
    """Its unit, where no column holds it."""
    columns: dict[Role, str] = Field(default_factory=dict)
    """Further columns of this result, by role."""
    visit: str = ""
    """The visit it is of, where the column says so."""
    collected_on: str = ""
    """Column of the collection date, where each result has its own."""
    numbers: Numbers | None = None
    """Marks inside its numbers, where they are not those of the source."""


class Join(Strict):
    """A second file that gives patient and times to the visit keys of the first (XML4)."""

    file: RawPath
    """The second file."""
    table: Delimited
    """How it is read."""
    key: Text
    """Column that both files have."""
    subject: Text
    """Column of the subject."""
    collected: Text
    """Column of the collection time."""


class Source(Strict):
    """One export of one laboratory system.

    Lower `precedence` wins where two routes bring the same sample. `columns` maps roles to header
    texts (two header rows are joined by " / "), `fixed` gives roles that no column holds. `identifiers`
    names the columns with names, birth dates and phones: nothing of theirs leaves the intake.
    """

    label: Text
    """Name for readers."""
    precedence: Annotated[int, Field(ge=1)]
    """Rank of its own; the lower one wins where two routes bring the same sample."""
    layout: LayoutName
    """How results lie in the file."""
    files: listed(RawPath)  # type: ignore[valid-type]
    """Paths below data/raw."""
    table: Table = Field(discriminator="type")
    """What kind of file it is."""
    columns: dict[Role, str] = Field(default_factory=dict)
    """The column of each role."""
    fixed: dict[Role, str] = Field(default_factory=dict)
    """Values of roles that no column holds."""
    measures: Annotated[tuple[Measure, ...], Field(strict=False)] = ()
    """The value columns of a wide layout."""
    join: Join | None = None
    """The file that gives patients and times to the keys of the first."""
    identifiers: Annotated[tuple[str, ...], Field(strict=False)]
    """Columns with names, birth dates, phones and other numbers: nothing of theirs leaves the
    intake."""
    subject: Subject
    """Whose result it is."""
    numbers: Numbers
    """Marks inside numbers."""
    dates: Dates
    """How dates are written."""
    visits: dict[str, Code]
    """The visit code of each text of the visit column."""
    missing_units: dict[Code, str]
    """Units that the laboratory confirmed where the export has none, by analyte."""
    status_order: listed(Status)  # type: ignore[valid-type]
    """Which status wins among versions of one result, first the strongest."""
    same_sample_minutes: Annotated[int, Field(ge=0, le=120)]
    """Two routes within this time bring the same sample."""
    words: Words
    """What words of the export mean."""

    @model_validator(mode="after")
    def _fits_layout(self) -> "Source":
        if problems := list(LAYOUTS[self.layout].problems(self)):
            raise ValueError("; ".join(problems))
        return self

    def visit_codes(self) -> tuple[str, ...]:
        """Return the codes of the visits that the export can name: by texts, sheets or columns."""
        sheets = self.table.sheets.values() if isinstance(self.table, Workbook) else ()
        own = (*sheets, *(measure.visit for measure in self.measures), self.fixed.get("visit", ""))
        return (*self.visits.values(), *(text for text in own if text and text not in self.visits))

    def gives(self, role: Role) -> bool:
        """Return whether anything of the export fills a role."""
        layout = LAYOUTS[self.layout]
        measured = any(role in measure.columns for measure in self.measures)
        named = (self.columns, self.fixed, layout.columns, layout.fills)
        return measured or any(role in names for names in named)


class Correction(Strict):
    """A signed correction of one raw cell; refused when the file does not hold `found` there."""

    file: RawPath
    """File of the raw cell."""
    sheet: str
    """Its sheet; empty for none."""
    row: Annotated[int, Field(ge=1)]
    """Its row."""
    column: str
    """Its column; empty where the layout has one result per row."""
    field: Literal["result", "unit", "collected", "analyte", "subject"]
    """What is corrected."""
    found: str
    """The text that stands there; another one refuses the correction."""
    corrected: Text
    """The corrected text."""
    reason: Text
    """Why."""
    signed_by_role: Text
    """Role of who signed."""
    signed_on: date
    """Date of the signature."""


class Consistency(Strict):
    """Bounds of fasting glucose over the mean glucose that an HbA1c of the same day stands for.

    `hba1c` and `glucose` are analytes in % and mmol/L; outside `ratio` (ends included) a pair is queried.
    """

    hba1c: Code
    """Analyte of HbA1c, in %."""
    glucose: Code
    """Analyte of glucose, in mmol/L."""
    ratio: Annotated[tuple[Positive, Positive], Field(strict=False)]
    """Lowest and highest ratio of fasting glucose to the mean glucose by HbA1c; outside: queried."""

    @model_validator(mode="after")
    def _order(self) -> "Consistency":
        if self.ratio[0] >= self.ratio[1]:
            raise ValueError(f"ratio: {self.ratio[0]} is not below {self.ratio[1]}")
        return self


class IntakeSections(Protocol):
    """What `LabsSpec.of` needs of a study."""

    sources: dict[str, Source]
    analytes: dict[str, Analyte]
    units: dict[str, tuple[str, ...]]
    conversions: Conversions
    factors: Factors
    corrections: tuple[Correction, ...]
    consistency: Consistency | None


Sources = Annotated[dict[Name, Source], Field(min_length=1)]
Analytes = Annotated[dict[Code, Analyte], Field(min_length=1)]
Units = dict[str, Annotated[tuple[str, ...], Field(strict=False)]]
Corrections = Annotated[tuple[Correction, ...], Field(strict=False)]


class LabsSpec(Strict):
    """What `clean_labs` stands on; the same sections as in `config.yaml`."""

    sources: Sources
    """Every export, by name."""
    analytes: Analytes
    """Every analyte, by code."""
    units: Units
    """Spellings of each UCUM unit in the exports."""
    conversions: Conversions = ()
    """Conversions that the shipped table lacks."""
    factors: Factors
    """A laboratory's own conversions, by source, assay and time."""
    corrections: Corrections
    """Signed corrections of single raw cells; the only way a value is ever changed."""
    consistency: Consistency | None
    """Fasting glucose against the HbA1c of the same day; null: not compared."""

    @classmethod
    def of(cls, study: Any) -> "LabsSpec":
        """Return the intake's part of a study (anything that has its sections)."""
        return cls(**{name: getattr(study, name) for name in cls.model_fields})


class CleanLabsSpec(LabsSpec):
    """The slice of `clean_labs`: its own sections, and keys of `edc` that say who the subjects are."""

    subject_key: RawPath | None
    subjects: RawPath
    screen_failures: Annotated[tuple[str, ...], Field(strict=False)]
    missing: Annotated[tuple[str, ...], Field(strict=False)]
    sexes: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, study: Any) -> "CleanLabsSpec":
        """Return what the job stands on: the intake's sections and the keys of `edc`."""
        own, edc = {name: getattr(study, name) for name in LabsSpec.model_fields}, study.edc
        return cls(
            **own,
            subject_key=edc.subject_key,
            subjects=edc.subjects,
            screen_failures=edc.screen_failures,
            missing=edc.missing,
            sexes=edc.spellings.get("SEX", {}),
        )

    def sex_of(self, texts: Mapping[str, str]) -> dict[str, str]:
        """Return F or M of the subjects whose text of SEX is declared."""
        codes = {fold(text): code for text, code in self.sexes.items()}
        return {one: codes[fold(text)] for one, text in texts.items() if fold(text) in codes}

    def screened(self, arms: Mapping[str, str]) -> frozenset[str]:
        """Return the subjects, of those with their text of ARM, who failed at screening."""
        empty, failures = ({fold(text) for text in texts} for texts in (self.missing, self.screen_failures))
        said = {subject: fold(text) for subject, text in arms.items()}
        return frozenset(one for one, text in said.items() if ("" if text in empty else text) in failures)


def check_intake(spec: IntakeSections) -> list[str]:
    """Return contradictions inside the intake's sections, as dotted key, expectation and finding."""
    return [*check_units(spec), *_check_sources(spec), *_check_consistency(spec)]


def _check_sources(spec: IntakeSections) -> list[str]:
    lines = []
    for name, source in spec.sources.items():
        for code, unit in source.missing_units.items():
            if code not in spec.analytes:
                lines.append(f"sources.{name}.missing_units.{code}: not one of the analytes")
            if unit not in spec.units:
                lines.append(f"sources.{name}.missing_units.{code}: '{unit}' is not in units")
    ranks = [source.precedence for source in spec.sources.values()]
    if len(set(ranks)) != len(ranks):
        lines.append(f"sources.precedence: each source needs a rank of its own, found {sorted(ranks)}")
    return lines


def _check_consistency(spec: IntakeSections) -> list[str]:
    if spec.consistency is None:
        return []
    lines = []
    for key, unit in (("hba1c", "%"), ("glucose", "mmol/L")):
        code = getattr(spec.consistency, key)
        if code not in spec.analytes:
            lines.append(f"consistency.{key}: '{code}' is not one of {', '.join(spec.analytes)}")
        elif spec.analytes[code].unit != unit:
            found = spec.analytes[code].unit
            lines.append(f"consistency.{key}: needs '{unit}', but analytes.{code}.unit is '{found}'")
    return lines


def slices(study: Any) -> Iterator[tuple[str, Strict]]:
    """Yield name and content of the slice of `clean_labs`."""
    yield "clean_labs", CleanLabsSpec.of(study)


def check(study: Any) -> list[str]:
    """Return what the sections of this room contradict in each other."""
    return check_intake(study)
