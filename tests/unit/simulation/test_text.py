"""Encodings of the synthetic exports."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.legacy import TCVN3, encode_tcvn3, encode_vni
from simulation.text import comma, encode_1258, write_delimited

LETTERS = list(TCVN3) + [letter.upper() for letter in TCVN3] + list("aqzAQZ 0;µ\n")


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(LETTERS)).map("".join))
def test_windows_1258_round_trip(text):
    assert unicodedata.normalize("NFC", encode_1258(text).decode("cp1258")) == text


def test_windows_1258_keeps_tones_apart():
    content = encode_1258("Đường huyết đói")
    assert len(content) == 18
    assert content.decode("cp1258") != "Đường huyết đói"


def test_python_alone_cannot_write_it():
    with pytest.raises(UnicodeEncodeError):
        "Đường huyết đói".encode("cp1258")


def test_what_windows_1258_does_not_have_is_an_error():
    with pytest.raises(UnicodeEncodeError):
        encode_1258("＜5,0")


# What such files look like to a reader who takes them for Western text.
@pytest.mark.parametrize(
    "encode, text, seen",
    [
        (encode_tcvn3, "Mã phiếu", "M· phiÕu"),
        (encode_tcvn3, "Kết quả", "KÕt qu¶"),
        (encode_vni, "Mã phiếu", "Maõ phieáu"),
        (encode_vni, "Đơn vị", "Ñôn vò"),
        (encode_vni, "Giới tính", "Giôùi tính"),
    ],
)
def test_legacy_encodings(encode, text, seen):
    assert encode(text).decode("cp1252") == seen


def test_decimal_comma():
    assert comma(7.5, 2) == "7,50"


def test_delimited_file(tmp_path):
    path = tmp_path / "deep" / "file.csv"
    write_delimited(path, [["a", "b;c"], [1, ""]], delimiter=";", newline="\r\n", preamble=("title",))
    assert path.read_bytes() == b'title\r\na;"b;c"\r\n1;\r\n'
