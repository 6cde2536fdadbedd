"""The truth behind the test exports, and what all exports of it declare alike."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from trial.labs.config import LabsSpec

ROOT = Path(__file__).resolve().parents[3]
UNITS = {"GLUC": "mmol/L", "HBA1C": "%", "INS": "µU/mL", "CPEP": "ng/mL"}
NAMES = {"GLUC": "Glucose máu đói", "HBA1C": "Định lượng HbA1c [Máu]", "INS": "Insulin", "CPEP": "C-Peptid*"}
TONES = "\u0300\u0301\u0303\u0309\u0323"
PEOPLE = (
    "Nguyễn Thị Bích Hồng", "Trần Văn Đức", "Lê Hoàng Yến", "Phạm Quốc Bảo", "Đỗ Mỹ Ưng", "Vũ Ngọc Ánh",
)  # fmt: skip
PHONE = "0912345678"


@dataclass(frozen=True)
class Lab:
    """One true result: printed digits with a point, or a limit with `<` or `>` before it."""

    person: int
    analyte: str
    text: str
    moment: datetime


@dataclass(frozen=True)
class Dialect:
    """How a text file is written; `date` is one of the declared formats."""

    encoding: str = "utf-8"
    bom: bool = False
    delimiter: str = ";"
    decimal: str = ","
    newline: str = "\n"
    titles: int = 0
    date: str = "HH:MM dd/mm/yyyy"
    quoting: int = csv.QUOTE_MINIMAL
    pad: str = ""


DATES = {
    "HH:MM dd/mm/yyyy": "%H:%M %d/%m/%Y",
    "dd/mm/yyyy HH:MM": "%d/%m/%Y %H:%M",
    "mm/dd/yyyy HH:MM": "%m/%d/%Y %H:%M",
    "yyyymmddHHMM": "%Y%m%d%H%M",
    "ISO": "%Y-%m-%dT%H:%M:00+07:00",
    "dd-mmm-yyyy HH:MM": "%d-%b-%Y %H:%M",
    "mm/dd/yyyy hh:MM AM": "%m/%d/%Y %I:%M %p",
    "HL7": "%Y%m%d%H%M%S.123+0700",
}


@lru_cache(maxsize=1)
def config() -> dict[str, Any]:
    """Return the demonstration study's configuration; callers must not change it."""
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def hospital_number(person: int) -> str:
    """Return the number that stands in exports; it has leading zeros."""
    return f"{17_000_123 + 4_711 * person:010d}"


def subject(person: int) -> str:
    """Return the pseudonymous id."""
    return f"S-{person + 1:03d}"


def key(people: int = len(PEOPLE)) -> dict[str, str]:
    """Return the subject key."""
    return {hospital_number(person): subject(person) for person in range(people)}


def expected(truth: list[Lab]) -> list[tuple[str, str, str, str]]:
    """Return (subject, analyte, printed result, collection time) of each result, sorted."""
    return sorted(
        (subject(lab.person), lab.analyte, lab.text, f"{lab.moment:%Y-%m-%dT%H:%M}") for lab in truth
    )


def obtained(labs) -> list[tuple[str, str, str, str]]:
    """Return the same of a clean table; values go back to text with the digits that were printed."""
    rows = []
    for row in labs.itertuples():
        number = row.VALUE if row.CENSOR == "" else row.LIMIT
        rows.append((row.USUBJID, row.ANALYTE, f"{row.CENSOR}{number:.2f}", row.COLLECTED))
    return sorted(rows)


def make_spec(source: dict[str, object], **sections: object) -> LabsSpec:
    """Return the demonstration study's tables with one source; `wrong_unit` is off (random values)."""
    content = config()
    analytes = {
        code: analyte | {"wrong_unit": None, "jump": None} for code, analyte in content["analytes"].items()
    }
    given = {"sources": {"export": source}, "analytes": analytes, "units": content["units"],
             "factors": [], "corrections": [], "consistency": None}  # fmt: skip
    return LabsSpec.model_validate(given | sections)


def words() -> dict[str, object]:
    """Return the word lists of the demonstration study."""
    content = config()
    return content["sources"]["lis_2019"]["words"]


def encode(text: str, dialect: Dialect) -> bytes:
    """Return the bytes of a text file."""
    if dialect.encoding == "windows-1258":
        return encode_1258(text)
    data = text.encode(dialect.encoding)
    return b"\xef\xbb\xbf" + data if dialect.bom and dialect.encoding == "utf-8" else data


def encode_1258(text: str) -> bytes:
    """Return Windows-1258: every letter that it lacks as base letter and tone mark."""
    import unicodedata

    out = []
    for letter in unicodedata.normalize("NFC", text):
        try:
            out.append(letter.encode("cp1258"))
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            base = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in TONES))
            out.append((base + "".join(mark for mark in parts if mark in TONES)).encode("cp1258"))
    return b"".join(out)


def base_source(dialect: Dialect, **entries: object) -> dict[str, object]:
    """Return what all sources declare alike."""
    source: dict[str, object] = {
        "label": "export", "precedence": 1, "columns": {}, "identifiers": [],
        "subject": {"id": "hospital number", "place": "column", "width": 10},
        "numbers": {"decimal": dialect.decimal, "thousands": ""},
        "dates": {"formats": [dialect.date], "zone": "+07:00", "earliest": date(2019, 1, 1), "latest": date(2020, 12, 31)},
        "visits": {}, "missing_units": {}, "status_order": ["corrected", "final", "preliminary"],
        "same_sample_minutes": 0, "words": words(),
    }  # fmt: skip
    return source | entries


def table_of(dialect: Dialect, *header_rows: int) -> dict[str, object]:
    names = {"\t": "tab"}
    rows = header_rows or (dialect.titles + 1,)
    return {"type": "delimited", "encoding": dialect.encoding,
            "delimiter": names.get(dialect.delimiter, dialect.delimiter), "header_rows": list(rows)}  # fmt: skip


def date_text(moment: datetime, dialect: Dialect) -> str:
    return moment.strftime(DATES[dialect.date])


def result_text(text: str, dialect: Dialect) -> str:
    return dialect.pad + text.replace(".", dialect.decimal)


def write_rows(path: Path, rows: list[list[object]], dialect: Dialect) -> None:
    stream = io.StringIO()
    for title in range(dialect.titles):
        stream.write(f"Bệnh viện {title}{dialect.newline}")
    writer = csv.writer(stream, delimiter=dialect.delimiter, lineterminator=dialect.newline,
                        quoting=dialect.quoting)  # fmt: skip
    writer.writerows(rows)
    path.write_bytes(encode(stream.getvalue(), dialect))


LONG = {
    "subject": "Mã BN", "analyte": "Tên xét nghiệm", "result": "Kết quả", "unit": "Đơn vị",
    "collected": "Ngày lấy mẫu", "accession": "SID", "status": "Trạng thái", "comment": "Ghi chú",
    "specimen": "Loại mẫu", "quality": "Chất lượng mẫu", "fasting": "Nhịn ăn", "qualifier": "Dấu", "loinc": "LOINC",
    "analyte_code": "Mã chỉ số", "visit": "Đợt", "lloq": "LLOQ", "uloq": "ULOQ", "flag": "Cờ",
}  # fmt: skip


def sid_of(lab: Lab) -> str:
    return f"B{lab.person}{lab.moment:%y%m%d%H%M}"


def by_draw(truth: list[Lab]) -> dict[tuple[int, datetime], dict[str, Lab]]:
    draws: dict[tuple[int, datetime], dict[str, Lab]] = {}
    for lab in truth:
        draws.setdefault((lab.person, lab.moment), {})[lab.analyte] = lab
    return draws
