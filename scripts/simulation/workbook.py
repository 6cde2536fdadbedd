"""The study nurse's workbook of HbA1c and C-peptide: one sheet per visit, written byte for byte alike."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from simulation.laboratory import Values
from simulation.people import Draw, Person
from simulation.records import Row

SHEETS = {"BL": "Ban đầu", "M1": "Tháng 1", "M3": "Tháng 3", "M6": "Tháng 6"}
HIDDEN = "Tháng 6 (cũ)"
TITLES = (
    "BỆNH VIỆN MINH HỌA — ĐƠN VỊ TẾ BÀO GỐC (DỮ LIỆU TỔNG HỢP - SYNTHETIC)",
    "Kết quả HbA1c và C-peptid: {}",
)
TOP = ("STT", "Mã BN", "Họ tên", "Năm sinh", "HbA1c", "", "", "C-peptid", "", "", "Ghi chú")
SUB = ("", "", "", "", "Kết quả", "Ngày lấy mẫu", "Đơn vị", "Kết quả", "Ngày lấy mẫu", "Đơn vị", "")
MERGES = ("A1:K1", "A2:K2", "E3:G3", "H3:J3", "A3:A4", "B3:B4", "C3:C4", "D3:D4", "K3:K4")
FIRST_ROW = 5
COLUMN = {"HBA1C": "E", "CPEP": "H"}
MOMENT = datetime(2020, 10, 31, 8, 0, 0)
MASTER = (0.09148, 2.152)  # NGSP % = 0.09148 x IFCC mmol/mol + 2.152


def build_sheets(
    people: list[Person], draws: dict[tuple[str, str], Draw], values: Values
) -> dict[str, list[Row]]:
    """Return per sheet one row per subject; cells are keyed by column letter.

    Each sheet has its own habits: numbers (first sheet), text with decimal comma (month 1), HbA1c in
    mmol/mol (month 3), hospital numbers and dates as bare numbers (month 6 and its hidden older copy).
    """
    sheets = {
        name: [_make_row(person, draws.get((person.usubjid, code)), code, values, serial)
               for serial, person in enumerate(people, start=1)]
        for code, name in SHEETS.items()
    }  # fmt: skip
    sheets[HIDDEN] = [_make_old(row) for row in sheets[SHEETS["M6"]][:20]]
    for name, rows in sheets.items():
        for position, row in enumerate(rows, start=FIRST_ROW):
            row.sheet, row.number = name, position
    return sheets


def write_workbook(path: Path, sheets: dict[str, list[Row]]) -> None:
    """Write the workbook; the hidden sheet stays hidden."""
    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "Synthetic data generator"
    book.properties.created = book.properties.modified = MOMENT
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        _write_head(sheet, name)
        for row in rows:
            for letter, value in row.cells.items():
                cell = sheet[f"{letter}{row.number}"]
                cell.value = value
                if isinstance(value, datetime):
                    cell.number_format = "dd/mm/yyyy"
        if name == HIDDEN:
            sheet.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(freeze_archive(stream.getvalue()))


def freeze_archive(content: bytes) -> bytes:
    """Return the zip archive with fixed dates in its entries and in its document properties."""
    source = zipfile.ZipFile(io.BytesIO(content))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(source.namelist()):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _freeze_properties(data)
            entry = zipfile.ZipInfo(name, date_time=(2020, 10, 31, 8, 0, 0))
            # Stored, not deflated: compressed bytes may differ between zlib builds.
            entry.compress_type = zipfile.ZIP_STORED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    return target.getvalue()


def serial_day(moment: datetime) -> int:
    """Return the day number of a spreadsheet (1900 system)."""
    return (moment - datetime(1899, 12, 30)).days


def to_ifcc(percent: float) -> float:
    """Return HbA1c in mmol/mol, one decimal."""
    return round((percent - MASTER[1]) / MASTER[0], 1)


def _make_row(person: Person, draw: Draw | None, code: str, values: Values, serial: int) -> Row:
    cells: dict[str, object] = {"A": serial, "B": person.hospital, "C": person.name, "D": person.birth_year}
    if code == "M6":
        cells["B"] = int(person.hospital)
    if draw is not None:
        day = datetime.combine(draw.collected.date(), datetime.min.time())
        stamp: object = serial_day(day) if code == "M6" else day
        hba1c, cpep = (values[person.usubjid, code, name] for name in ("HBA1C", "CPEP"))
        unit = "mmol/mol" if code == "M3" else "%"
        number: object = to_ifcc(hba1c) if code == "M3" else hba1c
        cells |= {"E": number, "F": stamp, "G": unit, "H": cpep, "I": stamp, "J": "ng/mL"}
        if code == "M1":
            cells |= {"E": f"{hba1c:.2f}".replace(".", ","), "H": f"{cpep:.2f}".replace(".", ",")}
    return Row(cells, person.usubjid, code)


def _make_old(row: Row) -> Row:
    """Return the superseded entry of a subject: a month-6 value typed before it was checked."""
    cells = dict(row.cells)
    value = cells.get("E")
    if isinstance(value, float):
        cells["E"] = round(value + 0.4, 2)
    return Row(cells, row.usubjid, row.visit, kind="hidden")


def _write_head(sheet: Worksheet, name: str) -> None:
    sheet["A1"], sheet["A2"] = TITLES[0], TITLES[1].format(name)
    sheet["A1"].font = Font(bold=True)
    for line, names in ((3, TOP), (4, SUB)):
        for column, text in enumerate(names, start=1):
            if text:
                sheet.cell(line, column, text).alignment = Alignment(horizontal="center")
    for area in MERGES:
        sheet.merge_cells(area)


def _freeze_properties(data: bytes) -> bytes:
    stamp = f"{MOMENT:%Y-%m-%dT%H:%M:%SZ}"
    head, _, tail = data.decode().partition("<dcterms:modified")
    opening, _, rest = tail.partition(">")
    _, _, closing = rest.partition("<")
    return f"{head}<dcterms:modified{opening}>{stamp}<{closing}".encode()
