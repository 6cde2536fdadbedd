"""The section `edc` of the configuration: files, how cells are written, what is plausible."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from trial.study.base import RawPath, Strict, Text, listed
from trial.study.date_formats import check_day_pattern
from trial.study.text import fold
from trial.study.variables import LABEL_LENGTH, NAME_LENGTH
from trial.subjects.record_files import RECORD_FILES

COLUMN_NAME = rf"^[A-Z][A-Z0-9_]{{0,{NAME_LENGTH - 1}}}$"


def _column_name(text: str) -> str:
    """Refuse a name that a transport file could not carry, in words instead of a pattern."""
    if not re.fullmatch(COLUMN_NAME, text):
        rest = f"then up to {NAME_LENGTH - 1} capital letters, digits or _"
        raise ValueError(f"expected the name of a column: a capital letter, {rest}")
    return text


# A column of an analysis data set has a name and a label that fit a transport file.
ColumnName = Annotated[
    str, AfterValidator(_column_name), WithJsonSchema({"type": "string", "pattern": COLUMN_NAME})
]
Label = Annotated[str, StringConstraints(min_length=1, max_length=LABEL_LENGTH, strip_whitespace=True)]


def _rising(limits: tuple[float, float]) -> tuple[float, float]:
    if limits[0] > limits[1]:
        raise ValueError(f"the lower limit {limits[0]:g} lies above the upper limit {limits[1]:g}")
    return limits


def _date_format(text: str) -> str:
    if wrong := check_day_pattern(text):
        raise ValueError(f"'{text}': {wrong}")
    return text


Limits = Annotated[tuple[float, float], Field(strict=False), AfterValidator(_rising)]
Above0 = Annotated[float, Field(gt=0)]
PositiveLimits = Annotated[tuple[Above0, Above0], Field(strict=False), AfterValidator(_rising)]
DateFormat = Annotated[str, AfterValidator(_date_format)]
# Why a medicine was given: what the analysis asks of it.
RESCUE, OTHER = "RESCUE", "OTHER"
# Coded columns by file, each with its closed list of codes; null where the study's own codes stand.
CODED: dict[str, dict[str, tuple[str, ...] | None]] = {
    "subjects": {"SEX": ("F", "M")},
    "visits": {"DONE": ("Y", "N")},
    "medications": {"CMREASON": (RESCUE, OTHER)},
    "adverse_events": {
        "AESEV": None,
        "AESER": ("Y", "N"),
        "AERELPROD": ("Y", "N"),
        "AERELPROC": ("Y", "N"),
    },
    **{
        file.kind: {cell.column: cell.codes for cell in file.cells if cell.kind == "code"}
        for file in RECORD_FILES
    },
}
# Columns that may be coded; without spellings any text may stand in them.
MAY_BE_CODED = {
    "medications": ("CMCLASS",),
    "adverse_events": ("AEOUT", "AEACN"),
    "discontinuation": ("DSDECOD",),
    **{file.kind: file.of_kind("coded") for file in RECORD_FILES},
}


class SubjectColumn(Strict):
    """A further column of the subjects file that reaches ADSL under its name.

    `codes`: the closed list of a text column's values with their meaning; null where any text may stand.
    """

    label: Label
    """Label of the column, at most 40 characters."""
    kind: Literal["text", "number", "date"]
    """What stands in the column; cells that are something else are queried and left empty."""
    codes: Annotated[dict[str, Text], Field(min_length=1)] | None = None
    """Values of a text column with their meaning; left out, any text may stand."""
    limits: Limits | None = None
    """Lowest and highest plausible value of a number column; others are queried and left missing."""

    @model_validator(mode="after")
    def _codes_of_text(self) -> "SubjectColumn":
        if self.codes and self.kind != "text":
            raise ValueError(f"codes belong to kind text, found kind {self.kind}")
        if self.limits and self.kind != "number":
            raise ValueError(f"limits belong to kind number, found kind {self.kind}")
        return self


class EdcColumn(SubjectColumn):
    """A further column of the subjects file, which may have another name there."""

    column: Text | None = None
    """Its name in the subjects file; left out, the same."""


class NumberLimits(Strict):
    """Lowest and highest plausible value, ends included; a value outside is queried and left missing."""

    BRTHYR: Limits
    """Year of birth."""
    DIAG_YEAR: Limits
    """Year of diagnosis."""
    WEIGHT_KG: PositiveLimits
    """Weight in kg."""
    HEIGHT_CM: PositiveLimits
    """Height in cm."""
    FASTING_H: Limits
    """Hours fasted before a visit."""
    AGE: Limits
    """Year of enrolment less year of birth."""
    DIABDUR: Limits
    """Year of enrolment less year of diagnosis; below zero it was made after enrolment."""
    BMI: PositiveLimits
    """Weight over squared height in kg/m2; shows the two where they are swapped."""
    EXDOSE: PositiveLimits | None = None
    """Dose of one infusion, in the unit of the exposure file."""
    EXVIAB: Limits | None = None
    """Viability of the infused cells in per cent."""


KINDS = (
    "subject_key",
    "subjects",
    "visits",
    "medications",
    "adverse_events",
    "discontinuation",
    *(file.kind for file in RECORD_FILES),
)


class Edc(Strict):
    """The EDC files below `data/raw`; those not named do not exist in this study."""

    subject_key: RawPath | None
    """Hospital numbers and their subjects, never copied out; null where the exports have study ids."""
    subjects: RawPath
    """One row per subject."""
    visits: RawPath | None
    """One row per subject and visit; null for none."""
    medications: RawPath | None
    """One row per medicine; null for none."""
    adverse_events: RawPath | None
    """One row per adverse event; null for none."""
    discontinuation: RawPath | None
    """One row per discontinuation; null for none."""
    history: RawPath | None = None
    """Medical history, one row per condition; left out for none."""
    serology: RawPath | None = None
    """Serological tests whose results are words, one row per test; left out for none."""
    eligibility: RawPath | None = None
    """The investigator's form, one row per subject and criterion; left out for none."""
    deviations: RawPath | None = None
    """Recorded protocol deviations, one row each; left out for none."""
    exposure: RawPath | None = None
    """One row per infusion of a product; left out for none."""
    dates: listed(DateFormat)  # type: ignore[valid-type]
    """How every date of these files is written, tried in order: ISO, or a pattern of yyyy, mm or mmm, dd."""
    missing: Annotated[tuple[Text, ...], Field(strict=False)]
    """Texts that stand for an empty cell (NA, N/A); case does not count."""
    spellings: dict[Text, Annotated[dict[str, Text], Field(min_length=1)]]
    """By column, each spelling with its code; case does not count, other texts are queried, left missing."""
    limits: NumberLimits
    """What numbers are plausible."""
    screen_failures: Annotated[tuple[str, ...], Field(strict=False)]
    """Texts of ARM of those who were never assigned ("" for an empty cell): they and their laboratory
    results are counted and left out."""
    subject_columns: dict[ColumnName, EdcColumn]
    """Further columns of the subjects file, by name; they reach ADSL."""

    @property
    def sources(self) -> dict[str, str]:
        """Where each further column of ADSL stands in the subjects file."""
        return {name: item.column or name for name, item in self.subject_columns.items()}

    def words(self, name: str) -> dict[str, str]:
        """Return the codes of a column by their folded spellings; nothing where any text may stand."""
        column = self.subject_columns.get(name)
        codes = {code: code for code in column.codes or ()} if column else {}
        return {fold(text): code for text, code in (codes | self.spellings.get(name, {})).items()}

    def files(self) -> dict[str, str]:
        """Return the path of each file that the study has, by its kind."""
        named = {kind: getattr(self, kind) for kind in KINDS}
        return {kind: path for kind, path in named.items() if path}


def check_edc(study: Any) -> list[str]:
    """Return what the section contradicts in itself and in the sources of the laboratory."""
    edc = study.edc
    return [*_check_spelled(edc), *_check_spellings(edc), *_check_key(study)]


def _check_spelled(edc: Edc) -> list[str]:
    """Every coded column of a file that the study has needs its spellings; no other column has any."""
    files = edc.files()
    needed = [name for kind in files for name in CODED.get(kind, ())]
    texts = [name for name, column in edc.subject_columns.items() if column.kind == "text"]
    known = [*needed, *(name for kind in files for name in MAY_BE_CODED.get(kind, ())), *texts]
    lines = [f"edc.spellings.{name}: required, since the study has its file" for name in needed
             if name not in edc.spellings]  # fmt: skip
    return lines + [
        f"edc.spellings.{name}: not one of the coded columns {', '.join(known)}"
        for name in edc.spellings
        if name not in known
    ]


def _check_spellings(edc: Edc) -> list[str]:
    """A spelling has one code, which is one of the column's closed list."""
    closed = {name: codes for columns in CODED.values() for name, codes in columns.items() if codes}
    closed |= {name: tuple(c.codes) for name, c in edc.subject_columns.items() if c.codes}
    lines = []
    for name, spellings in edc.spellings.items():
        folded: dict[str, str] = {}
        for text, code in spellings.items():
            if name in closed and code not in closed[name]:
                found = f"'{code}' is not one of {', '.join(closed[name])}"
                lines.append(f"edc.spellings.{name}.{text}: {found}")
            if folded.setdefault(fold(text), code) != code:
                lines.append(f"edc.spellings.{name}.{text}: stands for {folded[fold(text)]} and {code}")
    return lines


def _check_key(study: Any) -> list[str]:
    """Without a key file, no export can be read whose patients are hospital numbers."""
    if study.edc.subject_key:
        return []
    return [
        f"sources.{name}.subject.id: hospital number needs edc.subject_key, which is null"
        for name, source in getattr(study, "sources", {}).items()
        if source.subject.id == "hospital number"
    ]
