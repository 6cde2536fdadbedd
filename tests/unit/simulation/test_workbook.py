"""The workbook's bytes do not depend on when it was made."""

import io
import zipfile
from datetime import datetime

from openpyxl import Workbook, load_workbook

from simulation.workbook import freeze_archive, serial_day, to_ifcc


def archive(modified):
    book = Workbook()
    book.active["A1"] = "Tháng 6"
    book.properties.created = datetime(2001, 1, 1)
    stream = io.BytesIO()
    book.save(stream)
    content = stream.getvalue()
    source = zipfile.ZipFile(io.BytesIO(content))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as other:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                start = data.index(b">", data.index(b"<dcterms:modified")) + 1
                data = data[:start] + modified + data[start + len(modified) :]
            other.writestr(zipfile.ZipInfo(name, (modified[3] % 10 + 1990, 1, 1, 0, 0, 0)), data)
    return target.getvalue()


def test_same_bytes_whatever_the_dates():
    first = freeze_archive(archive(b"2021-01-01T00:00:00Z"))
    second = freeze_archive(archive(b"2026-12-31T23:59:58Z"))
    assert first == second
    assert load_workbook(io.BytesIO(first)).active["A1"].value == "Tháng 6"


def test_serial_days():
    # The two serial numbers are those a spreadsheet shows for these dates.
    assert serial_day(datetime(2019, 6, 19)) == 43635
    assert serial_day(datetime(2020, 2, 29)) == 43890


def test_hba1c_in_mmol_per_mol():
    assert to_ifcc(8.0) == 63.9
    assert to_ifcc(11.0) == 96.7
