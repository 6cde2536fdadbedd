"""HL7 v2.5 ORU^R01: one record per OBX, with patient (PID), order (OBR), specimen (SPM) and remarks (NTE)."""

import re
from dataclasses import dataclass
from pathlib import Path

from trial.labs.config import Source
from trial.labs.files import find_files, read_text
from trial.labs.raw import RawRecords, from_dicts
from trial.study.errors import DataError

SEGMENT_END = re.compile(r"\r\n|\r|\n")
ENVELOPE = {"FHS", "BHS", "BTS", "FTS"}


@dataclass(frozen=True)
class Marks:
    """The separators that MSH declares."""

    field: str
    component: str
    repetition: str
    escape: str


@dataclass
class _Message:
    """Where the reader stands inside a message."""

    marks: Marks
    subject: str = ""
    visit: str = ""
    accession: str = ""
    collected: str = ""
    received: str = ""
    resulted: str = ""


def read(name: str, source: Source, raw_dir: Path, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every file; ROW is the number of the segment's line."""
    parts = []
    for file, path in find_files(raw_dir, source.files, f"sources.{name}.files"):
        text = read_text(path, file, source.table.encoding, vocabulary)  # type: ignore[union-attr]
        records, rows = parse_messages(text, file)
        if not records:
            raise DataError(file, "no OBX segment", hint="is this a file of results (ORU^R01)?")
        parts.append(from_dicts(records, rows, file))
    return parts


def parse_messages(text: str, where: str) -> tuple[list[dict[str, str]], list[int]]:
    """Return records and the line of each.

    Raises
    ------
    DataError
        If the file does not start with a message header, or a message is of another type.
    """
    message: _Message | None = None
    records: list[dict[str, str]] = []
    rows: list[int] = []
    order = 0
    for line, segment in enumerate(SEGMENT_END.split(text), 1):
        segment = segment.strip("\x0b\x1c")
        kind = segment[:3]
        if not segment.strip() or kind in ENVELOPE:
            continue
        if kind == "MSH":
            message, order = _open_message(segment, f"{where}, row {line}"), len(records)
            continue
        if message is None:
            raise DataError(
                f"{where}, row {line}", "expected a message header MSH",
                hint="is this an HL7 v2 file?",
            )  # fmt: skip
        fields = segment.split(message.marks.field)
        if kind == "OBR":
            order = len(records)
        if kind == "OBX":
            records.append(_observation(message, fields))
            rows.append(line)
        elif kind == "NTE" and records[order:]:
            records[-1]["comment"] = f"{records[-1]['comment']} {_text(message, fields, 3)}".strip()
        elif kind == "SPM":
            for record in records[order:]:
                record["specimen"] = _name(message, fields, 4)
                record["quality"] = _name(message, fields, 24)
        else:
            _place(message, kind, fields)
    return records, rows


def _open_message(segment: str, where: str) -> _Message:
    if len(segment) < 8:
        raise DataError(where, "the message header is cut off", hint="ask for the file again")
    marks = Marks(segment[3], segment[4], segment[5], segment[6])
    fields = segment.split(marks.field)
    kind = fields[8] if len(fields) > 8 else ""
    if kind.split(marks.component)[:2] != ["ORU", "R01"]:
        raise DataError(where, "expected a message of type ORU^R01, found another", hint="leave it out")
    return _Message(marks)


def _place(message: _Message, kind: str, fields: list[str]) -> None:
    """Note patient, visit and order; other segments carry nothing that is read."""
    if kind == "PID":
        message.subject = _first(message, fields, 3)
        message.accession = message.collected = message.received = message.resulted = ""
    elif kind == "OBR":
        message.accession = _first(message, fields, 3) or _first(message, fields, 2)
        message.collected = _first(message, fields, 7)
        message.received = _first(message, fields, 14)
        message.resulted = _first(message, fields, 22)


def _observation(message: _Message, fields: list[str]) -> dict[str, str]:
    marks = message.marks
    code, name, system = ([*(_field(fields, 3)).split(marks.component), "", "", ""])[:3]
    loinc = code if system == "LN" else ""
    return {
        "subject": message.subject,
        "analyte": _unescape(name or ("" if loinc else code), marks),
        "analyte_code": "" if loinc else code,
        "loinc": loinc,
        "result": _value(message, fields),
        "unit": _first(message, fields, 6),
        "reference": _text(message, fields, 7),
        "flag": _first(message, fields, 8),
        "status": _field(fields, 11),
        "collected": message.collected or _first(message, fields, 14),
        "received": message.received,
        "resulted": message.resulted,
        "method": _name(message, fields, 17),
        "accession": message.accession,
        "comment": "",
    }


def _value(message: _Message, fields: list[str]) -> str:
    """Return the value; a structured number (SN) is comparator and number, `<^0.5`."""
    text = _field(fields, 5)
    if _field(fields, 2) == "SN":
        return "".join(text.split(message.marks.component)[:2])
    if _field(fields, 2) in ("CE", "CWE"):
        return _name(message, fields, 5)
    return _unescape(text, message.marks)


def _field(fields: list[str], number: int) -> str:
    return fields[number].strip() if number < len(fields) else ""


def _first(message: _Message, fields: list[str], number: int) -> str:
    """Return the first component of the first repetition."""
    text = _field(fields, number).split(message.marks.repetition)[0]
    return _unescape(text.split(message.marks.component)[0], message.marks)


def _name(message: _Message, fields: list[str], number: int) -> str:
    """Return the printed name of a coded element, or its code."""
    parts = _field(fields, number).split(message.marks.repetition)[0].split(message.marks.component)
    return _unescape(next((part for part in (parts[1:2] + parts[:1]) if part), ""), message.marks)


def _text(message: _Message, fields: list[str], number: int) -> str:
    return _unescape(_field(fields, number), message.marks)


def _unescape(text: str, marks: Marks) -> str:
    if marks.escape not in text:
        return text
    e = marks.escape
    for code, letter in (("F", marks.field), ("S", marks.component), ("R", marks.repetition), ("T", "&")):
        text = text.replace(f"{e}{code}{e}", letter)
    return text.replace(f"{e}E{e}", e)
