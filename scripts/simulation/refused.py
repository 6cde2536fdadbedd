"""Small exports that must be refused as a whole, and one in a third encoding that must be read."""

from collections.abc import Callable
from pathlib import Path

from simulation.legacy import encode_tcvn3, encode_vni
from simulation.lis import COLUMNS
from simulation.records import Row
from simulation.text import encode_1258

EXTRACT = 12


def write_refused(folder: Path, rows: list[Row]) -> None:
    """Write the extracts below `folder`; `rows` are printed rows of the laboratory system."""
    table = [list(COLUMNS), *([str(row.cells.get(name, "")) for name in COLUMNS] for row in rows[:EXTRACT])]
    text = _lines(table)
    american = [[*line] for line in table]
    for line in american[1:]:
        for column in ("Ngày lấy mẫu", "Ngày nhận mẫu", "Ngày trả kết quả"):
            place = COLUMNS.index(column)
            line[place] = _american(line[place])
    files: dict[str, tuple[str, Callable[[str], bytes]]] = {
        "lis_tcvn3.csv": (text, encode_tcvn3),
        "lis_vni.csv": (text, encode_vni),
        "lis_1258_declared_utf8.csv": (text, encode_1258),
        "lis_american_dates.csv": (_lines(american), _utf8),
        "lis_no_result_column.csv": (_lines([line[:8] + line[9:] for line in table]), _utf8),
        "lis_ragged.csv": (_lines([*table[:4], table[4][:-5], *table[5:]]), _utf8),
        "xml4_truncated.xml": (TRUNCATED, _utf8),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, (content, encode) in files.items():
        (folder / name).write_bytes(encode(content))
    readable = folder.parent / "readable"
    readable.mkdir(parents=True, exist_ok=True)
    tabs = "\r\n".join("\t".join(line) for line in table) + "\r\n"
    (readable / "lis_utf16le_tabs.txt").write_bytes(b"\xff\xfe" + tabs.encode("utf-16-le"))


def _lines(table: list[list[str]]) -> str:
    return "".join(";".join(line) + "\n" for line in table)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8")


def _american(stamp: str) -> str:
    """Return `HH:MM dd/mm/yyyy` with day and month exchanged."""
    if not stamp:
        return stamp
    clock, day = stamp.split(" ")
    first, second, year = day.split("/")
    return f"{clock} {second}/{first}/{year}"


TRUNCATED = """<?xml version="1.0" encoding="UTF-8"?>
<CHITIEU_CHITIET_DICHVUCANLAMSANG>
<DS_CHI_SO_CLS>
<CHI_TIET_CLS><MA_LK>79190611000001</MA_LK><STT>1</STT><TEN_CHI_SO>ASAT (GOT)*</TEN_CHI_SO><GIA_TRI>21.4
"""
