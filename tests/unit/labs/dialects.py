"""One truth, many exports: the same results written in every layout, encoding and dialect.

`write_export(truth, layout, dialect, folder)` writes the files and returns the `sources` entry that
declares them; `expected(truth)` is the clean table that must come back.
"""

import csv
import io
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import yaml
from openpyxl import Workbook

from trial.study.intake import LabsSpec

ROOT = Path(__file__).resolve().parents[3]
LAYOUTS = (
    "long", "long workbook", "wide", "wide workbook", "sheet per patient", "file per patient", "redcap",
    "sdtm", "xml4", "hl7",
)  # fmt: skip
TEXT_LAYOUTS = ("long", "wide", "redcap", "sdtm", "file per patient")
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


def write_export(truth: list[Lab], layout: str, dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write the files of one layout; returns the source that declares them."""
    writer = {
        "long": _write_long, "long workbook": _write_long_workbook, "wide": _write_wide,
        "wide workbook": _write_wide_workbook, "sheet per patient": _write_sheets,
        "file per patient": _write_files, "redcap": _write_redcap, "sdtm": _write_sdtm,
        "xml4": _write_xml4, "hl7": _write_hl7,
    }[layout]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    return writer(truth, dialect, folder)


def make_spec(source: dict[str, object], **sections: object) -> LabsSpec:
    """Return the demonstration study's tables with one source; `wrong_unit` is off (random values)."""
    content = config()
    analytes = {
        code: analyte | {"wrong_unit": None, "jump": None} for code, analyte in content["analytes"].items()
    }
    given = {"sources": {"export": source}, "analytes": analytes, "units": content["units"],
             "factors": [], "corrections": []}  # fmt: skip
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


def _table(dialect: Dialect, *header_rows: int) -> dict[str, object]:
    names = {"\t": "tab"}
    rows = header_rows or (dialect.titles + 1,)
    return {"type": "delimited", "encoding": dialect.encoding,
            "delimiter": names.get(dialect.delimiter, dialect.delimiter), "header_rows": list(rows)}  # fmt: skip


def _date(moment: datetime, dialect: Dialect) -> str:
    return moment.strftime(DATES[dialect.date])


def _result(text: str, dialect: Dialect) -> str:
    return dialect.pad + text.replace(".", dialect.decimal)


def _write_rows(path: Path, rows: list[list[object]], dialect: Dialect) -> None:
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
}  # fmt: skip
IDENTIFIERS = ["Họ tên", "Điện thoại"]


def _long_rows(truth: list[Lab], dialect: Dialect) -> list[list[object]]:
    header = ["STT", *IDENTIFIERS, *LONG.values()]
    rows: list[list[object]] = [header]
    for at, lab in enumerate(truth, 1):
        rows.append([at, PEOPLE[lab.person], PHONE, hospital_number(lab.person), NAMES[lab.analyte],
                     _result(lab.text, dialect), UNITS[lab.analyte], _date(lab.moment, dialect), _sid(lab),
                     "Chính thức", f"gọi {PHONE}" if at % 3 == 0 else ""])  # fmt: skip
    return rows


def _sid(lab: Lab) -> str:
    return f"B{lab.person}{lab.moment:%y%m%d%H%M}"


def _write_long(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    _write_rows(folder / "export.csv", _long_rows(truth, dialect), dialect)
    return base_source(dialect, layout="long", files=["export.csv"], table=_table(dialect), columns=LONG,
                       identifiers=IDENTIFIERS)  # fmt: skip


def _write_sdtm(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    iso = replace(dialect, date="ISO", titles=0)
    rows: list[list[object]] = [["STUDYID", "USUBJID", "LBTESTCD", "LBORRES", "LBORRESU", "LBDTC", "LBREFID"]]
    rows += [["X", subject(lab.person), lab.analyte, _result(lab.text, iso), UNITS[lab.analyte],
              _date(lab.moment, iso), _sid(lab)] for lab in truth]  # fmt: skip
    _write_rows(folder / "lb.csv", rows, iso)
    return base_source(iso, layout="sdtm", files=["lb.csv"], table=_table(iso), columns={"accession": "LBREFID"},
                       subject={"id": "study id", "place": "column"})  # fmt: skip


def _by_draw(truth: list[Lab]) -> dict[tuple[int, datetime], dict[str, Lab]]:
    draws: dict[tuple[int, datetime], dict[str, Lab]] = {}
    for lab in truth:
        draws.setdefault((lab.person, lab.moment), {})[lab.analyte] = lab
    return draws


def _wide_rows(truth: list[Lab], dialect: Dialect, subject_of=hospital_number) -> list[list[object]]:  # type: ignore[no-untyped-def]
    rows: list[list[object]] = []
    for (person, moment), labs in _by_draw(truth).items():
        cells = [_result(labs[code].text, dialect) if code in labs else "" for code in UNITS]
        rows.append([subject_of(person), PEOPLE[person], _date(moment, dialect), *cells])
    return rows


def _measures(columns: dict[str, str]) -> list[dict[str, object]]:
    return [{"result": text, "analyte": NAMES[code], "unit": UNITS[code]} for code, text in columns.items()]


WIDE = {code: f"{code} ({unit})" for code, unit in UNITS.items()}


def _write_wide(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    header: list[object] = ["Mã BN", "Họ tên", "Ngày", *WIDE.values()]
    _write_rows(folder / "wide.csv", [header, *_wide_rows(truth, dialect)], dialect)
    return base_source(dialect, layout="wide", files=["wide.csv"], table=_table(dialect), measures=_measures(WIDE),
                       columns={"subject": "Mã BN", "collected": "Ngày"}, identifiers=["Họ tên"])  # fmt: skip


def _write_redcap(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    plain = replace(dialect, titles=0)
    header: list[object] = ["record_id", "redcap_event_name", "lab_date", *WIDE.values()]
    rows = [[row[0], "baseline_arm_1", *row[2:]] for row in _wide_rows(truth, plain, subject)]
    _write_rows(folder / "redcap.csv", [header, *rows], plain)
    return base_source(plain, layout="redcap", files=["redcap.csv"], table=_table(plain),
                       columns={"collected": "lab_date"}, measures=_measures(WIDE),
                       subject={"id": "study id", "place": "column"}, visits={"baseline_arm_1": "BL"})  # fmt: skip


def _write_files(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write one file per patient; the number stands in cell B1 above the header."""
    plain = replace(dialect, titles=0)
    for person in sorted({lab.person for lab in truth}):
        mine = [lab for lab in truth if lab.person == person]
        rows = [[row[2], *row[3:]] for row in _wide_rows(mine, plain)]
        head: list[list[object]] = [["Mã BN:", hospital_number(person)], ["Ngày", *WIDE.values()]]
        _write_rows(folder / f"patient_{person + 1:02d}.csv", [*head, *rows], plain)
    return base_source(plain, layout="wide", files=["patient_*.csv"], table=_table(plain, 2),
                       measures=_measures(WIDE), columns={"collected": "Ngày"},
                       subject={"id": "hospital number", "place": "cell", "cell": "B1", "width": 10})  # fmt: skip


def _cell(text: str, dialect: Dialect, number: int) -> object:
    """Return a result as a spreadsheet may hold it: a number, or text with the declared mark."""
    if text[0] in "<>" or number % 2:
        return text.replace(".", dialect.decimal)
    return float(text)


def _moment(moment: datetime, number: int) -> object:
    """Return a time as a spreadsheet may hold it: a typed cell or a bare serial number."""
    if number % 3:
        return moment
    return (moment - datetime(1899, 12, 30)) / timedelta(days=1)


WORKBOOK_DATES = {"formats": ["excel"], "zone": "+07:00"}


def _workbook_source(dialect: Dialect, sheets: dict[str, str], rows: list[int], **entries: object) -> dict:  # type: ignore[type-arg]
    source = base_source(dialect, files=["export.xlsx"],
                         table={"type": "workbook", "sheets": sheets, "header_rows": rows}, **entries)  # fmt: skip
    return source | {"dates": source["dates"] | WORKBOOK_DATES}  # type: ignore[operator]


def _write_long_workbook(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    book = Workbook()
    sheet = book.active
    sheet.title = "Kết quả"
    sheet.append(["Bệnh viện"])
    sheet.append(list(LONG.values())[:5])
    for at, lab in enumerate(truth):
        number: object = hospital_number(lab.person) if at % 2 else int(hospital_number(lab.person))
        sheet.append([number, NAMES[lab.analyte], _cell(lab.text, dialect, at), UNITS[lab.analyte],
                      _moment(lab.moment, at)])  # fmt: skip
    book.save(folder / "export.xlsx")
    return _workbook_source(
        dialect, {"Kết quả": ""}, [2], layout="long", columns=dict(list(LONG.items())[:5])
    )


def _write_wide_workbook(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write merged heads over result and date columns, and a hidden sheet of other values."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Tháng 1"
    top: list[object] = ["Mã BN"]
    for code in UNITS:
        top += [code, None]
    sheet.append(top)
    sheet.append([None, *["Kết quả", "Ngày"] * len(UNITS)])
    for at in range(len(UNITS)):
        sheet.merge_cells(start_row=1, end_row=1, start_column=2 + 2 * at, end_column=3 + 2 * at)
    sheet.merge_cells("A1:A2")
    for at, ((person, moment), labs) in enumerate(_by_draw(truth).items()):
        row: list[object] = [hospital_number(person)]
        for code in UNITS:
            lab = labs.get(code)
            row += [_cell(lab.text, dialect, at), _moment(moment, at)] if lab else [None, None]
        sheet.append(row)
    hidden = book.create_sheet("cũ")
    hidden.append(["Mã BN", 1.23])
    hidden.sheet_state = "hidden"
    book.save(folder / "export.xlsx")
    measures = [
        {"result": f"{code} / Kết quả", "analyte": NAMES[code], "unit": UNITS[code],
         "columns": {"collected": f"{code} / Ngày"}} for code in UNITS
    ]  # fmt: skip
    return _workbook_source(dialect, {"Tháng 1": "M1"}, [1, 2], layout="wide", measures=measures,
                            columns={"subject": "Mã BN"})  # fmt: skip


def _write_sheets(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    """Write one sheet per patient, named by the hospital number."""
    book = Workbook()
    book.remove(book.active)
    for person in sorted({lab.person for lab in truth}):
        sheet = book.create_sheet(hospital_number(person))
        sheet.append(["Xét nghiệm", "Kết quả", "Đơn vị", "Ngày"])
        for at, lab in enumerate(lab for lab in truth if lab.person == person):
            sheet.append([NAMES[lab.analyte], _cell(lab.text, dialect, at), UNITS[lab.analyte],
                          _moment(lab.moment, at)])  # fmt: skip
    book.save(folder / "export.xlsx")
    columns = {"analyte": "Xét nghiệm", "result": "Kết quả", "unit": "Đơn vị", "collected": "Ngày"}
    return _workbook_source(dialect, {"*": ""}, [1], layout="long", columns=columns,
                            subject={"id": "hospital number", "place": "sheet", "width": 10})  # fmt: skip


XML_FIELDS = ("MA_LK", "STT", "MA_CHI_SO", "TEN_CHI_SO", "GIA_TRI", "DON_VI_DO", "NGAY_KQ")


def _write_xml4(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    plain = replace(dialect, encoding="utf-8", date="yyyymmddHHMM", titles=0)
    lines, visits = [], {}
    for at, lab in enumerate(truth, 1):
        visits[_sid(lab)] = [_sid(lab), hospital_number(lab.person), _date(lab.moment, plain)]
        values = (_sid(lab), at, lab.analyte, NAMES[lab.analyte], _result(lab.text, plain), UNITS[lab.analyte],
                  _date(lab.moment + timedelta(hours=2), plain))  # fmt: skip
        fields = "".join(
            f"<{tag}>{escape(str(v))}</{tag}>" for tag, v in zip(XML_FIELDS, values, strict=True)
        )
        lines.append(f"<CHI_TIET_CLS>{fields}</CHI_TIET_CLS>")
    body = f"<A><DS_CHI_SO_CLS>{''.join(lines)}</DS_CHI_SO_CLS></A>"
    (folder / "xml4.xml").write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', encoding="utf-8")
    _write_rows(folder / "visits.csv", [["MA_LK", "MA_BN", "NGAY_TH_YL"], *visits.values()], plain)
    join = {
        "file": "visits.csv",
        "table": _table(plain),
        "key": "MA_LK",
        "subject": "MA_BN",
        "collected": "NGAY_TH_YL",
    }
    return base_source(plain, layout="xml4", files=["xml4.xml"], join=join,
                       table={"type": "message", "encoding": "utf-8"})  # fmt: skip


def _write_hl7(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
    plain = replace(dialect, encoding="utf-8", date="yyyymmddHHMM")
    segments = []
    for at, ((person, moment), labs) in enumerate(_by_draw(truth).items(), 1):
        first = next(iter(labs.values()))
        segments += [f"MSH|^~\\&|LIS|VH|EDC|VH|20200101||ORU^R01^ORU_R01|{at}|P|2.5",
                     f"PID|1||{hospital_number(person)}^^^VH||{PEOPLE[person].replace(' ', '^', 1)}||19600101|F|||||{PHONE}",
                     f"OBR|1||{_sid(first)}|LAB^Lab||| {_date(moment, plain)}".replace("| ", "|")]  # fmt: skip
        for code, lab in labs.items():
            comparator = lab.text[0] in "<>"
            value = _result(lab.text, plain)
            value = f"{value[0]}^{value[1:]}" if comparator else value
            kind = "SN" if comparator else "NM"
            segments.append(f"OBX|1|{kind}|{code}^{NAMES[code]}^L||{value}|{UNITS[code]}|0.64 – 3.73||||F")
    (folder / "oru.hl7").write_bytes("\r".join(segments).encode())
    words_hl7 = words() | {"status": {"F": "final", "C": "corrected", "P": "preliminary", "X": "cancelled"}}
    return base_source(plain, layout="hl7", files=["oru.hl7"], table={"type": "message", "encoding": "utf-8"},
                       words=words_hl7)  # fmt: skip
