"""The extent of a workbook's sheets, before anything lays them out in memory.

A reader lays a sheet out as a rectangle from A1 to its last cell: one stray cell at XFD1048576 makes that
17 thousand million cells. The sheets of an .xlsx are text inside a zip file and tell their cells in passing.
"""

import io
import re
import zipfile
import zlib

from trial.study.errors import DataError

MOST_CELLS = 30_000_000
SHEET = re.compile(r"xl/worksheets/sheet(\d+)\.xml$", re.IGNORECASE)
ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d{1,7})[\"']")
# Cells left of AA cannot make a sheet too wide for any number of rows.
CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]{2,3})(\d{1,7})[\"']")
BLOCK = 1 << 20
OVERLAP = 256


def check_extent(data: bytes, name: str) -> None:
    """Refuse an .xlsx one of whose sheets would fill more than `MOST_CELLS` cells.

    Raises
    ------
    DataError
        Naming file and sheet. What is no zip file is left to the reader.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            for item in book.infolist():
                if found := SHEET.match(item.filename):
                    _check_sheet(book, item, f"{name}, sheet {found.group(1)}")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, OSError, RuntimeError, ValueError, EOFError):
        return


def _check_sheet(book: zipfile.ZipFile, item: zipfile.ZipInfo, where: str) -> None:
    rows, columns, widest = 1, 26, "Z"
    with book.open(item) as stream:
        tail = b""
        while block := stream.read(BLOCK):
            text = tail + block
            rows = max(rows, max(map(int, ROW.findall(text)), default=0))
            for letters, row in set(CELL.findall(text)):
                rows = max(rows, int(row))
                if (number := column_number(letters.decode())) > columns:
                    columns, widest = number, letters.decode()
            tail = text[-OVERLAP:]
    if rows * columns > MOST_CELLS:
        raise DataError(
            where, f"the sheet reaches to column {widest} and row {rows}: {rows * columns:,} cells",
            hint="a stray cell stands far from the table: delete the empty rows and columns, save again",
        )  # fmt: skip


def column_number(letters: str) -> int:
    """Return the number of a column (A = 1)."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
