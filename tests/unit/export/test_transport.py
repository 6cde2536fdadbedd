"""Transport files: what two readers find in them, and bytes that repeat."""

import io
import struct
from datetime import datetime

import pandas as pd
import pyreadstat
import pytest

from trial.export import transport
from trial.export.transport import sas_day, stamp, transport_table
from trial.study.errors import DataError
from unit.export.small import DATASETS, export, tables

# Numbers whose last bit a coarser format would lose, and those at the ends of what is allowed.
NUMBERS = [1 / 3, 0.0, -0.7775000000000001, 5e-77, 6.9e74, 2.0**53, -1e-5, float("nan")]


def written(tmp_path, found=None, names=("ADLB",)):
    transport.write(export(found, names), tmp_path)
    return {name: tmp_path / "datasets" / f"{name.lower()}.xpt" for name in names}


def with_numbers():
    found = tables()
    rows = pd.concat([found["ADLB"]] * 2, ignore_index=True)
    found["ADLB"] = rows.assign(AVAL=NUMBERS, AVALC="Đường huyết ≥ 7 µmol/L", ADT=["1959-12-31", ""] * 4)
    return found


def test_pyreadstat_reads_every_value_to_its_last_bit(tmp_path):
    found = with_numbers()
    path = written(tmp_path, found)["ADLB"]
    table, meta = pyreadstat.read_xport(path, disable_datetime_conversion=True)
    assert [repr(value) for value in table["AVAL"]] == [repr(value) for value in NUMBERS]
    assert set(table["AVALC"]) == {"Duong huyet >= 7 umol/L"}
    assert (
        table["ADT"].fillna(0).tolist() == [-1.0, 0.0] * 4 and meta.original_variable_types["ADT"] == "DATE9"
    )
    assert meta.column_names == [column.name for column in DATASETS["ADLB"].columns]
    assert meta.column_labels == [column.label for column in DATASETS["ADLB"].columns]
    assert meta.table_name == "ADLB" and meta.file_label == "Laboratory Analysis Dataset"
    assert meta.creation_time == meta.modification_time == datetime(2021, 12, 31)


def test_pandas_reads_the_same_but_for_its_zero(tmp_path):
    """pandas gives text as bytes unless told, dates as bare numbers, and a true zero as 5.4e-79."""
    found = with_numbers()
    table = pd.read_sas(written(tmp_path, found)["ADLB"], format="xport", encoding="ascii")
    zero = 5.397605346934028e-79
    assert [repr(value) for value in table["AVAL"]] == [
        repr(zero if value == 0 else value) for value in NUMBERS
    ]
    assert table["ADT"].fillna(0).tolist() == [-1.0, 0.0] * 4
    assert set(table["AVALC"]) == {"Duong huyet >= 7 umol/L"}


def test_a_zero_is_eight_zero_bytes(tmp_path):
    """What pandas makes of it is its own fault: SAS writes a zero as nothing but zeros (TS-140)."""
    content = written(tmp_path, with_numbers())["ADLB"].read_bytes()
    names = content.find(b"HEADER RECORD*******NAMESTR") + 80
    at = [column.name for column in DATASETS["ADLB"].columns].index("AVAL")
    (place,) = struct.unpack(">i", content[names + 140 * at + 84 : names + 140 * at + 88])
    last = names + 140 * (len(DATASETS["ADLB"].columns) - 1)
    length, start = (
        struct.unpack(">h", content[last + 4 : last + 6])[0],
        struct.unpack(">i", content[last + 84 : last + 88])[0],
    )
    first = content.find(b"HEADER RECORD*******OBS") + 80
    row = start + length
    assert content[first + row + place : first + row + place + 8] == bytes(8)
    assert content[first + place : first + place + 8] == bytes.fromhex("4055555555555555")[:7] + b"\x54"


def test_the_same_cut_gives_the_same_bytes_and_the_size_is_whole(tmp_path):
    one, two = written(tmp_path / "one"), written(tmp_path / "two")
    assert one["ADLB"].read_bytes() == two["ADLB"].read_bytes()
    assert one["ADLB"].stat().st_size % 80 == 0
    assert one["ADLB"].read_bytes()[144:176] == b"31DEC21:00:00:00" * 2


def test_a_data_set_of_which_only_text_differs_keeps_its_last_record(tmp_path):
    """Rows of blanks at the end are lost by readers where no number shows them: each data set has one."""
    found = tables()
    found["ADICE"].loc[1, ["EVENT", "ICEDT"]] = ""
    path = written(tmp_path, found, ("ADICE",))["ADICE"]
    assert len(pyreadstat.read_xport(path)[0]) == 2
    assert len(pd.read_sas(path, format="xport", encoding="ascii")) == 2


def test_records_shorter_than_a_card_are_counted_by_pandas_too(tmp_path):
    """It takes the eight blanks of an empty text in the last 80 bytes of the file for padding."""
    found = tables()
    found["ADICE"].loc[0, "FILE"] = "edc/events.csv"
    found["ADICE"].loc[:, "ROW"] = "2"
    path = written(tmp_path, found, ("ADICE",))["ADICE"]
    for table in (pyreadstat.read_xport(path)[0], pd.read_sas(path, format="xport", encoding="ascii")):
        assert table["STUDYID"].tolist() == ["MINI-01", "MINI-01"] and table["ROW"].tolist() == ["2", "2"]


def test_a_special_missing_value_is_never_written(tmp_path):
    from trial.labs.sas import special_missing

    assert special_missing(written(tmp_path, with_numbers())["ADLB"].read_bytes()) == {}


def test_what_is_read_back_is_compared(tmp_path, monkeypatch):
    real = pyreadstat.write_xport

    def careless(table, path, **named):
        table = table.assign(AVAL=table["AVAL"] + 1e-9)
        real(table, path, **named)

    monkeypatch.setattr(pyreadstat, "write_xport", careless)
    with pytest.raises(DataError, match="not what was written"):
        written(tmp_path)


def test_days_and_stamps_are_those_of_sas():
    assert [sas_day(day) for day in ("1960-01-01", "2020-03-26", "1959-12-31")] == [0.0, 22000.0, -1.0]
    assert stamp(datetime(2020, 10, 31)) == b"31OCT20:00:00:00"
    table = transport_table(DATASETS["ADAE"], tables()["ADAE"])
    assert table["ASTDT"].tolist() == [22292.0, 22292.0]
    assert io.StringIO(table.to_csv()).read().isascii()
