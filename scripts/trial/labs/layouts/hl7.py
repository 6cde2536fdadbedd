"""HL7 v2 results (ORU, OUL): one record per OBX, with patient (PID), order (OBR), specimen (SPM), remarks.

A remark belongs to what it stands under. The specimen may stand before or after its results, or in
OBR-15. Segments in lower case are read; a line that is no segment, and results inside messages of other
types (ADT), are quarantined.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trial.labs.layouts.layout import Layout
from trial.labs.rules import BROKEN_SEGMENT, OTHER_MESSAGE
from trial.study.errors import DataError

if TYPE_CHECKING:
    from trial.labs.config import Source
    from trial.labs.raw import RawRecords
    from trial.study.raw_files import RawFolder

SEGMENT_END = re.compile(r"\r\n|\r|\n")
SEGMENT = re.compile(r"[A-Za-z][A-Za-z0-9]{2}$")
ENVELOPE = {"FHS", "BHS", "BTS", "FTS"}
RESULTS = {"ORU", "OUL"}
LOINC = re.compile(r"\d{1,7}-\d$")
STARTS_ORDER = {"PID", "ORC", "OBR"}
OF_PATIENT = {"MSH", "SFT", "PID", "PD1", "NK1", "PV1", "PV2"}


@dataclass(frozen=True)
class Marks:
    """The separators that MSH declares."""

    field: str
    component: str
    repetition: str
    escape: str
    part: str


@dataclass
class _Message:
    """Where the reader stands inside a message."""

    marks: Marks
    results: bool = True
    authority: str = ""
    subject: str = ""
    accession: str = ""
    collected: str = ""
    received: str = ""
    resulted: str = ""
    specimen: str = ""
    quality: str = ""
    remark: str = ""
    order_remark: str = ""
    under: str = "MSH"


def read(name: str, source: Source, raw: RawFolder, vocabulary: tuple[str, ...]) -> list[RawRecords]:
    """Return the records of every file; ROW is the number of the segment's line."""
    from trial.labs.layouts.messages import read_messages, with_fixed

    def parse(text: str, file: str) -> tuple[list[dict[str, str]], list[int]]:
        records, rows = parse_messages(text, file, source.subject.authority or "")
        return with_fixed(records, source.fixed), rows

    nothing = ("no OBX segment", "is this a file of results (ORU^R01)?")
    return read_messages(name, source, raw, vocabulary, parse, nothing)


def parse_messages(text: str, where: str, authority: str = "") -> tuple[list[dict[str, str]], list[int]]:
    """Return records and the line of each; a line that is no segment is a record without a result.

    Parameters
    ----------
    text, where : str
        The messages, and how errors call their file.
    authority : str
        Assigning authority or type code of the patient's number to take, of several in PID-3.

    Raises
    ------
    DataError
        If the file does not start with a message header.
    """
    message: _Message | None = None
    records: list[dict[str, str]] = []
    rows: list[int] = []
    order = 0
    for line, segment in enumerate(SEGMENT_END.split(text), 1):
        segment = segment.strip("\x0b\x1c \t")
        kind = segment[:3].upper()
        if not segment or kind in ENVELOPE:
            continue
        if kind == "MSH":
            _tell_times_apart(records[order:])
            message, order = _open_message(segment, f"{where}, row {line}", authority), len(records)
            continue
        if message is None:
            raise DataError(
                f"{where}, row {line}", "expected a message header MSH",
                hint="is this an HL7 v2 file?",
            )  # fmt: skip
        fields = segment.split(message.marks.field)
        if kind in STARTS_ORDER:
            _tell_times_apart(records[order:])
            order = len(records)
        if not SEGMENT.match(fields[0]):
            records.append({"rule": BROKEN_SEGMENT})
            rows.append(line)
        elif kind == "OBX":
            records.append(_observation(message, fields) if message.results else {"rule": OTHER_MESSAGE})
            rows.append(line)
        else:
            _place(message, kind, fields, records[order:])
        message.under = kind if kind != "NTE" else message.under
    _tell_times_apart(records[order:])
    return [{role: text for role, text in record.items() if role != "observed"} for record in records], rows


def _open_message(segment: str, where: str, authority: str) -> _Message:
    if len(segment) < 8:
        raise DataError(where, "the message header is cut off", hint="ask for the file again")
    marks = Marks(
        segment[3], segment[4], segment[5], segment[6], segment[7] if segment[7] != segment[3] else "&"
    )
    fields = segment.split(marks.field)
    kind = fields[8].upper() if len(fields) > 8 else ""
    return _Message(marks, kind.split(marks.component)[0].strip() in RESULTS, authority)


def _tell_times_apart(order: list[dict[str, str]]) -> None:
    """Give repeated tests of one order (glucose at 0 and 120 minutes) their own times (OBX-14).

    Only where one test of the order stands several times, with one status and different times: else the
    collection time of the order (OBR-7) holds, since many systems write the result time into OBX-14.
    """
    tests: dict[tuple[str, str], list[dict[str, str]]] = {}
    for record in order:
        if record.get("observed"):
            key = (record["loinc"] or record["analyte_code"], record["analyte"])
            tests.setdefault(key, []).append(record)
    if any(
        len(same) > 1 and _distinct(same, "observed") == len(same) and _distinct(same, "status") == 1
        for same in tests.values()
    ):
        for record in (one for same in tests.values() for one in same):
            record["collected"] = record["observed"]
            record["accession"] = f"{record['accession']} {record['observed']}".strip()


def _distinct(records: list[dict[str, str]], role: str) -> int:
    return len({record[role] for record in records})


def _place(message: _Message, kind: str, fields: list[str], order: list[dict[str, str]]) -> None:
    """Note patient, order, specimen and remarks; other segments carry nothing that is read.

    `order` are the records of the order so far: what is said of the whole order or sample holds for them
    too, and for those that follow.
    """
    if kind == "PID":
        message.subject = _patient(message, fields)
        message.accession = message.collected = message.received = message.resulted = ""
        message.specimen = message.quality = message.remark = message.order_remark = ""
    elif kind == "OBR":
        message.accession = _first(message, fields, 3) or _first(message, fields, 2)
        message.collected = _first(message, fields, 7)
        message.received = _first(message, fields, 14)
        message.resulted = _first(message, fields, 22)
        message.specimen, message.quality = _source(message, fields), ""
        message.order_remark = message.order_remark if message.under == "ORC" else ""
    elif kind == "ORC":
        message.order_remark = ""
    elif kind == "SPM":
        message.specimen = _add(message.specimen, _name(message, fields, 4))
        message.quality = _add(message.quality, _name(message, fields, 24))
        for record in order:
            record["specimen"], record["quality"] = message.specimen, message.quality
    elif kind == "NTE":
        _remark(message, _text(message, fields, 3), order)


def _remark(message: _Message, text: str, order: list[dict[str, str]]) -> None:
    """Add a remark to what it stands under: a result, the order or sample, or the patient."""
    if message.under == "OBX" and order:
        order[-1]["comment"] = f"{order[-1].get('comment', '')} {text}".strip()
        return
    for record in order:
        record["comment"] = f"{record.get('comment', '')} {text}".strip()
    if message.under in OF_PATIENT:
        message.remark = f"{message.remark} {text}".strip()
    else:
        message.order_remark = f"{message.order_remark} {text}".strip()


def _add(said: str, text: str) -> str:
    """Return both texts where two segments differ: nobody can tell then which holds for which result."""
    if not said or not text or text in said.split(" / "):
        return said or text
    return f"{said} / {text}"


def _observation(message: _Message, fields: list[str]) -> dict[str, str]:
    code, name, loinc = _test(message, fields)
    return {
        "subject": message.subject,
        "analyte": name,
        "analyte_code": code,
        "loinc": loinc,
        "observed": _first(message, fields, 14),
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
        "specimen": message.specimen,
        "quality": message.quality,
        "comment": f"{message.remark} {message.order_remark}".strip(),
    }


def _test(message: _Message, fields: list[str]) -> tuple[str, str, str]:
    """Return the laboratory's code, the printed name and the LOINC code, first or second (OBX-3.4)."""
    parts = [
        _unescape(part.strip(), message.marks) for part in _field(fields, 3).split(message.marks.component)
    ]
    parts += [""] * (6 - len(parts))
    code, loinc = "", ""
    for number, system in ((parts[0], parts[2].upper()), (parts[3], parts[5].upper())):
        if system in ("LN", "LOINC") or (system == "" and LOINC.match(number)):
            loinc = loinc or number
        else:
            code = code or number
    return code, parts[1] or parts[4] or code, loinc


def _patient(message: _Message, fields: list[str]) -> str:
    """Return the patient's number: the one of the declared authority or type, else the first."""
    numbers = [
        one.split(message.marks.component) for one in _field(fields, 3).split(message.marks.repetition)
    ]
    if message.authority:
        named = [one[0] for one in numbers if _has(one[3:5], message)]
        return _unescape(named[0].strip(), message.marks) if named else ""
    return _unescape(numbers[0][0].strip(), message.marks)


def _has(parts: list[str], message: _Message) -> bool:
    return any(part.split(message.marks.part)[0].strip() == message.authority for part in parts)


def _value(message: _Message, fields: list[str]) -> str:
    """Return the value; a structured number (SN) as it is printed: `<0.5`, `5-10`, `1:640`, `2+`."""
    text = _field(fields, 5)
    if _field(fields, 2).upper() == "SN":
        return "".join(text.split(message.marks.component)[:4])
    if _field(fields, 2).upper() in ("CE", "CWE", "CNE"):
        return _name(message, fields, 5)
    return _unescape(text, message.marks)


def _source(message: _Message, fields: list[str]) -> str:
    """Return the specimen that the order names (OBR-15, HL7 v2.3 to v2.4), its printed name first."""
    first = _field(fields, 15).split(message.marks.repetition)[0].split(message.marks.component)[0]
    parts = first.split(message.marks.part)
    return _unescape(next((part for part in (parts[1:2] + parts[:1]) if part), ""), message.marks)


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
    letters = {"F": marks.field, "S": marks.component, "R": marks.repetition, "T": marks.part}
    for code, letter in letters.items():
        text = text.replace(f"{e}{code}{e}", letter)
    return text.replace(f"{e}E{e}", e)


FILLS = frozenset({
    "subject", "analyte", "analyte_code", "loinc", "result", "unit", "reference", "flag", "status",
    "collected", "received", "resulted", "method", "accession", "specimen", "quality", "comment",
})  # fmt: skip
LAYOUT = Layout(read, tables=("message",), fills=FILLS)
