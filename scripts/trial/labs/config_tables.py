"""How the files of an export are written, as `config.yaml` declares it: tables, numbers, dates, subjects."""

import codecs
import re
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from trial.study.base import Strict, listed
from trial.study.date_formats import MEANINGS, NAMED, check_pattern

Role = Literal[
    "subject", "analyte", "analyte_code", "loinc", "result", "qualifier", "unit", "collected",
    "collected_time", "received", "received_time", "resulted", "resulted_time", "specimen", "quality",
    "status", "comment", "accession", "fasting", "visit", "method", "batch", "lloq", "uloq", "reference",
    "reference_low", "reference_high", "flag", "baseline_flag", "analysis_flag",
]  # fmt: skip
RowNumber = Annotated[int, Field(ge=1, le=1_000_000)]
# Codecs of Python that turn bytes into text and are no encoding of files.
NO_FILES = {"idna", "punycode", "raw_unicode_escape", "unicode_escape", "undefined", "mbcs", "oem", "utf-7"}


def _known_encoding(text: str) -> str:
    try:
        codec = codecs.lookup(text)
    except (LookupError, ValueError):
        codec = None
    # `_is_text_encoding` tells encodings from transforms (rot13, zip); Python has no public name for it.
    if codec is None or codec.name in NO_FILES or not getattr(codec, "_is_text_encoding", True):
        raise ValueError("an encoding that Python knows, such as utf-8, windows-1252, gbk or shift_jis")
    return text


def _whole_pattern(text: str) -> str:
    if wrong := check_pattern(text):
        raise ValueError(f"{wrong}; a date format is {', '.join(NAMED)}, or a pattern of {MEANINGS}")
    return text


def _known_zone(text: str) -> str:
    if re.fullmatch(r"[+-](0\d|1[0-4]):[0-5]\d", text):
        return text
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            "an offset such as +07:00, or a name of the time zone database such as Europe/Berlin"
        ) from None
    return text


DateFormat = Annotated[str, AfterValidator(_whole_pattern)]
Encoding = Annotated[str, AfterValidator(_known_encoding)]


class Delimited(Strict):
    """A text file of rows and cells; rows above the header belong to the file's frame."""

    type: Literal["delimited"]
    """A text file of rows and cells."""
    encoding: Encoding
    """Encoding of the file, as Python names it."""
    delimiter: Literal[",", ";", "|", "tab"]
    """What stands between cells."""
    header_rows: listed(RowNumber)  # type: ignore[valid-type]
    """Numbers of the header rows; two are joined by ' / '."""


class Workbook(Strict):
    """A spreadsheet. `sheets` maps each sheet that is read to its visit code (`""` for none).

    `"*"` alone as a sheet name stands for every visible sheet that holds cells, without those of `exclude`.
    Hidden sheets are read only when named.
    """

    type: Literal["workbook"]
    """A spreadsheet."""
    sheets: Annotated[dict[str, str], Field(min_length=1)]
    """The visit code of each sheet that is read (empty for none); "*" alone stands for every visible
    sheet."""
    exclude: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """Sheets that "*" leaves out."""
    header_rows: listed(RowNumber)  # type: ignore[valid-type]
    """Numbers of the header rows; two are joined by ' / '."""

    @model_validator(mode="after")
    def _apart(self) -> "Workbook":
        if self.exclude and "*" not in self.sheets:
            raise ValueError("exclude: it stands beside '*' in sheets, which reads every visible sheet")
        if both := [name for name in self.exclude if name in self.sheets]:
            raise ValueError(f"exclude: '{both[0]}' is also in sheets")
        return self


class Sas(Strict):
    """A SAS data set: a transport file (.xpt) or .sas7bdat; dates become ISO 8601 by their SAS formats.

    `encoding` is that of the text of a transport file, which does not say it; null for a .sas7bdat.
    `special_missing` says what `.A` to `.Z` and `._` in numbers mean; one that is not declared stops the run.
    """

    type: Literal["sas"]
    """A SAS transport file (XPT v5) or data set (sas7bdat)."""
    encoding: Encoding | None
    """Encoding of its texts; null for what the file says."""
    special_missing: dict[Annotated[str, StringConstraints(pattern=r"^\.[A-Z_]$")], str] = Field(
        default_factory=dict
    )
    """What each special missing value (.A to .Z, ._) means, as a text of the export."""


class DatasetJson(Strict):
    """A Dataset-JSON 1.1 file (.json, .ndjson or compressed .dsjc), always in UTF-8."""

    type: Literal["dataset-json"]
    """A CDISC Dataset-JSON file."""


class Message(Strict):
    """A file with a structure of its own (XML, HL7, FHIR)."""

    type: Literal["message"]
    """A file with a structure of its own (XML, HL7, FHIR)."""
    encoding: Encoding
    """Encoding of the file, as Python names it."""


Table = Delimited | Workbook | Sas | DatasetJson | Message


class Numbers(Strict):
    """The marks inside numbers; `thousands: ""` means that there are none."""

    decimal: Literal[",", "."]
    """The decimal mark."""
    thousands: Literal["", ",", ".", " "]
    """The mark between thousands; empty for none."""

    @model_validator(mode="after")
    def _differ(self) -> "Numbers":
        if self.decimal == self.thousands:
            raise ValueError(f"decimal and thousands mark are both '{self.decimal}'")
        return self


class Dates(Strict):
    """How dates are written; times with an offset are moved to `zone`, others are in it.

    `formats` are tried in order: `ISO`, `HL7`, `excel` (typed cells and serial day numbers) or a pattern.
    `first_year` is the first of the hundred years that `yy` stands for: 1950 makes 49 2049 and 50 1950.
    Collection dates outside `earliest`..`latest` are quarantined.
    """

    formats: listed(DateFormat)  # type: ignore[valid-type]
    """Forms of dates, tried in order: ISO, excel (serial day numbers), or a pattern of tokens."""
    first_year: Annotated[int, Field(ge=1800, le=2100)] | None = None
    """First year of the hundred that two-digit years stand for; needed where a pattern has them."""
    zone: Annotated[str, AfterValidator(_known_zone)]
    """Zone of times without one: an offset such as +07:00, or an IANA name with its summer time."""
    earliest: date
    """First possible collection date; earlier ones are quarantined."""
    latest: date
    """Last possible collection date."""

    @model_validator(mode="after")
    def _together(self) -> "Dates":
        short = [text for text in self.formats if text not in NAMED and re.search(r"(?<!y)yy(?!y)", text)]
        if short and self.first_year is None:
            raise ValueError(f"first_year: required, because '{short[0]}' has a year of two digits")
        if self.first_year is not None and not short:
            raise ValueError("first_year: no format has a year of two digits (yy)")
        if self.earliest > self.latest:
            raise ValueError(f"earliest {self.earliest} is after latest {self.latest}")
        return self


class Subject(Strict):
    """Whose result it is: hospital numbers go through the key file, study ids stand for themselves.

    `place` says where the identifier stands; `width` restores leading zeros that a spreadsheet lost.
    `authority` chooses among several identifiers of a patient: in HL7 the assigning authority or the type
    code (PID-3.4, PID-3.5), in FHIR the system.
    """

    id: Literal["hospital number", "study id"]
    """Whether the export has hospital numbers (taken through the key file) or study ids."""
    place: Literal["column", "sheet", "cell"]
    """Where the identifier stands: a column, the sheet's name, or one cell."""
    cell: Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,2}[1-9]\d{0,6}$")] | None = None
    """The cell, such as B2, where place is cell."""
    width: Annotated[int, Field(ge=1, le=20)] | None = None
    """Digits of the identifier, where a spreadsheet lost leading zeros."""
    authority: str | None = None
    """Assigning authority or type of the identifier, where a message has several."""

    @model_validator(mode="after")
    def _cell(self) -> "Subject":
        if (self.place == "cell") != (self.cell is not None):
            raise ValueError("'cell' is given exactly when place is 'cell'")
        return self
