"""The two long exports of the hospital's laboratory system."""

import re
from datetime import datetime
from pathlib import Path

from numpy.random import Generator

from simulation.laboratory import Values
from simulation.parameters import INSULIN_CHANGE, INSULIN_FACTOR_NEW
from simulation.people import Draw, Person, pick
from simulation.records import Row
from simulation.text import comma, write_delimited
from simulation.truth import stream

COLUMNS = (
    "STT", "Mã phiếu", "Mã BN", "Họ tên", "Năm sinh", "Giới tính", "SID", "Tên xét nghiệm", "Kết quả",
    "Đơn vị", "Trị số tham chiếu", "Cờ", "Ngày lấy mẫu", "Ngày nhận mẫu", "Ngày trả kết quả", "Loại mẫu",
    "Chất lượng mẫu", "Trạng thái", "Thiết bị", "Ghi chú",
)  # fmt: skip
HEADINGS = ("HUYẾT HỌC/HEMATOLOGY", "HÓA SINH/BIOCHEMISTRY", "MIỄN DỊCH/IMMUNOLOGY")
SECTION = {"HGB": 0, "INS": 2, "CPEP": 2, "GAD": 2}
ORDER = ("HGB", "GLUC", "HBA1C", "UREA", "CHOL", "TG", "INS", "CPEP", "GAD")
NAMES = {
    "GLUC": ("Glucose máu đói", "Định lượng Glucose [Máu]", "Đường huyết lúc đói", "Glucose*", "FPG"),
    "HBA1C": ("Định lượng HbA1c [Máu]", "HbA1c", "HbA1c*"),
    "INS": ("Định lượng Insulin", "Insulin", "Insulin đói"),
    "CPEP": ("Định lượng C-Peptid", "C-Peptide", "C-Peptid*"),
    "TG": ("Triglycerid", "Triglycerid*"),
    "CHOL": ("Cholesterol toàn phần", "Cholesterol toàn phần*"),
    "UREA": ("Ure*", "Ure"),
    "HGB": ("Hemoglobin", "HGB"),
    "GAD": ("Anti-GAD", "Kháng thể kháng GAD"),
}
UNITS = {
    "GLUC": ("mmol/L", "mmol/L", "mmol/l"), "HBA1C": ("%",), "CPEP": ("ng/mL", "ng/ml"),
    "INS": ("µU/mL", "µU/mL", "uIU/ml", "µUI/mL", "mU/L"), "TG": ("mmol/L",), "CHOL": ("mmol/L",),
    "UREA": ("mmol/L",), "HGB": ("g/L",), "GAD": ("U/mL",),
}  # fmt: skip
RANGES = {
    "GLUC": "3,9 - 6,4", "HBA1C": "4,0 – 6,0", "INS": "2,6- 24,9", "CPEP": "1,1 - 4,4", "TG": "< 1,88",
    "CHOL": "3,9 - 5,2", "UREA": "2,5 - 7,5", "HGB": "120 - 175", "GAD": "< 5,0",
}  # fmt: skip
DECIMALS = {"HGB": 0}
SPECIMEN = {"HBA1C": "Máu toàn phần EDTA", "HGB": "Máu toàn phần EDTA", "GLUC": "Huyết tương"}
DEVICE = {0: "XN-1000", 1: "AU680", 2: "Architect i2000"}
NEW_DEVICE = "Cobas e411"
CHANGE = datetime.fromisoformat(INSULIN_CHANGE)


def build_rows(
    people: list[Person], draws: dict[tuple[str, str], Draw], values: Values, seed: int
) -> list[Row]:
    """Return the clean rows of both years, one per result that the laboratory system holds.

    The system holds glucose and insulin of everyone; C-peptide of subjects with an even number and HbA1c
    of every third one (the rest were entered in the nurse's workbook only); safety tests of screening.
    """
    rng = stream(seed, "lis")
    rows = []
    for person in people:
        number = int(person.usubjid[-3:])
        for (usubjid, visit), draw in draws.items():
            if usubjid != person.usubjid:
                continue
            for analyte in ORDER:
                if _is_held(analyte, visit, number) and (
                    analyte == "GAD" or (usubjid, visit, analyte) in values
                ):
                    value = values.get((usubjid, visit, analyte))
                    rows.append(make_row(person, draw, analyte, value, rng))
    return rows


def make_row(person: Person, draw: Draw, analyte: str, value: float | None, rng: Generator) -> Row:
    """Return one result row as the system prints it; a value of None is a negative anti-GAD."""
    text = RANGES[analyte]
    unit = pick(rng, UNITS[analyte])
    result, device = "Âm tính", DEVICE[SECTION.get(analyte, 1)]
    if value is not None:
        result = comma(value, DECIMALS.get(analyte, 2))
    if analyte == "INS" and draw.collected >= CHANGE and value is not None:
        result, unit, device = comma(value * INSULIN_FACTOR_NEW, 1), "pmol/L", NEW_DEVICE
        text = "18,1 - 173"
    cells: dict[str, object] = {
        "Mã phiếu": f"PXN{draw.sid[:6]}-{draw.sid[-4:]}",
        "Mã BN": person.hospital,
        "Họ tên": person.name,
        "Năm sinh": person.birth_year,
        "Giới tính": "Nữ" if person.sex == "F" else "Nam",
        "SID": draw.sid,
        "Tên xét nghiệm": pick(rng, NAMES[analyte]),
        "Kết quả": result,
        "Đơn vị": unit,
        "Trị số tham chiếu": text,
        "Cờ": flag_of(result, text),
        **stamps(draw),
        "Loại mẫu": SPECIMEN.get(analyte, "Huyết thanh"),
        "Trạng thái": "Chính thức",
        "Thiết bị": device,
    }
    return Row(cells, person.usubjid, draw.visit, analyte)


def stamps(draw: Draw) -> dict[str, object]:
    """Return the three times of a draw as the system prints them."""
    names = ("Ngày lấy mẫu", "Ngày nhận mẫu", "Ngày trả kết quả")
    moments = (draw.collected, draw.received, draw.reported)
    return {name: f"{moment:%H:%M %d/%m/%Y}" for name, moment in zip(names, moments, strict=True)}


def flag_of(result: str, limits: str) -> str:
    """Return H, L or nothing, as the system finds it from the printed result and reference range."""
    try:
        value = float(result.replace(",", "."))
        bounds = [float(part.replace(",", ".")) for part in re.split("[-–<]", limits) if part.strip()]
    except ValueError:
        return ""
    low, high = bounds if len(bounds) == 2 else (0.0, bounds[0])
    if high == 0.0:
        return ""
    return "H" if value > high else "L" if value < low else ""


def arrange(rows: list[Row]) -> list[Row]:
    """Return the rows as printed: month by month, department by department, under heading rows."""

    def place(row: Row) -> tuple[object, ...]:
        moment = datetime.strptime(str(row.cells["Ngày lấy mẫu"]), "%H:%M %d/%m/%Y")
        rank = ORDER.index(row.analyte) if row.analyte in ORDER else len(ORDER)
        return (moment.year, moment.month, SECTION.get(row.analyte, 1), moment, str(row.cells["SID"]), rank)

    printed: list[Row] = []
    last: tuple[object, ...] = ()
    for row in sorted(rows, key=place):
        group = place(row)[:3]
        if group != last:
            printed.append(Row({"STT": HEADINGS[SECTION.get(row.analyte, 1)]}, kind="heading"))
            last = group
        printed.append(row)
    return printed


def write_year(
    path: Path, rows: list[Row], *, preamble: tuple[str, ...], encoding: str, newline: str
) -> None:
    """Number the rows as they will stand in the file (1-based, after title and header) and write them."""
    serial = 0
    for position, row in enumerate(rows, start=len(preamble) + 2):
        row.number = position
        if row.kind != "heading":
            serial += 1
            row.cells["STT"] = serial
    table = [COLUMNS, *([row.cells.get(name, "") for name in COLUMNS] for row in rows)]
    write_delimited(path, table, delimiter=";", newline=newline, encoding=encoding, preamble=preamble)


def _is_held(analyte: str, visit: str, number: int) -> bool:
    if visit == "SCR":
        return analyte != "INS"
    if analyte == "CPEP":
        return number % 2 == 0
    if analyte == "HBA1C":
        return number % 3 == 0
    if analyte in ("TG", "CHOL"):
        return visit == "M6"
    return analyte in ("GLUC", "INS", "HGB")
