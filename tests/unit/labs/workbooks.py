"""Workbook exports of the truth: long, wide with merged heads, one sheet per patient."""

from datetime import datetime, timedelta
from pathlib import Path

from openpyxl import Workbook

from unit.labs.truth import LONG, NAMES, UNITS, Dialect, Lab, base_source, by_draw, hospital_number


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


def write_long_workbook(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
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


def write_wide_workbook(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
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
    for at, ((person, moment), labs) in enumerate(by_draw(truth).items()):
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


def write_sheets(truth: list[Lab], dialect: Dialect, folder: Path) -> dict[str, object]:
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
