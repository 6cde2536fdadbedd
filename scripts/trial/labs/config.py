"""The configuration of the intake: where lab results come from and how their text is to be read.

Seven sections of `config.yaml`: `sources`, `analytes`, `units`, `conversions`, `factors`, `corrections`,
`consistency`.
Nothing about an export is guessed: what is not declared here is refused or queried.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal, Protocol

from pydantic import Field, StringConstraints, model_validator

from trial.labs.config_analytes import Analyte, Positive
from trial.labs.config_units import Conversions, Factor, Factors, check_units
from trial.labs.config_words import BLOOD, Name, Specimen, Status, Words
from trial.study.base import Code, RawPath, Strict, Text, listed

__all__ = ["BLOOD", "Analyte", "Factor", "Specimen", "Words"]

Role = Literal[
    "subject", "analyte", "analyte_code", "loinc", "result", "unit", "collected", "received", "resulted",
    "specimen", "quality", "status", "comment", "accession", "fasting", "visit", "method", "batch",
    "lloq", "uloq", "reference", "flag", "qualifier",
]  # fmt: skip
RowNumber = Annotated[int, Field(ge=1)]
DateFormat = Annotated[str, StringConstraints(pattern=r"^(ISO|excel|[dmyHMS/:.\- T]+)$")]
Encoding = Literal["utf-8", "utf-16", "utf-16-le", "utf-16-be", "windows-1258"]


class Delimited(Strict):
    """A text file of rows and cells; rows above the header belong to the file's frame."""

    type: Literal["delimited"]
    encoding: Encoding
    delimiter: Literal[",", ";", "|", "tab"]
    header_rows: listed(RowNumber)  # type: ignore[valid-type]


class Workbook(Strict):
    """A spreadsheet. `sheets` maps each sheet that is read to its visit code (`""` for none).

    `"*"` alone as a sheet name stands for every visible sheet. Hidden sheets are read only when named.
    """

    type: Literal["workbook"]
    sheets: Annotated[dict[str, str], Field(min_length=1)]
    header_rows: listed(RowNumber)  # type: ignore[valid-type]


class Message(Strict):
    """A file with a structure of its own (XML, HL7)."""

    type: Literal["message"]
    encoding: Encoding


class Numbers(Strict):
    """The marks inside numbers; `thousands: ""` means that there are none."""

    decimal: Literal[",", "."]
    thousands: Literal["", ",", ".", " "]

    @model_validator(mode="after")
    def _differ(self) -> "Numbers":
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands mark are both '{self.decimal}'")
        return self


class Dates(Strict):
    """How dates are written; times with an offset are moved to `zone`.

    `formats` are tried in order: `ISO`, `excel` (serial day numbers) or a pattern of dd mm yyyy HH MM SS.
    Collection dates outside `earliest`..`latest` are quarantined.
    """

    formats: listed(DateFormat)  # type: ignore[valid-type]
    zone: Annotated[str, StringConstraints(pattern=r"^[+-](0\d|1[0-4]):[0-5]\d$")]
    earliest: date
    latest: date


class Subject(Strict):
    """Whose result it is: hospital numbers go through the key file, study ids stand for themselves.

    `place` says where the identifier stands; `width` restores leading zeros that a spreadsheet lost.
    """

    id: Literal["hospital number", "study id"]
    place: Literal["column", "sheet", "cell"]
    cell: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}[1-9]\d*$")] | None = None
    width: Annotated[int, Field(ge=1, le=20)] | None = None

    @model_validator(mode="after")
    def _cell(self) -> "Subject":
        if (self.place == "cell") != (self.cell is not None):
            raise ValueError("'cell' is given exactly when place is 'cell'")
        return self


class Measure(Strict):
    """One value column of a wide layout; each of the rest is a column, or a fixed value."""

    result: Text
    analyte: Text
    unit: str | None = None
    columns: dict[Role, str] = Field(default_factory=dict)
    visit: str = ""
    collected_on: str = ""


class Join(Strict):
    """A second file that gives patient and times to the visit keys of the first (XML4)."""

    file: RawPath
    table: Delimited
    key: Text
    subject: Text
    collected: Text


class Source(Strict):
    """One export of one laboratory system.

    Lower `precedence` wins where two routes bring the same sample. `columns` maps roles to header
    texts (two header rows are joined by " / "), `fixed` gives roles that no column holds. `identifiers`
    names the columns with names, birth dates and phones: nothing of theirs leaves the intake.
    """

    label: Text
    precedence: Annotated[int, Field(ge=1)]
    layout: Literal["long", "wide", "redcap", "sdtm", "xml4", "hl7"]
    files: listed(RawPath)  # type: ignore[valid-type]
    table: Delimited | Workbook | Message = Field(discriminator="type")
    columns: dict[Role, str] = Field(default_factory=dict)
    fixed: dict[Role, str] = Field(default_factory=dict)
    measures: Annotated[tuple[Measure, ...], Field(strict=False)] = ()
    join: Join | None = None
    identifiers: Annotated[tuple[str, ...], Field(strict=False)]
    subject: Subject
    numbers: Numbers
    dates: Dates
    visits: dict[str, Code]
    missing_units: dict[Code, str]
    status_order: listed(Status)  # type: ignore[valid-type]
    same_sample_minutes: Annotated[int, Field(ge=0, le=120)]
    words: Words

    @model_validator(mode="after")
    def _fits_layout(self) -> "Source":
        kind = {"xml4": "message", "hl7": "message"}.get(self.layout)
        if (kind == "message") != (self.table.type == "message"):
            raise ValueError(f"layout '{self.layout}' cannot stand in a table of type '{self.table.type}'")
        if bool(self.measures) != (self.layout in ("wide", "redcap")):
            raise ValueError("'measures' belong to the layouts wide and redcap, and only to them")
        if (self.join is not None) != (self.layout == "xml4"):
            raise ValueError("'join' belongs to the layout xml4, and only to it")
        if self.layout == "long":
            for role in ("analyte", "result"):
                if role not in self.columns and role not in self.fixed:
                    raise ValueError(f"columns.{role}: required in the layout long")
        if self.layout in ("long", "wide") and (self.subject.place == "column") != (
            "subject" in self.columns
        ):
            raise ValueError("columns.subject is given exactly when subject.place is 'column'")
        if self.dates.earliest > self.dates.latest:
            raise ValueError(f"dates: earliest {self.dates.earliest} is after latest {self.dates.latest}")
        return self


class Correction(Strict):
    """A signed correction of one raw cell; refused when the file does not hold `found` there."""

    file: RawPath
    sheet: str
    row: Annotated[int, Field(ge=1)]
    column: str
    field: Literal["result", "unit", "collected", "analyte", "subject"]
    found: str
    corrected: Text
    reason: Text
    signed_by_role: Text
    signed_on: date


class Consistency(Strict):
    """Bounds of fasting glucose over the mean glucose that an HbA1c of the same day stands for.

    `hba1c` and `glucose` are analytes in % and mmol/L; outside `ratio` (ends included) a pair is queried.
    """

    hba1c: Code
    glucose: Code
    ratio: Annotated[tuple[Positive, Positive], Field(strict=False)]

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
    analytes: Analytes
    units: Units
    conversions: Conversions = ()
    factors: Factors
    corrections: Corrections
    consistency: Consistency | None

    @classmethod
    def of(cls, study: Any) -> "LabsSpec":
        """Return the intake's part of a study (anything that has its sections)."""
        return cls(**{name: getattr(study, name) for name in cls.model_fields})


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
        for text in source.dates.formats:
            if text not in ("ISO", "excel") and not re.search(r"yyyy", text):
                lines.append(f"sources.{name}.dates.formats: '{text}' has no four-digit year (yyyy)")
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
